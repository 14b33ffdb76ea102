"""The contract of order keys, over every inbox: one at a time, in the order of their arrival."""

import math
import time
from collections.abc import Sequence

import anyio
import pytest

from hookmw.event import Event
from hookmw.inbox import Arrival, Claim, Inbox, Order

from .events import claim, claim_one, digest, new_event, put, settle

pytestmark = pytest.mark.anyio

STRICT = Order(key=digest("a"))
LENIENT = Order(key=digest("a"), holds=False)


async def put_many(inbox: Inbox, many: int, order: Order | None = STRICT) -> list[Event]:
    return [await put(inbox, order=order) for _ in range(many)]


def ids(claims: Sequence[Claim]) -> list[object]:
    return [each.event.id for each in claims]


async def test_one_at_a_time_in_the_order_of_arrival(inbox: Inbox) -> None:
    events = await put_many(inbox, 4)
    handled = []
    while claims := await claim(inbox):
        (only,) = claims
        assert await claim(inbox) == [], "a second one of the same key"
        handled.append(only.event.id)
        assert await settle(inbox, only)
    assert handled == [event.id for event in events]


async def test_other_keys_endpoints_and_events_without_any_go_their_own_way(inbox: Inbox) -> None:
    first, _second = await put_many(inbox, 2)
    other = await put(inbox, order=Order(key=digest("b")))
    elsewhere = await put(inbox, new_event(endpoint="stripe"), order=STRICT)
    free = await put_many(inbox, 2, order=None)

    claims = await claim(inbox)

    assert ids(claims) == [each.id for each in (first, other, elsewhere, *free)]


async def test_a_limit_counts_only_those_that_may_go(inbox: Inbox) -> None:
    await put_many(inbox, 50)
    last = await put(inbox)
    assert len(await claim(inbox, limit=1)) == 1
    assert ids(await claim(inbox, limit=1)) == [last.id]


@pytest.mark.parametrize("order", [STRICT, LENIENT], ids=["holds", "steps aside"])
async def test_who_waits_holds_back_the_others_or_steps_aside(inbox: Inbox, order: Order) -> None:
    first, second = await put_many(inbox, 2, order)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=0.3)

    claims = await claim(inbox)

    assert ids(claims) == ([] if order.holds else [second.id])
    await anyio.sleep(0.35)
    if order.holds:
        taken = await claim_one(inbox)
        assert taken.event.id == first.id
        assert await settle(inbox, taken)
        assert (await claim_one(inbox)).event.id == second.id
    else:
        assert await claim(inbox) == [], "the second is still running"
        assert await settle(inbox, claims[0])
        assert (await claim_one(inbox)).event.id == first.id


@pytest.mark.parametrize("order", [STRICT, LENIENT], ids=["holds", "steps aside"])
async def test_a_dead_one_holds_back_the_others_or_steps_aside(inbox: Inbox, order: Order) -> None:
    first, second, third = await put_many(inbox, 3, order)
    assert await settle(inbox, await claim_one(inbox), "dead")

    claims = await claim(inbox)

    assert ids(claims) == ([] if order.holds else [second.id])
    if not order.holds:
        return
    assert await inbox.replay(first.id)
    again = await claim_one(inbox)
    assert again.event.id == first.id
    assert await settle(inbox, again)
    assert (await claim_one(inbox)).event.id == second.id
    entry = await inbox.get(third.id)
    assert entry is not None
    assert entry.held_back


async def test_a_dead_one_that_is_dismissed_holds_back_nothing(inbox: Inbox) -> None:
    first, second = await put_many(inbox, 2)
    assert not await inbox.dismiss(first.id), "it is not dead"
    assert await settle(inbox, await claim_one(inbox), "dead", note="broken")
    assert await inbox.dismiss(first.id)
    assert not await inbox.dismiss(first.id)

    assert (await claim_one(inbox)).event.id == second.id
    entry = await inbox.get(first.id)
    assert entry is not None
    assert (entry.state, entry.note) == ("done", "broken")


async def test_a_dead_one_that_is_pruned_holds_back_nothing(inbox: Inbox) -> None:
    _first, second = await put_many(inbox, 2)
    assert await settle(inbox, await claim_one(inbox), "dead")
    assert await inbox.prune(before=math.inf, states=frozenset({"dead"})) == 1

    assert (await claim_one(inbox)).event.id == second.id


async def test_a_copy_of_a_dead_one_revives_it_in_its_place(inbox: Inbox) -> None:
    first = new_event()
    assert await inbox.put(first, dedupe=digest(1), order=STRICT) is Arrival.STORED
    second = await put(inbox, order=STRICT)
    assert await settle(inbox, await claim_one(inbox), "dead")
    assert await inbox.put(new_event(), dedupe=digest(1), order=STRICT) is Arrival.REVIVED

    taken = await claim_one(inbox)
    assert taken.event.id == first.id
    assert await settle(inbox, taken)
    assert (await claim_one(inbox)).event.id == second.id


async def test_one_that_is_given_back_goes_again_before_the_others(inbox: Inbox) -> None:
    first, second = await put_many(inbox, 2)
    await inbox.release({await claim_one(inbox): frozenset()})

    taken = await claim_one(inbox)
    assert taken.event.id == first.id
    assert await settle(inbox, taken)
    assert (await claim_one(inbox)).event.id == second.id


async def test_one_whose_lease_ends_goes_again_before_the_others(inbox: Inbox) -> None:
    first, _ = await put_many(inbox, 2)
    lost = await claim_one(inbox, lease=0.1)
    assert await claim(inbox) == []
    await anyio.sleep(0.15)

    again = await claim_one(inbox)

    assert again.event.id == first.id
    assert not await settle(inbox, lost)
    assert await claim(inbox) == [], "a lost claim lets nobody go"


async def test_a_done_one_that_is_replayed_waits_for_the_running_one(inbox: Inbox) -> None:
    first, second = await put_many(inbox, 2)
    assert await settle(inbox, await claim_one(inbox))
    running = await claim_one(inbox)
    assert running.event.id == second.id
    assert await inbox.replay(first.id)
    assert await claim(inbox) == []
    assert await settle(inbox, running)

    assert (await claim_one(inbox)).event.id == first.id


@pytest.mark.parametrize("how", ["done", "dead", "pending", "dismissed"])
async def test_who_waits_hears_that_the_next_may_go(inbox: Inbox, how: str) -> None:
    """Else it would be found only at the next look, a second later, for each event of the key."""
    order = STRICT if how == "dismissed" else LENIENT
    _first, second = await put_many(inbox, 2, order)
    taken = await claim_one(inbox)
    assert await claim(inbox) == []
    started = time.monotonic()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(inbox.wait, 8)
        await anyio.sleep(0.05)
        if how == "dismissed":
            assert await settle(inbox, taken, "dead")
            assert await inbox.dismiss(taken.event.id)
        else:
            assert await settle(inbox, taken, how, delay=60 if how == "pending" else 0)  # type: ignore[arg-type]
    assert time.monotonic() - started < 4
    assert ids(await claim(inbox)) == [second.id]


async def test_held_back_is_not_due(inbox: Inbox) -> None:
    first, second = await put_many(inbox, 2)
    for event, held_back in ((first, False), (second, True)):
        entry = await inbox.get(event.id)
        assert entry is not None
        assert (entry.held_back, entry.due_at) == (held_back, None)
    assert await inbox.claim("worker", limit=1, lease=60, only=second.id) == []
    assert not await inbox.replay(second.id), "it is due as soon as it may"


async def test_ten_workers_keep_the_order(inbox: Inbox) -> None:
    keys = [Order(key=digest(number)) for number in range(7)]
    put_in: dict[bytes, list[object]] = {order.key: [] for order in keys}
    for number in range(70):
        order = keys[number % 7]
        event = await put(inbox, new_event(type=order.key.hex()), order=order)
        put_in[order.key].append(event.id)
    taken: dict[bytes, list[object]] = {order.key: [] for order in keys}
    running: set[str] = set()

    async def work(name: str) -> None:
        idle = 0
        while idle < 20:
            claims = await inbox.claim(name, limit=3, lease=60)
            idle = 0 if claims else idle + 1
            for each in claims:
                assert each.event.type not in running
                running.add(each.event.type)
                taken[bytes.fromhex(each.event.type)].append(each.event.id)
            await anyio.sleep(0.002)
            for each in claims:
                running.discard(each.event.type)
                assert await settle(inbox, each)

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(work, f"worker {number}")

    assert taken == put_in


@pytest.mark.parametrize(
    ("stamps", "stale"),
    [
        ((1.0, 2.0, 3.0), (False, False, False)),
        ((3.0, 1.0, 3.0), (False, True, False)),
        ((2.0, None, 1.0), (False, False, True)),
        ((None, 1.0, 0.0), (False, False, True)),
    ],
)
async def test_older_than_the_newest_that_is_done_is_stale(
    inbox: Inbox, stamps: tuple[float | None, ...], stale: tuple[bool, ...]
) -> None:
    for stamp in stamps:
        await put(inbox, order=Order(key=digest("a"), stamp=stamp))
    found = []
    for _ in stamps:
        taken = await claim_one(inbox)
        found.append(taken.stale)
        assert await settle(inbox, taken)
    assert tuple(found) == stale


async def test_what_is_dead_or_of_another_key_makes_nothing_stale(inbox: Inbox) -> None:
    await put(inbox, order=Order(key=digest("a"), stamp=9.0, holds=False))
    assert await settle(inbox, await claim_one(inbox), "dead")
    await put(inbox, order=Order(key=digest("b"), stamp=9.0))
    assert await settle(inbox, await claim_one(inbox))
    await put(inbox, order=Order(key=digest("a"), stamp=1.0))
    assert not (await claim_one(inbox)).stale


async def put_stamped(inbox: Inbox, stamp: float) -> Event:
    return await put(inbox, order=Order(key=digest("a"), stamp=stamp, holds=False))


async def test_what_was_pruned_makes_nothing_stale(inbox: Inbox) -> None:
    for stamp in (5.0, 9.0):
        await put_stamped(inbox, stamp)
        assert await settle(inbox, await claim_one(inbox))
        await anyio.sleep(0.01)
    await put_stamped(inbox, 7.0)  # it is there before: a key is not forgotten with its last event
    assert await inbox.prune(before=math.inf, states=frozenset({"done"}), limit=1) == 1
    taken = await claim_one(inbox)
    assert taken.stale, "the newest is still there"
    await inbox.release({taken: frozenset()})
    assert await inbox.prune(before=math.inf, states=frozenset({"done"})) == 1
    assert not (await claim_one(inbox)).stale


async def test_what_is_replayed_makes_nothing_stale_until_it_is_done_again(inbox: Inbox) -> None:
    for stamp in (5.0, 9.0):
        newest = await put_stamped(inbox, stamp)
        assert await settle(inbox, await claim_one(inbox))
    assert await inbox.replay(newest.id)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=60)
    between, older = await put_stamped(inbox, 7.0), await put_stamped(inbox, 4.0)
    for event, stale in ((between, False), (older, True)):
        taken = await claim_one(inbox)
        assert (taken.event.id, taken.stale) == (event.id, stale)
        assert await settle(inbox, taken, "dead")
    assert await inbox.replay(newest.id)
    assert await settle(inbox, await claim_one(inbox))
    assert await inbox.replay(between.id)
    assert (await claim_one(inbox)).stale


async def test_what_was_dismissed_is_done_and_makes_others_stale(inbox: Inbox) -> None:
    event = await put_stamped(inbox, 9.0)
    assert await settle(inbox, await claim_one(inbox), "dead")
    assert await inbox.dismiss(event.id)
    await put_stamped(inbox, 7.0)
    assert (await claim_one(inbox)).stale


@pytest.mark.parametrize(
    "order", [Order(key=b"short"), Order(key=bytes(33)), Order(key=bytes(16), stamp=math.nan)]
)
async def test_an_order_that_cannot_be_one_is_a_mistake(inbox: Inbox, order: Order) -> None:
    with pytest.raises(ValueError, match="order"):
        await inbox.put(new_event(), dedupe=digest(1), order=order)
