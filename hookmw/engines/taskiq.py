"""taskiq as the engine: handlers run in its workers, in their event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hookmw.errors import ConfigError
from hookmw.work.station import Station

if TYPE_CHECKING:
    from taskiq import AsyncBroker

__all__ = ["TaskiqEngine"]

logger = logging.getLogger("hookmw")


class TaskiqEngine:
    """Hands events to the workers of a taskiq broker: `taskiq worker main:broker`.

    Handlers run under the inbox's leases, timeouts and retries; taskiq's own retries, delays and
    results are not used. It needs asyncio.

    Args:
        broker: in whose workers the handlers run. They import the module that makes `Hooks`, and
            must reach the same inbox.
        task: name of the task; another for each `Hooks` of one broker.
        again: seconds after which an event that nobody has taken is told of once more.
        start: whether to start the broker where events are received, and shut it down there; False
            if the program does so itself.
    """

    def __init__(
        self,
        broker: AsyncBroker,
        *,
        task: str = "hookmw.handle",
        again: float = 30.0,
        start: bool = True,
    ) -> None:
        self.again = again
        self._broker = broker
        self._name = task
        self._start = start
        self._task: Any = None
        self._started = False

    def bind(self, station: Station) -> None:
        """See `Engine.bind`."""
        from taskiq import TaskiqEvents  # noqa: PLC0415 - an extra

        if self._broker.find_task(self._name) is not None:
            raise ConfigError(
                f"taskiq: a task {self._name!r} is there already; name this engine's: task=..."
            )

        async def start(_: Any) -> None:
            await station.start()

        async def stop(_: Any) -> None:
            await station.stop()

        self._task = self._broker.register_task(_task_of(station), task_name=self._name)
        self._broker.add_event_handler(TaskiqEvents.WORKER_STARTUP, start)
        self._broker.add_event_handler(TaskiqEvents.WORKER_SHUTDOWN, stop)

    async def send(self, ids: Sequence[UUID]) -> None:
        """See `Engine.send`."""
        _check_loop()
        await self._start_once()
        for id_ in ids:
            await self._task.kiq(str(id_))

    async def aclose(self) -> None:
        """See `Engine.aclose`."""
        if self._started:
            self._started = False
            await self._broker.shutdown()

    async def _start_once(self) -> None:
        if self._started or not self._start or self._broker.is_worker_process:
            return
        try:
            await self._broker.startup()
        except BaseException:
            await self._shut_what_was_started()
            raise
        self._started = True

    async def _shut_what_was_started(self) -> None:
        try:
            await self._broker.shutdown()
        except Exception:
            logger.debug("taskiq: what was half started cannot be shut down", exc_info=True)


def _task_of(station: Station) -> Any:
    async def handle(id: str) -> None:  # noqa: A002 - as the inbox calls it
        await station.handle(id)

    return handle


def _check_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigError("taskiq: needs asyncio; serve the app in an asyncio event loop") from None
