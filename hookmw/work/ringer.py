"""Tells an engine of events that are due, again and again until somebody takes them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import anyio
from anyio import CancelScope

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Inbox
from hookmw.work.engine import Engine
from hookmw.work.keeper import PAUSE
from hookmw.work.told import Told

__all__ = ["Ringer"]

logger = logging.getLogger("hookmw")

FULL = 0.1
"""Seconds between looks whether what is out has been taken."""

MAX_BACKOFF = 15.0
"""Seconds between two tries to reach a broker that is away, at most."""

GRACE = 2.0
"""Seconds that a broker is given at the end."""

MAX_REASON = 300


class Ringer:
    """Stands where a `Worker` would, if an engine does the work. Any number may ring at once.

    Args:
        inbox: open.
        engine: bound.
        limit: how many events the engine is told of at once.
        ahead: how many it may be told of before somebody has taken them.
        timeout: seconds that one telling may take.

    Raises:
        ConfigError: a number is out of range.
    """

    def __init__(
        self,
        inbox: Inbox,
        engine: Engine,
        *,
        limit: int = 100,
        ahead: int = 1000,
        timeout: float = 10.0,
    ) -> None:
        if limit < 1 or ahead < 1 or timeout <= 0 or engine.again <= 0:
            raise ConfigError("engine: limit, ahead, timeout and again must be above 0")
        self._inbox = inbox
        self._engine = engine
        self._limit = limit
        self._timeout = timeout
        self._told = Told(inbox, limit=ahead, again=engine.again)
        self._unsent: Sequence[UUID] = ()
        self._backoff = 0.0
        self._waiting: CancelScope | None = None
        self._sending: CancelScope | None = None
        self._stopping = False

    def stop(self) -> None:
        """Tell of what is due already; then `run` returns."""
        self._stopping = True
        if self._waiting is not None:
            self._waiting.cancel()
        if self._sending is not None:
            self._hurry(self._sending)

    async def run(self) -> None:
        """Ring until `stop`, or until cancelled."""
        try:
            while True:
                is_last = self._stopping
                if not await self._round() and is_last:
                    return
        finally:
            await self._close()

    async def _round(self) -> bool:
        """Whether there is more to be told at once; if not, it has waited."""
        try:
            return await self._tell()
        except InboxUnavailable as error:
            logger.warning("the inbox tells of no events: %s", error.reason)
        except Exception:
            logger.exception("ringing failed; it goes on")
        await self._pause(anyio.sleep, PAUSE)
        return False

    async def _tell(self) -> bool:
        if await self._told.is_full():
            await self._pause(anyio.sleep, FULL)
            return False
        ids = self._unsent or await self._inbox.ring(limit=self._limit, again=self._engine.again)
        if ids and not await self._sent(ids):
            await self._pause(anyio.sleep, self._backoff)
            return False
        if len(ids) < self._limit:
            await self._pause(self._inbox.wait, PAUSE)
            return False
        return True

    async def _sent(self, ids: Sequence[UUID]) -> bool:
        try:
            with anyio.fail_after(self._timeout) as self._sending:
                if self._stopping:
                    self._hurry(self._sending)
                await self._engine.send(ids)
        except Exception as error:
            self._failed(ids, error)
            return False
        finally:
            self._sending = None
        self._succeeded(ids)
        return True

    def _hurry(self, sending: CancelScope) -> None:
        sending.deadline = min(sending.deadline, anyio.current_time() + GRACE)

    def _failed(self, ids: Sequence[UUID], error: Exception) -> None:
        """Keep them: nobody is told of them by the inbox before `again` has passed."""
        self._unsent = ids
        if not self._backoff:
            cause = error.__cause__ or error
            reason = f"{type(cause).__name__}: {cause}"[:MAX_REASON].removesuffix(": ")
            logger.warning(
                "the engine cannot be told, events wait in the inbox: %s", ascii(reason)[1:-1]
            )
        self._backoff = min(max(2 * self._backoff, PAUSE), MAX_BACKOFF)

    def _succeeded(self, ids: Sequence[UUID]) -> None:
        self._unsent = ()
        self._told.add(ids)
        if self._backoff:
            logger.warning("the engine can be told again")
        self._backoff = 0.0

    async def _pause(self, wait: Callable[[float], Awaitable[None]], seconds: float) -> None:
        """Wait a while, but no longer than until `stop`."""
        with CancelScope() as self._waiting:
            if not self._stopping:
                await wait(seconds)
        self._waiting = None

    async def _close(self) -> None:
        with anyio.move_on_after(GRACE, shield=True):
            try:
                await self._engine.aclose()
            except Exception:
                logger.exception("the engine cannot be closed as it should")
