"""`event.transaction()` through a whole `Hooks`, over both databases: once, or not at all."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest
from anyio.to_thread import run_sync

from hookmw import Discard, Endpoint, Event, Hooks, Retry
from hookmw.errors import LeaseLost
from hookmw.inbox import Entry, Query
from hookmw.testing import WebhookClient
from tests.work.benchtop import until

from .postgres import run, schema_of

pytestmark = pytest.mark.anyio

SECRET = "s3cret-s3cret"
Step = Callable[[Event], None]


class Database:
    """An inbox, and a table of a handler's own beside it."""

    def __init__(self, url: str, *, is_async: bool) -> None:
        self.url = url
        self.is_async = is_async
        self.is_sqlite = url.startswith("sqlite:")
        schema = "main" if self.is_sqlite else schema_of(url)
        self._progress, self._money = f'"{schema}".progress', f'"{schema}".money'
        self.add = f"INSERT INTO {self._money} VALUES (5)"

    def make(self) -> None:
        """When the inbox is there: it would take the database for another application's."""
        self._run(f"CREATE TABLE {self._money} (amount integer)")

    def total(self) -> int:
        ((found,),) = self._run(f"SELECT coalesce(sum(amount), 0) FROM {self._money}")
        return int(str(found))

    def end_leases(self) -> None:
        """As if time had passed while the worker was not running."""
        self._run(f"UPDATE {self._progress} SET lease_until = 1 WHERE state = 'claimed'")

    def drop(self) -> None:
        self._run(f"DROP TABLE IF EXISTS {self._money}")

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        if not self.is_sqlite:
            return run(self.url, statement)
        path = self.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
            return db.execute(statement).fetchall()


@pytest.fixture(params=["sqlite-sync", "postgresql-sync", "postgresql-async"])
def database(request: pytest.FixtureRequest, path: Path, anyio_backend: str) -> Iterator[Database]:
    kind, _, colour = request.param.partition("-")
    if colour == "async" and anyio_backend == "trio":
        pytest.skip("psycopg has no connections for trio")
    url = f"sqlite:///{path}" if kind == "sqlite" else request.getfixturevalue("empty_url")
    database = Database(url, is_async=colour == "async")
    yield database
    database.drop()


class Bank:
    """A `Hooks` whose handler books in a transaction.

    Attributes:
        within: done by the handler in its transaction; `after`, after it.
        runs: the attempts at which the handler was called; `lost`, those that lost their lease.
        hooks: to be served.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.within: Step = lambda event: None
        self.after: Step = lambda event: None
        self.runs: list[int] = []
        self.lost: list[int] = []
        self.hooks = self.new_hooks()

    def new_hooks(self) -> Hooks:
        endpoint = Endpoint("/github", "github", secrets=SECRET, retry=Retry(4, base=0.01))
        handler: Any = self._book_in_loop if self._database.is_async else self._book
        endpoint.on("*", name="book")(handler)
        hooks = Hooks([endpoint], inbox=self._database.url)
        hooks.use(self._watch)
        return hooks

    async def _watch(self, event: Event, call_next: Callable[[Event], Awaitable[Any]]) -> None:
        try:
            await call_next(event)
        except LeaseLost:
            self.lost.append(event.attempt)
            raise

    def _book(self, event: Event) -> None:
        self.runs.append(event.attempt)
        with event.transaction() as db:
            db.execute(self._database.add)
            self.within(event)
        self.after(event)

    async def _book_in_loop(self, event: Event) -> None:
        self.runs.append(event.attempt)
        async with event.transaction() as db:
            await db.execute(self._database.add)
            await run_sync(self.within, event)
        self.after(event)


@pytest.fixture
def bank(database: Database) -> Bank:
    return Bank(database)


async def handled(bank: Bank, database: Database) -> Entry:
    """Deliver an event, and wait until it has its end."""
    async with delivered(bank, database):
        return await the_end(bank)


@asynccontextmanager
async def delivered(bank: Bank, database: Database) -> AsyncIterator[None]:
    async with WebhookClient(bank.hooks) as client:
        database.make()
        answer = await client.post("/github", "github", {}, SECRET, type="push", id=str(uuid4()))
        assert answer.status == 200
        yield


async def the_end(bank: Bank) -> Entry:
    with anyio.fail_after(30):
        while True:
            (found,) = await bank.hooks.inbox.find(Query())
            entry = await bank.hooks.inbox.get(found.event.id)  # with its attempts
            if entry is not None and entry.state in ("done", "dead"):
                return entry
            await anyio.sleep(0.02)


def at_first(error: Exception) -> Step:
    def step(event: Event) -> None:
        if event.attempt == 1:
            raise error

    return step


async def test_both_are_there(bank: Bank, database: Database) -> None:
    entry = await handled(bank, database)
    assert (entry.state, bank.runs, database.total()) == ("done", [1], 5)


async def test_neither_is_there_if_it_fails_in_the_transaction(
    bank: Bank, database: Database
) -> None:
    bank.within = at_first(OSError("not yet"))
    entry = await handled(bank, database)
    assert (entry.state, bank.runs, database.total()) == ("done", [1, 2], 5)
    assert [run.outcome for run in entry.attempts] == ["failed"]


async def test_it_is_not_run_again_if_it_fails_after_the_transaction(
    bank: Bank, database: Database
) -> None:
    bank.after = at_first(OSError("too late"))
    entry = await handled(bank, database)
    assert (entry.state, bank.runs, database.total()) == ("done", [1], 5)


async def test_what_it_gives_up_in_the_transaction_is_not_there(
    bank: Bank, database: Database
) -> None:
    bank.within = at_first(Discard("of no use"))
    entry = await handled(bank, database)
    assert (entry.state, bank.runs, database.total()) == ("dead", [1], 0)


async def test_who_has_lost_the_lease_writes_nothing(bank: Bank, database: Database) -> None:
    """Another process takes the event over while the handler is in its transaction."""
    if database.is_sqlite:
        pytest.skip("an open transaction keeps all others from taking over anything")
    taken_over = threading.Event()

    def lose(event: Event) -> None:
        if event.attempt == 1:
            database.end_leases()
            assert taken_over.wait(20)

    bank.within = lose
    bank.after = lambda event: taken_over.set()
    async with delivered(bank, database), WebhookClient(bank.new_hooks()):
        entry = await the_end(bank)
        await until(lambda: bank.lost == [1])
    assert (entry.state, bank.runs, database.total()) == ("done", [1, 2], 5)
    assert [run.outcome for run in entry.attempts] == ["interrupted"]
