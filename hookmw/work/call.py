"""One run of one function: async ones in the event loop, sync ones in threads, with a timeout."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from anyio import CapacityLimiter

from hookmw.event import Event
from hookmw.loop import loop_caller
from hookmw.router import Handler

__all__ = ["CallNext", "Caller", "TimedOut"]

CallNext = Callable[[Event[Any]], Awaitable[Any]]


class TimedOut(Exception):
    """A run was not over in its time."""


class Caller:
    """Runs handlers.

    A thread cannot be stopped: a sync handler that outlives its timeout keeps its thread, and its
    place among `threads`, until it returns. So a handler that hangs for ever costs one thread a
    try, and never more than `threads` in all.

    Args:
        threads: how many sync handlers run at once.
    """

    def __init__(self, threads: int = 16) -> None:
        self._threads = CapacityLimiter(threads)
        self._unlimited = CapacityLimiter(threads + 1_000_000)

    async def __call__(self, handler: Handler, event: Event[Any]) -> Any:
        """What the handler returned.

        Raises:
            TimedOut: it ran longer than it may.
            Exception: whatever it raised.
        """
        argument = event if handler.payload_type is Any else event.typed(handler.payload_type)
        if handler.is_async:
            return await _in_time(partial(handler.function, argument), handler.timeout)
        return await self._in_thread(partial(handler.function, argument), handler.timeout)

    async def _in_thread(self, run: Callable[[], Any], seconds: float) -> Any:
        borrower = object()
        await self._threads.acquire_on_behalf_of(borrower)
        call_soon = loop_caller()

        def body() -> Any:
            try:
                return run()
            finally:
                call_soon(partial(self._threads.release_on_behalf_of, borrower))

        return await _in_time(
            partial(
                anyio.to_thread.run_sync,
                body,
                abandon_on_cancel=True,
                limiter=self._unlimited,
            ),
            seconds,
        )


async def _in_time(run: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    with anyio.move_on_after(seconds):
        return await run()
    raise TimedOut(f"not over after {seconds:g} s")
