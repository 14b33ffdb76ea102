"""Celery as the engine: handlers run in its workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from hookmw.engines.background import Background
from hookmw.errors import ConfigError
from hookmw.work.station import Station
from hookmw.work.threads import Threads

if TYPE_CHECKING:
    from celery import Celery

__all__ = ["CeleryEngine"]

SENDERS = 1
"""How many threads tell the broker; one that hangs holds up the others, and costs no more."""

ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
"""A pooled connection may have died while it was idle; more tries are the ringer's."""

NOT_HERE = (
    "celery: handlers cannot run in the process that receives events: unset task_always_eager,"
    " and start a worker of its own"
)

_taken: WeakKeyDictionary[Celery, set[str]] = WeakKeyDictionary()
"""Celery itself gives the first of two tasks of one name to both, in silence."""


class CeleryEngine:
    """Hands events to the workers of a Celery app: `celery -A main.celery_app worker`.

    Handlers run in an event loop of each worker process (sync ones in its threads), under the
    inbox's leases, timeouts and retries. Celery's own retries, delays and results are not used.
    For the prefork, threads and solo pools.

    Args:
        app: in whose workers the handlers run. They import the module that makes `Hooks`, and must
            reach the same inbox.
        queue: that the workers consume; Celery's default if None.
        task: name of the task; another for each `Hooks` of one app.
        again: seconds after which an event that nobody has taken is told of once more.
    """

    def __init__(
        self,
        app: Celery,
        *,
        queue: str | None = None,
        task: str = "hookmw.handle",
        again: float = 30.0,
    ) -> None:
        self.again = again
        self._app = app
        self._queue = queue
        self._name = task
        self._task: Any = None
        self._threads = Threads(SENDERS)
        self._sends = False

    def bind(self, station: Station) -> None:
        """See `Engine.bind`."""
        taken = _taken.setdefault(self._app, set())
        if self._name in taken:
            raise ConfigError(
                f"celery: a task {self._name!r} is there already; name this engine's: task=..."
            )
        taken.add(self._name)
        background = Background(station)
        self._task = self._app.task(
            name=self._name,
            shared=False,  # or it would be a task of every other Celery app, too
            acks_late=True,  # a bell that nobody heard is rung by Celery at once
            reject_on_worker_lost=True,
            ignore_result=True,
            max_retries=0,
        )(self._task_of(background))
        _stop_with_the_worker(background)

    async def send(self, ids: Sequence[UUID]) -> None:
        """See `Engine.send`."""
        self._sends = True
        run = await self._threads.start(lambda: self._send(ids))
        await run.wait()
        run.result()

    async def aclose(self) -> None:
        """See `Engine.aclose`; the connections are those of Celery's own pool."""
        self._sends = False

    def _send(self, ids: Sequence[UUID]) -> None:
        if self._app.conf.task_always_eager:  # which may keep the errors of tasks to itself
            raise ConfigError(NOT_HERE)
        with self._app.producer_pool.acquire(block=True) as producer:
            for id_ in ids:
                self._task.apply_async(
                    (str(id_),),
                    queue=self._queue,
                    producer=producer,
                    retry=True,
                    retry_policy=ONCE_MORE,
                )

    def _task_of(self, background: Background) -> Any:
        def handle(id: str) -> None:  # noqa: A002 - as the inbox calls it
            if self._sends:  # one inbox cannot be open in two event loops
                raise ConfigError(NOT_HERE)
            background.handle(id)

        return handle


def _stop_with_the_worker(background: Background) -> None:
    from celery.signals import worker_process_shutdown, worker_shutdown  # noqa: PLC0415 - an extra

    def stop(**_: Any) -> None:
        background.stop()

    for signal in (worker_process_shutdown, worker_shutdown):
        signal.connect(stop, weak=False)
