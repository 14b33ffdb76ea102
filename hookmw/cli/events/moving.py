"""`hookmw events export` and `import`: an inbox as lines of JSON."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

import typer

from hookmw.cli.events.choice import (
    EndpointOption,
    NoteOption,
    SinceOption,
    StateOption,
    TypeOption,
    UntilOption,
    query,
)
from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, with_inbox
from hookmw.cli.progress import progress
from hookmw.cli.terminal import fail, note
from hookmw.inbox import Inbox, Query
from hookmw.inbox.lines import from_line, to_line

__all__ = ["export", "import_"]

PAGE = 200
"""Events that are in memory at once."""

MAX_LINE = 256 * 1024 * 1024
"""Bytes."""


def export(
    *,
    endpoint: EndpointOption = None,
    type_: TypeOption = None,
    state: StateOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    error: NoteOption = None,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Write events as lines of JSON, in the order of their arrival, with all that is known of them.

    The lines hold bodies and headers as they came, secrets included: keep them as you keep those.

    $ hookmw events export > events.jsonl
    $ hookmw events export --state dead --since 7d | gzip > dead.jsonl.gz
    """
    asked = query(
        endpoint=endpoint,
        type_=type_,
        states=state,
        since=since,
        until=until,
        note=error,
        limit=PAGE,
    )

    async def run(opened: Inbox) -> int:
        return await _write(opened, asked, sys.stdout.buffer)

    note(f"{with_inbox(inbox, run)} events exported")


async def _write(inbox: Inbox, asked: Query, to: BinaryIO) -> int:
    number = 0
    after: UUID | None = None
    while page := await inbox.export(asked, after=after):
        to.writelines(to_line(stored) + b"\n" for stored in page)
        number, after = number + len(page), page[-1].entry.event.id
    to.flush()
    return number


def import_(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Lines of JSON; standard input if none.")
    ] = None,
    *,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Take over events that `export` wrote; those that are here already are passed over.

    What was claimed there is due here; what was done stays done.

    $ hookmw events import events.jsonl --inbox postgresql://localhost/app
    """
    with progress("importing", 0) as advance:

        async def run(opened: Inbox) -> tuple[int, int]:
            taken = known = 0
            for number, line in enumerate(_lines(file), 1):
                try:
                    new = await opened.restore(from_line(line))
                except ValueError as error:
                    fail(f"line {number} is no exported event: {error}")
                taken, known = taken + new, known + (not new)
                advance()
            return taken, known

        taken, known = with_inbox(inbox, run, make=True)
    note(f"{taken} events imported, {known} were here already")


def _lines(file: Path | None) -> Iterator[bytes]:
    source = sys.stdin.buffer if file is None else file.open("rb")
    with source:
        while line := source.readline(MAX_LINE):
            if line.strip():
                yield line
