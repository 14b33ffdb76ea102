import asyncio
import gc
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from hookmw import Endpoint, Hooks
from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Inbox
from hookmw.inbox.memory import MemoryInbox
from hookmw.router import Router
from hookmw.testing import WebhookClient
from hookmw.work.dispatcher import Source
from hookmw.work.runtime import Runtime
from hookmw.work.worker import Worker
from tests.work.benchtop import (
    entry_of,
    make_event,
    make_inbox,
    opened,
    put,
    said,
    until,
    until_state,
)

pytestmark = [
    pytest.mark.anyio,
    # anyio's, at the end of a loop that has begun a task a moment ago
    pytest.mark.filterwarnings("ignore:coroutine '(Keeper|Worker).* was never awaited"),
]

SECRET = "a secret for the tests of the workroom"
variable: ContextVar[str] = ContextVar("variable", default="unset")


class Counted(MemoryInbox):
    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.closed = 0
        self.faults: list[Exception] = []

    async def open(self) -> None:
        await anyio.sleep(0.01)
        if self.faults:
            raise self.faults.pop()
        self.opened += 1
        await super().open()

    async def aclose(self) -> None:
        await anyio.sleep(0.01)
        self.closed += 1
        await super().aclose()
        if self.faults:
            raise self.faults.pop()


@pytest.fixture(autouse=True)
def rubbish_is_collected_where_its_warnings_are_ignored() -> Iterator[None]:
    yield
    gc.collect()


def runtime_of(inbox: Inbox, handler: Any = None, **more: Any) -> Runtime:
    runtime = Runtime(inbox, **more)
    router = Router()
    router.on("*", name="it")(handler or (lambda event: None))
    runtime.dispatcher.sources["shop"] = Source(name="shop", router=router)
    return runtime


@pytest.fixture(params=["memory", "sqlite"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Inbox:
    return make_inbox(request.param, tmp_path)


async def test_it_works_from_start_to_stop(inbox: Inbox) -> None:
    seen: list[Event[Any]] = []
    runtime = runtime_of(inbox, seen.append)
    await runtime.start()
    await runtime.start()
    event = await put(await runtime.ready(), make_event())
    await until_state(inbox, event, "done")
    await runtime.stop()
    assert [each.id for each in seen] == [event.id]
    with pytest.raises(InboxUnavailable):
        await put(inbox, make_event())


async def test_it_may_be_started_again(inbox: Inbox) -> None:
    runtime = runtime_of(inbox)
    for _ in range(3):
        event = await put(await runtime.ready(), make_event())
        await until_state(inbox, event, "done")
        await runtime.stop()
        await runtime.stop()


async def test_stopping_what_was_never_started() -> None:
    await runtime_of(MemoryInbox()).stop()


async def test_a_crowd_starts_it_once() -> None:
    inbox = Counted()
    runtime = runtime_of(inbox)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(runtime.ready)
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(runtime.stop)
    assert (inbox.opened, inbox.closed) == (1, 1)


async def test_an_inbox_that_cannot_be_opened_is_tried_again() -> None:
    inbox = Counted()
    inbox.faults = [ConfigError("no such directory")]
    runtime = runtime_of(inbox)
    with pytest.raises(ConfigError, match="no such directory"):
        await runtime.ready()
    assert await runtime.ready() is inbox
    await runtime.stop()


async def test_handlers_that_cannot_work_are_found_at_the_start() -> None:
    inbox = Counted()
    runtime = runtime_of(inbox)
    runtime.dispatcher.router.on("*", name="it")(print)
    with pytest.raises(ConfigError, match="two handlers are named 'it'"):
        await runtime.start()
    assert inbox.opened == 0


async def test_the_request_that_starts_it_may_end(inbox: Inbox) -> None:
    seen: list[str] = []

    async def handler(event: Event[Any]) -> None:
        seen.append(variable.get())

    runtime = runtime_of(inbox, handler)
    with anyio.CancelScope() as scope:
        variable.set("of the request")
        await runtime.ready()
        scope.cancel()
    event = await put(await runtime.ready(), make_event())
    await until_state(inbox, event, "done")
    await runtime.stop()
    assert seen == ["unset"]


async def test_deliveries_are_refused_while_it_ends(inbox: Inbox) -> None:
    begun, gate = anyio.Event(), anyio.Event()

    async def handler(event: Event[Any]) -> None:
        begun.set()
        await gate.wait()

    runtime = runtime_of(inbox, handler, drain=20)
    event = await put(await runtime.ready(), make_event())
    await begun.wait()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runtime.stop)
        await anyio.sleep(0.05)
        with pytest.raises(InboxUnavailable, match="shutting down"):
            await runtime.ready()
        gate.set()
    async with opened(inbox):
        assert (await entry_of(inbox, event)).state == "done"


async def test_stop_is_finished_even_where_who_asked_is_cancelled(inbox: Inbox) -> None:
    begun = anyio.Event()

    async def handler(event: Event[Any]) -> None:
        begun.set()
        await anyio.sleep(0.1)

    runtime = runtime_of(inbox, handler)
    event = await put(await runtime.ready(), make_event())
    await begun.wait()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await runtime.stop()
    async with opened(inbox):
        assert (await entry_of(inbox, event)).state == "done"


async def test_without_work_nothing_is_handled() -> None:
    inbox, seen = Counted(), list[Any]()
    runtime = runtime_of(inbox, seen.append, work=False)
    event = await put(await runtime.ready(), make_event())
    await anyio.sleep(0.05)
    assert (await entry_of(inbox, event)).state == "pending"
    with anyio.fail_after(10):
        await runtime.stop()
    assert seen == []
    assert inbox.closed == 1


async def test_an_inbox_that_does_not_close_well(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Counted()
    runtime = runtime_of(inbox)
    await runtime.start()
    inbox.faults = [OSError("no")]
    with anyio.fail_after(10):
        await runtime.stop()
    assert said(caplog) == ["background task hookmw worker failed"]


# supervision


async def test_a_worker_that_raises_is_replaced(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hookmw.work.runtime.PAUSE", 0.01)
    fails, run = [OSError("one"), ExceptionGroup("two", [LookupError()])], Worker.run

    async def broken(worker: Worker) -> None:
        if fails:
            raise fails.pop()
        await run(worker)

    monkeypatch.setattr(Worker, "run", broken)
    runtime = runtime_of(inbox)
    event = await put(await runtime.ready(), make_event())
    await until_state(inbox, event, "done")
    await runtime.stop()
    assert said(caplog, logging.ERROR) == ["the worker ended unasked; another takes over"] * 2


async def test_a_stop_while_the_worker_is_being_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hookmw.work.runtime.PAUSE", 0.05)
    tried = []

    async def broken(worker: Worker) -> None:
        tried.append(worker)
        raise OSError

    monkeypatch.setattr(Worker, "run", broken)
    runtime = runtime_of(MemoryInbox())
    await runtime.start()
    await until(lambda: len(tried) == 2)
    with anyio.fail_after(10):
        await runtime.stop()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_worker_whose_task_is_cancelled_begins_again_with_the_next_delivery(
    inbox: Inbox,
) -> None:
    runtime = runtime_of(inbox)
    await runtime.ready()
    (task,) = [each for each in asyncio.all_tasks() if each.get_name() == "hookmw worker"]
    await until(lambda: runtime._worker is not None)
    task.cancel()
    await until(task.done)
    event = await put(await runtime.ready(), make_event())
    await until_state(inbox, event, "done")
    await runtime.stop()


# the end of the loop, where no lifespan runs


@pytest.mark.parametrize("steps", range(12))
def test_a_loop_that_ends_while_it_starts(steps: int) -> None:
    inbox = Counted()
    runtime = runtime_of(inbox)

    async def first() -> None:
        task = asyncio.create_task(runtime.ready())
        while inbox.opened == 0:  # noqa: ASYNC110 - to end at each step from here
            await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        del task

    async def second() -> None:
        event = await put(await runtime.ready(), make_event())
        await until_state(inbox, event, "done")
        await runtime.stop()

    asyncio.run(first())
    assert not inbox._is_open  # its loop is gone
    asyncio.run(second())
    assert inbox.opened == 2


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_inbox_is_closed_when_the_loop_ends(backend: str) -> None:
    inbox = Counted()
    anyio.run(runtime_of(inbox).ready, backend=backend)
    assert inbox.closed == 1


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("work", [True, False])
def test_it_ends_with_its_loop_and_begins_in_the_next(
    kind: str,
    backend: str,
    work: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    inbox, seen = make_inbox(kind, tmp_path), list[Any]()

    async def handler(event: Event[Any]) -> None:
        seen.append(event)
        if len(seen) == 1:
            await anyio.sleep(60)

    runtime = runtime_of(inbox, handler, work=work)
    event = make_event()

    async def first() -> None:
        await put(await runtime.ready(), event)
        await until(lambda: bool(seen) or not work)

    async def second() -> str:
        ready = await runtime.ready()
        if work:
            await until_state(ready, event, "done")
        entry = await entry_of(ready, event)
        await runtime.stop()
        return f"{entry.state} {entry.event.attempt}"

    anyio.run(first, backend=backend)
    assert anyio.run(second, backend=backend) == ("done 1" if work else "pending 0")


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_for_each_request_as_test_clients_have(
    kind: str, backend: str, tmp_path: Path
) -> None:
    hooks = Hooks([Endpoint("/github", "github", secrets=SECRET)], inbox=make_inbox(kind, tmp_path))
    client = WebhookClient(Starlette(routes=[Mount("/webhooks", hooks)]), base_path="/webhooks")

    async def post(number: int) -> int:
        answer = await client.post("/github", "github", {"n": number}, SECRET, type="push")
        return answer.status

    async def look() -> int:
        counts = await (await hooks.runtime.ready()).count()
        await hooks.runtime.stop()
        return sum(counts.values())

    assert [anyio.run(post, number, backend=backend) for number in range(3)] == [200] * 3
    assert anyio.run(look, backend=backend) == 3
