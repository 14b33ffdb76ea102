"""Claims are seen through where the inbox is there for moments only."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from random import Random

import anyio
import pytest

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Claim, Settlement
from hookmw.inbox.memory import MemoryInbox
from hookmw.work.keeper import pauses
from hookmw.work.worker import Worker
from tests.work.benchtop import done, entry_of, fill, opened, until_counted, until_state

pytestmark = pytest.mark.anyio


class Gate:
    """A handler that waits until it may end."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.open = anyio.Event()
        self.begun: list[Claim] = []
        if is_open:
            self.open.set()

    async def __call__(self, claim: Claim) -> Settlement:
        self.begun.append(claim)
        await self.open.wait()
        return done(claim)


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        for worker in workers:
            tasks.start_soon(worker.run)
        yield
        for worker in workers:
            worker.stop()


class Flickering(MemoryInbox):
    """Cannot be written but at some times, given as where the seconds since its start are."""

    def __init__(self, is_up: Callable[[float], bool]) -> None:
        super().__init__()
        self.started = time.monotonic()
        self.is_up = is_up
        self.tries = 0

    def _look(self) -> None:
        self.tries += 1
        if not self.is_up(time.monotonic() - self.started):
            raise InboxUnavailable("gone")

    async def settle(self, settlement: Settlement) -> bool:
        self._look()
        return await super().settle(settlement)

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        self._look()
        return await super().renew(claims, lease=lease)


async def test_a_short_time_in_which_the_inbox_is_back_is_not_missed() -> None:
    async with opened(Flickering(lambda age: age < 0.1 or 0.3 < age < 0.75)) as inbox:
        assert isinstance(inbox, Flickering)
        (event,) = await fill(inbox, 1)
        gate = Gate(is_open=True)
        inbox.started = time.monotonic() - 0.1
        async with working(Worker(inbox, gate, lease=0.9)):
            await anyio.sleep(0.8)
            entry = await entry_of(inbox, event)
            assert entry.state == "done"
            assert inbox.tries < 20, "that is not asked all the time"


async def test_an_inbox_that_is_seldom_there_is_told_of_all_that_was_done() -> None:
    """Once in each half second, for a twentieth of one; and nothing runs twice."""
    async with opened(Flickering(lambda age: 0.3 < age % 0.5 < 0.35)) as inbox:
        assert isinstance(inbox, Flickering)
        await fill(inbox, 20)
        gate = Gate(is_open=True)
        async with working(Worker(inbox, gate, lease=6)):
            await until_counted(inbox, done=20)
        assert len(gate.begun) == 20


async def test_leases_are_renewed_in_a_short_time_in_which_the_inbox_is_back() -> None:
    async with opened(Flickering(lambda age: 0.3 < age % 1.0 < 0.7)) as inbox:
        assert isinstance(inbox, Flickering)
        (event,) = await fill(inbox, 1)
        gate, other = Gate(), Gate()
        inbox.started = time.monotonic()
        async with working(Worker(inbox, gate, lease=1.5), Worker(inbox, other, lease=1.5)):
            await anyio.sleep(4)
            gate.open.set()
            other.open.set()
            await until_state(inbox, event, "done")
        assert len(gate.begun) + len(other.begun) == 1


def test_pauses_grow_and_are_never_nothing() -> None:
    for seed in range(100):
        waits = list(islice(pauses(Random(seed)), 20))
        assert 0.025 <= waits[0] <= 0.05
        assert all(0.5 <= each <= 1 for each in waits[6:])
        assert len(set(waits)) == 20
