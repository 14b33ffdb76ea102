"""`hookmw events replay`: run stored events again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import anyio
import typer

from hookmw.cli.events.asking import YesOption, confirm
from hookmw.cli.events.choice import (
    EndpointOption,
    NoteOption,
    SinceOption,
    StateOption,
    TypeOption,
    UntilOption,
    query,
)
from hookmw.cli.events.listing import entries_table
from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, event_id, with_inbox
from hookmw.cli.progress import progress
from hookmw.cli.terminal import note, out
from hookmw.errors import ConfigError
from hookmw.inbox import Entry, Inbox, Query

__all__ = ["replay"]

PREVIEW = 10


def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Of events, or their beginnings.")
    ] = None,
    *,
    endpoint: EndpointOption = None,
    type_: TypeOption = None,
    state: StateOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    error: NoteOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 1000,
    rate: Annotated[float | None, typer.Option(min=0.001, help="At most so many a second.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    yes: YesOption = False,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Make events due again, for all their handlers: some by id, or all that a choice finds.

    Ends with 1 if one of them is not there, is running, or was due anyway.

    $ hookmw events replay 019a1b2c-3d4e-7f60-8a1b-2c3d4e5f6071
    $ hookmw events replay --state dead --endpoint github --since 1d
    """
    choosing = bool(every or endpoint or type_ or state or since or until or error)
    if bool(ids) == choosing:
        raise ConfigError("say which events: ids, or a choice such as --state dead, or --all")
    if ids:
        chosen = with_inbox(inbox, _named(ids))
    else:
        asked = query(
            endpoint=endpoint,
            type_=type_,
            states=state,
            since=since,
            until=until,
            note=error,
            limit=limit,
        )
        chosen = _chosen(inbox, asked, ask=not yes)
    if chosen:
        _replay(inbox, chosen, 0.0 if rate is None else 1 / rate)


def _named(texts: Sequence[str]) -> Callable[[Inbox], Awaitable[list[UUID]]]:
    async def find(opened: Inbox) -> list[UUID]:
        return [await event_id(opened, text) for text in texts]

    return find


def _chosen(inbox: str, asked: Query, *, ask: bool) -> list[UUID]:
    """The ids of what was found, oldest first, if its owner agrees."""
    entries = with_inbox(inbox, lambda opened: opened.find(asked))
    if not entries:
        note("no events")
        return []
    _preview(entries, asked.limit)
    if ask:
        confirm("replay", len(entries))
    return [entry.event.id for entry in reversed(entries)]


def _preview(entries: Sequence[Entry], limit: int) -> None:
    out().print(entries_table(entries[:PREVIEW]))
    if len(entries) > PREVIEW:
        note(f"and {len(entries) - PREVIEW} more")
    if len(entries) == limit:
        note(f"only the newest {limit}; more with --limit")


def _replay(inbox: str, ids: Sequence[UUID], pause: float) -> None:
    """Replay them, with so many seconds between two, and say how many were."""
    with progress("replaying", len(ids)) as advance:

        async def run(opened: Inbox) -> int:
            replayed = 0
            for each in ids:
                replayed += await opened.replay(each)
                advance()
                await anyio.sleep(pause if each != ids[-1] else 0)
            return replayed

        replayed = with_inbox(inbox, run)
    out().print(f"{replayed} of {len(ids)} replayed")
    if replayed < len(ids):
        note("the others are not there, are running, or were due anyway")
        raise typer.Exit(1)
