"""The contract of `ring`, and of a claim of one event alone, over every inbox."""

import time
from uuid import uuid4

import anyio
import pytest

from hookmw.inbox import Inbox, Order

from .events import claim, claim_one, digest, put, settle

pytestmark = pytest.mark.anyio


async def test_each_due_event_is_told_of_once(inbox: Inbox) -> None:
    events = [await put(inbox) for _ in range(5)]

    told = [await inbox.ring(limit=2, again=60) for _ in range(4)]

    assert [list(each) for each in told] == [
        [events[0].id, events[1].id],
        [events[2].id, events[3].id],
        [events[4].id],
        [],
    ]


async def test_what_nobody_claims_is_told_of_again(inbox: Inbox) -> None:
    lost, taken = await put(inbox), await put(inbox)
    assert len(await inbox.ring(limit=10, again=0.2)) == 2
    assert len(await inbox.claim("w", limit=1, lease=60, only=taken.id)) == 1
    assert await inbox.ring(limit=10, again=0.2) == []
    await anyio.sleep(0.25)

    assert list(await inbox.ring(limit=10, again=0.2)) == [lost.id]


async def test_what_is_new_does_not_wait_for_what_nobody_takes(inbox: Inbox) -> None:
    first, second, third = [(await put(inbox)).id for _ in range(3)]
    assert list(await inbox.ring(limit=1, again=60)) == [first]
    assert list(await inbox.ring(limit=1, again=60)) == [second]
    await anyio.sleep(0.01)

    assert list(await inbox.ring(limit=2, again=0.0)) == [third, first]
    new = (await put(inbox)).id
    await anyio.sleep(0.01)
    assert list(await inbox.ring(limit=4, again=0.0)) == [new, second, first, third]


async def test_what_becomes_due_again_is_told_of_at_once(inbox: Inbox) -> None:
    event = await put(inbox)
    for _ in range(3):
        assert list(await inbox.ring(limit=10, again=60)) == [event.id]
        assert await settle(inbox, await claim_one(inbox), "pending")


async def test_what_waits_is_held_back_or_runs_is_not_told_of(inbox: Inbox) -> None:
    await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=60)
    order = Order(key=digest("a"))
    first, second = await put(inbox, order=order), await put(inbox, order=order)
    assert list(await inbox.ring(limit=10, again=60)) == [first.id]
    taken = await claim_one(inbox)
    assert await inbox.ring(limit=10, again=0.0) == []
    assert await settle(inbox, taken)

    assert list(await inbox.ring(limit=10, again=60)) == [second.id]


async def test_ringing_for_nothing_is_a_mistake(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await inbox.ring(limit=0, again=1)


async def test_who_rings_waits_until_there_is_something_new(inbox: Inbox) -> None:
    await put(inbox)
    assert len(await inbox.ring(limit=10, again=60)) == 1

    async def put_soon() -> None:
        await anyio.sleep(0.2)
        await put(inbox)

    started = time.monotonic()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put_soon)
            while not await inbox.ring(limit=10, again=60):
                await inbox.wait(5)
    assert 0.15 < time.monotonic() - started < 4


async def test_one_event_alone_is_claimed(inbox: Inbox) -> None:
    _first, second, third = [await put(inbox) for _ in range(3)]

    (only,) = await inbox.claim("w", limit=5, lease=60, only=second.id)

    assert only.event.id == second.id
    assert only.event.attempt == 1
    assert await inbox.claim("w", limit=5, lease=60, only=second.id) == []
    assert await settle(inbox, only)
    assert await inbox.claim("w", limit=5, lease=60, only=second.id) == []
    assert len(await claim(inbox)) == 2
    assert await inbox.claim("w", limit=1, lease=60, only=third.id) == []


async def test_one_that_is_not_there_is_not_claimed(inbox: Inbox) -> None:
    assert await inbox.claim("w", limit=1, lease=60, only=uuid4()) == []


async def test_one_that_waits_is_not_claimed_before_its_time(inbox: Inbox) -> None:
    event = await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=0.2)
    assert await inbox.claim("w", limit=1, lease=60, only=event.id) == []
    await anyio.sleep(0.25)
    assert len(await inbox.claim("w", limit=1, lease=60, only=event.id)) == 1
