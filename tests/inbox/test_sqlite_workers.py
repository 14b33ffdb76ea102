"""Workers of several processes, those that are killed, and clocks that are set."""

import errno
import fcntl
import os
import signal
import sqlite3
import sys
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw.inbox import Inbox
from hookmw.inbox.sqlite import SQLiteInbox, liveness
from hookmw.inbox.sqlite.liveness import Presence

from .events import claim, claim_one, put, settle

pytestmark = pytest.mark.anyio

CLAIM = """
import os, sys, time, warnings
import asyncio
warnings.simplefilter("ignore")
from hookmw.inbox.sqlite import SQLiteInbox

async def main():
    inbox = SQLiteInbox(sys.argv[1])
    await inbox.open()
    claims = await inbox.claim(f"worker-{os.getpid()}", limit=2, lease=3600)
    child = os.fork() if sys.argv[2] == "fork" else -1
    if child:
        print(f"{len(claims)} {child}", flush=True)
    time.sleep(60)

asyncio.run(main())
"""

TAKE_ALL = """
import asyncio, os, sys
from hookmw.inbox import Settlement
from hookmw.inbox.sqlite import SQLiteInbox

async def main():
    inbox = SQLiteInbox(sys.argv[1])
    await inbox.open()
    while claims := await inbox.claim(f"worker-{os.getpid()}", limit=3, lease=60):
        for claim in claims:
            print(claim.event.id, await inbox.settle(Settlement(claim=claim, state="done")))
    await inbox.aclose()

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["alone", "fork"])
async def test_the_claims_of_a_killed_worker_are_due_at_once(
    sqlite: SQLiteInbox, path: Path, how: str
) -> None:
    if how == "fork" and not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    events = [await put(sqlite), await put(sqlite)]
    command = [sys.executable, "-c", CLAIM, str(path), how]
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        claimed, child = map(int, (await process.stdout.receive()).split())
        assert claimed == 2
        assert await claim(sqlite) == [], "it lives"
        process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        while not (claims := await claim(sqlite)):
            assert time.monotonic() - killed < 2.5, "it takes about 1"
            await anyio.sleep(0.02)
        if child > 0:
            os.kill(child, signal.SIGKILL)

    assert [taken.event.id for taken in claims] == [event.id for event in events]
    assert [taken.event.attempt for taken in claims] == [2, 2]
    entry = await sqlite.get(events[0].id)
    assert entry is not None
    (run,) = entry.attempts
    assert (run.number, run.outcome, run.error) == (1, "interrupted", "its worker died")
    locks = [file.name for file in path.parent.glob("*.lock")]
    assert locks == ["hooks.db-worker-worker.lock"], "that of the dead is gone"


async def test_after_a_kill_the_first_claim_finds_the_dead(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    await put(inbox)
    await inbox.aclose()
    async with await anyio.open_process([sys.executable, "-c", CLAIM, str(path), "-"]) as process:
        assert process.stdout is not None
        await process.stdout.receive()
        process.kill()
        await process.wait()

    await inbox.open()
    assert (await claim_one(inbox)).event.attempt == 2
    await inbox.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_two_processes_never_share_an_event(sqlite: SQLiteInbox, path: Path) -> None:
    events = [str((await put(sqlite)).id) for _ in range(60)]
    outputs: list[list[str]] = []

    async def run() -> None:
        done = await anyio.run_process([sys.executable, "-c", TAKE_ALL, str(path)])
        outputs.append(done.stdout.decode().splitlines())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(run)

    settled = [line for lines in outputs for line in lines]
    assert sorted(settled) == sorted(f"{event} True" for event in events)


async def test_two_inboxes_of_one_process_leave_each_other_alone(
    sqlite: SQLiteInbox, path: Path
) -> None:
    await put(sqlite)
    taken = await claim_one(sqlite)
    other = SQLiteInbox(path)
    await other.open()
    assert await other.claim("other", limit=1, lease=60) == []

    await sqlite.aclose()
    await anyio.sleep(1.1)
    (again,) = await other.claim("other", limit=1, lease=60)
    assert again.event.id == taken.event.id
    await other.aclose()


async def test_a_name_that_is_in_use_is_refused(sqlite: SQLiteInbox, path: Path) -> None:
    await claim(sqlite)
    async with AsyncExitStack() as stack:
        other: Inbox = SQLiteInbox(path)
        await other.open()
        stack.push_async_callback(other.aclose)
        with pytest.raises(ValueError, match="a name of its own"):
            await claim(other)


def lock_files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*.lock"))


async def test_locks_of_the_dead_are_tidied_away_when_opening(path: Path) -> None:
    path.with_name("hooks.db-worker-gone.lock").touch()
    path.with_name("other.db-worker-gone.lock").touch()
    inbox = SQLiteInbox(path)
    await inbox.open()
    await inbox.aclose()

    assert lock_files(path) == ["other.db-worker-gone.lock"]


def test_the_living_and_the_dead(path: Path) -> None:
    ours, others = Presence(path), Presence(path)
    names = ["plain", "a/b\0\ud800", "x" * 300]
    for name in names:
        ours.hold(name)
        ours.hold(name)
    assert len(lock_files(path)) == 3
    assert ours.dead(names) == []
    assert others.dead([*names, "never seen"]) == ["never seen"]
    others.tidy()
    assert len(lock_files(path)) == 3

    ours.leave()
    assert lock_files(path) == []
    assert others.dead(names) == names


def test_where_files_cannot_be_locked_leases_decide(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(liveness, "_lock", refuse)
    ours, others = Presence(path), Presence(path)
    ours.hold("worker")

    assert others.dead(["worker"]) == []
    others.tidy()
    assert lock_files(path) == ["hooks.db-worker-worker.lock"]
    ours.leave()


def test_a_lock_that_may_not_be_looked_at_is_held(path: Path) -> None:
    path.with_name("hooks.db-worker-x.lock").mkdir()

    assert Presence(path).dead(["x"]) == []


def test_a_lock_file_removed_while_it_is_taken_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = [True, False]
    real = liveness._lock

    def lock(descriptor: int) -> None:
        real(descriptor)
        if remove.pop(0):
            path.with_name("hooks.db-worker-worker.lock").unlink()

    monkeypatch.setattr(liveness, "_lock", lock)
    ours = Presence(path)
    ours.hold("worker")
    monkeypatch.undo()

    assert Presence(path).dead(["worker"]) == []
    ours.leave()


def test_a_lock_file_made_anew_is_not_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_file = path.with_name("hooks.db-worker-worker.lock")
    lock_file.touch()

    def replace_it(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock_file.rename(path.with_name("old"))
        lock_file.touch()

    monkeypatch.setattr(liveness, "_lock", replace_it)
    Presence(path).tidy()

    assert lock_file.exists()


def test_a_forked_child_lets_go_of_its_copy(path: Path) -> None:
    ours = Presence(path)
    ours.hold("worker")
    descriptor = ours._held["worker"]

    liveness._forget_all()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    ours.leave()


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def test_what_is_due_at_once_knows_no_clock(path: Path, anyio_backend: str) -> None:
    clock = Clock()
    inbox = SQLiteInbox(path, clock=clock)
    await inbox.open()
    await put(inbox)
    clock.ahead = -3600
    await inbox.release(dict.fromkeys(await claim(inbox), frozenset()))
    clock.ahead = -7200

    assert len(await claim(inbox)) == 1
    await inbox.aclose()


async def test_a_clock_set_back_prolongs_no_lease_by_more_than_its_length(
    path: Path, anyio_backend: str
) -> None:
    clock = Clock()
    inbox = SQLiteInbox(path, clock=clock)
    await inbox.open()
    await put(inbox)
    await claim_one(inbox, lease=0.2)
    clock.ahead = -3600
    await anyio.sleep(1.0)

    start = time.monotonic()
    while not (claims := await claim(inbox)):
        assert time.monotonic() - start < 2
        await anyio.sleep(0.05)
    assert claims[0].event.attempt == 2
    await inbox.aclose()


async def test_a_clock_set_back_prolongs_no_delay_by_more_than_its_length(
    path: Path, anyio_backend: str
) -> None:
    clock = Clock()
    inbox = SQLiteInbox(path, clock=clock)
    await inbox.open()
    await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=0.2)
    clock.ahead = -3600
    await anyio.sleep(1.0)

    start = time.monotonic()
    while not await claim(inbox):
        assert time.monotonic() - start < 2
        await anyio.sleep(0.05)
    await inbox.aclose()


async def test_delays_end_sooner_when_a_clock_is_set_ahead(path: Path, anyio_backend: str) -> None:
    clock = Clock()
    inbox = SQLiteInbox(path, clock=clock)
    await inbox.open()
    await put(inbox)
    assert await settle(inbox, await claim_one(inbox), "pending", delay=600)
    assert await claim(inbox) == []
    clock.ahead = 3600

    assert len(await claim(inbox)) == 1
    await inbox.aclose()


async def test_a_clock_set_ahead_ends_no_lease(path: Path, anyio_backend: str) -> None:
    clock = Clock()
    ours, theirs = SQLiteInbox(path, clock=clock), SQLiteInbox(path, clock=clock)
    await ours.open()
    await theirs.open()
    assert await theirs.claim("another", limit=10, lease=60) == []
    await put(ours)
    claimed = await claim_one(ours, lease=1.5)
    clock.ahead = 3600

    assert await theirs.claim("another", limit=10, lease=60) == []
    assert await claim(ours) == []
    assert await ours.renew([claimed], lease=1.5) == []
    assert await settle(ours, claimed, "done")

    await put(ours)
    await claim_one(ours, lease=1.5)
    clock.ahead = 7200
    assert await theirs.claim("another", limit=10, lease=60) == []
    await anyio.sleep(3)
    assert len(await theirs.claim("another", limit=10, lease=60)) == 1, (
        "a lease that is not renewed ends all the same"
    )
    await ours.aclose()
    await theirs.aclose()


async def test_a_clock_set_ahead_by_most_of_a_lease_ends_none_either(
    path: Path, anyio_backend: str
) -> None:
    """They would end a moment later, before those who hold them renew them."""
    clock = Clock()
    ours, theirs = SQLiteInbox(path, clock=clock), SQLiteInbox(path, clock=clock)
    await ours.open()
    await theirs.open()
    assert await theirs.claim("another", limit=10, lease=60) == []
    await put(ours)
    claimed = await claim_one(ours, lease=6)
    clock.ahead = 5
    assert await theirs.claim("another", limit=10, lease=60) == []
    await anyio.sleep(1.5)
    assert await theirs.claim("another", limit=10, lease=60) == []
    assert await settle(ours, claimed)
    await ours.aclose()
    await theirs.aclose()


def plan(path: Path, statement: str) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str([row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")])


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_to_claim_is_cheap_with_many_events(sqlite: SQLiteInbox, path: Path) -> None:
    assert sqlite._opened is not None
    statements: list[str] = []
    sqlite._opened.writer._db.set_trace_callback(statements.append)
    await put(sqlite)
    await claim_one(sqlite)
    await claim(sqlite)

    looked = [text for text in statements if text.startswith(("SELECT", "UPDATE", "DELETE"))]
    plans: dict[str, Any] = {text: plan(path, text) for text in looked}
    scans = {
        text: found
        for text, found in plans.items()
        if "SCAN progress'" in found or "SCAN events'" in found or "ORDER BY" in found
    }
    assert scans == {}, "these would look at every event"
