"""Looks at the inbox, and does what is neither put nor claimed: over a pool of connections."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import anyio
import psycopg
from anyio.to_thread import run_sync
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from hookmw.errors import InboxUnavailable
from hookmw.inbox import Attempt, Entry, Query, State, Stored
from hookmw.inbox.postgresql.address import Address
from hookmw.inbox.postgresql.faults import explained
from hookmw.inbox.postgresql.lanes import number_of
from hookmw.inbox.postgresql.link import PATIENCE, Link, UnsureError
from hookmw.inbox.postgresql.schema import sql
from hookmw.inbox.rows import (
    ATTEMPT_COLUMNS,
    STORED_COLUMNS,
    attempt_from_row,
    stored_from_row,
    to_bytes,
    to_text,
)
from hookmw.inbox.rules import WORKING

__all__ = ["Reader", "conditions"]

T = TypeVar("T")

CONNECTIONS = 4
SLOW = 10.0  # seconds that a question may take
LIMIT = SLOW + PATIENCE  # seconds after which nobody waits for a server that says nothing

_HELD_BACK = (
    "held_back AND state = 'pending' AND (due_at IS NULL OR due_at <= hookmw.clock()) AS held_back"
)
_STORED = f"""
    SELECT {STORED_COLUMNS.replace("held_back", _HELD_BACK)}, marked, seq
    FROM hookmw.events JOIN hookmw.progress USING (seq)
"""  # noqa: S608 - ours
_SEQ = "(SELECT seq FROM hookmw.events WHERE id = %b)"
_ATTEMPTS = f"""
    SELECT seq, {ATTEMPT_COLUMNS} FROM hookmw.attempts WHERE seq = ANY (%b::bigint[]) ORDER BY place
"""  # noqa: S608 - ours
_HEALTH = """
    SELECT
        (SELECT hookmw.clock() - min(due_since) FROM hookmw.progress
         WHERE state = 'pending' AND due_at IS NULL AND NOT held_back),
        (SELECT count(*) FROM hookmw.workers WHERE seen_at >= hookmw.clock() - %s)
"""


class Reader:
    """Reads in threads, a few questions at a time.

    Args:
        address: of the database.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._pool: ConnectionPool[Link] = ConnectionPool(
            address.conninfo,
            connection_class=Link,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=CONNECTIONS,
            timeout=PATIENCE,
            check=ConnectionPool.check_connection,
            name="hookmw reader",
            open=True,
        )
        self._turns = anyio.CapacityLimiter(CONNECTIONS)  # not the shared one, handlers may fill it

    async def get(self, id_: UUID) -> Entry | None:
        """See `Inbox.get`."""
        found = await self.ask(partial(self._get, id_=id_))
        return found.entry if found else None

    async def find(self, query: Query) -> list[Entry]:
        """See `Inbox.find`."""
        return await self.ask(partial(self._find, query=query))

    async def export(self, query: Query, after: UUID | None) -> list[Stored]:
        """See `Inbox.export`."""
        return await self.ask(partial(self._export, query=query, after=after))

    async def count(self) -> dict[State, int]:
        """See `Inbox.count`."""
        return await self.ask(self._count)

    async def health(self) -> tuple[dict[State, int], float | None, int]:
        """How many in each state; seconds that the oldest has been due; workers."""
        return await self.ask(self._health)

    async def ask(self, question: Callable[[Link], T], *, commit: bool = False) -> T:
        """Run a function in a transaction, in a thread.

        Raises:
            InboxUnavailable: the database cannot answer.
        """
        try:
            with anyio.move_on_after(LIMIT):
                work = partial(self._in_transaction, question, commit=commit)
                return await run_sync(work, limiter=self._turns, abandon_on_cancel=True)
        except (psycopg.Error, UnsureError) as error:
            raise explained(error, self._address.place) from error
        raise InboxUnavailable(
            f"inbox {self._address.place}: no answer for {LIMIT:g} s", retry_after=10
        )

    @property
    def lock(self) -> int:
        """The number of a lock for who must be alone."""
        return number_of(self._address.schema, b"alone")

    def close(self) -> None:
        """Close all connections."""
        self._pool.close(timeout=1.0)

    def run(self, db: Link, statement: str, *values: Any) -> Cursor[TupleRow]:
        """Run a statement that is written for the schema `hookmw`."""
        return db.execute(sql(statement, self._address.schema), values, binary=True)

    def _in_transaction(self, question: Callable[[Link], T], *, commit: bool) -> T:
        with self._pool.connection() as db:
            db.begin(PATIENCE, statements=PATIENCE if commit else SLOW)
            answer = question(db)
            if commit:
                db.commit_surely()
            else:
                db.roll_back()
        return answer

    def _get(self, db: Link, *, id_: UUID) -> Stored | None:
        rows = self.run(db, f"{_STORED} WHERE seq = {_SEQ}", id_.bytes).fetchall()
        return self._with_attempts(db, rows)[0] if rows else None

    def _find(self, db: Link, *, query: Query) -> list[Entry]:
        where, values = conditions(query)
        texts = " AND ".join(["TRUE", *where])
        rows = self.run(
            db,
            f"{_STORED} WHERE {texts} ORDER BY seq DESC LIMIT %s",
            *values,
            max(query.limit, 0),
        )
        return [_stored(row).entry for row in rows]

    def _export(self, db: Link, *, query: Query, after: UUID | None) -> list[Stored]:
        where, values = conditions(query)
        if after is not None:
            where, values = [*where, f"seq > coalesce({_SEQ}, 0)"], [*values, after.bytes]
        texts = " AND ".join(["TRUE", *where])
        rows = self.run(
            db, f"{_STORED} WHERE {texts} ORDER BY seq LIMIT %s", *values, max(query.limit, 0)
        )
        return self._with_attempts(db, rows.fetchall())

    def _with_attempts(self, db: Link, rows: Sequence[TupleRow]) -> list[Stored]:
        kept: dict[int, list[Attempt]] = {row[-1]: [] for row in rows}
        for seq, *attempt in self.run(db, _ATTEMPTS, list(kept)):
            kept[seq].append(attempt_from_row(tuple(attempt)))
        return [_stored(row, tuple(kept[row[-1]])) for row in rows]

    def _count(self, db: Link) -> dict[State, int]:
        counts: dict[State, int] = {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
        rows = self.run(db, "SELECT state, count(*) FROM hookmw.progress GROUP BY state")
        counts.update(dict(rows.fetchall()))
        return counts

    def _health(self, db: Link) -> tuple[dict[State, int], float | None, int]:
        oldest, workers = self.run(db, _HEALTH, WORKING).fetchall()[0]
        return self._count(db), None if oldest is None else max(0.0, oldest), workers


def conditions(query: Query) -> tuple[list[str], list[Any]]:
    """What a query asks for, and the values in it; of what has no type, state or note, too."""
    given = [
        ("endpoint = %s", query.endpoint),
        ("received_at >= %s", query.since),
        ("received_at < %s", query.until),
        *_type_conditions(query.type),
        ("state = ANY (%s)", sorted(query.states) or None),
        ("position(%s IN note) > 0", None if query.note is None else to_bytes(query.note)),
    ]
    asked = [(text, value) for text, value in given if value is not None]
    return [text for text, _ in asked], [value for _, value in asked]


def _type_conditions(pattern: str | None) -> list[tuple[str, bytes | None]]:
    if pattern is None or pattern == "*":
        return []
    if not pattern.endswith("*"):
        return [("type = %s", to_bytes(pattern))]
    prefix = to_bytes(pattern[:-1])
    # no byte of UTF-8 is 0xFF, so the last one has a successor
    return [("type >= %s", prefix), ("type < %s", prefix[:-1] + bytes([prefix[-1] + 1]))]


def _stored(row: TupleRow, attempts: tuple[Attempt, ...] = ()) -> Stored:
    *columns, marked, _ = row
    stored = stored_from_row(tuple(columns), attempts)
    handled = stored.entry.handled.union(map(to_text, marked))
    return replace(stored, entry=replace(stored.entry, handled=handled))
