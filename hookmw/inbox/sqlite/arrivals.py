"""Puts: all those of one transaction in as few statements as can be."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Arrival
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.sqlite.records import EVENT_COLUMNS, event_to_row
from hookmw.inbox.sqlite.transaction import Transaction

__all__ = ["Put", "put_all"]

LARGEST_CHUNK = 64
_COLUMNS = f"dedupe, alias, {EVENT_COLUMNS}"
_MARKS = f"({', '.join('?' * len(_COLUMNS.split(',')))})"


class Put(Operation[Arrival]):
    """See `Inbox.put`."""

    __slots__ = ("event", "row")

    def __init__(self, event: Event[Any], dedupe: bytes, alias: bytes | None) -> None:
        super().__init__()
        self.event = event
        self.row = (dedupe, alias, *event_to_row(event))

    def tell(self, bell: Bell) -> None:
        if self.result is not Arrival.DUPLICATE:
            bell.ring()


def put_all(transaction: Transaction, puts: Sequence[Put]) -> None:
    """Put events in the order of their submission.

    Raises:
        ValueError: an event's id is that of another one.
    """
    if not puts:
        return
    db = transaction.db
    (first,) = db.execute("SELECT coalesce(max(seq), 0) + 1 FROM events").fetchone()
    for chunk in _chunks(puts):
        marks = ", ".join([_MARKS] * len(chunk))
        db.execute(
            f"INSERT INTO events ({_COLUMNS}) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608
            [value for put in chunk for value in put.row],
        )
    _begin(db, first)
    stored = {row for (row,) in db.execute("SELECT id FROM events WHERE seq >= ?", (first,))}
    for put in puts:
        _say(db, put, stored)


def _chunks(puts: Sequence[Put]) -> Iterator[Sequence[Put]]:
    # powers of two, so that the cache of statements holds every one there is
    start, size = 0, LARGEST_CHUNK
    while start < len(puts):
        while size > len(puts) - start:
            size //= 2
        yield puts[start : start + size]
        start += size


def _begin(db: sqlite3.Connection, first: int) -> None:
    db.execute("INSERT INTO progress (seq) SELECT seq FROM events WHERE seq >= ?", (first,))
    db.execute(
        "UPDATE events SET conflict = 1 WHERE seq >= ? AND alias IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM events AS earlier WHERE earlier.endpoint = events.endpoint"
        " AND earlier.alias = events.alias AND earlier.seq < events.seq)",
        (first,),
    )


def _say(db: sqlite3.Connection, put: Put, stored: set[bytes]) -> None:
    id_ = put.event.id.bytes
    if id_ in stored:
        stored.discard(id_)  # put again in the same transaction, it is a duplicate
        put.result = Arrival.STORED
    else:
        put.result = _meet_again(db, put)


def _meet_again(db: sqlite3.Connection, put: Put) -> Arrival:
    row = db.execute(
        "SELECT seq FROM events WHERE endpoint = ? AND dedupe = ?",
        (put.event.endpoint, put.row[0]),
    ).fetchone()
    if row is None:
        raise ValueError(f"event {put.event.id} is in the inbox already; give each a new id")
    revived = db.execute(
        "UPDATE progress SET state = 'pending', due_at = NULL, attempts = 0, note = x'',"
        " settled_at = NULL WHERE seq = ? AND state = 'dead'",
        row,
    ).rowcount
    return Arrival.REVIVED if revived else Arrival.DUPLICATE
