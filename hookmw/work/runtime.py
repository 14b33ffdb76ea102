"""One inbox, one dispatcher, one worker: what a set of endpoints shares, started once."""

import logging

import anyio
from anyio import CancelScope

from hookmw.errors import HookmwError, InboxUnavailable
from hookmw.inbox import Inbox
from hookmw.loop import spawn
from hookmw.work.dispatcher import Dispatcher
from hookmw.work.engine import Engine
from hookmw.work.keeper import pauses
from hookmw.work.retention import Retention, keep_short
from hookmw.work.ringer import Ringer
from hookmw.work.station import Station
from hookmw.work.worker import PAUSE, Worker

__all__ = ["Runtime"]

logger = logging.getLogger("hookmw")


class Runtime:
    """Starts at the lifespan's start-up, or by itself at the first delivery where there is none.

    Where the inbox is out of reach just then, it starts all the same, and opens the inbox as soon
    as that can be: deliveries are refused with 503 until then, as they are in any later outage. A
    server with several processes would else be ended by one that begins in an outage: uvicorn ends
    all when one cannot start. What only a human can put right, a `ConfigError`, fails the start.

    Args:
        inbox: opened at the start, closed at the stop.
        work: whether to handle events here; else another process must.
        concurrency: see `Worker`.
        lease: see `Worker`; seconds.
        drain: see `Worker`; seconds.
        retention: for how long settled events are kept; for ever if None.
        engine: whose workers handle events instead; here they are only told of them.

    Attributes:
        engine: as given.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        work: bool = True,
        concurrency: int = 32,
        lease: float = 30.0,
        drain: float = 8.0,
        retention: Retention | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.inbox = inbox
        self._retention = retention
        self.dispatcher = Dispatcher(inbox=inbox)
        self._work = work
        self._concurrency = concurrency
        self._lease = lease
        self._drain = drain
        self.engine = engine
        self._worker: Worker | Ringer | None = None
        self._starting: anyio.Lock | None = None
        self._stop_asked = anyio.Event()
        self._ended = anyio.Event()
        self._started = False
        self._closing = False
        self._away: Exception | None = None  # why the inbox cannot be opened yet
        if engine is not None:
            engine.bind(self._new_station())

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._closing

    async def ready(self) -> Inbox:
        """The inbox, open, with somebody working on it; starts both if nobody has yet.

        Raises:
            InboxUnavailable: it is closing, or could not be opened yet.
        """
        if not self._started:
            await self.start()
        if self._closing:
            raise InboxUnavailable("shutting down", retry_after=5)
        if self._away is not None:
            raise InboxUnavailable(str(self._away), retry_after=5)
        return self.inbox

    async def start(self, *, work: bool | None = None) -> None:
        """Open the inbox, now or as soon as may be, and start the worker; once.

        Args:
            work: whether to handle events here; as it was made if None.

        Raises:
            ConfigError: the inbox or the handlers cannot be used.
        """
        if self._starting is None:
            self._starting = anyio.Lock()
        async with self._starting:
            if self._started:
                return
            self._work = self._work if work is None else work
            self.dispatcher.check()
            await self._open()
            self._stop_asked, self._ended = anyio.Event(), anyio.Event()
            self._closing, self._worker = False, None
            spawn(self._live, name="hookmw worker")
            self._started = True

    async def _open(self) -> None:
        self._away = None
        try:
            await self.inbox.open()
        except InboxUnavailable as error:
            self._away = error
            logger.warning("no inbox yet, nothing is stored until it is there: %s", error.reason)

    async def _await_inbox(self) -> None:
        """Return when it is open, however long that takes, or at `stop`."""
        for pause in pauses():
            if self._away is None or self._closing:
                return
            with anyio.move_on_after(pause):
                await self._stop_asked.wait()
            if not self._closing:
                await self._try_again(self._away)

    async def _try_again(self, before: Exception) -> None:
        try:
            await self.inbox.open()
        except Exception as error:
            if type(error) is not type(before):  # it is there, and not as it should be
                unforeseen = not isinstance(error, HookmwError)
                logger.error("the inbox cannot be opened: %s", error, exc_info=unforeseen)  # noqa: TRY400
            self._away = error
        else:
            self._away = None
            logger.warning("the inbox is open")

    async def _live(self) -> None:
        """Work until `stop`, or until the loop ends: nobody calls `stop` where no lifespan runs."""
        try:
            await self._await_inbox()
            async with anyio.create_task_group() as upkeep:
                if self._retention is not None:
                    upkeep.start_soon(keep_short, self.inbox, self._retention)
                if self._work:
                    await self._supervise()
                else:
                    await self._stop_asked.wait()
                upkeep.cancel_scope.cancel()
        finally:
            with CancelScope(shield=True):
                await self._close()

    async def _supervise(self) -> None:
        """Keep a worker at work: one that fails is followed by another."""
        while not self._closing:
            self._worker = self._new_worker()
            try:
                await self._worker.run()
            except Exception:
                logger.exception("the worker ended unasked; another takes over")
                await anyio.sleep(PAUSE)

    def _new_worker(self) -> Worker | Ringer:
        if self.engine is not None:
            return Ringer(self.inbox, self.engine)
        return Worker(
            self.inbox,
            self.dispatcher,
            concurrency=self._concurrency,
            lease=self._lease,
            drain=self._drain,
        )

    def _new_station(self) -> Station:
        return Station(
            self.inbox,
            self.dispatcher,
            check=self.dispatcher.check,
            lease=self._lease,
            drain=self._drain,
        )

    async def _close(self) -> None:
        self._closing = True
        try:
            await self.inbox.aclose()
        finally:
            self._started, self._starting = False, None  # another loop may start it again
            self._ended.set()

    async def stop(self) -> None:
        """Refuse new deliveries, let running handlers finish in their time, close the inbox."""
        if not self._started:
            return
        self._closing = True
        self._stop_asked.set()
        if self._worker is not None:
            self._worker.stop()
        with CancelScope(shield=True):
            await self._ended.wait()
