"""Handlers that write in the transaction that marks their success, in PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import anyio
import psycopg
import pytest
from anyio.to_thread import run_sync

from hookmw import Endpoint, Event, Hooks, Retry
from hookmw.errors import ConfigError, InboxUnavailable, LeaseLost
from hookmw.inbox import Claim, Query, Transactional
from hookmw.inbox.postgresql import PostgreSQLInbox
from hookmw.testing import WebhookClient

from .events import claim_one, put, settle
from .postgres import run, schema_of

pytestmark = pytest.mark.anyio

ALL = Query()
SECRET = "s3cret-s3cret"


@pytest.fixture
def url(empty_url: str) -> Iterator[str]:
    run(empty_url, 'DROP TABLE IF EXISTS "{}".money', 'CREATE TABLE "{}".money (amount int)')
    yield empty_url
    run(empty_url, 'DROP TABLE "{}".money')


@pytest.fixture
async def inbox(url: str, anyio_backend: str) -> AsyncIterator[PostgreSQLInbox]:
    inbox = PostgreSQLInbox(url)
    await inbox.open()
    yield inbox
    await inbox.aclose()


def add(url: str) -> bytes:
    return f'INSERT INTO "{schema_of(url)}".money VALUES (5)'.encode()


def money(url: str) -> int:
    return len(run(url, 'SELECT * FROM "{}".money'))


async def in_thread(inbox: Transactional, taken: Claim, url: str, *, fail: bool = False) -> None:
    def handle() -> None:
        with inbox.transaction(taken, "mail\0\ud800") as db:
            db.execute(add(url))
            if fail:
                raise KeyError("mine")

    await run_sync(handle)


async def in_loop(inbox: Transactional, taken: Claim, url: str, *, fail: bool = False) -> None:
    async with inbox.transaction(taken, "mail\0\ud800") as db:
        await db.execute(add(url))
        if fail:
            raise KeyError("mine")


@pytest.fixture(params=[in_thread, in_loop])
def handle(request: pytest.FixtureRequest, anyio_backend: str) -> Any:
    if request.param is in_loop and anyio_backend == "trio":
        pytest.skip("psycopg has no connections for trio")
    return request.param


async def test_the_write_and_the_mark_are_there_together(
    inbox: PostgreSQLInbox, url: str, handle: Any
) -> None:
    event = await put(inbox)
    taken = await claim_one(inbox)
    await handle(inbox, taken, url)
    assert money(url) == 1
    entry = await inbox.get(event.id)
    assert entry is not None
    assert (entry.state, entry.handled) == ("claimed", frozenset({"mail\0\ud800"}))

    assert await settle(inbox, taken, "pending", handled=frozenset({"log"}))
    again = await claim_one(inbox)
    assert again.handled == {"mail\0\ud800", "log"}
    await inbox.release({again: frozenset({"log"})})
    again = await claim_one(inbox)
    assert again.handled == {"mail\0\ud800", "log"}
    assert await settle(inbox, again, "done", handled=frozenset({"log"}))
    (stored,) = await inbox.export(ALL)
    assert stored.entry.handled == {"mail\0\ud800", "log"}

    assert await inbox.replay(event.id)
    assert (await claim_one(inbox)).handled == frozenset(), "a replay is for all handlers"


async def test_neither_is_there_if_the_handler_raises(
    inbox: PostgreSQLInbox, url: str, handle: Any
) -> None:
    event = await put(inbox)
    taken = await claim_one(inbox)
    with pytest.raises(KeyError, match="mine"):
        await handle(inbox, taken, url, fail=True)
    assert money(url) == 0
    entry = await inbox.get(event.id)
    assert entry is not None
    assert entry.handled == frozenset()


async def test_neither_is_there_if_the_lease_was_lost(
    inbox: PostgreSQLInbox, url: str, handle: Any
) -> None:
    await put(inbox)
    lost = await claim_one(inbox, lease=0.05)
    await anyio.sleep(0.1)
    kept = await claim_one(inbox)
    with pytest.raises(LeaseLost, match="lease was lost"):
        await handle(inbox, lost, url)
    assert money(url) == 0

    assert await settle(inbox, kept, "done")
    with pytest.raises(LeaseLost):
        await handle(inbox, kept, url)
    assert money(url) == 0


async def test_a_handler_may_run_many_at_once(
    inbox: PostgreSQLInbox, url: str, handle: Any
) -> None:
    for _ in range(20):
        await put(inbox)
    claims = await inbox.claim("w", limit=20, lease=60)
    async with anyio.create_task_group() as tasks:
        for each in claims:
            tasks.start_soon(handle, inbox, each, url)
    assert money(url) == 20


async def test_a_handler_cannot_end_the_transaction_itself(
    inbox: PostgreSQLInbox, url: str
) -> None:
    await put(inbox)
    taken = await claim_one(inbox)

    def handle() -> None:
        with inbox.transaction(taken, "mail") as db:
            with db.transaction():
                db.execute(add(url))
            db.commit()

    with pytest.raises(psycopg.ProgrammingError, match="commit"):
        await run_sync(handle)
    assert money(url) == 0

    def end() -> None:
        with inbox.transaction(taken, "mail") as db:
            db.execute("ROLLBACK")

    with pytest.raises(ConfigError, match="ended its transaction by itself"):
        await run_sync(end)


async def test_with_in_a_coroutine_would_block_the_loop(inbox: PostgreSQLInbox) -> None:
    await put(inbox)
    taken = await claim_one(inbox)
    with pytest.raises(ConfigError, match="async with"), inbox.transaction(taken, "mail"):
        pass


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_trio_is_told_to_write_def(inbox: PostgreSQLInbox) -> None:
    await put(inbox)
    taken = await claim_one(inbox)
    with pytest.raises(ConfigError, match="with def"):
        async with inbox.transaction(taken, "mail"):
            pass


async def test_after_the_close_there_is_none(inbox: PostgreSQLInbox, url: str) -> None:
    await put(inbox)
    taken = await claim_one(inbox)
    await in_thread(inbox, taken, url)
    await inbox.aclose()
    with pytest.raises(InboxUnavailable, match="closed"):
        await run_sync(partial(inbox.transaction, taken, "mail"))


async def test_money_is_counted_once_through_a_web_process_and_a_worker(
    url: str, anyio_backend: str
) -> None:
    """A process that only receives, and another one whose handler fails after its transaction."""
    receiving = Endpoint("/github", "github", secrets=SECRET)
    working = Endpoint("/github", "github", secrets=SECRET)
    done = anyio.Event()
    runs: list[int] = []

    @working.on("*", retry=Retry(3, base=0.01))
    def book(event: Event) -> None:
        with event.transaction() as db:
            db.execute(add(url))
        runs.append(event.attempt)

    @working.on("*", retry=Retry(3, base=0.01))
    async def flaky(event: Event) -> None:
        if event.attempt < 3:
            raise OSError
        done.set()

    web, worker = Hooks([receiving], inbox=url, worker=False), Hooks([working], inbox=url)
    with anyio.fail_after(20):
        async with WebhookClient(web) as client, WebhookClient(worker):
            for _ in range(2):
                answer = await client.post("/github", "github", {}, SECRET, type="push", id="x1")
                assert answer.status == 200
            await done.wait()
    assert (runs, money(url)) == ([1], 1)
