"""`hookmw events dismiss`: let a dead letter be."""

from typing import Annotated

import typer

from hookmw.cli.events.opening import DEFAULT_INBOX, InboxOption, event_id, with_inbox
from hookmw.cli.terminal import note, out
from hookmw.inbox import Inbox

__all__ = ["dismiss"]


def dismiss(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Of dead events, or their beginnings.")
    ],
    *,
    inbox: InboxOption = DEFAULT_INBOX,
) -> None:
    """Call dead events done, without running them: they hold back nothing of their order key.

    Ends with 1 if one of them is not there, or not dead.

    $ hookmw events dismiss 019a1b2c-3d4e-7f60-8a1b-2c3d4e5f6071
    """

    async def run(opened: Inbox) -> int:
        return sum([await opened.dismiss(await event_id(opened, text)) for text in ids])

    dismissed = with_inbox(inbox, run)
    out().print(f"{dismissed} of {len(ids)} dismissed")
    if dismissed < len(ids):
        note("the others are not there, or not dead")
        raise typer.Exit(1)
