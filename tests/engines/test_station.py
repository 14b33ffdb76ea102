"""What a process of an engine does with the ids that it is given."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Claim, Inbox, Order, Settlement
from hookmw.inbox.memory import MemoryInbox
from hookmw.retry import Retry
from hookmw.router import Router
from hookmw.work.dispatcher import Dispatcher, Source
from hookmw.work.station import Station
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

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["memory", "sqlite"])
async def inbox(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[Inbox]:
    async with opened(make_inbox(request.param, tmp_path)) as inbox:
        yield inbox


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookmw.work.station.PAUSE", 0.02)


class Handling:
    """A handler that runs until it is let go, and notes what it had."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.open = anyio.Event()
        if is_open:
            self.open.set()
        self.begun: list[UUID] = []
        self.ended: list[UUID] = []

    async def __call__(self, event: Event[Any]) -> None:
        self.begun.append(event.id)
        await self.open.wait()
        self.ended.append(event.id)


def station_of(inbox: Inbox, function: Any, **settings: float) -> Station:
    dispatcher = Dispatcher()
    router = Router(retry=Retry(3, base=30.0), timeout=30)
    router.on("*", name="it")(function)
    dispatcher.sources["shop"] = Source(name="shop", router=router)
    return Station(inbox, dispatcher, check=dispatcher.check, **settings)


@pytest.mark.parametrize("numbers", [{"lease": 0}, {"drain": -1}], ids=str)
async def test_numbers_that_cannot_be(numbers: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="engine: lease must be above 0, drain not below"):
        station_of(MemoryInbox(), Handling(), **numbers)


async def test_the_event_that_was_named_is_handled_and_no_other(inbox: Inbox) -> None:
    _other, event = await put(inbox, make_event()), await put(inbox, make_event())
    handling = Handling()
    await station_of(inbox, handling).handle(str(event.id))
    assert handling.ended == [event.id]
    assert (await entry_of(inbox, event)).state == "done"
    assert (await inbox.count())["pending"] == 1


async def test_a_message_that_was_doubled_is_handled_once(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    event, handling = await put(inbox, make_event()), Handling(is_open=False)
    stations = [station_of(inbox, handling) for _ in range(2)]
    async with anyio.create_task_group() as tasks:
        for station in [*stations, *stations]:
            tasks.start_soon(station.handle, str(event.id))
        await until(lambda: bool(handling.begun))
        await anyio.sleep(0.05)
        handling.open.set()
    await stations[0].handle(str(event.id))
    assert handling.begun == [event.id]
    assert (await entry_of(inbox, event)).event.attempt == 1
    assert said(caplog) == []


async def test_an_event_that_waits_for_its_time_is_left_alone(inbox: Inbox) -> None:
    event, tries = await put(inbox, make_event()), []

    async def fails(event: Event[Any]) -> None:
        tries.append(event.attempt)
        raise OSError

    station = station_of(inbox, fails)
    for _ in range(3):
        await station.handle(str(event.id))
    entry = await entry_of(inbox, event)
    assert tries == [1]
    assert entry.state == "pending"
    assert entry.due_at is not None


async def test_an_event_of_another_inbox_is_said(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = uuid4()
    await station_of(inbox, Handling()).handle(str(unknown))
    (line,) = said(caplog)
    assert line.startswith(f"event {unknown} is not in this inbox: it was pruned, or this worker's")


async def test_what_is_no_id_is_the_engines_to_report(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="badly formed"):
        await station_of(inbox, Handling()).handle("../etc/passwd")


async def test_handlers_that_cannot_work_are_found_at_the_start(inbox: Inbox) -> None:
    station = Station(inbox, Dispatcher(), check=_refuse)
    with pytest.raises(ConfigError, match="two handlers"):
        await station.start()
    with pytest.raises(ConfigError, match="two handlers"):
        await station.handle(str(uuid4()))


def _refuse() -> None:
    raise ConfigError("two handlers have one name")


async def test_a_lease_is_renewed_while_the_handler_runs(inbox: Inbox) -> None:
    event, handling = await put(inbox, make_event()), Handling(is_open=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(station_of(inbox, handling, lease=0.3).handle, str(event.id))
        await until(lambda: bool(handling.begun))
        await anyio.sleep(0.6)
        assert await inbox.claim("other", limit=1, lease=1, only=event.id) == []
        handling.open.set()
    assert (await entry_of(inbox, event)).event.attempt == 1


class Away(MemoryInbox):
    """Cannot be claimed from for a while."""

    def __init__(self, many: int) -> None:
        super().__init__()
        self.many = many

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        if self.many:
            self.many -= 1
            raise InboxUnavailable("locked")
        return await super().claim(worker, limit=limit, lease=lease, only=only)


async def test_an_inbox_that_cannot_be_read_is_asked_a_few_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(Away(2)) as inbox:
        event, handling = await put(inbox, make_event()), Handling()
        await station_of(inbox, handling).handle(str(event.id))
        assert handling.ended == [event.id]
        assert said(caplog) == []


async def test_an_inbox_that_stays_away_is_left_to_the_bell(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(Away(3)) as inbox:
        event, handling = await put(inbox, make_event()), Handling()
        await station_of(inbox, handling).handle(str(event.id))
        assert handling.begun == []
        assert said(caplog) == [
            f"event {event.id} cannot be claimed, the bell will ring again: locked"
        ]


# the end


async def test_what_runs_is_given_its_time(tmp_path: Path) -> None:
    inbox = make_inbox("sqlite", tmp_path)
    handling = Handling(is_open=False)
    station = station_of(inbox, handling, drain=20)
    await station.start()
    event = await put(inbox, make_event())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(station.handle, str(event.id))
        await until(lambda: bool(handling.begun))
        tasks.start_soon(station.stop)
        await anyio.sleep(0.05)
        await station.handle(str(event.id))  # it takes nothing more
        handling.open.set()
    with pytest.raises(InboxUnavailable):
        await inbox.count()  # it is closed
    async with opened(inbox):
        assert (await entry_of(inbox, event)).state == "done"


async def test_what_is_out_of_time_is_given_back_and_does_not_count(tmp_path: Path) -> None:
    inbox, handling = make_inbox("sqlite", tmp_path), Handling(is_open=False)
    station = station_of(inbox, handling, drain=0.05)
    await station.start()
    event = await put(inbox, make_event())
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(station.handle, str(event.id))
            await until(lambda: bool(handling.begun))
            await station.stop()
    async with opened(inbox):
        entry = await entry_of(inbox, event)
    assert (entry.state, entry.event.attempt, entry.attempts) == ("pending", 0, ())


async def test_it_takes_nothing_while_it_stops(tmp_path: Path) -> None:
    inbox, handling = make_inbox("sqlite", tmp_path), Handling(is_open=False)
    station = station_of(inbox, handling, drain=20)
    await station.start()
    first, second = await put(inbox, make_event()), await put(inbox, make_event())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(station.handle, str(first.id))
        await until(lambda: bool(handling.begun))
        tasks.start_soon(station.stop)
        await anyio.sleep(0.05)
        await station.handle(str(second.id))
        assert handling.begun == [first.id]
        handling.open.set()


async def test_it_may_be_started_again(tmp_path: Path) -> None:
    inbox, handling = make_inbox("sqlite", tmp_path), Handling()
    station = station_of(inbox, handling)
    await station.stop()  # of what never began
    for _ in range(2):
        await station.start()
        event = await put(inbox, make_event())
        await station.handle(str(event.id))
        await station.stop()
        await station.stop()
    assert len(handling.ended) == 2


def test_another_loop_may_start_it_again(tmp_path: Path) -> None:
    inbox, ended = make_inbox("sqlite", tmp_path), []

    async def handler(event: Event[Any]) -> None:
        ended.append(event.id)

    async def main() -> None:
        await station.start()
        event = await put(inbox, make_event())
        await station.handle(str(event.id))
        await station.stop()

    station = station_of(inbox, handler)
    for _ in range(2):
        anyio.run(main)
    assert len(ended) == 2


async def test_a_scope_that_is_cancelled_gives_it_back(inbox: Inbox) -> None:
    event, handling = await put(inbox, make_event()), Handling(is_open=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(station_of(inbox, handling).handle, str(event.id))
        await until(lambda: bool(handling.begun))
        tasks.cancel_scope.cancel()
    entry = await entry_of(inbox, event)
    assert (entry.state, entry.event.attempt) == ("pending", 0)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_that_is_cancelled_gives_it_back(inbox: Inbox) -> None:
    event, handling = await put(inbox, make_event()), Handling(is_open=False)
    task = asyncio.create_task(station_of(inbox, handling).handle(str(event.id)))
    await until(lambda: bool(handling.begun))
    task.cancel()
    await asyncio.wait([task])
    entry = await entry_of(inbox, event)
    assert (entry.state, entry.event.attempt) == ("pending", 0)


class Described:
    """A callback of a task that notices when the task is described in words."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, task: asyncio.Task[None]) -> None: ...

    def __repr__(self) -> str:
        self.times += 1
        return "described"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_tasks_of_an_engine_are_not_described(inbox: Inbox) -> None:
    """Those of taskiq name each other: it took seconds, in which leases ended."""
    event, described = await put(inbox, make_event()), Described()
    task = asyncio.create_task(station_of(inbox, Handling()).handle(str(event.id)))
    task.add_done_callback(described)
    await task
    assert described.times == 0


async def test_the_next_of_a_lane_can_be_claimed_when_the_first_is_settled(inbox: Inbox) -> None:
    handling = Handling()
    station = station_of(inbox, handling)
    events = [make_event() for _ in range(3)]
    for event in events:
        await inbox.put(event, dedupe=event.id.bytes, order=Order(key=b"k" * 16))
    for event in reversed(events):
        await station.handle(str(event.id))
    assert handling.ended == [events[0].id]
    assert list(await inbox.ring(limit=10, again=60)) == [events[1].id]


async def test_a_station_whose_dispatcher_fails_lets_the_lease_run_out(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(claim: Claim) -> Settlement:
        raise LookupError

    event = await put(inbox, make_event())
    station = Station(inbox, fails, check=lambda: None, lease=0.1)
    await station.handle(str(event.id))
    assert (await entry_of(inbox, event)).state == "claimed"
    assert said(caplog) == [f"event {event.id}: the worker failed; its lease runs out"]
    await anyio.sleep(0.15)
    await station_of(inbox, Handling()).handle(str(event.id))
    await until_state(inbox, event, "done")
