"""Asking before something is done to many events."""

import sys
from typing import Annotated

import typer

from hookmw.errors import ConfigError

__all__ = ["YesOption", "confirm"]

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def confirm(doing: str, number: int, what: str = "event") -> None:
    """Return if whoever sits there agrees.

    Args:
        doing: the verb, in lower case.
        number: of what.
        what: its singular.

    Raises:
        typer.Abort: they do not.
        ConfigError: nobody sits there.
    """
    things = f"{number} {what}{'s' if number > 1 else ''}"
    if not _asks():
        raise ConfigError(f"nobody to ask whether to {doing} {things}: pass --yes")
    typer.confirm(f"{doing.capitalize()} {things}?", abort=True, err=True)


def _asks() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()
