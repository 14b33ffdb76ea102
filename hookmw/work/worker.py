"""Claims events, has them handled, settles them; keeps leases; gives back what it cannot finish."""

import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

import anyio
from anyio import CancelScope, get_cancelled_exc_class
from anyio.abc import TaskGroup

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Claim, Inbox, Settlement

__all__ = ["Worker"]

logger = logging.getLogger("hookmw")

PAUSE = 1.0
"""Seconds between looks at an inbox that cannot be read, or where nothing is due."""


class Worker:
    """Handles the events of an inbox, in this process.

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
        self._running: dict[UUID, Claim] = {}
        self._waiting: CancelScope | None = None
        self._settled = anyio.Event()
        self._stopping = False

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
        while not self._stopping:
            self._settled = anyio.Event()
            free = self._concurrency - len(self._running)
            if free == 0:
                await self._settled.wait()
                continue
            claims = await self._claim(free)
            for claim in claims:
                self._running[claim.event.id] = claim
                tasks.start_soon(self._work_on, claim)
            if len(claims) < free:
                await self._wait()

    async def _claim(self, limit: int) -> list[Claim]:
        try:
            return list(await self._inbox.claim(self.name, limit=limit, lease=self._lease))
        except InboxUnavailable as error:
            logger.warning("the inbox gives no events: %s", error.reason)
        except Exception:
            logger.exception("claiming failed; the worker goes on")
        await self._sleep(PAUSE)
        return []

    async def _wait(self) -> None:
        with CancelScope() as self._waiting:
            if not self._stopping:
                await self._inbox.wait(PAUSE)
        self._waiting = None

    async def _sleep(self, seconds: float) -> None:
        with CancelScope() as self._waiting:
            if not self._stopping:
                await anyio.sleep(seconds)
        self._waiting = None

    async def _work_on(self, claim: Claim) -> None:
        try:
            await self._settle(await self._handle(claim))
        except get_cancelled_exc_class():
            raise  # what is left in `_running` is given back
        except Exception:
            logger.exception("event %s: the worker failed; it is due again", claim.event.id)
            await self._release([claim])
        self._running.pop(claim.event.id, None)
        self._settled.set()

    async def _settle(self, settlement: Settlement) -> None:
        while True:
            try:
                kept = await self._inbox.settle(settlement)
            except InboxUnavailable as error:
                event = settlement.claim.event.id
                logger.warning("event %s cannot be settled yet: %s", event, error.reason)
                await anyio.sleep(PAUSE)
            else:
                if not kept:
                    logger.warning("event %s: its lease was lost", settlement.claim.event.id)
                return

    async def _keep_leases(self) -> None:
        while True:
            await anyio.sleep(self._lease / 3)
            if not self._running:
                continue
            try:
                lost = await self._inbox.renew(list(self._running.values()), lease=self._lease)
            except InboxUnavailable as error:
                logger.warning("leases cannot be renewed: %s", error.reason)
                continue
            for claim in lost:
                logger.warning("event %s: its lease was lost", claim.event.id)

    async def _let_finish(self) -> None:
        with anyio.move_on_after(self._drain):
            while self._running:
                self._settled = anyio.Event()
                await self._settled.wait()

    async def _give_back(self) -> None:
        unfinished = list(self._running.values())
        self._running.clear()
        if unfinished:
            logger.warning("%d events were interrupted and are due again", len(unfinished))
            with CancelScope(shield=True):
                await self._release(unfinished)

    async def _release(self, claims: list[Claim]) -> None:
        try:
            await self._inbox.release(claims)
        except InboxUnavailable as error:
            logger.warning("%d leases must run out: %s", len(claims), error.reason)
