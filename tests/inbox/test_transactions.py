"""A handler's own writes and the mark of its success: both or neither."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from anyio.to_thread import run_sync

from hookmw.errors import ConfigError, InboxUnavailable, LeaseLost
from hookmw.inbox import Claim
from hookmw.inbox.sqlite import SQLiteInbox, handling

from .events import claim_one, put, settle

pytestmark = pytest.mark.anyio


@pytest.fixture
def money(path: Path, sqlite: SQLiteInbox) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE money (amount)")


def total(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        (found,) = db.execute("SELECT coalesce(sum(amount), 0) FROM money").fetchone()
        return int(found)


async def book(inbox: SQLiteInbox, claim: Claim, *, then: Exception | None = None) -> None:
    def handler() -> None:
        with inbox.transaction(claim, "book") as db:
            db.execute("INSERT INTO money VALUES (5)")
            if then is not None:
                raise then

    await run_sync(handler)


@pytest.mark.usefixtures("money")
async def test_both_are_written(sqlite: SQLiteInbox, path: Path) -> None:
    event = await put(sqlite)
    taken = await claim_one(sqlite)
    await book(sqlite, taken)

    assert total(path) == 5
    entry = await sqlite.get(event.id)
    assert entry is not None
    assert (entry.state, entry.handled) == ("claimed", frozenset({"book"}))
    await sqlite.release({taken: frozenset({"book"})})
    again = await claim_one(sqlite)
    assert again.handled == frozenset({"book"})


@pytest.mark.usefixtures("money")
async def test_other_marks_stay(sqlite: SQLiteInbox) -> None:
    event = await put(sqlite)
    assert await settle(sqlite, await claim_one(sqlite), "pending", handled=frozenset({"mail"}))
    await book(sqlite, await claim_one(sqlite))
    entry = await sqlite.get(event.id)
    assert entry is not None
    assert entry.handled == frozenset({"mail", "book"})


@pytest.mark.usefixtures("money")
async def test_neither_is_where_the_handler_fails(sqlite: SQLiteInbox, path: Path) -> None:
    event = await put(sqlite)
    with pytest.raises(ZeroDivisionError):
        await book(sqlite, await claim_one(sqlite), then=ZeroDivisionError())
    entry = await sqlite.get(event.id)
    assert entry is not None
    assert (total(path), entry.handled) == (0, frozenset())


@pytest.mark.usefixtures("money")
async def test_neither_is_where_the_lease_was_lost(sqlite: SQLiteInbox, path: Path) -> None:
    event = await put(sqlite)
    lost = await claim_one(sqlite)
    await sqlite.release({lost: frozenset()})
    mine = await claim_one(sqlite)
    with pytest.raises(LeaseLost, match=str(event.id)):
        await book(sqlite, lost)
    assert total(path) == 0
    await book(sqlite, mine)
    assert total(path) == 5


@pytest.mark.usefixtures("money")
async def test_a_handler_that_commits_by_itself_is_told(sqlite: SQLiteInbox) -> None:
    await put(sqlite)
    taken = await claim_one(sqlite)

    def handler() -> None:
        with sqlite.transaction(taken, "book") as db:
            db.execute("COMMIT")

    with pytest.raises(ConfigError, match="ended its transaction by itself"):
        await run_sync(handler)


async def test_it_waits_a_while_for_others_who_write(
    sqlite: SQLiteInbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "PATIENCE", 0.2)
    await put(sqlite)
    taken = await claim_one(sqlite)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(InboxUnavailable, match="locked"):
            await book(sqlite, taken)


async def test_it_is_not_for_async_handlers(sqlite: SQLiteInbox) -> None:
    await put(sqlite)
    taken = await claim_one(sqlite)
    with pytest.raises(ConfigError, match="write the handler with def"):
        async with sqlite.transaction(taken, "book"):
            pass


async def test_a_database_that_is_gone_is_unavailable(sqlite: SQLiteInbox, path: Path) -> None:
    await put(sqlite)
    taken = await claim_one(sqlite)
    path.unlink()  # noqa: ASYNC240 - a test
    with pytest.raises(InboxUnavailable):
        await book(sqlite, taken)
