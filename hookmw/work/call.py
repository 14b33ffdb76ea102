"""One run of one function: async ones in the event loop, sync ones in threads, with a timeout."""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any

import anyio
from anyio import CapacityLimiter

from hookmw.event import Event
from hookmw.loop import Call, loop_caller
from hookmw.router import Handler

__all__ = ["CallNext", "Caller", "TimedOut"]

CallNext = Callable[[Event[Any]], Awaitable[Any]]


class TimedOut(Exception):
    """A run was not over in its time."""


class Caller:
    """Runs handlers.

    A thread cannot be stopped: a sync handler that outlives its timeout keeps its thread, and its
    place among `threads`, until it returns. So a handler that hangs for ever costs one thread a
    try, and never more than `threads` in all. It does not keep the process from ending.

    Args:
        threads: how many sync handlers run at once.
    """

    def __init__(self, threads: int = 16) -> None:
        self._threads = threads
        self._loop: Call | None = None
        self._places = CapacityLimiter(threads)

    async def __call__(self, handler: Handler, event: Event[Any]) -> Any:
        """What the handler returned.

        Raises:
            Undecodable: the payload does not fit the type that the handler asks for.
            TimedOut: it ran longer than it may.
            BaseException: whatever it raised.
        """
        run = partial(handler.function, _argument(handler, event))
        if handler.is_async:
            return await _in_time(run, handler.timeout)
        result = await self._in_thread(run, handler.timeout)
        if inspect.isawaitable(result):  # a sync function around an async one
            return await _in_time(lambda: result, handler.timeout)
        return result

    async def _in_thread(self, run: Callable[[], Any], seconds: float) -> Any:
        call, place = loop_caller(), object()
        places = self._places_of(call)
        await places.acquire_on_behalf_of(place)
        started = _Run(run, call, over=partial(places.release_on_behalf_of, place))
        await _in_time(started.wait, seconds)
        return started.result()

    def _places_of(self, loop: Call) -> CapacityLimiter:
        """Those of the running loop; what still runs for an earlier one cannot give its back."""
        if loop != self._loop:
            self._loop, self._places = loop, CapacityLimiter(self._threads)
        return self._places


class _Run:
    """A function in a daemon thread of its own; anyio's threads would keep the process alive."""

    def __init__(self, run: Callable[[], Any], call: Call, over: Callable[[], None]) -> None:
        self._run = run
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
        await self._finished.wait()

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value

    def _work(self) -> None:
        try:
            self._value = self._run()
        except BaseException as error:  # a handler may raise SystemExit
            self._error = error
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._call(self._finish)

    def _finish(self) -> None:
        self._over()
        self._finished.set()


def _argument(handler: Handler, event: Event[Any]) -> Event[Any]:
    if handler.payload_type is Any:
        return event
    typed = event.typed(handler.payload_type)
    _ = typed.payload  # a handler that cannot have its payload must not have done half of its work
    return typed


async def _in_time(run: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    with anyio.move_on_after(seconds):
        return await run()
    raise TimedOut(f"not over after {seconds:g} s")
