"""A receiver whose handlers do everything that a handler can do wrong, by the type of the event."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel

from hookmw import Endpoint, Event, Hooks, Retry
from tests.server.process import SECRET

__all__ = ["ATTEMPTS", "HARMLESS", "POISONS", "app"]

ATTEMPTS = 2
TIMEOUT = 0.5


class Unreadable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even its text")


class Base(BaseException):
    """What no `except Exception` catches."""


def raises(error: BaseException) -> Callable[[Event[Any]], None]:
    def handle(event: Event[Any]) -> None:
        raise error

    return handle


def raises_in_loop(error: BaseException) -> Callable[[Event[Any]], Any]:
    async def handle(event: Event[Any]) -> None:
        raise error

    return handle


async def hang(event: Event[Any]) -> None:
    await anyio.sleep_forever()


async def hang_stubbornly(event: Event[Any]) -> None:
    """Swallows the first cancellation, as careless loops do."""
    try:
        await anyio.sleep_forever()
    except BaseException:
        await asyncio.sleep(0.2)
        raise ValueError("cancelled, and will not say so") from None


def hang_in_thread(event: Event[Any]) -> None:
    time.sleep(3600)


def leave(event: Event[Any]) -> None:
    sys.exit(3)


async def cancel_itself(event: Event[Any]) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await anyio.lowlevel.checkpoint()


async def await_cancelled(event: Event[Any]) -> None:
    task = asyncio.create_task(anyio.sleep_forever())
    task.cancel()
    await task


def recurse(event: Event[Any]) -> None:
    recurse(event)


async def recurse_in_loop(event: Event[Any]) -> None:
    await recurse_in_loop(event)


async def fail_in_group(event: Event[Any]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(raises_in_loop(KeyError("in a task")), event)
        tasks.start_soon(anyio.sleep_forever)


def end_process(event: Event[Any]) -> None:
    os._exit(1)  # 3 would tell uvicorn that it cannot even start, and end the whole server


POISONS: dict[str, Callable[[Event[Any]], Any]] = {
    "raise": raises(ValueError("no")),
    "unreadable": raises(Unreadable()),
    "base": raises(Base("no")),
    "base_in_loop": raises_in_loop(Base("no")),
    "interrupt": raises(KeyboardInterrupt()),
    "interrupt_in_loop": raises_in_loop(KeyboardInterrupt()),
    "leave": leave,
    "leave_in_loop": raises_in_loop(SystemExit(3)),
    "generator_exit": raises_in_loop(GeneratorExit()),
    "stop": raises_in_loop(StopAsyncIteration()),
    "cancelled": raises_in_loop(asyncio.CancelledError()),
    "await_cancelled": await_cancelled,
    "cancel_itself": cancel_itself,
    "hang": hang,
    "hang_stubbornly": hang_stubbornly,
    "hang_in_thread": hang_in_thread,
    "recurse": recurse,
    "recurse_in_loop": recurse_in_loop,
    "fail_in_group": fail_in_group,
    "line_break": raises(ValueError("two\nlines\x1b[2J")),
}
"""What makes its event a dead letter."""


async def block(event: Event[Any]) -> None:
    time.sleep(1)  # noqa: ASYNC251 - that is what it does wrong


async def leave_tasks(event: Event[Any]) -> None:
    for error in (ValueError("nobody waits for me"), asyncio.CancelledError()):
        asyncio.create_task(raises_in_loop(error)(event))  # noqa: RUF006 - likewise


def rubbish(event: Event[Any]) -> Any:
    return object()


def more_rubbish(event: Event[Any]) -> Any:
    return {"status": 500, "body": b"\xff" * 10**6}


HARMLESS = {
    "block": block,
    "leave_tasks": leave_tasks,
    "rubbish": rubbish,
    "more_rubbish": more_rubbish,
}
"""What is wrong, and fails nobody."""

effects = os.open(os.environ.get("EFFECTS", os.devnull), os.O_CREAT | os.O_WRONLY | os.O_APPEND)


async def record(event: Event[Any]) -> None:
    ours = (os.getpid(), event.endpoint, event.type, event.key, event.id, event.attempt)
    os.write(effects, ("\t".join(map(str, ours)) + "\n").encode())


github = Endpoint(
    "/github", "github", secrets=SECRET, retry=Retry(ATTEMPTS, base=0.05), timeout=TIMEOUT
)
github.on("push", name="record")(record)
for _type, _poison in {**POISONS, **HARMLESS, "end_process": end_process}.items():
    github.on(_type, name=_type)(_poison)

app = Hooks([github], inbox=os.environ.get("INBOX", "memory:"), lease=2)
