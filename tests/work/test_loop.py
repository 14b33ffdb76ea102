import asyncio
import logging
from contextvars import ContextVar
from threading import Thread, get_ident

import anyio
import pytest

from hookmw.loop import being_cancelled, loop_caller, spawn
from tests.work.benchtop import said, until

variable: ContextVar[str] = ContextVar("variable", default="unset")


def test_there_is_no_way_into_a_loop_that_does_not_run() -> None:
    with pytest.raises(RuntimeError):
        loop_caller()


async def nothing() -> None: ...


def test_nothing_is_spawned_without_a_loop() -> None:
    with pytest.raises(RuntimeError):
        spawn(nothing, name="it")


@pytest.mark.anyio
async def test_a_thread_calls_into_the_loop() -> None:
    call, called = loop_caller(), anyio.Event()
    threads = []

    def act() -> None:
        threads.append(get_ident())
        called.set()

    Thread(target=call, args=(act,)).start()
    with anyio.fail_after(10):
        await called.wait()
    assert threads == [get_ident()]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_has_ended_says_so(backend: str) -> None:
    async def main() -> object:
        return loop_caller()

    call = anyio.run(main, backend=backend)
    with pytest.raises(RuntimeError):
        call(lambda: None)  # type: ignore[operator]


@pytest.mark.anyio
async def test_a_spawned_task_outlives_who_began_it() -> None:
    begun, ended = anyio.Event(), []

    async def work() -> None:
        begun.set()
        await anyio.sleep(0.05)
        ended.append(variable.get())

    with anyio.CancelScope() as scope:
        variable.set("of the request")
        spawn(work, name="it")
        scope.cancel()
        await anyio.sleep(1)
    await until(lambda: bool(ended))
    assert begun.is_set()
    assert ended == ["unset"]


@pytest.mark.anyio
async def test_what_leaves_a_spawned_task_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise OSError("no disk")

    spawn(fail, name="the task")
    await until(lambda: bool(said(caplog, logging.ERROR)))
    assert said(caplog) == ["background task the task failed"]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_spawned_task_ends_with_the_loop(backend: str) -> None:
    ended = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(being_cancelled())

    async def main() -> None:
        spawn(work, name="it")
        await anyio.sleep(0.01)

    anyio.run(main, backend=backend)
    assert ended == [True]


@pytest.mark.anyio
async def test_a_cancellation_from_outside_is_one() -> None:
    seen = []
    with anyio.CancelScope() as scope:
        assert not being_cancelled()
        scope.cancel()
        try:
            await anyio.sleep(1)
        finally:
            seen.append(being_cancelled())
    assert seen == [True]
    assert not being_cancelled()


@pytest.mark.anyio
async def test_a_cancellation_that_nobody_ordered_is_none() -> None:
    seen = []

    async def stray() -> None:
        raise asyncio.CancelledError

    try:
        await stray()
    except asyncio.CancelledError:
        seen.append(being_cancelled())
    assert seen == [False]


def test_a_native_cancellation_is_one() -> None:
    seen = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append(being_cancelled())

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await task

    asyncio.run(main())
    assert seen == [True]
