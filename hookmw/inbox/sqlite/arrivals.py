"""Puts: all those of one transaction in as few statements as can be."""

from collections.abc import Iterator, Sequence
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Arrival, Order
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.rows import EVENT_COLUMNS, event_to_row
from hookmw.inbox.sqlite.lanes import PENDING_NOW, lane_of
from hookmw.inbox.sqlite.transaction import Transaction

__all__ = ["Put", "line_up", "put_all"]

LARGEST_CHUNK = 64
_COLUMNS = f"dedupe, alias, order_key, {EVENT_COLUMNS}"
_MARKS = f"({', '.join('?' * len(_COLUMNS.split(',')))})"


class Put(Operation[Arrival]):
    """See `Inbox.put`."""

    __slots__ = ("event", "order", "row")

    def __init__(
        self, event: Event[Any], dedupe: bytes, alias: bytes | None, order: Order | None
    ) -> None:
        super().__init__()
        self.event = event
        self.order = order
        order_key = None if order is None else order.key
        self.row = (dedupe, alias, order_key, *event_to_row(event))

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
    _begin(transaction, first)
    stored = dict(db.execute("SELECT id, seq FROM events WHERE seq >= ?", (first,)).fetchall())
    for put in puts:
        _say(transaction, put, stored)


def _chunks(puts: Sequence[Put]) -> Iterator[Sequence[Put]]:
    # powers of two, so that the cache of statements holds every one there is
    start, size = 0, LARGEST_CHUNK
    while start < len(puts):
        while size > len(puts) - start:
            size //= 2
        yield puts[start : start + size]
        start += size


def _begin(transaction: Transaction, first: int) -> None:
    transaction.db.execute(
        "INSERT INTO progress (seq, ready_since) SELECT seq, ? FROM events WHERE seq >= ?",
        (transaction.now, first),
    )
    transaction.db.execute(
        "UPDATE events SET conflict = 1 WHERE seq >= ? AND alias IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM events AS earlier WHERE earlier.endpoint = events.endpoint"
        " AND earlier.alias = events.alias AND earlier.seq < events.seq)",
        (first,),
    )


def _say(transaction: Transaction, put: Put, stored: dict[bytes, int]) -> None:
    seq = stored.pop(put.event.id.bytes, None)  # put again in this transaction, it is a duplicate
    if seq is None:
        put.result = _meet_again(transaction, put)
        return
    put.result = Arrival.STORED
    if put.order is not None:
        line_up(transaction, seq, put.event.endpoint, put.order)


def line_up(transaction: Transaction, seq: int, endpoint: str, order: Order) -> None:
    """Give an event that is new its place in its lane."""
    lane = lane_of(endpoint, order.key)
    transaction.change(
        "UPDATE progress SET lane = ?, holds = ?, stamp = ?, held_back = 1 WHERE seq = ?",
        (lane, order.holds, order.stamp, seq),
    )


def _meet_again(transaction: Transaction, put: Put) -> Arrival:
    row = transaction.db.execute(
        "SELECT seq FROM events WHERE endpoint = ? AND dedupe = ?",
        (put.event.endpoint, put.row[0]),
    ).fetchone()
    if row is None:
        raise ValueError(f"event {put.event.id} is in the inbox already; give each a new id")
    revived = transaction.change(
        f"UPDATE progress SET {PENDING_NOW}, attempts = 0, note = x'',"  # noqa: S608 - ours
        " settled_at = NULL WHERE seq = ? AND state = 'dead'",
        (transaction.now, *row),
    )
    return Arrival.REVIVED if revived else Arrival.DUPLICATE
