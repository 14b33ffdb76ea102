"""C that stands between a process and its system, compiled for the test that needs it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["compiled"]


def compiled(name: str, directory: Path) -> Path:
    """A library to be preloaded, made from `name.c`; skips the test where none can be made."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip(f"{name}.c needs Linux and a C compiler (cc)")
    library = directory / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *flags, "-o", library, source, "-ldl"], check=True)
    return library
