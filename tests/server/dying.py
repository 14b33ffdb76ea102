"""A process that ends itself with SIGKILL, at moments that nobody outside of it could choose.

    DIE_AT=commit     the inbox has committed, nothing of the acknowledgement is sent
    DIE_AT=ack        the first bytes of the acknowledgement are sent
    DIE_AT=handled    a handler has ended, its event is not settled

Every process draws by lot at which of them, between the numbers DIE_SOONEST and DIE_LATEST.
"""

import os
import random
import signal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.server.effects import DIED

__all__ = ["MOMENTS", "Mortal", "reached"]

MOMENTS = ("commit", "ack", "handled")

_chosen = os.environ.get("DIE_AT", "")
_left = random.randint(
    int(os.environ.get("DIE_SOONEST", "5")), int(os.environ.get("DIE_LATEST", "150"))
)


def reached(moment: str) -> None:
    """Say that a moment has come; the process may end here."""
    global _left  # noqa: PLW0603 - it is the process that counts
    if moment != _chosen:
        return
    _left -= 1
    if _left == 0:
        effects = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_APPEND)
        os.write(effects, f"{DIED}\t{os.getpid()}\t{moment}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """An app that may die with any of its acknowledgements."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def fatal(message: Message) -> None:
            is_ack = message["type"] == "http.response.start" and message["status"] == 200
            if is_ack:
                reached("commit")
            await send(message)
            if is_ack:
                reached("ack")

        await self.app(scope, receive, fatal if scope["type"] == "http" else send)
