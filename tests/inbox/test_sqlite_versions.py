"""Inboxes of older versions, and versions that change under a running process."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Order, Query
from hookmw.inbox.rows import event_to_row
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.inbox.sqlite.schema import APPLICATION_ID, VERSION

from .events import claim, claim_one, digest, new_event, parts, put, settle

pytestmark = pytest.mark.anyio

SCHEMA_1 = (
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        endpoint TEXT NOT NULL,
        provider TEXT NOT NULL,
        type BLOB NOT NULL,
        key BLOB,
        dedupe BLOB NOT NULL,
        alias BLOB,
        conflict INTEGER NOT NULL DEFAULT 0,
        received_at REAL NOT NULL,
        timestamp REAL,
        envelope TEXT NOT NULL,
        path BLOB NOT NULL,
        path_params BLOB NOT NULL,
        query BLOB NOT NULL,
        headers BLOB NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (endpoint, dedupe)
    )
    """,
    "CREATE INDEX events_alias ON events (endpoint, alias) WHERE alias IS NOT NULL",
    # due_at: NULL means at once, without a look at the clock; span: length of the lease or of the
    # delay, by which a clock that was set back is found out
    """
    CREATE TABLE progress (
        seq INTEGER PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'pending',
        due_at REAL,
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT,
        token INTEGER NOT NULL DEFAULT 0,
        claimed_at REAL,
        lease_until REAL,
        span REAL,
        handled BLOB NOT NULL DEFAULT x'',
        replayed INTEGER NOT NULL DEFAULT 0,
        note BLOB NOT NULL DEFAULT x'',
        settled_at REAL
    )
    """,
    """
    CREATE INDEX progress_ready ON progress (seq) WHERE state = 'pending' AND due_at IS NULL
    """,
    """
    CREATE INDEX progress_waiting ON progress (due_at)
    WHERE state = 'pending' AND due_at IS NOT NULL
    """,
    "CREATE INDEX progress_claimed ON progress (lease_until) WHERE state = 'claimed'",
    "CREATE INDEX progress_dead ON progress (seq) WHERE state = 'dead'",
    """
    CREATE TABLE attempts (
        seq INTEGER NOT NULL,
        number INTEGER NOT NULL,
        handler BLOB NOT NULL,
        outcome TEXT NOT NULL,
        error BLOB NOT NULL,
        started_at REAL NOT NULL,
        seconds REAL NOT NULL
    )
    """,
    "CREATE INDEX attempts_seq ON attempts (seq)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    "PRAGMA user_version = 1",
)

EVENT_COLUMNS_1 = (
    "id, endpoint, provider, type, key, received_at, timestamp, envelope, path, path_params, query,"
    " headers, body"
)


def schema_of(path: Path) -> dict[str, str]:
    """Tables with their columns, and indexes with theirs."""
    with closing(sqlite3.connect(path)) as db:
        names = db.execute("SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        return {
            name: str(sorted(row[1:4] for row in db.execute(f"PRAGMA {type_}_info({name})")))
            for name, type_ in names.fetchall()
        }


async def test_an_inbox_of_version_1_is_brought_up_to_date(path: Path) -> None:
    events = [new_event(body=bytes([number])) for number in range(3)]
    with closing(sqlite3.connect(path)) as db:
        for statement in SCHEMA_1:
            db.execute(statement)
        for number, event in enumerate(events):
            db.execute(
                f"INSERT INTO events (dedupe, {EVENT_COLUMNS_1}) VALUES (?{', ?' * 13})",
                (digest(number), *event_to_row(event)),
            )
        db.execute("INSERT INTO progress (seq) SELECT seq FROM events")
        db.execute("UPDATE progress SET state = 'done', settled_at = 5 WHERE seq = 1")
        db.commit()

    inbox = SQLiteInbox(path)
    await inbox.open()
    late = await put(inbox, order=Order(key=digest("o")))
    entries = await inbox.find(Query())
    assert [parts(each.event) for each in entries] == [parts(e) for e in (late, *events[::-1])]
    claims = await claim(inbox)
    assert [each.event.id for each in claims] == [events[1].id, events[2].id, late.id]
    assert await inbox.prune(before=6, states=frozenset({"done"})) == 1
    await inbox.aclose()

    fresh = SQLiteInbox(path.with_name("fresh.db"))
    await fresh.open()
    await fresh.aclose()
    assert set(schema_of(path)) == set(schema_of(path.with_name("fresh.db")))


async def test_a_version_that_changes_under_us_stops_us_loudly(
    sqlite: SQLiteInbox, path: Path
) -> None:
    await put(sqlite)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")

    with pytest.raises(InboxUnavailable, match=f"schema {VERSION + 1}.*restart"):
        await put(sqlite)
    with pytest.raises(InboxUnavailable, match="restart"):
        await claim(sqlite)


def size(path: Path) -> int:
    return path.stat().st_size


async def test_the_file_shrinks_when_much_is_pruned(path: Path, anyio_backend: str) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    for _ in range(40):
        await put(inbox, new_event(body=bytes(100_000)))
        assert await settle(inbox, await claim_one(inbox))
    await inbox.aclose()  # the log is carried over
    full = size(path)
    assert full > 4_000_000

    await inbox.open()
    while await inbox.prune(before=float("inf"), states=frozenset({"done"}), limit=10):
        pass
    await inbox.aclose()

    assert size(path) < full / 10
