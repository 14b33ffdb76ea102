"""What a database can do to an inbox: lock, kill, pause, refuse, lose the answer of a commit."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sized
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import anyio
import psycopg
import pytest

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Arrival, Bounds, Inbox, Query
from hookmw.inbox.postgresql import PostgreSQLInbox
from hookmw.inbox.postgresql.link import Link

from .events import claim, claim_one, digest, new_event, put, settle
from .postgres import NOWHERE, Server, binaries, database_of, run, schema_of
from .test_postgres_sharing import opened
from .test_upkeep import refused

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # what waits here are threads, the same for trio


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.skip(NOWHERE)
    with Server({"max_connections": "20"}) as server:
        yield server


@pytest.fixture
def own_url(server: Server) -> str:
    """An inbox on a server that may be killed."""
    return f"{server.url}?schema=own_{uuid4().hex}"


ASKED: dict[str, Callable[[Inbox], Awaitable[object]]] = {
    "put": lambda inbox: inbox.put(new_event(), dedupe=digest(uuid4())),
    "claim": lambda inbox: inbox.claim("worker", limit=1, lease=60),
    "get": lambda inbox: inbox.get(new_event().id),
    "check": lambda inbox: inbox.check(),
    "quarantine": lambda inbox: inbox.quarantine(refused(1), Bounds()),
    "prune": lambda inbox: inbox.prune(before=1.0, states=frozenset({"done"})),
}


async def seconds_to_fail(inbox: Inbox, what: Callable[[Inbox], Awaitable[object]]) -> float:
    start = time.monotonic()
    with pytest.raises(InboxUnavailable) as caught:
        await what(inbox)
    assert caught.value.retry_after >= 1
    return time.monotonic() - start


async def test_nobody_waits_long_for_a_lock_of_another(empty_url: str, anyio_backend: str) -> None:
    async with opened(empty_url) as inbox:
        waited: dict[str, float] = {}

        async def ask(name: str) -> None:
            waited[name] = await seconds_to_fail(inbox, ASKED[name])

        with psycopg.connect(database_of(empty_url)) as other:
            tables = ("events", "progress", "quarantine", "meta")
            names = ", ".join(f'"{schema_of(empty_url)}".{table}' for table in tables)
            other.execute(f"LOCK TABLE {names}".encode())
            async with anyio.create_task_group() as tasks:
                for name in ASKED:
                    tasks.start_soon(ask, name)
                await anyio.sleep(1.0)
                for name in ("put", "claim"):
                    tasks.start_soon(ask, name)
            other.rollback()
        assert max(waited.values()) < 3.3, waited
        await put(inbox)
        assert len(await claim(inbox)) == 1


async def test_who_comes_later_waits_longer(empty_url: str, anyio_backend: str) -> None:
    """The second is with the third in one batch, after the first has given up."""
    async with opened(empty_url) as inbox:
        waited: list[float] = []

        async def ask() -> None:
            waited.append(await seconds_to_fail(inbox, ASKED["put"]))

        with psycopg.connect(database_of(empty_url)) as other:
            other.execute(f'LOCK TABLE "{schema_of(empty_url)}".events'.encode())
            async with anyio.create_task_group() as tasks:
                for pause in (0.1, 1.7, 0.0):
                    tasks.start_soon(ask)
                    await anyio.sleep(pause)
            other.rollback()
        assert min(waited) > 1.5, waited
        assert max(waited) < 3.3, waited


async def test_a_short_lock_goes_unnoticed(empty_url: str, anyio_backend: str) -> None:
    async with opened(empty_url) as inbox:
        with psycopg.connect(database_of(empty_url)) as other:
            other.execute(f'LOCK TABLE "{schema_of(empty_url)}".events'.encode())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(put, inbox)
                await anyio.sleep(0.5)
                other.rollback()
        assert len(await claim(inbox)) == 1


async def test_tables_that_are_gone_are_not_made_anew(
    postgres_url: str, anyio_backend: str
) -> None:
    async with opened(postgres_url) as inbox:
        await put(inbox)
        run(postgres_url, 'DROP SCHEMA "{}" CASCADE')
        with pytest.raises(InboxUnavailable, match="tables are gone"):
            await put(inbox)
        with pytest.raises(InboxUnavailable, match="tables are gone"):
            await claim(inbox)


async def test_a_database_that_only_reads(server: Server, own_url: str, anyio_backend: str) -> None:
    async with opened(own_url) as inbox:
        await put(inbox)
        admin = psycopg.connect(server.url, autocommit=True)
        with admin:
            admin.execute("ALTER DATABASE test SET default_transaction_read_only = on")
        try:
            # connections that there are do not know yet
            run(own_url, CUT)
            with pytest.raises(InboxUnavailable, match="read-only"):
                await put(inbox)
            assert (await inbox.count())["pending"] == 1
        finally:
            with psycopg.connect(server.url, autocommit=True) as admin:
                admin.execute("SET default_transaction_read_only = off")
                admin.execute("ALTER DATABASE test RESET default_transaction_read_only")
        run(own_url, CUT)
        await put(inbox)
        assert (await inbox.count())["pending"] == 2


CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = 'test' AND pid <> pg_backend_pid()"
)


async def test_no_connection_to_be_had(server: Server, own_url: str, anyio_backend: str) -> None:
    async with opened(own_url) as inbox:
        await put(inbox)
        run(own_url, CUT)
        taken = []
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(psycopg.connect(server.url))
        for name in ("put", "claim", "get"):
            assert await seconds_to_fail(inbox, ASKED[name]) < 3.3
        for each in taken:
            each.close()
        with anyio.fail_after(5):
            while True:
                with suppress(InboxUnavailable):
                    await put(inbox)
                    break
        assert len(await claim(inbox)) == 2


async def test_a_server_that_says_nothing(server: Server, own_url: str, anyio_backend: str) -> None:
    async with opened(own_url) as inbox:
        await put(inbox)
        server.pause()
        try:
            assert await seconds_to_fail(inbox, ASKED["put"]) < 3.3
            assert await seconds_to_fail(inbox, ASKED["put"]) < 0.5, (
                "nobody waits for the same again"
            )
        finally:
            server.resume()
        with anyio.fail_after(10):
            while True:
                with suppress(InboxUnavailable):
                    await put(inbox)
                    break
                await anyio.sleep(0.1)


async def test_a_server_that_forgets_is_called_so(
    server: Server, own_url: str, anyio_backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(own_url):
        assert caplog.text == ""
    change(server, "fsync", "off")
    try:
        async with opened(own_url):
            assert "fsync = off" in caplog.text
    finally:
        change(server, "fsync", "on")


async def test_a_commit_whose_answer_was_lost_is_not_acknowledged(
    own_url: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server commits, and is cut off before it can say so."""
    commit = Link.commit_surely
    cut: list[int] = []

    def cut_off(link: Link) -> None:
        run_ = link._run

        def lose(statements: str) -> Any:
            run_(statements)
            cut.append(1)
            link.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        link._run = lose  # type: ignore[method-assign]
        commit(link)

    event = new_event()
    async with opened(own_url) as inbox:
        with monkeypatch.context() as patch:
            patch.setattr(Link, "commit_surely", cut_off)
            with pytest.raises(InboxUnavailable, match="not known whether that was committed"):
                await inbox.put(event, dedupe=digest(1))
        assert cut == [1], "it must not be tried again either: a claim would be made twice"
        assert await inbox.put(new_event(), dedupe=digest(1)) is Arrival.DUPLICATE
        assert (await claim_one(inbox)).event.id == event.id


async def test_a_standby_that_does_not_answer(
    server: Server, own_url: str, anyio_backend: str
) -> None:
    """PostgreSQL says COMMIT, with a warning, where somebody ends the wait for a standby."""
    async with opened(own_url) as inbox:
        await put(inbox)
        change(server, "synchronous_standby_names", "'nobody'")
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(until, lambda: run(own_url, CANCEL) != [])
                with pytest.raises(InboxUnavailable, match="not known whether that was committed"):
                    await put(inbox)
        finally:
            change(server, "synchronous_standby_names", "''")
        await put(inbox)


CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def change(server: Server, name: str, value: str) -> None:
    """Change a setting of a running server."""
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("SET synchronous_commit = local")
        admin.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        admin.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)  # the postmaster tells its children


def has(some: Sized, many: int) -> bool:
    return len(some) >= many


async def until(is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(15):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await anyio.sleep(0.05)


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    server: Server, own_url: str, anyio_backend: str
) -> None:
    acknowledged: set[object] = set()
    settled: list[object] = []
    done = anyio.Event()

    async def send(inbox: PostgreSQLInbox) -> None:
        while not done.is_set():
            event = new_event(body=bytes(500))
            with suppress(InboxUnavailable):
                await inbox.put(event, dedupe=digest(event.id))
                acknowledged.add(event.id)
            await anyio.sleep(0.005)

    async def work(inbox: PostgreSQLInbox, name: str) -> None:
        while not (done.is_set() and await is_empty(inbox)):
            with suppress(InboxUnavailable):
                claims = await inbox.claim(name, limit=5, lease=2)
                settled.extend([each.event.id for each in claims if await settle(inbox, each)])
                await inbox.wait(0.1)

    async def is_empty(inbox: PostgreSQLInbox) -> bool:
        counts = await inbox.count()
        return counts["pending"] + counts["claimed"] == 0

    async with opened(own_url) as inbox, opened(own_url) as other:
        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(send, inbox)
            tasks.start_soon(work, inbox, "here")
            tasks.start_soon(work, other, "there")
            for _ in range(3):
                await anyio.sleep(0.7)
                before = len(acknowledged)
                await anyio.to_thread.run_sync(server.restart)
                await until(partial(has, acknowledged, before + 20))
            done.set()
        stored = {each.event.id for each in await inbox.find(Query(limit=100_000))}
        assert acknowledged <= stored
    assert len(settled) == len(set(settled)), "done is done"
    assert len(acknowledged) > 60
