"""The inbox that a command looks into: opened, used, closed; and never made."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import anyio
import typer

from hookmw.cli.terminal import fail
from hookmw.errors import ConfigError
from hookmw.inbox import Inbox, Query
from hookmw.inbox.urls import inbox_from_url

__all__ = ["DEFAULT_INBOX", "InboxOption", "event_id", "with_inbox"]

T = TypeVar("T")

DEFAULT_INBOX = "sqlite:///hooks.db"

InboxOption = Annotated[
    str, typer.Option("--inbox", metavar="URL", envvar="HOOKMW_INBOX", help="The inbox's URL.")
]

MANY = 1000
"""More events than this in the span of a shortened id: it names none of them."""


def with_inbox(url: str, use: Callable[[Inbox], Awaitable[T]], *, make: bool = False) -> T:
    """What `use` makes of the open inbox.

    Args:
        url: of the inbox.
        use: is given it, open.
        make: whether to make it where there is none.

    Raises:
        ConfigError: there is no inbox at that URL.
    """
    inbox = inbox_from_url(url if make else _existing(url), make=make)

    async def run() -> T:
        await inbox.open()
        try:
            return await use(inbox)
        finally:
            await inbox.aclose()

    return anyio.run(run)


async def event_id(inbox: Inbox, text: str) -> UUID:
    """The id that `text` is, or is the beginning of.

    An id begins with its time, so that its beginning is a span of time to look through.

    Raises:
        typer.Exit: 1 where no event has it, or several have; 2 where it is no id.
    """
    digits = text.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{8,32}", digits, re.ASCII):
        fail(f"{text!r} is no id: copy one from `hookmw events list`, or at least its first 8", 2)
    if len(digits) == 32:  # noqa: PLR2004 - a whole one
        return UUID(digits)
    first, last = (int(digits.ljust(12, fill)[:12], 16) / 1000 for fill in "0f")
    entries = await inbox.find(Query(since=first - 0.001, until=last + 0.002, limit=MANY))
    found = [each.event.id for each in entries if each.event.id.hex.startswith(digits)]
    if len(found) != 1 or len(entries) == MANY:
        fail(f"{len(found) or 'no'} events have an id that begins with {text}")
    return found[0]


def _existing(url: str) -> str:
    """The URL, if what it names is there: to look into an inbox must not make one."""
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        raise ConfigError("inbox memory: lives in its receiver's process and cannot be seen here")
    path = Path(rest.removeprefix("///"))
    if scheme == "sqlite" and not path.is_file():
        raise ConfigError(f"no inbox at {path.absolute()}: pass --inbox, or set HOOKMW_INBOX")
    return url
