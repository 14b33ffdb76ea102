"""Handles the events of which an engine's broker tells this process."""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import anyio
from anyio import CancelScope

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Claim, Inbox, Settlement
from hookmw.loop import spawn
from hookmw.work.keeper import PAUSE, Keeper
from hookmw.work.worker import new_worker_name

__all__ = ["Station"]

logger = logging.getLogger("hookmw")

TRIES = 3
"""How often an inbox that cannot be read is asked for an event, before that is left to the bell."""


class Station:
    """A process of an engine, as one of the inbox's workers.

    It says nothing to the broker: an event that fails is due again in the inbox, and then told of
    again.

    Args:
        inbox: opened at the start, closed at the stop.
        handle: runs a claim's handlers; raises nothing.
        check: raises `ConfigError` for handlers that cannot work.
        lease: seconds after which a claim that is not renewed ends; renewed at every third of it.
        drain: seconds that running handlers are given at the stop.
    """

    def __init__(
        self,
        inbox: Inbox,
        handle: Callable[[Claim], Awaitable[Settlement]],
        *,
        check: Callable[[], None],
        lease: float = 30.0,
        drain: float = 8.0,
    ) -> None:
        if lease <= 0 or drain < 0:
            raise ConfigError("engine: lease must be above 0, drain not below")
        self._inbox = inbox
        self._check = check
        self._keeper = Keeper(inbox, handle, lease=lease)
        self._lease = lease
        self._drain = drain
        self._name: str | None = None
        self._starting: anyio.Lock | None = None
        self._running: set[CancelScope] = set()
        self._ended = anyio.Event()
        self._all_over = anyio.Event()
        self._stopping = False

    async def start(self) -> None:
        """Open the inbox; a second call does nothing.

        Call it in the process that handles events, and not before that was forked.

        Raises:
            ConfigError: the inbox or the handlers cannot be used.
        """
        self._starting = self._starting or anyio.Lock()
        async with self._starting:
            if self._name is None:
                self._check()
                await self._inbox.open()
                self._name, self._stopping = new_worker_name(), False
                self._all_over = anyio.Event()
                spawn(self._keep_leases, name="hookmw leases")

    async def handle(self, id: str) -> None:  # noqa: A002 - as the inbox calls it
        """Handle an event if it is due, and settle it.

        If there is nothing to claim it ends quietly: the broker doubled its message, somebody was
        quicker, or the event waits for its time or for others of its key.

        Args:
            id: of the event.

        Raises:
            ConfigError: as `start`.
            ValueError: this is no id.
        """
        wanted = UUID(id)
        await self.start()
        if self._stopping:
            return  # the bell rings again
        with CancelScope() as scope:
            self._running.add(scope)
            try:
                await self._see_through(wanted)
            finally:
                self._running.discard(scope)
                self._ended.set()

    async def stop(self) -> None:
        """Let running handlers finish in their time, give back the others, close the inbox."""
        if self._name is None:
            return
        self._stopping = True
        with CancelScope(shield=True):
            with anyio.move_on_after(self._drain):
                await self._all_ended()
            for scope in self._running:
                scope.cancel()
            await self._all_ended()
            self._all_over.set()
            await self._inbox.aclose()
        self._name, self._starting = None, None  # another loop may start it again

    async def _all_ended(self) -> None:
        while self._running:
            self._ended = anyio.Event()
            await self._ended.wait()

    async def _keep_leases(self) -> None:
        """In a task of our own: anyio describes the task that cancels a scope, in words.

        That of an engine may take seconds to describe: it names tasks that name tasks.
        """
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keeper.keep_leases)
            await self._all_over.wait()
            tasks.cancel_scope.cancel()

    async def _see_through(self, wanted: UUID) -> None:
        claim = await self._claim(wanted)
        if claim is None:
            return
        self._keeper.take([claim])
        try:
            await self._keeper.work_on(claim)
        finally:
            await self._keeper.give_back()

    async def _claim(self, wanted: UUID) -> Claim | None:
        for _ in range(TRIES):
            try:
                return await self._ask_for(wanted)
            except InboxUnavailable as error:
                reason = error.reason
            await anyio.sleep(PAUSE)
        logger.warning("event %s cannot be claimed, the bell will ring again: %s", wanted, reason)
        return None

    async def _ask_for(self, wanted: UUID) -> Claim | None:
        name = self._name or new_worker_name()
        claims = await self._inbox.claim(name, limit=1, lease=self._lease, only=wanted)
        if not claims and await self._inbox.get(wanted) is None:
            logger.warning(
                "event %s is not in this inbox: it was pruned, or this worker's inbox is another"
                " one than that of the process that received it",
                wanted,
            )
        return claims[0] if claims else None
