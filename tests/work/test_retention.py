"""Settled events go when they are old enough, a few at a time."""

import logging
from collections.abc import Awaitable, Callable

import anyio
import pytest

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Query, State
from hookmw.inbox.memory import MemoryInbox
from hookmw.work import retention
from hookmw.work.retention import Retention, keep_short, prune
from hookmw.work.runtime import Runtime
from tests.inbox.events import put, put_settled

pytestmark = pytest.mark.anyio

LATER = 10.0**10


class Stop(Exception):
    pass


def sleeping(times: int) -> Callable[[float], Awaitable[None]]:
    left = [times]

    async def sleep(seconds: float) -> None:
        assert seconds == retention.ROUND
        left[0] -= 1
        if not left[0]:
            raise Stop

    return sleep


async def opened() -> MemoryInbox:
    inbox = MemoryInbox()
    await inbox.open()
    return inbox


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        (Retention(done=60), {"dead"}),
        (Retention(done=None, dead=60), {"done"}),
        (Retention(done=60, dead=60), set()),
        (Retention(done=2 * LATER, dead=2 * LATER), {"done", "dead"}),
        (Retention(done=None), {"done", "dead"}),
    ],
)
async def test_each_state_has_its_time(kept: Retention, left: set[State]) -> None:
    inbox = await opened()
    for state in ("done", "dead"):
        await put_settled(inbox, state)
    await put(inbox)
    with pytest.raises(Stop):
        await keep_short(inbox, kept, sleep=sleeping(1), clock=lambda: LATER)
    assert {each.state for each in await inbox.find(Query())} == {"pending", *left}


async def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    inbox = await opened()
    for _ in range(7):
        await put_settled(inbox, "done")
    told: list[int] = []
    states = frozenset[State]({"done"})
    assert await prune(inbox, before=LATER, states=states, told=told.append) == 7
    assert told == [3, 3, 1]


@pytest.mark.parametrize("error", [InboxUnavailable("locked"), RuntimeError("a bug")])
async def test_what_fails_is_tried_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Flaky(MemoryInbox):
        faults = 1

        async def prune(self, *, before: float, states: frozenset[State], limit: int = 500) -> int:
            if self.faults:
                self.faults -= 1
                raise error
            return await super().prune(before=before, states=states, limit=limit)

    inbox = Flaky()
    await inbox.open()
    await put_settled(inbox, "done")
    with caplog.at_level(logging.WARNING), pytest.raises(Stop):
        await keep_short(inbox, Retention(done=60), sleep=sleeping(2), clock=lambda: LATER)
    assert (await inbox.count())["done"] == 0
    assert len(caplog.records) == 1


async def test_a_runtime_keeps_its_inbox_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROUND", 0.05)
    inbox = await opened()
    await put_settled(inbox, "done")
    runtime = Runtime(inbox, work=False, retention=Retention(done=0.01))
    await runtime.start()
    with anyio.fail_after(10):
        while (await inbox.count())["done"]:  # noqa: ASYNC110 - what is waited for knows not of us
            await anyio.sleep(0.02)
    with anyio.fail_after(5):
        await runtime.stop()


@pytest.mark.parametrize("bad", [{"done": 0}, {"done": -1.0}, {"dead": 0.0}])
def test_times_are_above_zero(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        Retention(**bad)
