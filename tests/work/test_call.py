import asyncio
import functools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import anyio
import msgspec
import pytest

from hookmw.errors import Undecodable
from hookmw.event import Event
from hookmw.router import Handler, Router
from hookmw.work.call import Caller, TimedOut
from tests.work.benchtop import make_event, until

pytestmark = pytest.mark.anyio

variable: ContextVar[str] = ContextVar("variable", default="unset")


def handler(function: Callable[..., Any], timeout: float = 20.0) -> Handler:
    router = Router(timeout=timeout)
    router.on("*", name="it")(function)
    return router.handlers[0]


async def run(function: Callable[..., Any], timeout: float = 20.0, body: bytes = b"{}") -> Any:  # noqa: ASYNC109
    return await Caller()(handler(function, timeout), make_event(body=body))


class Total(msgspec.Struct):
    total: int


def total(event: Event[Total]) -> int:
    return event.payload.total


async def total_async(event: Event[Total]) -> int:
    return event.payload.total


class Object:
    def method(self, event: Event[Any]) -> str:
        return event.type

    async def method_async(self, event: Event[Any]) -> str:
        return event.type

    async def __call__(self, event: Event[Any]) -> str:
        return event.type


def with_client(client: str, event: Event[Any]) -> str:
    return client + event.type


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda event: event.type, "thing.made"),
        (Object().method, "thing.made"),
        (Object().method_async, "thing.made"),
        (Object(), "thing.made"),
        (functools.partial(with_client, "a "), "a thing.made"),
        (functools.partial(Object()), "thing.made"),
        (lambda event: Object().method_async(event), "thing.made"),
        (total, 7),
        (total_async, 7),
    ],
)
async def test_all_kinds_of_functions(function: Callable[..., Any], expected: Any) -> None:
    assert await run(function, body=b'{"total": 7}') == expected


async def test_sync_functions_run_in_threads_and_async_ones_in_the_loop() -> None:
    def where(event: Event[Any]) -> int:
        return threading.get_ident()

    async def where_async(event: Event[Any]) -> int:
        return threading.get_ident()

    assert await run(where) != threading.get_ident()
    assert await run(where_async) == threading.get_ident()


async def test_a_thread_sees_the_context() -> None:
    variable.set("mine")

    def look(event: Event[Any]) -> str:
        found = variable.get()
        variable.set("changed")
        return found

    assert await run(look) == "mine"
    assert variable.get() == "mine"


@pytest.mark.parametrize("function", [total, total_async])
async def test_a_payload_that_does_not_fit_never_reaches_the_function(
    function: Callable[..., Any],
) -> None:
    called = []

    @functools.wraps(function)
    def recorded(event: Event[Any]) -> Any:
        called.append(event)
        return function(event)

    with pytest.raises(Undecodable, match="total"):
        await run(recorded, body=b'{"sum": 7}')
    assert called == []


async def test_the_event_of_others_keeps_its_payload() -> None:
    event = make_event(body=b'{"total": 7}')
    assert await Caller()(handler(total), event) == 7
    assert event.payload == {"total": 7}


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
async def test_what_a_function_raises_comes_through(error: type[BaseException]) -> None:
    def fail(event: Event[Any]) -> None:
        raise error("x")

    async def fail_async(event: Event[Any]) -> None:
        raise error("x")

    with pytest.raises(error, match="x"):
        await run(fail)
    with pytest.raises(error, match="x"):
        await run(fail_async)


async def test_stop_iteration_is_an_error_like_others() -> None:
    def fail(event: Event[Any]) -> None:
        next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await run(fail)


# time


async def test_an_async_function_is_stopped_at_its_time() -> None:
    ended = []

    async def slow(event: Event[Any]) -> None:
        try:
            await anyio.sleep(60)
        finally:
            ended.append(1)

    with pytest.raises(TimedOut, match=r"not over after 0\.02 s"):
        await run(slow, 0.02)
    assert ended == [1]


async def test_the_awaitable_of_a_sync_function_is_stopped_at_its_time() -> None:
    with pytest.raises(TimedOut):
        await run(lambda event: anyio.sleep(60), 0.02)


async def test_a_function_that_ends_in_spite_of_its_time_has_ended() -> None:
    async def stubborn(event: Event[Any]) -> str:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.05)
        return "done"

    assert await run(stubborn, 0.01) == "done"


async def test_a_thread_keeps_its_place_until_it_returns() -> None:
    call, gate, started = Caller(threads=2), threading.Event(), []

    def hang(event: Event[Any]) -> None:
        started.append(threading.get_ident())
        gate.wait(20)

    def quick(event: Event[Any]) -> str:
        return "ran"

    for _ in range(2):
        with pytest.raises(TimedOut):
            await call(handler(hang, 0.02), make_event())
    with anyio.move_on_after(0.1) as scope:
        await call(handler(quick), make_event())
    assert scope.cancelled_caught  # there is no third thread
    assert len(set(started)) == 2
    gate.set()
    with anyio.fail_after(20):
        assert await call(handler(quick), make_event()) == "ran"


async def test_a_run_that_gets_no_thread_is_out_of_time() -> None:
    call, gate = Caller(threads=1), threading.Event()
    ran: list[object] = []
    with pytest.raises(TimedOut, match="not over"):
        await call(handler(lambda event: gate.wait(20), 0.02), make_event())
    with anyio.fail_after(10), pytest.raises(TimedOut, match="all 1 threads"):
        await call(handler(ran.append, 0.05), make_event())
    gate.set()
    with anyio.fail_after(20):
        await call(handler(ran.append), make_event())
    assert len(ran) == 1


async def test_places_come_back_whatever_happens() -> None:
    call = Caller(threads=1)

    def fail(event: Event[Any]) -> None:
        raise SystemExit

    for _ in range(3):
        with pytest.raises(SystemExit):
            await call(handler(fail), make_event())
    for _ in range(3):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await call(handler(total), make_event(body=b'{"total": 7}'))
    with pytest.raises(TimedOut):
        await call(handler(lambda event: time.sleep(0.05), 0.000_001), make_event())
    with anyio.fail_after(20):
        assert await call(handler(lambda event: "ran"), make_event()) == "ran"


async def test_a_place_comes_back_where_the_system_gives_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = Caller(threads=1)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            await call(handler(lambda event: 1), make_event())
    with anyio.fail_after(20):
        assert await call(handler(lambda event: 1), make_event()) == 1


async def test_threads_are_bounded() -> None:
    call, running, most = Caller(threads=3), [0], [0]
    lock = threading.Lock()

    def count(event: Event[Any]) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(30):
            tasks.start_soon(call, handler(count), make_event())
    assert most == [3]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_another_loop_has_all_places(backend: str) -> None:
    call, gate, hung = Caller(threads=1), threading.Event(), []

    def hang(event: Event[Any]) -> None:
        hung.append(threading.current_thread())
        gate.wait(20)

    async def first() -> None:
        with pytest.raises(TimedOut):
            await call(handler(hang, 0.02), make_event())

    async def second() -> Any:
        with anyio.fail_after(10):
            return await call(handler(lambda event: "ran"), make_event())

    anyio.run(first, backend=backend)
    assert anyio.run(second, backend=backend) == "ran"
    gate.set()
    hung[0].join(10)  # it ends after its loop, and nobody minds
    assert not hung[0].is_alive()


HANGS = """
import threading, anyio
from hookmw.work.call import Caller
from hookmw.router import Router
from tests.work.benchtop import make_event

async def main():
    router = Router(timeout=0.05)
    router.on("*", name="it")(lambda event: threading.Event().wait())
    try:
        await Caller()(router.handlers[0], make_event())
    except Exception as error:
        print(type(error).__name__)

anyio.run(main, backend="{backend}")
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_thread_that_hangs_does_not_keep_the_process_alive(backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS.format(backend=backend)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("TimedOut\n", "", 0)


async def test_a_stray_cancellation_comes_through() -> None:
    async def stray(event: Event[Any]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run(stray)
    await until(lambda: True)  # and we are not cancelled
