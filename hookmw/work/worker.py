"""Claims events, has them handled, settles them; keeps leases; gives back what it cannot finish."""

import logging
import math
import os
import secrets
from collections.abc import Awaitable, Callable

import anyio
from anyio import CancelScope, get_cancelled_exc_class
from anyio.abc import TaskGroup

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Claim, Inbox, Settlement

__all__ = ["Worker"]

logger = logging.getLogger("hookmw")

PAUSE = 1.0
"""Seconds between looks at an inbox that cannot be read, or where nothing is due."""

CARE = 10.0
"""Seconds for which a new worker takes what was tried before one at a time."""


class Worker:
    """Handles the events of an inbox, in this process.

    An event that kills its process takes an attempt from all that run beside it. So a new worker
    begins with one event at a time, until it meets one that was never tried: these were not there.

    Args:
        inbox: open.
        handle: runs a claim's handlers; raises nothing.
        concurrency: how many events are handled at once; the others wait in the inbox.
        lease: seconds after which a claim that is not renewed ends; renewed at every third of it.
        drain: seconds that running handlers are given at the end.

    Raises:
        ConfigError: a number is out of range.
    """

    def __init__(
        self,
        inbox: Inbox,
        handle: Callable[[Claim], Awaitable[Settlement]],
        *,
        concurrency: int = 32,
        lease: float = 30.0,
        drain: float = 8.0,
    ) -> None:
        if concurrency < 1 or lease <= 0 or drain < 0:
            raise ConfigError("worker: concurrency and lease must be above 0, drain not below")
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._inbox = inbox
        self._handle = handle
        self._concurrency = concurrency
        self._lease = lease
        self._drain = drain
        self._running: set[Claim] = set()
        self._held: set[Claim] = set()  # those of them whose lease is ours
        self._interrupted: list[Claim] = []
        self._waiting: CancelScope | None = None
        self._settled = anyio.Event()
        self._stopping = False
        self._careful = True

    @property
    def running(self) -> int:
        """How many events are being handled."""
        return len(self._running)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the running handlers are done or out of time."""
        self._stopping = True
        self._settled.set()
        if self._waiting is not None:
            self._waiting.cancel()

    async def run(self) -> None:
        """Work until `stop`, or until cancelled; either way nothing stays claimed."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._keep_leases)
                await self._claim_and_start(tasks)
                await self._let_finish()
                tasks.cancel_scope.cancel()
        finally:
            await self._give_back()

    async def _claim_and_start(self, tasks: TaskGroup) -> None:
        tasks.start_soon(self._end_care)
        while not self._stopping:
            try:
                await self._claim(tasks)
            except InboxUnavailable as error:
                logger.warning("the inbox gives no events: %s", error.reason)
                await self._pause(anyio.sleep)
            except Exception:
                logger.exception("claiming failed; the worker goes on")
                await self._pause(anyio.sleep)

    async def _claim(self, tasks: TaskGroup) -> None:
        self._settled = anyio.Event()
        free = (1 if self._careful else self._concurrency) - len(self._running)
        if free <= 0:
            await self._settled.wait()
            return
        claims = await self._inbox.claim(self.name, limit=free, lease=self._lease)
        self._careful = self._careful and any(claim.event.attempt > 1 for claim in claims)
        self._running.update(claims)
        self._held.update(claims)
        for claim in claims:
            tasks.start_soon(self._work_on, claim)
        if len(claims) < free:
            await self._pause(self._inbox.wait)

    async def _end_care(self) -> None:
        await anyio.sleep(CARE)
        self._careful = False
        self._settled.set()

    async def _pause(self, wait: Callable[[float], Awaitable[None]]) -> None:
        """Wait a while, but no longer than until `stop`."""
        with CancelScope() as self._waiting:
            if not self._stopping:
                await wait(PAUSE)
        self._waiting = None

    async def _work_on(self, claim: Claim) -> None:
        try:
            await self._settle(await self._handle(claim))
        except get_cancelled_exc_class():
            self._interrupted.append(claim)  # given back at the end; until then its lease runs out
            if anyio.current_effective_deadline() == -math.inf:
                raise  # else somebody cancelled this task alone, which must not end the others
        except Exception:  # not due at once: whatever it was, it would be so again
            logger.exception("event %s: the worker failed; its lease runs out", claim.event.id)
        finally:
            self._running.discard(claim)
            self._held.discard(claim)
            self._settled.set()

    async def _settle(self, settlement: Settlement) -> None:
        event = settlement.claim.event
        while True:
            try:
                kept = await self._inbox.settle(settlement)
            except InboxUnavailable as error:
                logger.warning("event %s cannot be settled yet: %s", event.id, error.reason)
                await anyio.sleep(PAUSE)
            else:
                if not kept:
                    logger.warning("event %s: its lease was lost, it runs again", event.id)
                return

    async def _keep_leases(self) -> None:
        while True:
            await anyio.sleep(self._lease / 3)
            if not self._held:
                continue
            try:
                lost = await self._inbox.renew(list(self._held), lease=self._lease)
            except InboxUnavailable as error:
                logger.warning("leases cannot be renewed: %s", error.reason)
            except Exception:
                logger.exception("renewing leases failed; the worker goes on")
            else:
                self._held.difference_update(lost)  # `settle` says so, once

    async def _let_finish(self) -> None:
        with anyio.move_on_after(self._drain):
            while self._running:
                self._settled = anyio.Event()
                await self._settled.wait()

    async def _give_back(self) -> None:
        unfinished = [*self._interrupted, *self._held]  # these were never begun
        if not unfinished:
            return
        logger.warning("%d events were interrupted and are due again", len(unfinished))
        with CancelScope(shield=True):
            try:
                await self._inbox.release(
                    {claim: claim.handled | claim.finished for claim in unfinished}
                )
            except InboxUnavailable as error:
                logger.warning("%d leases must run out: %s", len(unfinished), error.reason)
            except Exception:
                logger.exception("%d leases must run out", len(unfinished))
