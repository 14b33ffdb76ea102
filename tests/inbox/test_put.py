"""The contract of `put`, over every inbox."""

import os
from typing import Any
from uuid import uuid4

import anyio
import pytest

from hookmw.event import Event
from hookmw.inbox import Arrival, Inbox, Query

from .events import claim_one, digest, new_event, parts, put, put_settled, settle

pytestmark = pytest.mark.anyio

HOSTILE = [
    "",
    "1",
    "a\0b",
    "'; DROP TABLE events; --",
    "%_*[a-z]",
    "\ud800",
    "\N{PILE OF POO}\u202e\u0301",
    "x" * 10_000,
]


async def test_an_event_is_stored_once(inbox: Inbox) -> None:
    first, again = new_event(), new_event()

    assert await inbox.put(first, dedupe=digest(1)) is Arrival.STORED
    assert await inbox.put(again, dedupe=digest(1)) is Arrival.DUPLICATE
    assert await inbox.get(again.id) is None
    assert (await inbox.count())["pending"] == 1


async def test_the_same_event_twice_is_a_duplicate(inbox: Inbox) -> None:
    event = await put(inbox)

    assert await inbox.put(event, dedupe=digest(event.id)) is Arrival.DUPLICATE


async def test_endpoints_do_not_share_dedupe_keys(inbox: Inbox) -> None:
    for endpoint in ("a", "b"):
        event = new_event(endpoint=endpoint)
        assert await inbox.put(event, dedupe=digest(1)) is Arrival.STORED


@pytest.mark.parametrize("state", ["done", "pending", "claimed"])
async def test_a_duplicate_changes_nothing_that_is_not_dead(inbox: Inbox, state: str) -> None:
    event = await put(inbox)
    if state != "pending":
        claim = await claim_one(inbox)
        assert state == "claimed" or await settle(inbox, claim)
    before = await inbox.get(event.id)
    assert before is not None

    assert await inbox.put(new_event(), dedupe=digest(event.id)) is Arrival.DUPLICATE

    after = await inbox.get(event.id)
    assert after is not None
    assert (after.state, after.event.attempt) == (before.state, before.event.attempt)


async def test_a_duplicate_of_a_dead_event_revives_it(inbox: Inbox) -> None:
    event = await put(inbox)
    claim = await claim_one(inbox)
    assert await settle(inbox, claim, "dead", handled=frozenset({"mail"}), note="broken")

    assert await inbox.put(new_event(), dedupe=digest(event.id)) is Arrival.REVIVED

    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.settled_at, entry.note) == ("pending", None, "")
    again = await claim_one(inbox)
    assert again.event.id == event.id
    assert again.event.attempt == 1
    assert again.handled == {"mail"}, "what has succeeded is not repeated"
    assert not again.event.replayed
    assert again.token != claim.token


async def test_fifty_duplicates_at_once_are_one_event(inbox: Inbox) -> None:
    arrivals: list[Arrival] = []

    async def send() -> None:
        arrivals.append(await inbox.put(new_event(), dedupe=digest(1)))

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(send)

    assert sorted(arrival.value for arrival in arrivals) == ["duplicate"] * 49 + ["stored"]
    assert sum((await inbox.count()).values()) == 1


async def test_many_at_once_are_all_there(inbox: Inbox) -> None:
    events = [new_event(body=str(number).encode()) for number in range(300)]

    async with anyio.create_task_group() as tasks:
        for event in events:
            tasks.start_soon(put, inbox, event)

    stored = await inbox.find(Query(limit=1000))
    assert {entry.event.id for entry in stored} == {event.id for event in events}


async def test_an_alias_seen_before_is_a_conflict(inbox: Inbox) -> None:
    async def conflict(number: int, *, endpoint: str = "a", alias: bytes | None) -> bool:
        event = new_event(endpoint=endpoint)
        assert await inbox.put(event, dedupe=digest(number), alias=alias) is Arrival.STORED
        entry = await inbox.get(event.id)
        assert entry is not None
        return entry.conflict

    assert not await conflict(1, alias=b"x")
    assert await conflict(2, alias=b"x")
    assert not await conflict(3, alias=b"y")
    assert not await conflict(4, alias=b"x", endpoint="b")
    assert not await conflict(5, alias=None)
    assert not await conflict(6, alias=None)


async def test_conflicts_are_seen_among_events_put_at_once(inbox: Inbox) -> None:
    async def send(number: int) -> None:
        await inbox.put(new_event(), dedupe=digest(number), alias=b"x")

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(send, number)

    entries = await inbox.find(Query())
    assert [entry.conflict for entry in reversed(entries)] == [False, True, True, True, True]


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", bytes(range(256)), b"\xff\xfe\xed\xa0\x80", os.urandom(2**20)],
    ids=["empty", "nul", "all bytes", "not UTF-8", "1 MiB"],
)
async def test_bodies_come_back_byte_for_byte(inbox: Inbox, body: bytes) -> None:
    await put(inbox, new_event(body=body))

    assert (await claim_one(inbox)).event.body == body


async def test_everything_else_comes_back_too(inbox: Inbox) -> None:
    event = new_event(
        key="evt_1",
        timestamp=NOON_AND_A_BIT,
        headers=((b"x-a", b"1"), (b"x-a", b"\xff\0 "), (b"", b"")),
        path="/shop/caf\N{LATIN SMALL LETTER E WITH ACUTE}/\0",
        query_string=b"a=%00&a=\xff",
        path_params={"tenant": "m\N{LATIN SMALL LETTER O WITH DIAERESIS}bel", "\ud800": ""},
        envelope="data",
    )
    await put(inbox, event)

    entry = await inbox.get(event.id)
    assert entry is not None
    assert parts(entry.event) == parts(event)
    assert parts((await claim_one(inbox)).event) == parts(event)


NOON_AND_A_BIT = 1_700_000_000.123_456


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_is_only_text(inbox: Inbox, text: str) -> None:
    event = await put(inbox, new_event(type=text, key=text, path=text))
    await put(inbox, new_event(type="other"))

    (found,) = await inbox.find(Query(type=f"{text}*" if text else ""))
    assert parts(found.event) == parts(event)


async def test_what_handlers_do_to_an_event_stays_with_them(inbox: Inbox) -> None:
    event = await put(inbox, new_event(body=b'{"a": 1}', path_params={"a": "b"}))
    claim = await claim_one(inbox)
    claim.event.payload["a"] = 2
    claim.event.type = "changed"
    assert await settle(inbox, claim, "pending")

    again = (await claim_one(inbox)).event

    assert again.payload == {"a": 1}
    assert parts(again) == parts(event)


@pytest.mark.parametrize("dedupe", [b"", b"x" * 15, b"x" * 33])
async def test_a_dedupe_key_has_16_to_32_bytes(inbox: Inbox, dedupe: bytes) -> None:
    with pytest.raises(ValueError, match="hash it"):
        await inbox.put(new_event(), dedupe=dedupe)


async def test_another_event_of_the_same_id_is_an_error_of_its_own(inbox: Inbox) -> None:
    event = await put(inbox)
    outcomes: list[Any] = []

    async def send(event: Event[Any], number: int) -> None:
        try:
            outcomes.append(await inbox.put(event, dedupe=digest(number)))
        except ValueError as error:
            outcomes.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, new_event(), 1)
        tasks.start_soon(send, event, 2)
        tasks.start_soon(send, new_event(), 3)

    assert outcomes.count(Arrival.STORED) == 2
    assert f"event {event.id} is in the inbox already; give each a new id" in outcomes


async def test_what_is_not_there_is_not_found(inbox: Inbox) -> None:
    await put_settled(inbox, "done")

    assert await inbox.get(uuid4()) is None
