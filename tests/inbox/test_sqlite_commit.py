"""Group commit, and what happens when it cannot."""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Arrival, Query
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.inbox.sqlite.writer import Writer

from .events import claim, claim_one, digest, new_event, put, settle

pytestmark = pytest.mark.anyio


def writer(inbox: SQLiteInbox) -> Writer:
    assert inbox._opened is not None
    return inbox._opened.writer


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def test_puts_at_once_share_commits(sqlite: SQLiteInbox) -> None:
    statements: list[str] = []
    writer(sqlite)._db.set_trace_callback(statements.append)

    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(put, sqlite)

    assert 1 <= statements.count("COMMIT") <= 5
    assert (await sqlite.count())["pending"] == 300


async def test_put_returns_after_the_commit(sqlite: SQLiteInbox, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:

        async def send() -> None:
            event = await put(sqlite)
            found = other.execute("SELECT 1 FROM events WHERE id = ?", (event.id.bytes,))
            assert found.fetchone() == (1,)

        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(send)


async def test_put_does_not_return_before_the_commit(sqlite: SQLiteInbox, path: Path) -> None:
    returned: list[Event[Any]] = []

    async def send() -> None:
        returned.append(await put(sqlite))

    with locked(path) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            await anyio.sleep(0.3)
            assert returned == []
            other.execute("ROLLBACK")
    assert len(returned) == 1


async def test_a_short_lock_is_waited_for(sqlite: SQLiteInbox, path: Path) -> None:
    with locked(path) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put, sqlite)
            await anyio.sleep(0.5)
            tasks.start_soon(put, sqlite)
            tasks.start_soon(put, sqlite)
            await anyio.sleep(0.5)
            other.execute("ROLLBACK")
    assert (await sqlite.count())["pending"] == 3


async def test_each_waits_two_seconds_for_a_long_lock(sqlite: SQLiteInbox, path: Path) -> None:
    waited: list[float] = []

    async def send() -> None:
        start = time.monotonic()
        with pytest.raises(InboxUnavailable, match="locked") as caught:
            await put(sqlite)
        assert caught.value.retry_after >= 1
        waited.append(time.monotonic() - start)

    with locked(path):
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(send)
                await anyio.sleep(0.4)
    assert all(1.9 < seconds < 3.5 for seconds in waited), waited

    await put(sqlite)
    assert (await sqlite.count())["pending"] == 1


async def test_reads_do_not_wait_for_a_lock(sqlite: SQLiteInbox, path: Path) -> None:
    event = await put(sqlite)
    with locked(path), anyio.fail_after(1):
        assert await sqlite.get(event.id) is not None
        assert len(await sqlite.find(Query())) == 1
        assert (await sqlite.count())["pending"] == 1


async def test_a_full_disk_is_said_and_got_over(sqlite: SQLiteInbox) -> None:
    await put(sqlite)
    db = writer(sqlite)._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(InboxUnavailable, match="full"):
        await put(sqlite, new_event(body=os.urandom(2**20)))
    assert not db.in_transaction
    small = await put(sqlite)

    db.execute("PRAGMA max_page_count = 1000000")
    large = await put(sqlite, new_event(body=os.urandom(2**20)))
    assert [taken.event.id for taken in await claim(sqlite)][1:] == [small.id, large.id]


@pytest.mark.parametrize("name", ["hooks.db", "hooks.db-wal"])
@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_removed_file_is_noticed(
    sqlite: SQLiteInbox, path: Path, name: str, how: str
) -> None:
    await put(sqlite)
    path.with_name(name).rename(path.with_name("away"))
    if how == "replaced":
        path.with_name(name).touch()

    for _ in range(2):
        with pytest.raises(InboxUnavailable, match="removed or replaced"):
            await put(sqlite)

    path.with_name("away").rename(path.with_name(name))
    await put(sqlite)


async def test_one_bad_operation_fails_alone(sqlite: SQLiteInbox) -> None:
    failed: list[Exception] = []

    async def send(event: Event[Any]) -> None:
        try:
            await put(sqlite, event)
        except ValueError as error:
            failed.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            endpoint = "\ud800" if number == 10 else "github"
            tasks.start_soon(send, new_event(endpoint=endpoint))

    assert [type(error) for error in failed] == [UnicodeEncodeError]
    assert (await sqlite.count())["pending"] == 19
    assert len(await claim(sqlite, limit=50)) == 19


async def test_a_worker_without_its_lock_gets_nothing_and_harms_nobody(
    sqlite: SQLiteInbox, path: Path
) -> None:
    path.with_name("hooks.db-worker-worker.lock").mkdir()
    event = await put(sqlite)

    async def try_to_claim() -> None:
        with pytest.raises(InboxUnavailable, match="directory"):
            await claim(sqlite)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(put, sqlite)
        tasks.start_soon(try_to_claim)
        tasks.start_soon(put, sqlite)
    entry = await sqlite.get(event.id)
    assert entry is not None
    assert entry.state == "pending"
    path.with_name("hooks.db-worker-worker.lock").rmdir()


async def test_a_cancelled_put_leaves_the_others_whole(sqlite: SQLiteInbox, path: Path) -> None:
    left = new_event()
    with locked(path) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put, sqlite)
            with anyio.move_on_after(0.2) as scope:
                await put(sqlite, left)
            for _ in range(3):
                tasks.start_soon(put, sqlite)
            await anyio.wait_all_tasks_blocked()
            other.execute("ROLLBACK")
    assert scope.cancelled_caught

    assert await sqlite.put(left, dedupe=digest(left.id)) is Arrival.DUPLICATE
    assert (await sqlite.count())["pending"] == 5


async def test_a_cancelled_claim_is_given_back(sqlite: SQLiteInbox, path: Path) -> None:
    await put(sqlite)
    assert len(await claim(sqlite, limit=2)) == 1
    event = await put(sqlite)
    with locked(path) as other:
        with anyio.move_on_after(0.2) as scope:
            await claim(sqlite)
        other.execute("ROLLBACK")
    assert scope.cancelled_caught

    with anyio.fail_after(2):
        await sqlite.wait(5)
        while not (claims := await claim(sqlite)):
            await sqlite.wait(5)
    assert [(taken.event.id, taken.event.attempt) for taken in claims] == [(event.id, 1)]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_claim_cancelled_at_the_last_moment_is_given_back(sqlite: SQLiteInbox) -> None:
    event = await put(sqlite)
    task = asyncio.ensure_future(claim(sqlite))
    await asyncio.sleep(0)
    assert sqlite._opened is not None
    commits = sqlite._opened.commits
    batch = commits._under_way
    assert batch is not None
    while not batch.operations[0].finished:
        time.sleep(0.001)  # noqa: ASYNC251 - the loop must not hear of it yet
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task

    taken = await claim_one(sqlite)
    assert (taken.event.id, taken.event.attempt) == (event.id, 1)


async def test_closing_gives_up_on_nothing_but_a_lock(path: Path, anyio_backend: str) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    with locked(path) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put, inbox)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(inbox.aclose)
            await anyio.sleep(0.2)
            with pytest.raises(InboxUnavailable, match="closed"):
                await put(inbox)
            other.execute("ROLLBACK")
    await inbox.open()
    assert (await inbox.count())["pending"] == 1
    await inbox.aclose()


async def test_reading_a_broken_file_is_unavailable(sqlite: SQLiteInbox) -> None:
    assert sqlite._opened is not None
    sqlite._opened.reader._db.close()

    with pytest.raises(InboxUnavailable, match="closed database"):
        await sqlite.count()


async def test_a_loop_that_ended_ends_the_thread(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    opened = inbox._opened
    assert opened is not None

    def ended(_: object) -> None:
        raise RuntimeError("the loop is closed")

    opened.writer._call = ended
    with anyio.move_on_after(0.2):
        await put(inbox)
    opened.writer._thread.join(5)
    assert not opened.writer._thread.is_alive()
    opened.reader.close()
    inbox._opened = None


FORK = """
import asyncio, os, sys, warnings
warnings.simplefilter("ignore")
from hookmw.errors import InboxUnavailable
from hookmw.inbox.sqlite import SQLiteInbox

async def main():
    inbox = SQLiteInbox(sys.argv[1])
    await inbox.open()
    child = os.fork()
    if child == 0:
        try:
            inbox.count().send(None)
        except InboxUnavailable as error:
            try:
                inbox.aclose().send(None)
            except StopIteration:
                print(error, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print(await inbox.count(), flush=True)
    await inbox.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_forked_child_does_not_touch_it(path: Path) -> None:
    done = await anyio.run_process([sys.executable, "-c", FORK, str(path)])

    answers = done.stdout.decode().splitlines()
    assert "before this process was forked; open it after" in answers[0]
    assert answers[1] == "{'pending': 0, 'claimed': 0, 'done': 0, 'dead': 0}"


async def test_another_process_is_refused(
    sqlite: SQLiteInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)
        with pytest.raises(InboxUnavailable, match="forked; open it after"):
            await put(sqlite)
        await sqlite.aclose()
    await put(sqlite)


async def test_settle_keeps_what_was_written_with_it(sqlite: SQLiteInbox) -> None:
    for _ in range(30):
        await put(sqlite)
    claims = await claim(sqlite, limit=30)

    async with anyio.create_task_group() as tasks:
        for number, taken in enumerate(claims):
            tasks.start_soon(settle, sqlite, taken, "dead" if number % 3 else "done")

    assert await sqlite.count() == {"pending": 0, "claimed": 0, "done": 10, "dead": 20}
