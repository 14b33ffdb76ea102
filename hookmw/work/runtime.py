"""One inbox, one dispatcher, one worker: what a set of endpoints shares, started once."""

import logging

import anyio
from anyio import CancelScope

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Inbox
from hookmw.loop import spawn
from hookmw.work.dispatcher import Dispatcher
from hookmw.work.worker import PAUSE, Worker

__all__ = ["Runtime"]

logger = logging.getLogger("hookmw")


class Runtime:
    """Starts at the lifespan's start-up, or by itself at the first delivery where there is none.

    Args:
        inbox: opened at the start, closed at the stop.
        work: whether to handle events here; else another process must.
        concurrency: see `Worker`.
        lease: see `Worker`; seconds.
        drain: see `Worker`; seconds.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        work: bool = True,
        concurrency: int = 32,
        lease: float = 30.0,
        drain: float = 8.0,
    ) -> None:
        self.inbox = inbox
        self.dispatcher = Dispatcher()
        self._work = work
        self._concurrency = concurrency
        self._lease = lease
        self._drain = drain
        self._worker: Worker | None = None
        self._finished: anyio.Event | None = None
        self._starting: anyio.Lock | None = None
        self._started = False
        self._closing = False

    async def ready(self) -> Inbox:
        """The inbox, open, with somebody working on it; starts both if nobody has yet.

        Raises:
            InboxUnavailable: it is closing.
        """
        if not self._started:
            await self.start()
        if self._closing:
            raise InboxUnavailable("shutting down", retry_after=5)
        return self.inbox

    async def start(self) -> None:
        """Open the inbox and start the worker; a second call does nothing.

        Raises:
            ConfigError: the inbox cannot be used.
        """
        if self._starting is None:
            self._starting = anyio.Lock()
        async with self._starting:
            if self._started:
                return
            await self.inbox.open()
            self._closing = False
            if self._work:
                self._finished = anyio.Event()
                spawn(self._supervise, name="hookmw worker")
            self._started = True

    def _new_worker(self) -> Worker:
        return Worker(
            self.inbox,
            self.dispatcher,
            concurrency=self._concurrency,
            lease=self._lease,
            drain=self._drain,
        )

    async def _supervise(self) -> None:
        """Keep a worker at work: one that fails is followed by another."""
        assert self._finished is not None  # noqa: S101 - set before this is spawned
        try:
            while not self._closing:
                self._worker = self._new_worker()
                try:
                    await self._worker.run()
                except Exception:
                    logger.exception("the worker ended unasked; another takes over")
                    await anyio.sleep(PAUSE)
        finally:
            self._finished.set()

    async def stop(self) -> None:
        """Refuse new deliveries, let running handlers finish in their time, close the inbox."""
        if not self._started:
            return
        self._closing = True
        with CancelScope(shield=True):
            if self._worker is not None:
                self._worker.stop()
            if self._finished is not None:
                await self._finished.wait()
            await self.inbox.aclose()
        self._started = False
        self._starting = None
