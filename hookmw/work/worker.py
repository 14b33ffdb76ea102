"""Claims events as they become due, as many as may be handled at once, until it must stop."""

import logging
import os
import secrets
from collections.abc import Awaitable, Callable

import anyio
from anyio import CancelScope
from anyio.abc import TaskGroup

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Claim, Inbox, Settlement
from hookmw.work.keeper import PAUSE, Keeper

__all__ = ["PAUSE", "Worker", "new_worker_name"]

logger = logging.getLogger("hookmw")

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
        self.name = new_worker_name()
        self._inbox = inbox
        self._keeper = Keeper(inbox, handle, lease=lease)
        self._concurrency = concurrency
        self._lease = lease
        self._drain = drain
        self._waiting: CancelScope | None = None
        self._stopping = False
        self._careful = True

    @property
    def running(self) -> int:
        """How many events are being handled."""
        return self._keeper.running

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the running handlers are done or out of time."""
        self._stopping = True
        self._keeper.wake()
        if self._waiting is not None:
            self._waiting.cancel()

    async def run(self) -> None:
        """Work until `stop`, or until cancelled; either way nothing stays claimed."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._keeper.keep_leases)
                await self._claim_and_start(tasks)
                await self._let_finish()
                tasks.cancel_scope.cancel()
        finally:
            await self._keeper.give_back()

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
        free = (1 if self._careful else self._concurrency) - self.running
        if free <= 0:
            await self._keeper.wait()
            return
        await self._keeper.renew_late()
        claims = await self._inbox.claim(self.name, limit=free, lease=self._lease)
        self._careful = self._careful and any(claim.event.attempt > 1 for claim in claims)
        self._keeper.take(claims)
        for claim in claims:
            tasks.start_soon(self._keeper.work_on, claim)
        if len(claims) < free:
            await self._pause(self._inbox.wait)

    async def _end_care(self) -> None:
        await anyio.sleep(CARE)
        self._careful = False
        self._keeper.wake()

    async def _pause(self, wait: Callable[[float], Awaitable[None]]) -> None:
        """Wait a while, but no longer than until `stop`."""
        with CancelScope() as self._waiting:
            if not self._stopping:
                await wait(PAUSE)
        self._waiting = None

    async def _let_finish(self) -> None:
        with anyio.move_on_after(self._drain):
            while self.running:
                await self._keeper.wait()


def new_worker_name() -> str:
    """A name that no other worker has or had."""
    return f"{os.getpid()}-{secrets.token_hex(6)}"
