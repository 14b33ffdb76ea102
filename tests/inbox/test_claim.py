"""The contract of `claim`, `renew`, `settle`, `release` and `wait`, over every inbox."""

import time
from dataclasses import replace

import anyio
import pytest

from hookmw.inbox import Attempt, Inbox

from .events import claim, claim_one, digest, new_event, put, put_settled, settle

pytestmark = pytest.mark.anyio


async def test_events_are_claimed_in_the_order_of_their_arrival(inbox: Inbox) -> None:
    later = [1_700_000_005.0, 1_700_000_001.0, 1_700_000_009.0]
    events = [await put(inbox, new_event(received_at=moment)) for moment in later]

    claims = [*await claim(inbox, limit=2), *await claim(inbox, limit=2)]

    assert [claim.event.id for claim in claims] == [event.id for event in events]


async def test_a_claim_takes_no_more_than_its_limit(inbox: Inbox) -> None:
    for _ in range(5):
        await put(inbox)

    assert [len(await claim(inbox, limit=2)) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("limit", [0, -1])
async def test_to_claim_nothing_is_a_mistake(inbox: Inbox, limit: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await claim(inbox, limit=limit)


async def test_an_event_is_claimed_by_one_worker(inbox: Inbox) -> None:
    for _ in range(40):
        await put(inbox)
    taken: list[object] = []

    async def work(name: str) -> None:
        while claims := await inbox.claim(name, limit=3, lease=60):
            taken.extend(claim.event.id for claim in claims)

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(work, f"worker {number}/ä")

    assert len(taken) == len(set(taken)) == 40


async def test_attempts_are_counted_when_claimed(inbox: Inbox) -> None:
    event = await put(inbox)
    for number in (1, 2, 3):
        taken = await claim_one(inbox)
        assert (taken.event.attempt, taken.event.replayed) == (number, False)
        entry = await inbox.get(event.id)
        assert entry is not None
        assert (entry.state, entry.event.attempt, entry.due_at) == ("claimed", number, None)
        assert await settle(inbox, taken, "pending")


async def test_a_lease_that_is_not_renewed_ends(inbox: Inbox) -> None:
    event = await put(inbox)
    lost = await claim_one(inbox, lease=0.1)
    assert await claim(inbox) == []

    await anyio.sleep(0.15)
    again = await claim_one(inbox)

    assert (again.event.id, again.event.attempt) == (event.id, 2)
    assert again.token != lost.token
    entry = await inbox.get(event.id)
    assert entry is not None
    (run,) = entry.attempts
    assert (run.number, run.handler, run.outcome) == (1, "", "interrupted")
    assert run.error == "its lease ended"
    assert abs(run.started_at - time.time()) < 10


async def test_a_renewed_lease_goes_on(inbox: Inbox) -> None:
    await put(inbox)
    taken = await claim_one(inbox, lease=0.1)

    assert await inbox.renew([taken], lease=60) == []
    await anyio.sleep(0.15)

    assert await claim(inbox) == []
    assert await settle(inbox, taken)


async def test_renew_names_what_was_lost(inbox: Inbox) -> None:
    await put(inbox)
    await put(inbox)
    await put(inbox)
    lost, kept, settled = await claim(inbox, lease=0.1)
    assert await inbox.renew([kept], lease=60) == []
    assert await settle(inbox, settled)
    await anyio.sleep(0.15)
    await claim_one(inbox)

    assert await inbox.renew([lost, kept, settled], lease=60) == [lost, settled]


async def test_whoever_lost_its_claim_changes_nothing(inbox: Inbox) -> None:
    event = await put(inbox)
    lost = await claim_one(inbox, lease=0.05)
    await anyio.sleep(0.1)
    kept = await claim_one(inbox)
    before = await inbox.get(event.id)

    run = Attempt(number=1, handler="mail", outcome="failed")
    assert not await settle(inbox, lost, "dead", attempts=(run,), note="late")
    await inbox.release({lost: frozenset()})

    assert before is not None
    after = await inbox.get(event.id)
    assert after is not None
    assert (after.state, after.note, after.attempts) == ("claimed", before.note, before.attempts)
    assert after.event.attempt == 2
    assert await settle(inbox, kept)
    assert not await settle(inbox, kept, "dead"), "once settled it is nobody's"


@pytest.mark.parametrize("state", ["done", "dead"])
async def test_what_is_settled_is_not_claimed_again(inbox: Inbox, state: str) -> None:
    event = await put_settled(inbox, "done" if state == "done" else "dead")

    assert await claim(inbox) == []
    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.due_at) == (state, None)
    assert entry.settled_at is not None
    assert abs(entry.settled_at - time.time()) < 10


async def test_pending_with_a_delay_is_due_later(inbox: Inbox) -> None:
    event = await put(inbox)
    names = frozenset({"mail", "a\0\ud800"})
    taken = await claim_one(inbox)
    assert await settle(inbox, taken, "pending", delay=0.2, handled=names, note="\ud800 failed")

    assert await claim(inbox) == []
    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.handled, entry.note) == ("pending", names, "\ud800 failed")
    assert entry.due_at is not None
    assert 0 < entry.due_at - time.time() < 0.2
    await anyio.sleep(0.25)
    again = await claim_one(inbox)
    assert (again.event.attempt, again.handled) == (2, names)


async def test_what_waited_takes_its_old_place(inbox: Inbox) -> None:
    first = await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=0.05)
    second = await put(inbox)
    await anyio.sleep(0.1)

    assert [taken.event.id for taken in await claim(inbox)] == [first.id, second.id]


async def test_a_delay_without_pending_means_nothing(inbox: Inbox) -> None:
    event = await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "done", delay=5)

    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.due_at) == ("done", None)


async def test_failed_runs_are_kept_in_order(inbox: Inbox) -> None:
    event = await put(inbox)
    runs = (
        Attempt(number=1, handler="mail", outcome="failed", error="no\0 \ud800", started_at=1.5),
        Attempt(number=1, handler="log", outcome="timed out", seconds=60.0),
    )
    for run in runs:
        assert await settle(inbox, await claim_one(inbox), "pending", attempts=(run,))

    entry = await inbox.get(event.id)
    assert entry is not None
    assert entry.attempts == runs
    assert await settle(inbox, await claim_one(inbox))


async def test_a_released_claim_does_not_count(inbox: Inbox) -> None:
    events = [await put(inbox), await put(inbox)]
    taken = await claim(inbox)

    await inbox.release(dict.fromkeys(taken, frozenset()))
    await inbox.release({})

    again = await claim(inbox)
    assert [claim.event.id for claim in again] == [event.id for event in events]
    assert [claim.event.attempt for claim in again] == [1, 1]
    assert not await settle(inbox, taken[0])


async def test_a_released_claim_remembers_which_handlers_have_succeeded(inbox: Inbox) -> None:
    event = await put(inbox)
    await inbox.release({await claim_one(inbox): frozenset({"mail"})})
    again = await claim_one(inbox)
    assert (again.event.id, again.handled) == (event.id, frozenset({"mail"}))
    assert not await settle(inbox, replace(again, token=again.token + 1))


async def seconds_waited(inbox: Inbox, seconds: float) -> float:
    start = time.monotonic()
    await inbox.wait(seconds)
    return time.monotonic() - start


async def test_wait_returns_at_once_before_anybody_has_looked(inbox: Inbox) -> None:
    assert await seconds_waited(inbox, 5) < 1


async def test_wait_lasts_its_time_when_nothing_happens(inbox: Inbox) -> None:
    assert await claim(inbox) == []

    assert 0.1 <= await seconds_waited(inbox, 0.1) < 2


async def test_wait_returns_at_once_after_a_full_claim(inbox: Inbox) -> None:
    await put(inbox)
    await put(inbox)
    assert len(await claim(inbox, limit=1)) == 1

    assert await seconds_waited(inbox, 5) < 1


async def test_wait_wakes_when_an_event_is_put(inbox: Inbox) -> None:
    assert await claim(inbox) == []

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(put_soon, inbox)
        assert 0.05 < await seconds_waited(inbox, 5) < 2


async def put_soon(inbox: Inbox) -> None:
    await anyio.sleep(0.1)
    await put(inbox)


async def test_wait_returns_at_once_for_what_was_put_before(inbox: Inbox) -> None:
    assert await claim(inbox) == []
    await put(inbox)

    assert await seconds_waited(inbox, 5) < 1


async def test_a_duplicate_wakes_nobody(inbox: Inbox) -> None:
    event = await put_settled(inbox, "done")
    assert await claim(inbox) == []
    with pytest.raises(AssertionError):
        await put(inbox, event)

    assert await seconds_waited(inbox, 0.1) >= 0.1


@pytest.mark.parametrize("how", ["release", "retry", "replay", "revive"])
async def test_wait_wakes_for_whatever_is_due_again(inbox: Inbox, how: str) -> None:
    event = await put(inbox)
    taken = await claim_one(inbox)
    if how in ("replay", "revive"):
        assert await settle(inbox, taken, "dead")
    assert await claim(inbox) == []

    async def act() -> None:
        await anyio.sleep(0.05)
        if how == "release":
            await inbox.release({taken: frozenset()})
        elif how == "retry":
            assert await settle(inbox, taken, "pending")
        elif how == "replay":
            assert await inbox.replay(event.id)
        else:
            await inbox.put(new_event(), dedupe=digest(event.id))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(act)
        assert await seconds_waited(inbox, 5) < 2
    assert len(await claim(inbox)) == 1


async def test_wait_ends_when_a_delay_or_a_lease_does(inbox: Inbox) -> None:
    await put(inbox)
    taken = await claim_one(inbox)
    assert await claim(inbox) == []
    assert await settle(inbox, taken, "pending", delay=0.2)
    assert 0.1 < await seconds_waited(inbox, 5) < 2

    await claim_one(inbox, lease=0.2)
    assert await claim(inbox) == []
    assert 0.1 < await seconds_waited(inbox, 5) < 2
    assert len(await claim(inbox)) == 1
