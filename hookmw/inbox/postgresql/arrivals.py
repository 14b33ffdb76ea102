"""Puts: all those of one transaction in one statement."""

from collections.abc import Sequence
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Arrival, Order
from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql.faults import AgainError
from hookmw.inbox.postgresql.lanes import lane_of
from hookmw.inbox.postgresql.transaction import AFRESH, Shared, Transaction
from hookmw.inbox.rows import EVENT_COLUMNS, event_to_row

__all__ = ["EVENT_TYPES", "Put", "put_all"]

EVENT_TYPES = {
    "id": "bytea",
    "endpoint": "text",
    "provider": "text",
    "type": "bytea",
    "key": "bytea",
    "received_at": "float8",
    "timestamp": "float8",
    "envelope": "text",
    "path": "bytea",
    "path_params": "bytea",
    "query": "bytea",
    "headers": "bytea",
    "body": "bytea",
}
_TYPES = {
    "dedupe": "bytea",
    "alias": "bytea",
    "order_key": "bytea",
    "holds": "boolean",
    "stamp": "float8",
    "lane": "bytea",
    **EVENT_TYPES,
}
_COLUMNS = f"dedupe, alias, order_key, {EVENT_COLUMNS}"
_ARRAYS = ", ".join(f"%b::{type_}[]" for type_ in _TYPES.values())

# Numbers are given in the order of submission; rows are written in the order of their keys, so
# that two transactions with the same keys do not wait for each other crosswise.
_PUT = f"""
    WITH arrived AS MATERIALIZED (
        SELECT nextval('hookmw.events_seq_seq') AS seq, given.*
        FROM unnest({_ARRAYS}) WITH ORDINALITY AS given ({", ".join(_TYPES)}, place)
        ORDER BY place
    ), stored AS (
        INSERT INTO hookmw.events (seq, conflict, {_COLUMNS})
        SELECT seq,
            alias IS NOT NULL AND (
                row_number() OVER (PARTITION BY endpoint, alias ORDER BY place) > 1
                OR EXISTS (
                    SELECT FROM hookmw.events AS earlier
                    WHERE earlier.endpoint = arrived.endpoint AND earlier.alias = arrived.alias
                )
            ),
            {_COLUMNS}
        FROM arrived ORDER BY endpoint, dedupe
        ON CONFLICT DO NOTHING
        RETURNING seq, id
    ), begun AS (
        INSERT INTO hookmw.progress (seq, lane, holds, stamp, held_back, due_since)
        SELECT seq, lane, holds, stamp, lane IS NOT NULL, hookmw.clock()
        FROM stored JOIN arrived USING (seq)
    )
    SELECT id FROM stored
"""  # noqa: S608 - our own columns

_KNOWN = """
    SELECT endpoint, dedupe, seq, state, lane
    FROM unnest(%b::text[], %b::bytea[]) AS wanted (endpoint, dedupe)
    JOIN hookmw.events USING (endpoint, dedupe) JOIN hookmw.progress USING (seq)
"""

_REVIVE = f"""
    UPDATE hookmw.progress SET state = 'pending', due_at = NULL, {AFRESH}, attempts = 0, note = '',
        settled_at = NULL
    WHERE state = 'dead' AND seq IN (
        SELECT seq FROM hookmw.progress WHERE seq = ANY (%b::bigint[]) AND state = 'dead'
        ORDER BY seq FOR UPDATE
    )
    RETURNING seq
"""  # noqa: S608 - ours


class Put(Shared[Arrival]):
    """See `Inbox.put`."""

    __slots__ = ("event", "row")

    def __init__(
        self, event: Event[Any], dedupe: bytes, alias: bytes | None, order: Order | None
    ) -> None:
        super().__init__()
        self.event, self.size = event, len(event.body)
        lane = lane_of(event.endpoint, order)
        self.lanes = (lane,)
        ordered = (None, False, None) if order is None else (order.key, order.holds, order.stamp)
        self.row = (dedupe, alias, *ordered, lane, *event_to_row(event))

    @property
    def copies(self) -> tuple[str, bytes]:
        """What another event has, if it is a copy of this one."""
        return self.event.endpoint, self.row[0]

    def tell(self, bell: Bell) -> None:
        if self.result is not Arrival.DUPLICATE:
            bell.ring()


def put_all(transaction: Transaction, puts: Sequence[Put]) -> None:
    """Put events in the order of their submission.

    Raises:
        ValueError: an event's id is that of another one.
        AgainError: it must be done again.
    """
    if not puts:
        return
    columns = [list(column) for column in zip(*(put.row for put in puts), strict=True)]
    stored = {id_ for (id_,) in transaction.run(_PUT, *columns)}
    transaction.due |= bool(stored)
    others = []
    for put in puts:
        id_ = put.event.id.bytes
        if id_ in stored:
            stored.discard(id_)  # put again in the same transaction, it is a duplicate
            put.result = Arrival.STORED
        else:
            others.append(put)
    transaction.let_go(lane for put in puts for lane in put.lanes)
    _meet_again(transaction, others)


def _meet_again(transaction: Transaction, puts: Sequence[Put]) -> None:
    if not puts:
        return
    endpoints, keys = zip(*(put.copies for put in puts), strict=True)
    rows = transaction.run(_KNOWN, list(endpoints), list(keys)).fetchall()
    known = {(row[0], row[1]): row for row in rows}
    _check_ids(transaction, [put for put in puts if put.copies not in known])
    revived = _revive(transaction, [row for row in rows if row[3] == "dead"])
    for put in puts:
        seq = known[put.copies][2]
        put.result = Arrival.REVIVED if seq in revived else Arrival.DUPLICATE
        revived.discard(seq)


def _check_ids(transaction: Transaction, strangers: Sequence[Put]) -> None:
    if not strangers:
        return
    ids = [put.event.id.bytes for put in strangers]
    taken = transaction.run("SELECT id FROM hookmw.events WHERE id = ANY (%b::bytea[])", ids)
    there = {id_ for (id_,) in taken}
    for put in strangers:
        if put.event.id.bytes in there:
            raise ValueError(f"event {put.event.id} is in the inbox already; give each a new id")
    raise AgainError  # what they were copies of was pruned just now


def _revive(transaction: Transaction, dead: Sequence[tuple[Any, ...]]) -> set[int]:
    if not dead:
        return set()
    lanes = [lane for *_, lane in dead]
    missing = transaction.missing(lanes)
    if missing:
        raise AgainError(missing)
    revived = {seq for (seq,) in transaction.run(_REVIVE, [row[2] for row in dead])}
    transaction.due |= bool(revived)
    transaction.let_go(lanes, earlier=True)
    return revived
