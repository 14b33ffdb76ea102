"""Looks at the inbox: a connection of its own that cannot write, never in the loop's thread."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import anyio
from anyio.to_thread import run_sync

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Attempt, Entry, Query, Refused, State, Stored
from hookmw.inbox.rows import (
    ATTEMPT_COLUMNS,
    ENTRY_COLUMNS,
    REFUSED_COLUMNS,
    STORED_COLUMNS,
    attempt_from_row,
    entry_from_row,
    refused_from_row,
    stored_from_row,
    to_bytes,
)
from hookmw.inbox.sqlite.file import connect_reader

__all__ = ["Reader"]

T = TypeVar("T")
_ENTRIES = f"SELECT {ENTRY_COLUMNS} FROM events JOIN progress USING (seq)"  # noqa: S608 - ours
_STORED = f"SELECT {STORED_COLUMNS}, seq FROM events JOIN progress USING (seq)"  # noqa: S608 - ours
_ATTEMPTS = f"SELECT {ATTEMPT_COLUMNS} FROM attempts"  # noqa: S608 - ours


class Reader:
    """Reads, one question at a time.

    Args:
        path: of the database, which is open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = connect_reader(path)
        self._lock = Lock()
        self._turn = anyio.CapacityLimiter(1)  # not the shared one, which handlers may fill

    async def get(self, id_: UUID) -> Entry | None:
        """See `Inbox.get`."""
        return await self._ask(lambda: self._get(id_))

    async def find(self, query: Query) -> list[Entry]:
        """See `Inbox.find`."""
        return await self._ask(lambda: self._find(query))

    async def export(self, query: Query, after: UUID | None) -> list[Stored]:
        """See `Inbox.export`."""
        return await self._ask(lambda: self._export(query, after))

    async def quarantined(self, query: Query) -> list[Refused]:
        """See `Inbox.quarantined`."""
        return await self._ask(lambda: self._quarantined(query))

    async def count(self) -> dict[State, int]:
        """See `Inbox.count`."""
        return await self._ask(self._count)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.close()

    async def _ask(self, question: Callable[[], T]) -> T:
        def ask() -> T:
            with self._lock:
                return question()

        try:
            return await run_sync(ask, limiter=self._turn)
        except sqlite3.Error as error:
            raise InboxUnavailable(f"inbox {self._path}: {error}", retry_after=10) from error

    def _get(self, id_: UUID) -> Entry | None:
        with closing(self._db.execute("BEGIN")) as snapshot:
            try:
                where = "WHERE seq = (SELECT seq FROM events WHERE id = ?)"
                rows = snapshot.execute(f"{_ENTRIES} {where}", (id_.bytes,)).fetchall()
                attempts = snapshot.execute(f"{_ATTEMPTS} {where} ORDER BY rowid", (id_.bytes,))
                kept = tuple(map(attempt_from_row, attempts))
            finally:
                snapshot.execute("COMMIT")
        return entry_from_row(rows[0], kept) if rows else None

    def _find(self, query: Query) -> list[Entry]:
        where, values = _where(query)
        rows = self._db.execute(
            f"{_ENTRIES} WHERE {where} ORDER BY seq DESC LIMIT ?", (*values, max(query.limit, 0))
        )
        return [entry_from_row(row) for row in rows]

    def _export(self, query: Query, after: UUID | None) -> list[Stored]:
        where, values = _where(query)
        if after is not None:
            where += " AND seq > coalesce((SELECT seq FROM events WHERE id = ?), 0)"
            values.append(after.bytes)
        rows = self._db.execute(
            f"{_STORED} WHERE {where} ORDER BY seq LIMIT ?", (*values, max(query.limit, 0))
        ).fetchall()
        return [stored_from_row(row[:-1], self._attempts(row[-1])) for row in rows]

    def _attempts(self, seq: int) -> tuple[Attempt, ...]:
        rows = self._db.execute(f"{_ATTEMPTS} WHERE seq = ? ORDER BY rowid", (seq,))
        return tuple(map(attempt_from_row, rows))

    def _quarantined(self, query: Query) -> list[Refused]:
        where, values = _where(Query(endpoint=query.endpoint, since=query.since, until=query.until))
        rows = self._db.execute(
            f"SELECT {REFUSED_COLUMNS} FROM quarantine WHERE {where}"  # noqa: S608 - ours
            " ORDER BY seq DESC LIMIT ?",
            (*values, max(query.limit, 0)),
        )
        return [refused_from_row(row) for row in rows]

    def _count(self) -> dict[State, int]:
        counts: dict[State, int] = {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
        counts.update(self._db.execute("SELECT state, count(*) FROM progress GROUP BY state"))
        return counts


def _where(query: Query) -> tuple[str, list[Any]]:
    conditions = [
        ("endpoint = ?", query.endpoint),
        ("received_at >= ?", query.since),
        ("received_at < ?", query.until),
        ("instr(note, ?) > 0", None if query.note is None else to_bytes(query.note)),
        *_type_conditions(query.type),
    ]
    given = [(condition, value) for condition, value in conditions if value is not None]
    states = sorted(query.states)
    texts = ["TRUE", *(condition for condition, _ in given)]
    if states:
        texts.append(f"state IN ({', '.join('?' * len(states))})")
    return " AND ".join(texts), [*(value for _, value in given), *states]


def _type_conditions(pattern: str | None) -> list[tuple[str, bytes | None]]:
    if pattern is None or pattern == "*":
        return []
    if not pattern.endswith("*"):
        return [("type = ?", to_bytes(pattern))]
    prefix = to_bytes(pattern[:-1])
    # no byte of UTF-8 is 0xFF, so the last one has a successor
    return [("type >= ?", prefix), ("type < ?", prefix[:-1] + bytes([prefix[-1] + 1]))]
