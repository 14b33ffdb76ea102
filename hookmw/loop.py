"""The running event loop, asyncio or trio: a way into it from a thread, and tasks that outlive us.

anyio has neither without an `async with` around it, which an ASGI app mounted in another cannot
have. trio is imported by whoever runs it; here it is only found.
"""

import asyncio
import logging
import math
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any

import anyio

__all__ = ["Call", "being_cancelled", "loop_caller", "spawn"]

Call = Callable[[Callable[[], object]], object]
"""Runs a function in the loop soon; may be called from any thread.

Raises:
    RuntimeError: the loop has ended.
"""

logger = logging.getLogger(__name__)

_tasks: set[asyncio.Task[None]] = set()
"""asyncio itself holds only weak references to tasks."""


def loop_caller() -> Call:
    """The way into the loop that is running now.

    Raises:
        RuntimeError: no event loop is running.
    """
    trio = _running_trio()
    if trio is not None:
        run_soon: Call = trio.lowlevel.current_trio_token().run_sync_soon
        return run_soon
    return asyncio.get_running_loop().call_soon_threadsafe


def spawn(fn: Callable[[], Awaitable[None]], *, name: str) -> None:
    """Start a task in the running loop that lives until it returns or the loop ends.

    It inherits neither cancel scopes nor context variables of the task that starts it: what a
    request happened to start must not end, or be traced, with that request. An exception that
    leaves `fn` is logged.

    Args:
        fn: called without arguments.
        name: of the task, for logs and debuggers.

    Raises:
        RuntimeError: no event loop is running.
    """
    trio = _running_trio()
    if trio is not None:
        trio.lowlevel.spawn_system_task(_guarded, fn, name, name=name)
        return
    loop = asyncio.get_running_loop()
    task = loop.create_task(_guarded(fn, name), name=name, context=Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def being_cancelled() -> bool:
    """Whether the running task is being cancelled from outside.

    False inside an `except` for a cancellation that nobody ordered: code may raise asyncio's
    `CancelledError` by itself, by awaiting a task that was cancelled.
    """
    if anyio.current_effective_deadline() == -math.inf:
        return True
    if _running_trio() is not None:
        return False
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _guarded(fn: Callable[[], Awaitable[None]], name: str) -> Coroutine[Any, Any, None]:
    async def run() -> None:
        try:
            await fn()
        except Exception:
            logger.exception("background task %s failed", name)

    return run()


def _running_trio() -> Any:
    trio = sys.modules.get("trio")
    return trio if trio is not None and trio.lowlevel.in_trio_task() else None
