"""What the ringer promises, with an engine that is only a list."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Inbox, Settlement
from hookmw.inbox.memory import MemoryInbox
from hookmw.work.ringer import Ringer
from hookmw.work.station import Station
from tests.work.benchtop import fill, make_event, make_inbox, opened, put, said, until

pytestmark = pytest.mark.anyio


class Bells:
    """An engine that remembers what it was told; `faults` are raised one after the other."""

    def __init__(self, *, again: float = 60.0) -> None:
        self.again = again
        self.told: list[UUID] = []
        self.batches: list[int] = []
        self.tries = 0
        self.faults: list[Exception] = []
        self.hangs = False
        self.closed = 0

    def bind(self, station: Station) -> None: ...

    async def send(self, ids: Sequence[UUID]) -> None:
        self.tries += 1
        if self.hangs:
            await anyio.sleep(60)
        if self.faults:
            raise self.faults.pop(0)
        self.told += ids
        self.batches.append(len(ids))

    async def aclose(self) -> None:
        self.closed += 1


class Faulty(MemoryInbox):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Exception] = []
        self.asked = 0

    async def ring(self, *, limit: int, again: float) -> Sequence[UUID]:
        self.asked += 1
        if self.faults:
            raise self.faults.pop(0)
        return await super().ring(limit=limit, again=again)


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
    monkeypatch.setattr("hookmw.work.ringer.PAUSE", 0.05)
    monkeypatch.setattr("hookmw.work.ringer.GRACE", 0.2)


@asynccontextmanager
async def ringing(*ringers: Ringer) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        for ringer in ringers:
            tasks.start_soon(ringer.run)
        try:
            yield
        finally:
            for ringer in ringers:
                ringer.stop()


async def take(inbox: Inbox, wanted: UUID) -> bool:
    return bool(await inbox.claim("w", limit=1, lease=60, only=wanted))


@pytest.mark.parametrize("numbers", [{"limit": 0}, {"ahead": 0}, {"timeout": 0}], ids=str)
async def test_numbers_that_cannot_be(numbers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="engine: limit, ahead, timeout and again"):
        Ringer(MemoryInbox(), Bells(), **numbers)
    with pytest.raises(ConfigError, match="must be above 0"):
        Ringer(MemoryInbox(), Bells(again=0))


async def test_every_event_is_told_of_once_and_in_order(inbox: Inbox) -> None:
    before = [await put(inbox, make_event()) for _ in range(7)]
    bells = Bells()
    async with ringing(Ringer(inbox, bells, limit=3)):
        await until(lambda: len(bells.told) == 7)
        assert bells.batches == [3, 3, 1]
        after = await put(inbox, make_event())
        await until(lambda: len(bells.told) == 8)
    assert bells.told == [event.id for event in [*before, after]]


async def test_what_nobody_takes_is_told_of_again_until_somebody_does(inbox: Inbox) -> None:
    lost, taken = await put(inbox, make_event()), await put(inbox, make_event())
    bells = Bells(again=0.2)
    async with ringing(Ringer(inbox, bells)):
        await until(lambda: len(bells.told) == 2)
        assert await take(inbox, taken.id)
        await until(lambda: bells.told.count(lost.id) >= 3)
        assert await take(inbox, lost.id)
        many = len(bells.told)
        await anyio.sleep(0.5)
        assert len(bells.told) <= many + 1  # one may have been on its way
    assert bells.told.count(taken.id) == 1


async def test_several_ringers_tell_of_each_event_once(inbox: Inbox) -> None:
    bells = Bells()
    async with ringing(*(Ringer(inbox, bells, limit=2) for _ in range(3))):
        events = await fill(inbox, 50)
        await until(lambda: len(bells.told) >= 50)
    assert sorted(bells.told) == sorted(event.id for event in events)


async def test_a_broker_that_is_away_is_said_once_and_told_everything_later(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    bells = Bells()
    bells.faults = [ConnectionError("refused\n"), OSError("unreachable"), TimeoutError()]
    event = await put(inbox, make_event())
    async with ringing(Ringer(inbox, bells)):
        await until(lambda: bells.told == [event.id])  # long before `again`
        await until(lambda: len(said(caplog)) == 2)
        other = await put(inbox, make_event())
        await until(lambda: len(bells.told) == 2)
    assert bells.told == [event.id, other.id]
    assert said(caplog) == [
        r"the engine cannot be told, events wait in the inbox: ConnectionError: refused\n",
        "the engine can be told again",
    ]


async def test_the_cause_of_a_failure_is_what_is_said(caplog: pytest.LogCaptureFixture) -> None:
    class Wrapping(Bells):
        async def send(self, ids: Sequence[UUID]) -> None:
            try:
                await super().send(ids)
            except OSError as error:
                raise RuntimeError("cannot send") from error

    bells = Wrapping()
    bells.faults = [OSError("no route")]
    async with opened(MemoryInbox()) as inbox:
        await fill(inbox, 1)
        async with ringing(Ringer(inbox, bells)):
            await until(lambda: bool(bells.told))
    assert said(caplog)[0].endswith("wait in the inbox: OSError: no route")


async def test_a_broker_that_is_away_is_not_asked_all_the_time(inbox: Inbox) -> None:
    bells = Bells()
    bells.faults = [OSError("away") for _ in range(10_000)]
    await fill(inbox, 1)
    async with ringing(Ringer(inbox, bells)):
        await anyio.sleep(0.6)
        assert 2 <= bells.tries <= 5  # at 0, 0.05, 0.15, 0.35


async def test_a_broker_that_never_answers_has_its_time(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    bells = Bells()
    bells.hangs = True
    event = await put(inbox, make_event())
    async with ringing(Ringer(inbox, bells, timeout=0.05)):
        await until(lambda: bells.tries >= 2)
        bells.hangs = False
        await until(lambda: bells.told == [event.id])
    assert said(caplog)[0].endswith("events wait in the inbox: TimeoutError")


@pytest.mark.parametrize("error", [InboxUnavailable("locked"), ValueError("a bug")])
async def test_an_inbox_that_fails_does_not_end_it(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults = [error, error]
        bells = Bells()
        async with ringing(Ringer(inbox, bells)):
            await until(lambda: not inbox.faults)
            event = await put(inbox, make_event())
            await until(lambda: bells.told == [event.id])
    assert len(said(caplog)) == 2
    assert len(said(caplog, logging.ERROR)) == (2 if isinstance(error, ValueError) else 0)


async def test_an_inbox_that_always_fails_is_not_asked_all_the_time() -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults = [InboxUnavailable("gone") for _ in range(10_000)]
        async with ringing(Ringer(inbox, Bells())):
            await anyio.sleep(0.3)
        assert 2 <= inbox.asked <= 8


# how far ahead


async def test_a_backlog_stays_in_the_inbox(inbox: Inbox) -> None:
    await fill(inbox, 100)
    bells = Bells()
    async with ringing(Ringer(inbox, bells, limit=5, ahead=20)):
        await until(lambda: len(bells.told) >= 20)
        await anyio.sleep(0.3)
        assert len(bells.told) == 20
        while len(bells.told) < 100:
            for wanted in bells.told:
                await take(inbox, wanted)
            await anyio.sleep(0.01)
    assert len(set(bells.told)) == 100


async def test_what_is_lost_does_not_hold_up_the_others(inbox: Inbox) -> None:
    await fill(inbox, 40)
    bells = Bells(again=0.3)
    taken: set[UUID] = set()
    async with ringing(Ringer(inbox, bells, limit=5, ahead=20)):
        await until(lambda: len(bells.told) == 20)  # and all of these are lost
        with anyio.fail_after(10):
            while len(taken) < 40:
                taken.update([wanted for wanted in bells.told[20:] if await take(inbox, wanted)])
                await anyio.sleep(0.01)


async def test_a_bell_that_was_lost_does_not_hold_up_the_others(inbox: Inbox) -> None:
    first, *others = [await put(inbox, make_event()) for _ in range(10)]
    bells = Bells()
    async with ringing(Ringer(inbox, bells, limit=1, ahead=10)):
        await until(lambda: len(bells.told) == 10)
        for event in others:
            assert await take(inbox, event.id)
        latest = await put(inbox, make_event())
        await until(lambda: bells.told[-1] == latest.id)
    assert bells.told.count(first.id) == 1


async def test_an_event_that_was_pruned_is_not_waited_for(inbox: Inbox) -> None:
    bells = Bells()
    async with ringing(Ringer(inbox, bells, limit=1, ahead=1)):
        first = await put(inbox, make_event())
        await until(lambda: bells.told == [first.id])
        await settle(inbox, first.id)
        assert await inbox.prune(before=2**40, states=frozenset({"done"})) == 1
        second = await put(inbox, make_event())
        await until(lambda: bells.told == [first.id, second.id])


async def test_an_event_that_waits_for_another_try_is_not_waited_for(inbox: Inbox) -> None:
    bells = Bells()
    async with ringing(Ringer(inbox, bells, limit=1, ahead=1)):
        first = await put(inbox, make_event())
        await until(lambda: bells.told == [first.id])
        (claim,) = await inbox.claim("w", limit=1, lease=60, only=first.id)
        assert await inbox.settle(Settlement(claim=claim, state="pending", delay=60))
        second = await put(inbox, make_event())
        await until(lambda: bells.told == [first.id, second.id])


async def settle(inbox: Inbox, wanted: UUID) -> None:
    (claim,) = await inbox.claim("w", limit=1, lease=60, only=wanted)
    assert await inbox.settle(Settlement(claim=claim, state="done"))


# the end


async def test_at_the_end_what_is_due_is_told_of(inbox: Inbox) -> None:
    bells = Bells()
    ringer = Ringer(inbox, bells, limit=3)
    await fill(inbox, 8)
    ringer.stop()
    with anyio.fail_after(5):
        await ringer.run()
    assert len(bells.told) == 8
    assert bells.closed == 1


async def test_at_the_end_what_another_process_put_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookmw.work.ringer.PAUSE", 60)
    bells = Bells()
    async with (
        opened(make_inbox("sqlite", tmp_path)) as ours,
        opened(make_inbox("sqlite", tmp_path)) as theirs,
    ):
        with anyio.fail_after(10):
            async with ringing(Ringer(ours, bells)):
                await anyio.sleep(0.2)
                event = await put(theirs, make_event())
    assert bells.told == [event.id]


@pytest.mark.parametrize("fault", ["refuses", "hangs"])
async def test_a_broker_that_is_away_does_not_hold_up_the_end(inbox: Inbox, fault: str) -> None:
    bells = Bells()
    bells.hangs = fault == "hangs"
    bells.faults = [OSError("away") for _ in range(10_000)]
    await fill(inbox, 1)
    with anyio.fail_after(5):
        async with ringing(Ringer(inbox, bells)):
            await until(lambda: bells.tries == 1)


async def test_a_stop_while_it_waits_is_prompt(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookmw.work.ringer.PAUSE", 60)
    with anyio.fail_after(5):
        async with ringing(Ringer(inbox, Bells())):
            await anyio.sleep(0.1)


@pytest.mark.parametrize("trouble", [OSError("no"), None], ids=["raises", "hangs"])
async def test_an_engine_that_cannot_be_closed(
    inbox: Inbox, trouble: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(Bells):
        async def aclose(self) -> None:
            if trouble is not None:
                raise trouble
            await anyio.sleep(60)

    with anyio.fail_after(5):
        async with ringing(Ringer(inbox, Stuck())):
            await anyio.sleep(0.05)
    assert len(said(caplog)) == (0 if trouble is None else 1)


async def test_what_is_cancelled_on_its_way_is_told_of_later(inbox: Inbox) -> None:
    bells = Bells(again=0.1)
    events = await fill(inbox, 5)
    for delay in (0.0, 0.0002, 0.001, 0.004):
        with anyio.move_on_after(delay):
            await Ringer(inbox, bells, limit=1).run()
    async with ringing(Ringer(inbox, bells)):
        await until(lambda: set(bells.told) == {event.id for event in events})
