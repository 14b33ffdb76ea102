"""Functions in threads that nobody has to wait for."""

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any

import anyio
from anyio import CapacityLimiter

from hookmw.loop import Call, loop_caller

__all__ = ["Run", "Threads"]


class Threads:
    """Starts functions in threads, so many at once.

    A thread cannot be stopped: one that hangs keeps its place until it returns, and costs no more
    than that. Nor does it keep the process from ending.

    Args:
        limit: how many run at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._loop: Call | None = None
        self._places = CapacityLimiter(limit)

    async def start(self, function: Callable[[], Any]) -> "Run":
        """Wait for a place, and start.

        Raises:
            RuntimeError: the system gives no more threads.
        """
        call, place = loop_caller(), object()
        places = self._places_of(call)
        await places.acquire_on_behalf_of(place)
        return Run(function, call, over=partial(places.release_on_behalf_of, place))

    def __repr__(self) -> str:
        """How many there are."""
        return f"all {self._limit} threads for sync handlers"

    def _places_of(self, loop: Call) -> CapacityLimiter:
        """Those of the running loop; what still runs for an earlier one cannot give its back."""
        if loop != self._loop:
            self._loop, self._places = loop, CapacityLimiter(self._limit)
        return self._places


class Run:
    """A function in a daemon thread of its own; anyio's threads would keep the process alive."""

    def __init__(self, function: Callable[[], Any], call: Call, over: Callable[[], None]) -> None:
        self._function = function
        self._call = call
        self._over = over
        self._finished = anyio.Event()
        self._value: Any = None
        self._error: BaseException | None = None
        try:
            Thread(target=copy_context().run, args=(self._work,), daemon=True).start()
        except RuntimeError:  # the system gives no more threads
            over()
            raise

    async def wait(self) -> None:
        """Return when it has ended; whoever is cancelled leaves it alone."""
        await self._finished.wait()

    def result(self) -> Any:
        """What it returned.

        Raises:
            BaseException: whatever it raised.
        """
        if self._error is not None:
            raise self._error
        return self._value

    def _work(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:  # a handler may raise SystemExit
            self._error = error
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._call(self._finish)

    def _finish(self) -> None:
        self._over()
        self._finished.set()
