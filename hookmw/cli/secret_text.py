"""A secret as the command line is given it: itself, or the name of a file that holds it."""

from pathlib import Path

from hookmw.errors import ConfigError

__all__ = ["secret_text"]


def secret_text(given: str) -> str:
    """The secret; `@FILE` is what stands in the file, without white space around it.

    Raises:
        ConfigError: the file cannot be read.
    """
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_bytes().decode("utf-8", "surrogateescape").strip()
    except OSError as error:
        raise ConfigError(f"--secret {given[1:]}: {error.strerror}") from None
