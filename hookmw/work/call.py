"""One run of one function: async ones in the event loop, sync ones in threads, with a timeout."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from hookmw.event import Event
from hookmw.router import Handler
from hookmw.work.threads import Threads

__all__ = ["CallNext", "Caller", "TimedOut"]

CallNext = Callable[[Event[Any]], Awaitable[Any]]


class TimedOut(Exception):
    """A run was not over in its time."""


class Caller:
    """Runs handlers.

    A thread cannot be stopped: a sync handler that outlives its timeout keeps its thread, and its
    place among `threads`, until it returns. So a handler that hangs for ever costs one thread a
    try, and never more than `threads` in all; one that finds no thread in its time is out of time.
    It does not keep the process from ending.

    Args:
        threads: how many sync handlers run at once.
    """

    def __init__(self, threads: int = 16) -> None:
        self._threads = Threads(threads)

    async def __call__(self, handler: Handler, event: Event[Any]) -> Any:
        """What the handler returned.

        Raises:
            Undecodable: the payload does not fit the type that the handler asks for.
            TimedOut: it ran longer than it may, or waited so long for a thread.
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
        with anyio.move_on_after(seconds) as waited:
            started = await self._threads.start(run)
        if waited.cancelled_caught:  # for ever, where all of them hang
            raise TimedOut(f"{self._threads} busy for {seconds:g} s")
        await _in_time(started.wait, seconds)
        return started.result()


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
