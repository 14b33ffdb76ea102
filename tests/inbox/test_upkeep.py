"""The contract of `check`, `prune`, `export`, `restore` and the quarantine, over every inbox."""

import math
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import anyio
import pytest

from hookmw.inbox import Arrival, Attempt, Bounds, Inbox, Order, Query, Refused, State, Stored
from hookmw.inbox.memory import MemoryInbox

from .events import NOON, claim, claim_one, digest, new_event, parts, put, put_settled, settle

pytestmark = pytest.mark.anyio


# check


async def test_an_idle_inbox_is_well(inbox: Inbox) -> None:
    health = await inbox.check()
    assert 0 <= health.wrote_in < 5
    assert health.counts == {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
    assert (health.oldest_due, health.workers) == (None, 0)


async def test_who_asks_for_events_is_at_work(inbox: Inbox) -> None:
    for name in ("a", "b", "a"):
        assert await inbox.claim(name, limit=1, lease=60) == []
    assert (await inbox.check()).workers == 2


async def test_what_nobody_claims_shows(inbox: Inbox) -> None:
    order = Order(key=digest("a"))
    for _ in range(2):
        await put(inbox, order=order)
    await anyio.sleep(0.2)
    health = await inbox.check()
    assert health.counts["pending"] == 2
    assert health.oldest_due is not None
    assert 0.15 < health.oldest_due < 10

    taken = await claim_one(inbox)
    assert (await inbox.check()).oldest_due is None, "what is held back is not due"
    assert await settle(inbox, taken, "pending", delay=60)
    assert (await inbox.check()).oldest_due is None


# prune


@pytest.mark.parametrize(
    ("states", "left"),
    [
        ({"done"}, {"pending": 1, "claimed": 1, "done": 0, "dead": 2}),
        ({"dead"}, {"pending": 1, "claimed": 1, "done": 2, "dead": 0}),
        ({"done", "dead"}, {"pending": 1, "claimed": 1, "done": 0, "dead": 0}),
        (set(), {"pending": 1, "claimed": 1, "done": 2, "dead": 2}),
    ],
)
async def test_what_is_settled_is_pruned(
    inbox: Inbox, states: set[State], left: dict[State, int]
) -> None:
    for state in ("done", "dead", "done", "dead"):
        await put_settled(inbox, state)
    await put(inbox)
    await put(inbox)
    await claim_one(inbox)

    gone = await inbox.prune(before=math.inf, states=frozenset(states))

    assert gone == 6 - sum(left.values())
    assert await inbox.count() == left


async def test_only_what_was_settled_before_is_pruned(inbox: Inbox) -> None:
    old = await put_settled(inbox, "done")
    await anyio.sleep(0.05)
    between = time.time()
    await anyio.sleep(0.05)
    new = await put_settled(inbox, "done")

    assert await inbox.prune(before=between, states=frozenset({"done"})) == 1

    assert await inbox.get(old.id) is None
    assert await inbox.get(new.id) is not None


async def test_pruning_goes_in_small_steps_oldest_first(inbox: Inbox) -> None:
    events = [await put_settled(inbox, "done") for _ in range(5)]
    done = frozenset[State]({"done"})
    assert await inbox.prune(before=math.inf, states=done, limit=2) == 2
    left = [each.event.id for each in await inbox.find(Query())]
    assert left == [event.id for event in reversed(events[2:])]
    assert [await inbox.prune(before=math.inf, states=done, limit=2) for _ in range(3)] == [2, 1, 0]


async def test_a_copy_of_what_was_pruned_is_new(inbox: Inbox) -> None:
    assert await inbox.put(new_event(), dedupe=digest(1), alias=digest(2)) is Arrival.STORED
    run = Attempt(number=1, handler="h", outcome="failed")
    assert await settle(inbox, await claim_one(inbox), "dead", attempts=(run,))
    assert await inbox.prune(before=math.inf, states=frozenset({"dead"})) == 1

    event = new_event()
    assert await inbox.put(event, dedupe=digest(1), alias=digest(2)) is Arrival.STORED
    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.attempts, entry.conflict) == ((), False)


@pytest.mark.parametrize("state", ["pending", "claimed"])
async def test_what_is_not_settled_is_never_pruned(inbox: Inbox, state: State) -> None:
    with pytest.raises(ValueError, match="not settled"):
        await inbox.prune(before=math.inf, states=frozenset({state, "done"}))


# export and restore


@pytest.fixture
async def other(anyio_backend: str) -> AsyncIterator[Inbox]:
    inbox = MemoryInbox()
    await inbox.open()
    yield inbox
    await inbox.aclose()


async def fill(inbox: Inbox) -> None:
    """One event of each kind there is, with all that can be known of it."""
    run = Attempt(
        number=1, handler="mail", outcome="failed", error="\x00 x", started_at=5.5, seconds=0.25
    )
    strange = new_event(
        endpoint="stripe",
        type="inv\x00oice",
        key="ev\udc80t",
        body=bytes(range(256)),
        headers=((b"x-a", b"\xff\x00"), (b"x-a", b"2")),
        timestamp=12.5,
        path="/a/\x00",
        query_string=b"a=%00&\xff",
        path_params={"tenant": "\x00"},
        envelope="data",
    )
    order = Order(key=digest("o"), holds=False, stamp=7.5)
    await inbox.put(strange, dedupe=digest("s"), alias=digest("alias"), order=order)
    handled = frozenset({"mail", "log"})
    taken = await claim_one(inbox)
    assert await settle(inbox, taken, "dead", attempts=(run,), note="bro\x00ken", handled=handled)
    await inbox.put(
        new_event(endpoint="stripe"), dedupe=digest("c"), alias=digest("alias"), order=order
    )
    assert await settle(inbox, await claim_one(inbox), "done", note="unrouted")
    await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=600, handled=handled)
    replayed = await put_settled(inbox, "done")
    assert await inbox.replay(replayed.id)
    await claim_one(inbox)
    await put(inbox)


def told(stored: Stored) -> tuple[Any, ...]:
    """All of it but what the move itself changes."""
    entry = stored.entry
    state = "pending" if entry.state == "claimed" else entry.state
    due = None if entry.due_at is None else round(entry.due_at / 10)
    return (
        parts(entry.event), entry.event.replayed, entry.event.attempt, state, entry.handled,
        entry.note, due, entry.settled_at, entry.conflict, entry.attempts,
        stored.dedupe, stored.alias, stored.order,
    )  # fmt: skip


@pytest.mark.parametrize("way", ["out", "in"])
async def test_an_inbox_moves_whole(inbox: Inbox, other: Inbox, way: str) -> None:
    from_, to = (inbox, other) if way == "out" else (other, inbox)
    await fill(from_)

    moved = await from_.export(Query(limit=100))
    for stored in moved:
        assert await to.restore(stored)
        assert not await to.restore(stored), "it is there already"

    again = await to.export(Query(limit=100))
    assert len(again) == 5
    assert [told(each) for each in again] == [told(each) for each in moved]
    assert len(await claim(to)) == 2
    copy = new_event(endpoint="stripe")
    assert await to.put(copy, dedupe=digest("c")) is Arrival.DUPLICATE


async def test_a_copy_is_not_restored(inbox: Inbox) -> None:
    await inbox.put(new_event(), dedupe=digest(1))
    (stored,) = await inbox.export(Query())
    other_id = replace(stored, entry=replace(stored.entry, event=new_event()))
    assert not await inbox.restore(other_id)
    assert (await inbox.count())["pending"] == 1


async def test_export_goes_page_by_page_in_the_order_of_arrival(inbox: Inbox) -> None:
    events = [await put(inbox, new_event(received_at=NOON - number)) for number in range(5)]
    pages, after = [], None
    while page := await inbox.export(Query(limit=2), after=after):
        pages.append([each.entry.event.id for each in page])
        after = page[-1].entry.event.id
    assert pages == [[events[0].id, events[1].id], [events[2].id, events[3].id], [events[4].id]]


async def test_export_looks_at_the_query(inbox: Inbox) -> None:
    await put_settled(inbox, "done")
    dead = await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "dead", note="a 100% broken_thing")
    for query in (Query(states=frozenset({"dead"})), Query(note="100% broken_")):
        (stored,) = await inbox.export(query)
        assert stored.entry.event.id == dead.id
        (entry,) = await inbox.find(query)
        assert entry.event.id == dead.id
    assert await inbox.find(Query(note="100 broken")) == []
    assert await inbox.find(Query(note="100_ broken")) == []


# quarantine


def refused(
    number: int, *, endpoint: str = "github", body: bytes = b"{}", received_at: float | None = None
) -> Refused:
    moment = NOON + number if received_at is None else received_at
    return Refused(
        id=new_event(received_at=moment).id,
        endpoint=endpoint,
        code="signature_mismatch",
        method="POST",
        path="/git\x00hub",
        path_params={"tenant": "a\x00"},
        query_string=b"a=\xff",
        headers=((b"x-a", b"\x00\xff"),),
        body=body,
        peer="203.0.113.9",
        received_at=moment,
    )


async def test_what_is_refused_is_kept_apart(inbox: Inbox) -> None:
    kept = [
        refused(0),
        refused(1, endpoint="stripe", body=bytes(range(256))),
        replace(refused(2), peer=None),
    ]
    for each in kept:
        await inbox.quarantine(each, Bounds())

    assert list(await inbox.quarantined(Query())) == kept[::-1]
    assert list(await inbox.quarantined(Query(limit=1))) == kept[:1:-1]
    assert list(await inbox.quarantined(Query(endpoint="stripe"))) == [kept[1]]
    assert list(await inbox.quarantined(Query(since=NOON + 1, until=NOON + 2))) == [kept[1]]
    assert await inbox.count() == {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
    assert await claim(inbox) == []
    assert await inbox.discharge([kept[1].id, kept[1].id, uuid4()]) == 1
    assert list(await inbox.quarantined(Query())) == [kept[2], kept[0]]
    assert await inbox.discharge([]) == 0


@pytest.mark.parametrize(
    ("bounds", "left"),
    [
        (Bounds(deliveries=3), [9, 8, 7]),
        (Bounds(bytes=250), [9, 8]),
        (Bounds(bytes=50), []),
        (Bounds(age=3.0), [9, 8, 7, 6]),
    ],
    ids=["number", "bytes", "one too large", "age"],
)
async def test_the_quarantine_keeps_its_bounds(
    inbox: Inbox, bounds: Bounds, left: list[int]
) -> None:
    for number in range(10):
        await inbox.quarantine(refused(number, body=bytes(100)), bounds)
    found = await inbox.quarantined(Query())
    assert [each.received_at - NOON for each in found] == left


async def test_the_quarantine_has_no_part_in_deduplication(inbox: Inbox) -> None:
    await inbox.quarantine(refused(0), Bounds())
    assert await inbox.put(new_event(), dedupe=digest(1)) is Arrival.STORED
