"""`hookmw events prune`: delete what was settled long ago."""

import time
from typing import Annotated, cast

import typer

from hookmw.cli.events.asking import YesOption, confirm
from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, with_inbox
from hookmw.cli.progress import progress
from hookmw.cli.since import parse_since
from hookmw.cli.terminal import note, out
from hookmw.errors import ConfigError
from hookmw.inbox import Inbox, State
from hookmw.inbox.rules import SETTLED
from hookmw.work.retention import prune as prune_all

__all__ = ["prune"]


def prune(
    older_than: Annotated[
        str, typer.Option(metavar="TIME", help="Settled before: 30d, 12h, a date.")
    ],
    *,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="done|dead", help="May be repeated.")
    ] = None,
    yes: YesOption = False,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Delete events that were settled long ago, a few at a time; done ones if no state is named.

    A copy that a provider sends of one that is gone is a new event.

    $ hookmw events prune --older-than 30d
    $ hookmw events prune --older-than 90d --state done --state dead
    """
    before, states = parse_since(older_than, "--older-than") or time.time(), _states(state)
    counts = with_inbox(inbox, lambda opened: opened.count())
    most = sum(counts[each] for each in states)
    if not most:
        note("no such events")
        return
    if not yes:
        confirm("look through", most)
    with progress("pruning", most) as advance:

        async def run(opened: Inbox) -> int:
            return await prune_all(opened, before=before, states=states, told=advance)

        gone = with_inbox(inbox, run)
    out().print(f"{gone} pruned")


def _states(given: list[str] | None) -> frozenset[State]:
    unknown = next((each for each in given or () if each not in SETTLED), None)
    if unknown is not None:
        raise ConfigError(f"--state {unknown!r}: only done and dead events can be pruned")
    return frozenset(cast("list[State]", given or ["done"]))
