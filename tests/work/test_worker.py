import asyncio
import gc
import logging
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest

from hookmw.errors import ConfigError, InboxUnavailable, RetryLater
from hookmw.event import Event
from hookmw.inbox import Claim, Inbox, Settlement
from hookmw.inbox.memory import MemoryInbox
from hookmw.loop import spawn
from hookmw.retry import Retry
from hookmw.router import Router
from hookmw.work.call import Caller
from hookmw.work.dispatcher import Dispatcher, Source
from hookmw.work.worker import Worker
from tests.work.benchtop import (
    all_entries,
    doing,
    done,
    entry_of,
    fill,
    make_event,
    make_inbox,
    opened,
    put,
    said,
    until,
    until_counted,
    until_so,
    until_state,
)

pytestmark = pytest.mark.anyio

variable: ContextVar[str] = ContextVar("variable", default="unset")


@pytest.fixture(params=["memory", "sqlite"])
async def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Inbox]:
    async with opened(make_inbox(request.param, tmp_path)) as inbox:
        yield inbox


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("keeper", "worker"):
        monkeypatch.setattr(f"hookmw.work.{module}.PAUSE", 0.05)


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Stopped at the end, as at a shutdown."""
    async with anyio.create_task_group() as tasks:
        for worker in workers:
            tasks.start_soon(worker.run)
        try:
            yield
        finally:
            for worker in workers:
                worker.stop()


def dispatcher_of(function: Any, *, retry: Retry | None = None, threads: int = 16) -> Dispatcher:
    dispatcher = Dispatcher(Caller(threads))
    router = Router(retry=retry or Retry(3, base=0.02), timeout=30)
    router.on("*", name="it")(function)
    dispatcher.sources["shop"] = Source(name="shop", router=router)
    return dispatcher


class Gate:
    """A handler that runs until it is let go."""

    def __init__(self) -> None:
        self.open = anyio.Event()
        self.begun: list[Claim] = []
        self.ended: list[Claim] = []
        self.running = 0
        self.most = 0

    async def __call__(self, claim: Claim) -> Settlement:
        self.begun.append(claim)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
            self.ended.append(claim)
        finally:
            self.running -= 1
        return done(claim)


class Faulty(MemoryInbox):
    """Fails where it is told to: `faults["claim"]` are raised one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, list[Exception]] = {}
        self.calls: list[str] = []

    def fail(self, what: str) -> None:
        self.calls.append(what)
        if self.faults.get(what):
            raise self.faults[what].pop(0)

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        self.fail("claim")
        return await super().claim(worker, limit=limit, lease=lease, only=only)

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        self.fail("renew")
        return await super().renew(claims, lease=lease)

    async def settle(self, settlement: Settlement) -> bool:
        self.fail("settle")
        return await super().settle(settlement)

    async def release(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        self.fail("release")
        await super().release(claims)

    async def wait(self, seconds: float) -> None:
        self.fail("wait")
        await super().wait(seconds)


@pytest.mark.parametrize(
    "numbers", [{"concurrency": 0}, {"lease": 0}, {"lease": -1}, {"drain": -1}], ids=str
)
async def test_numbers_that_cannot_be(numbers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="worker: concurrency and lease must be above 0"):
        Worker(MemoryInbox(), Gate(), **numbers)


async def test_workers_have_names_of_their_own() -> None:
    assert Worker(MemoryInbox(), Gate()).name != Worker(MemoryInbox(), Gate()).name


# how many at once


async def test_never_more_than_its_concurrency_and_the_rest_waits_in_the_inbox(
    inbox: Inbox,
) -> None:
    await fill(inbox, 1000)
    running, most, over = [0], [0], []

    async def act(claim: Claim) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await anyio.sleep(0.001)
        running[0] -= 1
        over.append(claim.event.id)

    gate = Gate()
    first = Worker(inbox, gate, concurrency=5)
    async with working(first):
        await until(lambda: len(gate.begun) == 5)
        await anyio.sleep(0.1)
        assert len(gate.begun) == first.running == 5
        counts = await inbox.count()
        assert (counts["pending"], counts["claimed"]) == (995, 5)
        gate.open.set()
        first.stop()
    assert gate.most == 5
    async with working(Worker(inbox, doing(act), concurrency=50)):
        await until_counted(inbox, pending=0, claimed=0)
    assert most[0] <= 50
    assert most[0] > 5
    assert len(over) == len(set(over)) == 1000 - len(gate.begun)


async def test_the_oldest_are_handled_first(inbox: Inbox) -> None:
    seen: list[str] = []
    for number in range(20):
        await put(inbox, make_event(str(number)))

    async def act(claim: Claim) -> None:
        seen.append(claim.event.type)

    async with working(Worker(inbox, doing(act), concurrency=1)):
        await until_counted(inbox, done=20)
    assert seen == [str(number) for number in range(20)]


async def test_two_workers_share_and_nothing_runs_twice(inbox: Inbox) -> None:
    seen: list[tuple[int, Any]] = []

    def by(number: int) -> Any:
        async def act(claim: Claim) -> None:
            await anyio.sleep(0.001)
            seen.append((number, claim.event.id))

        return doing(act)

    events = await fill(inbox, 100)
    async with working(Worker(inbox, by(1), concurrency=4), Worker(inbox, by(2), concurrency=4)):
        await until_counted(inbox, done=100)
    assert sorted(id_ for _, id_ in seen) == sorted(event.id for event in events)
    assert {number for number, _ in seen} == {1, 2}


async def test_a_free_place_is_used_at_once(inbox: Inbox) -> None:
    gate = Gate()
    async with working(Worker(inbox, gate, concurrency=3)):
        await fill(inbox, 1)
        await until(lambda: len(gate.begun) == 1)
        await fill(inbox, 5)
        await until(lambda: len(gate.begun) == 3)
        gate.open.set()
        await until_counted(inbox, done=6)


# after a worker that died


async def die_with(inbox: Inbox, many: int) -> None:
    """As if a process had been killed while it handled so many."""
    claims = await inbox.claim("died", limit=many, lease=0.02)
    assert len(claims) == many
    await anyio.sleep(0.05)


async def test_what_a_dead_worker_left_is_tried_one_by_one(inbox: Inbox) -> None:
    await fill(inbox, 6)
    await die_with(inbox, 4)
    alone: list[tuple[int, int]] = []
    running = [0]

    async def act(claim: Claim) -> None:
        running[0] += 1
        await anyio.sleep(0.02)
        alone.append((claim.event.attempt, running[0]))
        running[0] -= 1

    async with working(Worker(inbox, doing(act))):
        await until_counted(inbox, done=6)
    assert alone == [(2, 1), (2, 1), (2, 1), (2, 1), (1, 2), (1, 1)]


async def test_an_event_that_was_never_tried_ends_the_care(inbox: Inbox) -> None:
    await fill(inbox, 6)
    gate = Gate()
    async with working(Worker(inbox, gate)):
        await until(lambda: len(gate.begun) == 6)
        gate.open.set()
        await until_counted(inbox, done=6)


async def test_an_empty_inbox_ends_the_care(inbox: Inbox) -> None:
    gate = Gate()
    worker = Worker(inbox, gate)
    async with working(worker):
        await anyio.sleep(0.1)
        await fill(inbox, 3)
        await until(lambda: len(gate.begun) == 3)
        gate.open.set()
        await until_counted(inbox, done=3)


async def test_the_care_ends_in_time(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookmw.work.worker.CARE", 0.2)
    await fill(inbox, 5)
    await die_with(inbox, 5)
    gate = Gate()
    async with working(Worker(inbox, gate)):
        await until(lambda: len(gate.begun) == 1)
        await until(lambda: len(gate.begun) == 5)
        gate.open.set()
        await until_counted(inbox, done=5)


# leases


async def test_leases_are_renewed_while_a_handler_runs(inbox: Inbox) -> None:
    (event,) = await fill(inbox, 1)
    gate, other = Gate(), Gate()
    other.open.set()
    async with working(Worker(inbox, gate, lease=0.3), Worker(inbox, other)):
        await until(lambda: len(gate.begun) + len(other.begun) == 1)
        if other.begun:
            return  # it was the quicker one
        await anyio.sleep(0.5)
        assert other.begun == []
        gate.open.set()
        await until_counted(inbox, done=1)
    assert (await entry_of(inbox, event)).event.attempt == 1


class Forgetful(Faulty):
    """Its leases are not renewed."""

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        self.fail("renew")
        return list(claims)


async def test_a_lease_that_was_lost(caplog: pytest.LogCaptureFixture) -> None:
    async with opened(Forgetful()) as inbox:
        assert isinstance(inbox, Forgetful)
        event = await put(inbox, make_event())
        slow, other = Gate(), Gate()
        other.open.set()
        async with working(Worker(inbox, slow, lease=0.15, concurrency=1)):
            await until(lambda: len(slow.begun) == 1)
            async with working(Worker(inbox, other)):
                await until_counted(inbox, done=1)
            await until(lambda: inbox.calls.count("renew") >= 1)
            await anyio.sleep(0.2)
            assert inbox.calls.count("renew") == 1  # what was lost is not asked for again
            slow.open.set()
            await until(lambda: bool(said(caplog)))
            assert said(caplog) == [f"event {event.id}: its lease was lost, it runs again"]
            another = await put(inbox, make_event())
            await until_state(inbox, another, "done")  # the worker goes on
        assert (await entry_of(inbox, event)).event.attempt == 2


async def test_one_worker_that_claims_what_it_lost_counts_both_runs() -> None:
    async with opened(Forgetful()) as inbox:
        await put(inbox, make_event())
        gate = Gate()
        worker = Worker(inbox, gate, lease=0.15, concurrency=2)
        async with working(worker):
            await until(lambda: len(gate.begun) == 2)
            await fill(inbox, 3)
            await anyio.sleep(0.1)
            assert worker.running == gate.most == 2
            gate.open.set()
            await until_counted(inbox, done=4)
        assert gate.most == 2
        assert worker.running == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InboxUnavailable("locked"), "leases cannot be renewed: locked"),
        (OSError("no"), "renewing leases failed; the worker goes on"),
    ],
)
async def test_renewing_may_fail(
    error: Exception, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["renew"] = [error]
        event, gate = await put(inbox, make_event()), Gate()
        async with working(Worker(inbox, gate, lease=0.45)):
            await until(lambda: inbox.calls.count("renew") == 2)
            gate.open.set()
            entry = await until_state(inbox, event, "done")
        assert said(caplog) == [line]
        assert gate.begun == gate.ended
        assert entry.event.attempt == 1


async def test_nothing_is_renewed_where_nothing_runs() -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        async with working(Worker(inbox, Gate(), lease=0.03)):
            await anyio.sleep(0.2)
        assert "renew" not in inbox.calls


# an inbox that fails


@pytest.mark.parametrize("what", ["claim", "wait"])
async def test_claiming_may_fail(what: str, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults[what] = [InboxUnavailable("locked"), OSError("gone"), InboxUnavailable("full")]
        gate = Gate()
        gate.open.set()
        async with working(Worker(inbox, gate)):
            await until(lambda: not inbox.faults[what])
            event = await put(inbox, make_event())
            await until_state(inbox, event, "done")
        assert said(caplog) == [
            "the inbox gives no events: locked",
            "claiming failed; the worker goes on",
            "the inbox gives no events: full",
        ]


async def test_an_inbox_that_always_fails_is_not_asked_all_the_time() -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["claim"] = [InboxUnavailable("gone") for _ in range(10_000)]
        async with working(Worker(inbox, Gate())):
            await anyio.sleep(0.3)
        assert 2 <= inbox.calls.count("claim") <= 7


async def test_settling_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["settle"] = [InboxUnavailable("locked"), InboxUnavailable("locked")]
        event, gate = await put(inbox, make_event()), Gate()
        gate.open.set()
        async with working(Worker(inbox, gate, lease=0.3)):
            await until_state(inbox, event, "done")
        assert len(gate.begun) == 1
        assert inbox.calls.count("settle") == 3
        assert said(caplog) == [f"event {event.id} cannot be settled yet: locked"]


async def test_what_cannot_be_settled_at_all_comes_again_when_its_lease_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["settle"] = [TypeError("a bug"), TypeError("a bug")]
        event, gate = await put(inbox, make_event()), Gate()
        gate.open.set()
        async with working(Worker(inbox, gate, lease=0.2)):
            entry = await until_state(inbox, event, "done")
        assert entry.event.attempt == len(gate.begun) == 3  # not at once, and they count
        assert f"event {event.id}: the worker failed; its lease runs out" in said(caplog)


async def test_a_dispatcher_that_fails_harms_one_event(caplog: pytest.LogCaptureFixture) -> None:
    async with opened(MemoryInbox()) as inbox:
        event, other = await put(inbox, make_event("bad")), await put(inbox, make_event("good"))

        async def handle(claim: Claim) -> Settlement:
            if claim.event.type == "bad" and claim.event.attempt == 1:
                raise LookupError
            return done(claim)

        async with working(Worker(inbox, handle, lease=0.2)):
            await until_counted(inbox, done=2)
        assert (await entry_of(inbox, event)).event.attempt == 2
        assert (await entry_of(inbox, other)).event.attempt == 1
        assert len(said(caplog, logging.ERROR)) == 1


# the end


async def test_running_handlers_are_given_their_time(inbox: Inbox) -> None:
    await fill(inbox, 3)
    gate = Gate()
    worker = Worker(inbox, gate, concurrency=2, drain=20)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await until(lambda: len(gate.begun) == 2)
        worker.stop()
        await anyio.sleep(0.1)
        assert worker.running == 2
        gate.open.set()
    assert len(gate.ended) == 2
    counts = await inbox.count()
    assert (counts["done"], counts["pending"], counts["claimed"]) == (2, 1, 0)


async def test_what_is_out_of_time_is_given_back_and_does_not_count(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    events = await fill(inbox, 3)
    gate = Gate()
    worker = Worker(inbox, gate, drain=0.05)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await until(lambda: len(gate.begun) == 3)
        worker.stop()
    assert gate.ended == []
    assert gate.running == 0
    for event in events:
        entry = await entry_of(inbox, event)
        assert (entry.state, entry.event.attempt, entry.attempts) == ("pending", 0, ())
    assert said(caplog) == ["3 events were interrupted and are due again"]
    gate.open.set()
    async with working(Worker(inbox, gate)):
        await until_counted(inbox, done=3)
    assert {claim.event.attempt for claim in gate.ended} == {1}


async def test_without_a_drain_the_end_is_at_once(inbox: Inbox) -> None:
    (event,) = await fill(inbox, 1)
    gate = Gate()
    worker = Worker(inbox, gate, drain=0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await until(lambda: len(gate.begun) == 1)
        worker.stop()
    assert (await entry_of(inbox, event)).event.attempt == 0


async def test_a_scope_that_is_cancelled_gives_everything_back(inbox: Inbox) -> None:
    events = await fill(inbox, 5)
    gate = Gate()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Worker(inbox, gate, concurrency=3).run)
        await until(lambda: len(gate.begun) == 3)
        tasks.cancel_scope.cancel()
    await until_counted(inbox, pending=5, claimed=0)
    for event in events:
        assert (await entry_of(inbox, event)).event.attempt == 0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_that_is_cancelled_gives_everything_back(inbox: Inbox) -> None:
    events = await fill(inbox, 5)
    gate = Gate()
    task = asyncio.create_task(Worker(inbox, gate, concurrency=3).run())
    await until(lambda: len(gate.begun) == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_counted(inbox, pending=5, claimed=0)
    for event in events:
        assert (await entry_of(inbox, event)).event.attempt == 0


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_end_of_the_loop_gives_everything_back(kind: str, backend: str, tmp_path: Path) -> None:
    inbox, gates, events = make_inbox(kind, tmp_path), [], []

    async def main() -> None:
        await inbox.open()
        events.extend(await fill(inbox, 5))
        gates.append(Gate())
        spawn(Worker(inbox, gates[0], concurrency=3).run, name="worker")
        await until(lambda: len(gates[0].begun) == 3)

    async def look() -> None:
        again = inbox if kind == "memory" else make_inbox(kind, tmp_path)
        async with opened(again):
            await until_counted(again, pending=5, claimed=0)
            for event in events:
                assert (await entry_of(again, event)).event.attempt == 0

    anyio.run(main, backend=backend)
    anyio.run(look, backend=backend)


async def test_a_claim_that_is_cancelled_on_its_way_is_given_back(inbox: Inbox) -> None:
    events = await fill(inbox, 20)
    for delay in (0.0, 0.0002, 0.0005, 0.001, 0.002, 0.004):
        with anyio.move_on_after(delay):
            await Worker(inbox, Gate(), concurrency=3).run()
    await until_counted(inbox, pending=20, claimed=0)
    for event in events:
        entry = await entry_of(inbox, event)
        assert (entry.event.attempt, entry.attempts) == (0, ())


# anyio's: the coroutine of a task that is cancelled before it begins
@pytest.mark.filterwarnings("ignore:coroutine '(Keeper|Worker).* was never awaited")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_was_claimed_and_never_begun_is_given_back() -> None:
    def cancel_all() -> None:
        """As `asyncio.run` does at its end."""
        for task in asyncio.all_tasks() - before:
            task.cancel()

    class Last(MemoryInbox):
        async def claim(
            self, worker: str, *, limit: int, lease: float, only: UUID | None = None
        ) -> Sequence[Claim]:
            claims = await super().claim(worker, limit=limit, lease=lease, only=only)
            asyncio.get_running_loop().call_soon(cancel_all)  # before what is begun now
            return claims

    async with opened(Last()) as inbox:
        events = await fill(inbox, 3)
        before, gate = asyncio.all_tasks(), Gate()
        task = asyncio.create_task(Worker(inbox, gate).run())
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        gc.collect()  # where the warning is ignored
        assert gate.begun == []
        for event in events:
            entry = await entry_of(inbox, event)
            assert (entry.state, entry.event.attempt) == ("pending", 0)


@pytest.mark.parametrize("error", [InboxUnavailable("gone"), OSError("gone")])
async def test_what_cannot_be_given_back_waits_for_its_lease(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["release"] = [error]
        (event,) = await fill(inbox, 1)
        gate = Gate()
        worker = Worker(inbox, gate, lease=0.3, drain=0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run)
            await until(lambda: len(gate.begun) == 1)
            worker.stop()
        assert said(caplog)[-1].startswith("1 leases must run out")
        gate.open.set()
        async with working(Worker(inbox, gate)):
            await until_state(inbox, event, "done")
        assert [claim.event.attempt for claim in gate.begun] == [1, 2]


async def test_a_stop_while_the_inbox_fails_is_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookmw.work.worker.PAUSE", 60)
    async with opened(Faulty()) as inbox:
        assert isinstance(inbox, Faulty)
        inbox.faults["claim"] = [InboxUnavailable("gone")]
        with anyio.fail_after(10):
            async with working(Worker(inbox, Gate())):
                await until(lambda: "claim" in inbox.calls)


async def test_a_stop_while_nothing_is_due_is_prompt(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookmw.work.worker.PAUSE", 60)
    with anyio.fail_after(10):
        async with working(Worker(inbox, Gate())):
            await anyio.sleep(0.05)


async def test_a_stop_while_it_claims_is_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookmw.work.worker.PAUSE", 60)

    class Slow(MemoryInbox):
        async def claim(
            self, worker: str, *, limit: int, lease: float, only: UUID | None = None
        ) -> Sequence[Claim]:
            claiming.set()
            await stopped.wait()
            return await super().claim(worker, limit=limit, lease=lease, only=only)

    claiming, stopped = anyio.Event(), anyio.Event()
    async with opened(Slow()) as inbox:
        await fill(inbox, 1)
        gate = Gate()
        gate.open.set()
        worker = Worker(inbox, gate)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(worker.run)
                await claiming.wait()
                worker.stop()
                stopped.set()
        assert len(gate.ended) == 1


async def test_a_stop_before_the_start(inbox: Inbox) -> None:
    await fill(inbox, 1)
    gate = Gate()
    worker = Worker(inbox, gate)
    worker.stop()
    with anyio.fail_after(10):
        await worker.run()
    assert gate.begun == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_handler_that_somebody_cancels_costs_no_place(inbox: Inbox) -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def act(claim: Claim) -> None:
        if not tasks:
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            await anyio.sleep(60)

    event = (await fill(inbox, 1))[0]
    worker = Worker(inbox, doing(act), concurrency=1, lease=0.3)
    async with working(worker):
        await until(lambda: bool(tasks))
        tasks[0].cancel()
        await until(lambda: worker.running == 0)
        other = await put(inbox, make_event())
        await until_state(inbox, other, "done")
        entry = await until_state(inbox, event, "done")
    assert entry.event.attempt == 2


# with real handlers


async def test_an_event_that_fails_is_run_again_in_time(inbox: Inbox) -> None:
    at: list[float] = []

    async def flaky(event: Event[Any]) -> None:
        at.append(time.monotonic())
        if event.attempt == 1:
            raise RetryLater(0.2)

    event = await put(inbox, make_event())
    async with working(Worker(inbox, dispatcher_of(flaky))):
        entry = await until_state(inbox, event, "done")
    assert entry.event.attempt == 2
    assert 0.15 <= at[1] - at[0] < 3
    assert [run.outcome for run in entry.attempts] == ["failed"]


async def test_an_event_that_always_fails_is_dead_with_its_errors(inbox: Inbox) -> None:
    async def broken(event: Event[Any]) -> None:
        raise OSError(f"no {event.attempt} \ud800")

    event = await put(inbox, make_event())
    async with working(Worker(inbox, dispatcher_of(broken))):
        entry = await until_state(inbox, event, "dead")
    assert entry.note == "it failed: OSError: no 3 \ud800"
    assert [run.error for run in entry.attempts] == [
        f"OSError: no {number} \ud800" for number in (1, 2, 3)
    ]


async def test_an_event_whose_workers_died_is_dead_without_running_again(inbox: Inbox) -> None:
    seen: list[Any] = []
    event = await put(inbox, make_event())

    async def claim_and_die() -> bool:
        return bool(await inbox.claim("died", limit=1, lease=0.05))

    for _ in range(3):  # as often as it may be tried
        await until_so(claim_and_die)
    async with working(Worker(inbox, dispatcher_of(seen.append))):
        entry = await until_state(inbox, event, "dead")
    assert seen == []
    assert entry.note == "it has no attempts left"
    assert [run.outcome for run in entry.attempts] == ["interrupted"] * 3


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
async def test_no_handler_kills_the_worker(inbox: Inbox, error: type[BaseException]) -> None:
    async def raises(event: Event[Any]) -> None:
        if event.type == "bad":
            raise error

    bad = await put(inbox, make_event("bad"))
    good = await put(inbox, make_event("good"))
    async with working(Worker(inbox, dispatcher_of(raises, retry=Retry(1)), concurrency=1)):
        await until_state(inbox, good, "done")
        entry = await until_state(inbox, bad, "dead")
    assert [run.outcome for run in entry.attempts] == ["failed"]


@pytest.mark.parametrize("inbox", ["sqlite"], indirect=True)
async def test_a_handler_that_blocks_the_loop_harms_nothing_but_time(inbox: Inbox) -> None:
    async def blocks(event: Event[Any]) -> None:
        if event.type == "n.3":
            time.sleep(1)  # noqa: ASYNC251 - what is tried here

    await fill(inbox, 10)
    async with working(Worker(inbox, dispatcher_of(blocks), lease=0.3)):
        await until_counted(inbox, done=10)
    assert {entry.state for entry in await all_entries(inbox)} == {"done"}


async def test_sync_handlers_that_sleep_do_not_hold_up_acks(inbox: Inbox) -> None:
    gate, started = threading.Event(), []

    def sleeps(event: Event[Any]) -> None:
        started.append(1)
        gate.wait(20)

    await fill(inbox, 100)
    async with working(Worker(inbox, dispatcher_of(sleeps), concurrency=100)):
        await until(lambda: len(started) == 16)
        began = time.monotonic()
        for _ in range(20):
            await put(inbox, make_event())
        assert time.monotonic() - began < 2
        assert len(started) == 16
        gate.set()
        await until_counted(inbox, done=120)


async def test_threads_that_hang_are_bounded(inbox: Inbox) -> None:
    gate, started = threading.Event(), []

    def hangs(event: Event[Any]) -> None:
        started.append(1)
        gate.wait(20)

    dispatcher = dispatcher_of(hangs, retry=Retry(1), threads=3)
    dispatcher.sources["shop"].router.on("*", name="quick", timeout=0.05)(hangs)
    await fill(inbox, 30)
    before = threading.active_count()
    async with working(Worker(inbox, dispatcher, concurrency=30, drain=0)):
        await until(lambda: len(started) == 3)
        await anyio.sleep(0.2)
        assert len(started) == 3
        assert threading.active_count() <= before + 4
    counts = await inbox.count()
    assert counts["claimed"] == 0
    assert counts["pending"] >= 27
    gate.set()


async def test_events_do_not_see_each_others_context(inbox: Inbox) -> None:
    seen: list[str] = []

    async def look(event: Event[Any]) -> None:
        seen.append(variable.get())
        variable.set(event.type)
        await anyio.sleep(0.01)
        seen.append("own" if variable.get() == event.type else "another's")

    await fill(inbox, 6)
    async with working(Worker(inbox, dispatcher_of(look), concurrency=2)):
        await until_counted(inbox, done=6)
    assert sorted(seen) == ["own"] * 6 + ["unset"] * 6
