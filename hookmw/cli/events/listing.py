"""`hookmw events list`: the newest events, a line each."""

import math
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

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
from hookmw.cli.terminal import note, out, plain, table
from hookmw.inbox import Entry, State

__all__ = ["age", "entries_table", "listing", "moment", "state_text"]

STYLES: dict[State, str] = {
    "pending": "yellow",
    "claimed": "cyan",
    "done": "green",
    "dead": "bold red",
}

WIDE_ENOUGH = 95
"""Columns of a terminal that has room for notes."""

SPANS = ((60, 1, "s"), (3600, 60, "m"), (172_800, 3600, "h"), (math.inf, 86_400, "d"))
"""Seconds below which a span is told in a unit, and the unit's seconds and letter."""


def listing(
    *,
    endpoint: EndpointOption = None,
    type_: TypeOption = None,
    state: StateOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    error: NoteOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """List events, newest first.

    $ hookmw events list --state dead --since 2h
    $ hookmw events list --endpoint github --type 'pull_request.*' --limit 200
    """
    asked = query(
        endpoint=endpoint,
        type_=type_,
        states=state,
        since=since,
        until=until,
        note=error,
        limit=limit,
    )
    entries = with_inbox(inbox, lambda opened: opened.find(asked))
    if not entries:
        note("no events")
        return
    out().print(entries_table(entries))
    if len(entries) == limit:
        note(f"the newest {limit}; more with --limit")


def entries_table(entries: Iterable[Entry]) -> Table:
    """A line for each; a narrow terminal has no room for the notes."""
    titles = ("id", "age", "endpoint", "type", "state", "tries", "note")
    shown = titles if out().width >= WIDE_ENOUGH else titles[:-1]
    made = table(*shown, right=("age", "tries"), cut=("type", "note"), first=36)
    now = time.time()
    for entry in entries:
        event = entry.event
        cells = (
            str(event.id),
            age(now - event.received_at),
            plain(event.endpoint),
            plain(event.type, "bold"),
            state_text(entry.state),
            str(event.attempt),
            plain(entry.note, "dim"),
        )
        made.add_row(*cells[: len(shown)])
    return made


def age(seconds: float) -> str:
    """A span to read at a glance: `12s`, `5m`, `3h`, `2d`."""
    size, unit = next((size, unit) for below, size, unit in SPANS if seconds < below)
    return f"{max(0.0, seconds) // size:.0f}{unit}"


def state_text(state: State) -> Text:
    """The state in its colour."""
    return Text(state, style=STYLES[state])


def moment(seconds: float) -> str:
    """A time, in the local zone, to the second.

    Args:
        seconds: since the epoch.
    """
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return f"{seconds:g} s"
