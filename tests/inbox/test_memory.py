import pytest

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Arrival
from hookmw.inbox.memory import MemoryInbox

from .events import claim_one, digest, new_event, put, put_settled, settle

pytestmark = pytest.mark.anyio


async def test_a_full_inbox_takes_only_what_it_has() -> None:
    inbox = MemoryInbox(max_events=2)
    await inbox.open()
    first = await put(inbox)
    await put(inbox)

    with pytest.raises(InboxUnavailable, match="full"):
        await put(inbox)
    assert await inbox.put(first, dedupe=digest(first.id)) is Arrival.DUPLICATE


async def test_what_was_settled_first_makes_room() -> None:
    inbox = MemoryInbox(max_events=3)
    await inbox.open()
    waiting = await put(inbox)
    taken = await claim_one(inbox)
    first = await put_settled(inbox, "done")
    second = await put_settled(inbox, "dead")
    assert await settle(inbox, taken, "pending")

    third = await put(inbox)
    assert await inbox.get(first.id) is None
    assert await inbox.put(new_event(), dedupe=digest(first.id)) is Arrival.STORED
    assert await inbox.get(second.id) is None

    assert await inbox.get(waiting.id) is not None
    assert await inbox.get(third.id) is not None


async def test_what_was_replayed_is_not_dropped() -> None:
    inbox = MemoryInbox(max_events=1)
    await inbox.open()
    event = await put_settled(inbox, "done")
    assert await inbox.replay(event.id)

    with pytest.raises(InboxUnavailable):
        await put(inbox)


async def test_a_dropped_alias_is_forgotten() -> None:
    inbox = MemoryInbox(max_events=1)
    await inbox.open()
    for number in range(2):
        event = new_event()
        await inbox.put(event, dedupe=digest(number), alias=b"x")
        entry = await inbox.get(event.id)
        assert entry is not None
        assert not entry.conflict
        assert await settle(inbox, await claim_one(inbox))


async def test_an_alias_is_known_as_long_as_one_event_has_it() -> None:
    inbox = MemoryInbox(max_events=2)
    await inbox.open()
    events = [new_event() for _ in range(3)]
    for number, event in enumerate(events):
        await inbox.put(event, dedupe=digest(number), alias=b"x")
        if number == 0:
            assert await settle(inbox, await claim_one(inbox))

    assert await inbox.get(events[0].id) is None
    entry = await inbox.get(events[2].id)
    assert entry is not None
    assert entry.conflict


async def test_aliases_do_not_pile_up() -> None:
    inbox = MemoryInbox(max_events=1)
    await inbox.open()
    for number in range(10):
        await inbox.put(new_event(), dedupe=digest(number), alias=digest(number))
        assert await settle(inbox, await claim_one(inbox))

    assert len(inbox._records._aliases) == 1
