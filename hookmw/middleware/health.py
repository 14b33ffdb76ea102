"""Whether deliveries can be stored, and whether somebody handles them: in figures."""

import time
from collections.abc import Awaitable, Callable

import anyio
import msgspec
from starlette.types import Receive, Scope, Send

from hookmw.errors import ConfigError, InboxUnavailable, MethodNotAllowed
from hookmw.event import Reply
from hookmw.inbox import Health, Inbox
from hookmw.middleware.shell import logger, refusal, refuse_other, respond

__all__ = ["HealthRoute"]

LATE = 60.0
"""Seconds for which an event may be due, unclaimed, where no worker was seen."""

FRESH = 1.0
"""Seconds for which an answer is given again: a look costs a write."""

NO_STORE = ((b"cache-control", b"no-store"),)


class HealthRoute:
    """Answers `GET` with 200 and the figures, or with 503 and what is wrong.

    It commits something to the inbox and counts: so many events pending, claimed and dead, for how
    long the oldest due one has been so, how many workers asked for events within half a minute.
    It is healthy if the commit succeeded and somebody works: a worker was seen, or nothing has
    been due for a minute (engines come only when they are rung for).

    Args:
        path: below the mount point.
        inbox: gives the inbox, open.
        clock: seconds that never go back.

    Raises:
        ConfigError: the path does not begin with a slash.
    """

    def __init__(
        self,
        path: str,
        inbox: Callable[[], Awaitable[Inbox]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not path.startswith("/"):
            raise ConfigError(f"health={path!r} must be a path that begins with a slash")
        self.path = path.rstrip("/")
        self._inbox = inbox
        self._clock = clock
        self._known: tuple[float, Reply] | None = None
        self._looking: anyio.Lock | None = None

    def matches(self, path: str) -> bool:
        """Whether this path is meant."""
        return path.rstrip("/") == self.path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await refuse_other(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await respond(send, refusal(MethodNotAllowed(("GET", "HEAD"))), receive)
        else:
            await respond(send, await self._answer(), receive)

    async def _answer(self) -> Reply:
        self._looking = self._looking or anyio.Lock()
        async with self._looking:
            if self._known is None or self._clock() - self._known[0] > FRESH:
                reply = await self._look()
                self._known = (self._clock(), reply)
            return self._known[1]

    async def _look(self) -> Reply:
        try:
            inbox = await self._inbox()
            health = await inbox.check()
        except InboxUnavailable as error:
            logger.warning("unhealthy: %s", error.reason)
            return _reply(503, {"status": "the inbox cannot be written"})
        except Exception:
            logger.exception("unhealthy")
            return _reply(503, {"status": "the inbox cannot be opened"})
        works = health.workers > 0 or (health.oldest_due or 0.0) < LATE
        return _reply(200 if works else 503, _figures(health, works=works))


def _figures(health: Health, *, works: bool) -> dict[str, object]:
    oldest = health.oldest_due
    return {
        "status": "ok" if works else "nobody handles events",
        "commit_seconds": round(health.wrote_in, 4),
        "pending": health.counts["pending"],
        "claimed": health.counts["claimed"],
        "dead": health.counts["dead"],
        "oldest_due_seconds": None if oldest is None else round(oldest, 1),
        "workers": health.workers,
    }


def _reply(status: int, answer: dict[str, object]) -> Reply:
    return Reply(status, msgspec.json.encode(answer), "application/json", NO_STORE)
