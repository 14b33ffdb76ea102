"""What an import costs: nothing that only some users need."""

import subprocess
import sys

import pytest

EXTRAS = {"cryptography", "h11", "http_message_signatures", "httptools", "httpx", "jwt", "rich"} | {
    *("typer", "uvicorn", "uvloop", "yaml")
}


@pytest.mark.parametrize("module", ["hookmw", "hookmw.middleware", "hookmw.testing"])
def test_no_extra_is_imported(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) & EXTRAS == set()


def test_the_catalogue_waits_to_be_asked() -> None:
    code = "import sys, hookmw; print(*[n for n in sys.modules if 'hookmw.catalog.' in n])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"hookmw.catalog.index"}
