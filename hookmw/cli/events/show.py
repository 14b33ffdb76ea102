"""`hookmw events show`: all about one event."""

import sys
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from hookmw.cli.events.hiding import HIDDEN, is_secret, shown_body
from hookmw.cli.events.listing import moment, state_text
from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, event_id, with_inbox
from hookmw.cli.report import milliseconds
from hookmw.cli.terminal import facts, fail, out, plain, plain_lines, table
from hookmw.event import Event
from hookmw.inbox import Attempt, Entry, Inbox

__all__ = ["show"]

HEX_LINE = 16
"""Bytes."""


def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of the event, or its beginning.")],
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Only the body, byte for byte.")] = False,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Show all about one event: state, attempts, headers, body.

    Headers that carry secrets or signatures show as ***.

    $ hookmw events show 019a1b2c-3d4e-7f60-8a1b-2c3d4e5f6071
    $ hookmw events show 019a1b2c-3d4e --raw > body.json
    """

    async def find(opened: Inbox) -> Entry | None:
        return await opened.get(await event_id(opened, id_))

    entry = with_inbox(inbox, find)
    if entry is None:
        fail(f"no event has the id {id_}")
    if raw:
        sys.stdout.buffer.write(entry.event.body)
        return
    _print(entry)


def _print(entry: Entry) -> None:
    console = out()
    console.print(_about(entry))
    if entry.attempts:
        console.print(Text("\nattempts", style="bold"))
        console.print(_attempts(entry.attempts))
    console.print(Text("\nheaders", style="bold"))
    console.print(_headers(entry.event))
    console.print(Text(f"\nbody, {len(entry.event.body)} bytes", style="bold"))
    console.print(_body(shown_body(entry.event)), soft_wrap=True)


def _about(entry: Entry) -> Table:
    event = entry.event
    made = facts()
    made.add_row("event", str(event.id))
    made.add_row("endpoint", plain(event.endpoint))
    made.add_row("provider", plain(event.provider))
    made.add_row("type", plain(event.type, "bold"))
    if event.key is not None:
        made.add_row("key", plain(event.key))
    made.add_row("state", state_text(entry.state).append(plain(_because(entry), "not bold dim")))
    made.add_row("received", moment(event.received_at))
    for label, seconds in _moments(entry):
        if seconds is not None:
            made.add_row(label, moment(seconds))
    made.add_row("tries", str(event.attempt))
    if entry.handled:
        made.add_row("handled by", plain(", ".join(sorted(entry.handled)), limit=None))
    if entry.conflict:
        made.add_row("conflict", Text("its id came before with another content", style="yellow"))
    return made


def _moments(entry: Entry) -> tuple[tuple[str, float | None], ...]:
    return (("sent", entry.event.timestamp), ("due", entry.due_at), ("settled", entry.settled_at))


def _because(entry: Entry) -> str:
    replayed = " (replayed)" if entry.event.replayed else ""
    return f"{replayed}  {entry.note}" if entry.note else replayed


def _attempts(attempts: tuple[Attempt, ...]) -> Table:
    made = table("try", "handler", "outcome", "started", "took", "error", right=("took",))
    for attempt in attempts:
        good = attempt.outcome == "succeeded"
        made.add_row(
            str(attempt.number),
            plain(attempt.handler),
            plain(attempt.outcome, "green" if good else "red"),
            moment(attempt.started_at),
            milliseconds(attempt.seconds),
            plain(attempt.error, limit=1000),
        )
    return made


def _headers(event: Event[Any]) -> Table:
    made = facts()
    for name, value in event.headers:
        shown = HIDDEN if is_secret(name) else value.decode("latin-1")
        made.add_row(plain(name.decode("latin-1")), plain(shown, limit=1000))
    return made


def _body(body: bytes) -> Text:
    try:
        msgspec.json.decode(body)
        return plain_lines(msgspec.json.format(body, indent=2).decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return plain_lines(body.decode())
    except UnicodeDecodeError:
        return _hex(body)


def _hex(body: bytes) -> Text:
    lines = [
        f"{start:08x}  {body[start : start + HEX_LINE].hex(' ')}"
        for start in range(0, len(body), HEX_LINE)
    ]
    return Text("\n".join(lines))
