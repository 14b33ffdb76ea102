"""The contract of `get`, `find`, `count`, `replay`, `open` and `aclose`, over every inbox."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import anyio
import pytest

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Attempt, Claim, Inbox, Query, Settlement

from .events import claim, claim_one, digest, new_event, put, put_settled, settle

pytestmark = pytest.mark.anyio

EVENTS = [
    ("github", "push", 100.0),
    ("github", "pull_request.opened", 200.0),
    ("stripe", "pull_request.closed", 300.0),
    ("stripe", "pull_requests", 400.0),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), [3, 2, 1, 0]),
        (Query(endpoint="stripe"), [3, 2]),
        (Query(endpoint="git"), []),
        (Query(type="push"), [0]),
        (Query(type="pus"), []),
        (Query(type="pull_request.*"), [2, 1]),
        (Query(type="pull_request*"), [3, 2, 1]),
        (Query(type="pull%*"), []),
        (Query(type="*"), [3, 2, 1, 0]),
        (Query(since=200.0), [3, 2, 1]),
        (Query(until=200.0), [0]),
        (Query(since=200.0, until=400.0, endpoint="stripe", type="pull*"), [2]),
        (Query(limit=2), [3, 2]),
        (Query(limit=0), []),
        (Query(limit=-1), []),
        (Query(states=frozenset({"done"})), [0]),
        (Query(states=frozenset({"dead"})), [1]),
        (Query(states=frozenset({"claimed", "pending"})), [3, 2]),
        (Query(states=frozenset({"done"}), endpoint="stripe"), []),
    ],
)
async def test_find(inbox: Inbox, query: Query, found: list[int]) -> None:
    events = [
        await put(inbox, new_event(endpoint=endpoint, type=kind, received_at=moment))
        for endpoint, kind, moment in EVENTS
    ]
    run = Attempt(number=1, handler="mail", outcome="failed")
    assert await settle(inbox, await claim_one(inbox), "done")
    assert await settle(inbox, await claim_one(inbox), "dead", note="broken", attempts=(run,))
    await claim_one(inbox)

    entries = await inbox.find(query)

    assert [entry.event.id for entry in entries] == [events[number].id for number in found]
    assert all(entry.attempts == () for entry in entries)


async def test_count(inbox: Inbox) -> None:
    assert await inbox.count() == {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
    for _ in range(10):
        await put(inbox)
    first, *others, _last = await claim(inbox, limit=7)
    assert await settle(inbox, first, "dead")
    for taken in others[:2]:
        assert await settle(inbox, taken)

    assert await inbox.count() == {"pending": 3, "claimed": 4, "done": 2, "dead": 1}


@pytest.mark.parametrize("state", ["done", "dead", "pending"])
async def test_replay_runs_all_handlers_again(inbox: Inbox, state: Any) -> None:
    event = await put(inbox)
    taken = await claim_one(inbox)
    run = Attempt(number=1, handler="log", outcome="failed")
    settlement = Settlement(
        claim=taken,
        state=state,
        delay=3600,
        handled=frozenset({"mail"}),
        attempts=(run,),
        note="broken",
    )
    assert await inbox.settle(settlement)

    assert await inbox.replay(event.id)

    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.due_at, entry.settled_at) == ("pending", None, None)
    assert (entry.handled, entry.note, entry.attempts) == (frozenset(), "", (run,))
    again = await claim_one(inbox)
    assert (again.event.attempt, again.event.replayed, again.handled) == (1, True, frozenset())


async def test_replay_leaves_alone_what_runs_or_is_due(inbox: Inbox) -> None:
    assert not await inbox.replay(uuid4())
    event = await put(inbox)
    assert not await inbox.replay(event.id)
    taken = await claim_one(inbox)
    assert not await inbox.replay(event.id)
    assert await settle(inbox, taken, "pending", delay=0.05)
    await anyio.sleep(0.1)

    assert not await inbox.replay(event.id)
    again = await claim_one(inbox)
    assert (again.event.attempt, again.event.replayed) == (2, False)


async def test_replay_twice_is_once(inbox: Inbox) -> None:
    event = await put_settled(inbox, "dead")

    assert await inbox.replay(event.id)
    assert not await inbox.replay(event.id)
    assert len(await claim(inbox)) == 1


SOME = Claim(event=new_event(), handled=frozenset(), token=1)
METHODS: dict[str, Callable[[Inbox], Awaitable[object]]] = {
    "put": lambda inbox: inbox.put(new_event(), dedupe=digest(1)),
    "claim": lambda inbox: inbox.claim("worker", limit=1, lease=60),
    "renew": lambda inbox: inbox.renew([SOME], lease=60),
    "settle": lambda inbox: inbox.settle(Settlement(claim=SOME, state="done")),
    "release": lambda inbox: inbox.release({SOME: frozenset()}),
    "wait": lambda inbox: inbox.wait(0),
    "get": lambda inbox: inbox.get(SOME.event.id),
    "find": lambda inbox: inbox.find(Query()),
    "count": lambda inbox: inbox.count(),
    "replay": lambda inbox: inbox.replay(SOME.event.id),
}


@pytest.mark.parametrize("method", METHODS)
async def test_a_closed_inbox_is_unavailable(inbox: Inbox, method: str) -> None:
    await inbox.aclose()
    await inbox.aclose()

    with pytest.raises(InboxUnavailable, match="closed"):
        await METHODS[method](inbox)


@pytest.mark.parametrize("method", METHODS)
async def test_an_inbox_must_be_opened(
    method: str, new_inbox: Inbox, path: Any, anyio_backend: str
) -> None:
    with pytest.raises(RuntimeError, match="open"):
        await METHODS[method](new_inbox)
    await new_inbox.aclose()
    assert not path.exists()


async def test_claims_of_events_that_are_not_there_are_lost(inbox: Inbox) -> None:
    assert await inbox.renew([SOME], lease=60) == [SOME]
    assert not await inbox.settle(Settlement(claim=SOME, state="done"))
    await inbox.release({replace(SOME, token=2): frozenset()})


async def test_a_second_open_changes_nothing(inbox: Inbox) -> None:
    event = await put(inbox)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(inbox.open)
        tasks.start_soon(inbox.open)

    assert (await claim_one(inbox)).event.id == event.id


async def test_an_inbox_may_be_opened_again(inbox: Inbox) -> None:
    event = await put(inbox)
    await inbox.aclose()
    await inbox.open()

    assert (await claim_one(inbox)).event.id == event.id


async def test_closing_finishes_what_was_begun(inbox: Inbox) -> None:
    stored: list[object] = []

    async def send() -> None:
        stored.append((await put(inbox)).id)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        await inbox.aclose()

    await inbox.open()
    assert len(stored) == (await inbox.count())["pending"] == 50
