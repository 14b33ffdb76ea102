"""`hookmw events quarantine` and `reverify`: what failed verification and was kept apart."""

import time
from typing import Annotated

import anyio
import typer
from rich.table import Table
from rich.text import Text

from hookmw.cli.events.choice import EndpointOption, SinceOption, UntilOption, query
from hookmw.cli.events.listing import age
from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, with_inbox
from hookmw.cli.target import hooks_of
from hookmw.cli.terminal import note, out, plain, table
from hookmw.inbox import Query, Refused

__all__ = ["quarantine", "reverify"]


def quarantine(
    *,
    endpoint: EndpointOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """List what failed verification and was kept apart, newest first.

    Nothing in it can be trusted: anybody can have sent it.

    $ hookmw events quarantine --since 2h
    """
    asked = query(endpoint=endpoint, since=since, until=until, limit=limit)
    found = with_inbox(inbox, lambda opened: opened.quarantined(asked))
    if not found:
        note("nothing is kept apart")
        return
    made: Table = table("id", "age", "endpoint", "reason", "from", "bytes", first=36)
    for each in found:
        made.add_row(*_row(each))
    out().print(made)


def _row(refused: Refused) -> tuple[str | Text, ...]:
    return (
        str(refused.id),
        age(time.time() - refused.received_at),
        plain(refused.endpoint),
        plain(refused.code),
        plain(refused.peer or ""),
        str(len(refused.body)),
    )


def reverify(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="module:attribute of the Hooks.")],
    *,
    endpoint: EndpointOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Look again at what was kept apart, after a secret was put right, and admit what is genuine.

    Each is judged as at the time at which it came. What is admitted becomes an event, unless a copy
    of it has come since.

    $ hookmw events reverify main:hooks --since 2h
    """
    hooks = hooks_of(target)
    asked: Query = query(endpoint=endpoint, since=since, until=until, limit=1_000_000)

    async def run() -> dict[str, int]:
        await hooks.runtime.start(work=False)
        try:
            return await hooks.reverify(asked)
        finally:
            await hooks.runtime.stop()

    counts = anyio.run(run)
    out().print(f"{counts['admitted']} admitted, {counts['refused']} refused again")
