"""Many processes and machines on one schema: each an inbox of its own, in a thread or a process."""

import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import anyio
import pytest

from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Arrival, Claim, Order
from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql import PostgreSQLInbox, migrate
from hookmw.inbox.postgresql.claiming import ClaimDue

from .events import claim, claim_one, digest, new_event, put, settle
from .postgres import run, schema_of

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgreSQLInbox]:
    inbox = PostgreSQLInbox(url)
    await inbox.open()
    try:
        yield inbox
    finally:
        await inbox.aclose()


def side_by_side(
    many: int, url: str, act: Callable[[PostgreSQLInbox, int], Awaitable[T]]
) -> list[T]:
    """Run something in so many event loops at once, each with an inbox of its own."""

    async def live(number: int) -> T:
        async with opened(url) as inbox:
            return await act(inbox, number)

    with ThreadPoolExecutor(many) as threads:
        return list(threads.map(lambda number: anyio.run(live, number), range(many)))


def test_each_event_is_claimed_by_one(empty_url: str) -> None:
    async def fill(inbox: PostgreSQLInbox, number: int) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(put, inbox)

    async def work(inbox: PostgreSQLInbox, number: int) -> list[object]:
        taken: list[object] = []
        while claims := await inbox.claim(f"worker {number}", limit=5, lease=60):
            taken += [each.event.id for each in claims]
            for each in claims:
                assert await settle(inbox, each)
        return taken

    side_by_side(2, empty_url, fill)
    shares = side_by_side(4, empty_url, work)

    taken = [id_ for share in shares for id_ in share]
    assert len(taken) == len(set(taken)) == 200


def test_copies_that_come_everywhere_at_once_are_one_event(empty_url: str) -> None:
    async def send(inbox: PostgreSQLInbox, number: int) -> list[Arrival]:
        arrivals: list[Arrival] = []

        async def one(key: int) -> None:
            arrivals.append(await inbox.put(new_event(), dedupe=digest(key)))

        async with anyio.create_task_group() as tasks:
            for key in range(60) if number % 2 else reversed(range(60)):
                tasks.start_soon(one, key)
        return arrivals

    arrived = Counter(each for all_ in side_by_side(4, empty_url, send) for each in all_)
    assert arrived == {Arrival.STORED: 60, Arrival.DUPLICATE: 180}


class Watch:
    """Sees what is handled, by whomever: in which order, and whether two of a key at once."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.together: list[str] = []
        self.handled: dict[str, list[bytes]] = defaultdict(list)

    async def handle(self, inbox: PostgreSQLInbox, claims: Sequence[Claim]) -> None:
        for each in claims:
            self.running[each.event.type] += 1
            if self.running[each.event.type] > 1:
                self.together.append(each.event.type)
        await anyio.sleep(0.001)
        for each in claims:
            self.running[each.event.type] -= 1
            self.handled[each.event.type].append(each.event.body)
            assert await settle(inbox, each)


def test_order_is_kept_by_four_who_put_and_four_who_claim(empty_url: str) -> None:
    """Each source puts events of its own, numbered, under keys that all share."""
    many, keys, watch = 25, [Order(key=digest(number)) for number in range(3)], Watch()

    async def live(inbox: PostgreSQLInbox, number: int) -> None:
        async def feed() -> None:
            for turn in range(many):
                for order in keys:
                    event = new_event(type=order.key.hex(), body=b"%d %d" % (number, turn))
                    await put(inbox, event, order=order)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed)
            while sum(map(len, watch.handled.values())) < 4 * many * len(keys):
                claims = await inbox.claim(f"worker {number}", limit=3, lease=60)
                await watch.handle(inbox, claims)

    side_by_side(4, empty_url, live)

    assert watch.together == [], "two of one key at once"
    for bodies in watch.handled.values():
        for source in range(4):
            turns = [int(body.split()[1]) for body in bodies if body.startswith(b"%d " % source)]
            assert turns == list(range(many))


def test_those_who_settle_retry_and_replay_one_key_at_once_do_not_block_each_other(
    empty_url: str,
) -> None:
    orders = [Order(key=digest(number), holds=number % 2 == 0) for number in range(4)]

    async def live(inbox: PostgreSQLInbox, number: int) -> int:
        for turn in range(40):
            order = orders[turn % 4]
            await inbox.put(new_event(), dedupe=digest((number, turn)), order=order)
            claims = await inbox.claim(f"worker {number}", limit=4, lease=60)
            for place, each in enumerate(claims):
                state = ("done", "dead", "pending", "done")[(turn + place) % 4]
                assert await settle(inbox, each, state, delay=0.01)  # type: ignore[arg-type]
                if state == "dead":
                    await inbox.replay(each.event.id)
        return 1

    assert sum(side_by_side(4, empty_url, live)) == 4
    lanes = "SELECT count(*) FROM \"{}\".progress WHERE NOT held_back AND state IN ('dead', 'done')"
    assert run(empty_url, lanes) == [(0,)]


async def test_an_event_wakes_a_worker_elsewhere(empty_url: str, anyio_backend: str) -> None:
    async with opened(empty_url) as here, opened(empty_url) as there:
        assert await claim(there) == []
        await there.wait(0.3)  # it listens from now on
        assert await claim(there) == []
        woken: list[float] = []

        async def sleep() -> None:
            await there.wait(10)
            woken.append(time.monotonic())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sleep)
            await anyio.sleep(0.1)
            start = time.monotonic()
            await put(here)
        assert woken[0] - start < 0.5
        assert len(await claim(there)) == 1


async def test_what_makes_nothing_due_wakes_nobody(empty_url: str, anyio_backend: str) -> None:
    async with opened(empty_url) as here, opened(empty_url) as there:
        event = await put(here)
        taken = await claim_one(here)
        await there.wait(0)
        await anyio.sleep(0.3)
        assert await claim(there) == []

        await here.renew([taken], lease=60)
        await here.put(new_event(), dedupe=digest(event.id))
        assert await settle(here, taken)
        await here.check()

        start = time.monotonic()
        await there.wait(0.5)
        assert time.monotonic() - start >= 0.5


async def test_who_listens_goes_on_when_its_connection_is_cut(
    named_url: str, anyio_backend: str
) -> None:
    async with opened(named_url) as here, opened(named_url) as there:
        assert await claim(there) == []
        await there.wait(0.3)
        cut_all(named_url)
        await anyio.sleep(0.5)
        while await claim(there):
            pass
        with anyio.move_on_after(0.5):
            await there.wait(0.3)
        assert await claim(there) == []
        start = time.monotonic()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(there.wait, 10)
            await anyio.sleep(0.1)
            await put(here)
        assert time.monotonic() - start < 1


@pytest.fixture
def named_url(empty_url: str) -> str:
    """An inbox whose connections can be told from those of other tests."""
    return f"{empty_url}&application_name={schema_of(empty_url)}"


def cut_all(url: str) -> int:
    """End all connections of an inbox, as the operator of a database does."""
    return len(
        run(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = '{}' AND pid <> pg_backend_pid()",
        )
    )


async def test_every_connection_may_be_cut_at_any_time(named_url: str, anyio_backend: str) -> None:
    async with opened(named_url) as inbox:
        for _ in range(3):
            event = await put(inbox)
            taken = await claim_one(inbox)
            await inbox.count()
            assert cut_all(named_url) >= 3
            assert await settle(inbox, taken)
            assert cut_all(named_url) >= 1
            assert (await inbox.count())["pending"] == 0
            entry = await inbox.get(event.id)
            assert entry is not None
            assert entry.state == "done"


PROGRAM = """
import sys, anyio
from hookmw.inbox.postgresql import PostgreSQLInbox

async def main(url, name):
    inbox = PostgreSQLInbox(url)
    await inbox.open()
    print("ready", flush=True)
    sys.stdin.readline()
    while claims := await inbox.claim(name, limit=3, lease=60):
        for each in claims:
            print(each.event.id, flush=True)
    await inbox.aclose()

anyio.run(main, *sys.argv[1:])
"""


def test_processes_share_an_inbox(empty_url: str) -> None:
    async def fill() -> list[Event]:
        async with opened(empty_url) as inbox:
            return [await put(inbox) for _ in range(60)]

    events = anyio.run(fill)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, empty_url, f"worker {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    outputs = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        outputs.append(worker.communicate(timeout=60)[0].split())
        assert worker.returncode == 0
    taken = [id_ for output in outputs for id_ in output]
    assert sorted(taken) == sorted(str(event.id) for event in events)


async def test_a_copy_that_has_another_order_revives_a_dead_one_in_its_place(
    empty_url: str, anyio_backend: str
) -> None:
    order = Order(key=digest("a"))
    async with opened(empty_url) as inbox:
        first, second = new_event(), new_event()
        for event in (first, second):
            await inbox.put(event, dedupe=digest(event.id), order=order)
        assert await settle(inbox, await claim_one(inbox), "dead")
        assert await claim(inbox) == []
        copy = Order(key=digest("b"))
        again = await inbox.put(new_event(), dedupe=digest(first.id), order=copy)
        assert again is Arrival.REVIVED
        taken = await claim_one(inbox)
        assert taken.event.id == first.id
        assert await settle(inbox, taken)
        assert (await claim_one(inbox)).event.id == second.id


async def test_who_comes_while_the_one_before_ends_is_not_forgotten(
    empty_url: str, anyio_backend: str
) -> None:
    """One commits that somebody is before him, the other that nobody is after him."""
    order = Order(key=digest("a"))
    async with opened(empty_url) as here, opened(empty_url) as there:
        await put(here, order=order)
        first = await claim_one(there)
        slow_down(here)
        second = new_event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(put, here, second, order=order))
            await anyio.sleep(0.2)
            assert await settle(there, first)
        assert (await claim_one(there)).event.id == second.id


def slow_down(inbox: PostgreSQLInbox) -> None:
    """Let half a second go by before what was put is committed."""
    assert inbox._opened is not None
    link = inbox._opened.arrivals._link
    assert link is not None
    commit = link.commit_surely

    def commit_late() -> None:
        time.sleep(0.5)
        commit()

    link.commit_surely = commit_late  # type: ignore[method-assign]


async def test_a_claim_that_found_nothing_silences_nothing_that_came_meanwhile() -> None:
    bell = Bell()
    early = ClaimDue("worker", 10, 60.0, None, bell)
    bell.ring()
    early.result = []
    early.tell(bell)
    start = time.monotonic()
    await bell.wait(5)
    assert time.monotonic() - start < 1

    late = ClaimDue("worker", 10, 60.0, None, bell)
    late.result = []
    late.tell(bell)
    start = time.monotonic()
    await bell.wait(0.1)
    assert time.monotonic() - start >= 0.1


# clocks


async def test_a_clock_that_is_set_back_stalls_nothing(
    postgres_url: str, anyio_backend: str
) -> None:
    migrate(postgres_url)
    async with opened(postgres_url) as inbox:
        for _ in range(2):
            await put(inbox)
        waiting, running = await claim(inbox, lease=0.5)
        assert await settle(inbox, waiting, "pending", delay=0.5)
        step_clock(postgres_url, -3600)
        late = await put(inbox)
        assert [each.event.id for each in await claim(inbox)] == [late.id], "due is due"

        again: list[Claim] = []
        with anyio.fail_after(10):
            while len(again) < 2:
                again += await claim(inbox)
                await anyio.sleep(0.1)
        assert {each.event.id for each in again} == {waiting.event.id, running.event.id}


async def test_a_clock_that_is_set_ahead_stalls_nothing(
    postgres_url: str, anyio_backend: str
) -> None:
    async with opened(postgres_url) as inbox:
        waiting = await put(inbox)
        assert await settle(inbox, await claim_one(inbox), "pending", delay=600)
        step_clock(postgres_url, 3600)
        late = await put(inbox)
        assert [each.event.id for each in await claim(inbox)] == [waiting.id, late.id]


@pytest.mark.parametrize("step", [3600, 25], ids=["past all leases", "almost"])
async def test_a_clock_that_is_set_ahead_ends_no_lease(
    postgres_url: str, anyio_backend: str, step: int
) -> None:
    """Nor does a moment later; and a lease that nobody renews ends all the same."""
    async with opened(postgres_url) as ours, opened(postgres_url) as theirs:
        assert await theirs.claim("another", limit=10, lease=60) == []
        await put(ours)
        await put(ours)
        held, lost = await claim_one(ours, lease=30), await claim_one(ours, lease=2)
        step_clock(postgres_url, step)

        assert await theirs.claim("another", limit=10, lease=60) == []
        assert await claim(ours) == []
        left = run(postgres_url, 'SELECT min(lease_until - "{}".clock() - span) FROM "{}".progress')
        assert left[0][0] > -1  # type: ignore[operator]
        assert await ours.renew([held], lease=30) == []
        await anyio.sleep(3)
        (again,) = await theirs.claim("another", limit=10, lease=60)
        assert again.event.id == lost.event.id
        assert await settle(ours, held)


async def test_what_is_undone_with_its_transaction_is_done_again_after_a_step(
    postgres_url: str, anyio_backend: str
) -> None:
    async with opened(postgres_url) as inbox:
        await put(inbox)
        held = await claim_one(inbox, lease=30)
        step_clock(postgres_url, 3600)
        assert inbox._opened is not None
        link = inbox._opened.work._link
        assert link is not None
        commit = link.commit_surely

        def fail() -> None:
            link.commit_surely = commit  # type: ignore[method-assign]
            raise InboxUnavailable("not this time")

        link.commit_surely = fail  # type: ignore[method-assign]
        with pytest.raises(InboxUnavailable):
            await claim(inbox)
        await anyio.sleep(1.2)
        assert await claim(inbox) == []
        assert await settle(inbox, held)


async def test_who_begins_after_a_step_leaves_it_to_those_who_saw_it(
    postgres_url: str, anyio_backend: str
) -> None:
    async with opened(postgres_url) as ours, opened(postgres_url) as new:
        await put(ours)
        held = await claim_one(ours, lease=30)
        step_clock(postgres_url, 3600)
        assert await new.claim("new", limit=10, lease=60) == []
        started = time.monotonic()
        await new.wait(1)
        assert time.monotonic() - started > 0.9, "it need not ask again and again meanwhile"
        assert await claim(ours) == []
        await anyio.sleep(3)
        assert await new.claim("new", limit=10, lease=60) == []
        assert await settle(ours, held)


async def test_leases_of_workers_that_are_all_gone_end_a_few_seconds_after_a_start(
    postgres_url: str, anyio_backend: str
) -> None:
    async with opened(postgres_url) as gone:
        event = await put(gone)
        await claim_one(gone, lease=30)
    step_clock(postgres_url, 40)  # so long was nobody there
    async with opened(postgres_url) as new:
        assert await new.claim("new", limit=10, lease=60) == []
        with anyio.fail_after(4):
            while not (again := await new.claim("new", limit=10, lease=60)):
                await new.wait(1)
    assert again[0].event.id == event.id


async def test_a_restart_at_once_does_not_wait_for_a_lease_that_has_ended(
    postgres_url: str, anyio_backend: str
) -> None:
    """Else who is started again and again, every second, would never see the end of any."""
    async with opened(postgres_url) as gone:
        await put(gone)
        await claim_one(gone, lease=0.2)
    await anyio.sleep(0.3)
    async with opened(postgres_url) as new:
        assert len(await new.claim("new", limit=10, lease=60)) == 1


def step_clock(url: str, seconds: float) -> None:
    run(
        url,
        'CREATE OR REPLACE FUNCTION "{}".clock() RETURNS float8 LANGUAGE sql VOLATILE AS'
        f" 'SELECT extract(epoch FROM clock_timestamp())::float8 + {seconds}'",
    )


async def test_the_driver_is_never_in_the_way_of_strangers_bytes(
    empty_url: str, anyio_backend: str
) -> None:
    nasty = "a\0\ud800"
    event = new_event(
        type=nasty, key=nasty, path=nasty, body=b"\0\xff", headers=((b"\0", b"\xff"),)
    )
    async with opened(empty_url) as inbox:
        await put(inbox, event)
        taken = await claim_one(inbox)
        assert (taken.event.type, taken.event.key, taken.event.body) == (nasty, nasty, b"\0\xff")
        assert await settle(inbox, taken, "dead", note=nasty, handled=frozenset({nasty}))
