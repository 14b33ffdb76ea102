"""What people ask for: replay, dismiss, prune, restore, check."""

from collections.abc import Iterable
from uuid import UUID

from hookmw.inbox import State, Stored
from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql.arrivals import EVENT_TYPES
from hookmw.inbox.postgresql.lanes import lane_of
from hookmw.inbox.postgresql.transaction import AFRESH, Step, Transaction
from hookmw.inbox.rows import EVENT_COLUMNS, event_to_row, pack_names, to_bytes

__all__ = ["Check", "Dismiss", "Prune", "Replay", "Restore"]

_LANE = "SELECT lane FROM hookmw.progress WHERE seq = (SELECT seq FROM hookmw.events WHERE id = %s)"

_REPLAY = f"""
    UPDATE hookmw.progress SET state = 'pending', due_at = NULL, {AFRESH}, attempts = 0,
        handled = '', marked = '{{}}', replayed = true, note = '', settled_at = NULL
    WHERE seq = (SELECT seq FROM hookmw.events WHERE id = %s)
    AND (state IN ('done', 'dead') OR state = 'pending' AND due_at > hookmw.clock())
"""  # noqa: S608 - ours

_DISMISS = """
    UPDATE hookmw.progress SET state = 'done', settled_at = hookmw.clock()
    WHERE seq = (SELECT seq FROM hookmw.events WHERE id = %s) AND state = 'dead'
"""

_OLD = """
    SELECT seq, lane FROM hookmw.progress
    WHERE state IN ('done', 'dead') AND state = ANY (%s::text[]) AND settled_at < %s
    ORDER BY settled_at LIMIT %s
"""

_PRUNE = """
    WITH gone AS (
        DELETE FROM hookmw.progress WHERE seq IN (
            SELECT seq FROM hookmw.progress
            WHERE seq = ANY (%b::bigint[]) AND state = ANY (%s::text[]) AND settled_at < %s
            FOR UPDATE SKIP LOCKED
        ) RETURNING seq
    ), events AS (
        DELETE FROM hookmw.events USING gone WHERE events.seq = gone.seq
    ), attempts AS (
        DELETE FROM hookmw.attempts USING gone WHERE attempts.seq = gone.seq
    )
    SELECT count(*) FROM gone
"""

_COLUMNS = f"{EVENT_COLUMNS}, dedupe, alias, order_key, conflict"
_RESTORE_EVENT = f"""
    INSERT INTO hookmw.events ({_COLUMNS}) VALUES ({", ".join(["%s"] * (len(EVENT_TYPES) + 4))})
    ON CONFLICT DO NOTHING RETURNING seq
"""  # noqa: S608 - ours

_RESTORE_PROGRESS = """
    INSERT INTO hookmw.progress (seq, state, due_at, due_since, span, attempts, handled, replayed,
        note, settled_at, lane, holds, stamp, held_back)
    SELECT %(seq)s, %(state)s, CASE WHEN %(due_at)s::float8 > hookmw.clock() THEN %(due_at)s END,
        hookmw.clock(), greatest(%(due_at)s::float8 - hookmw.clock(), 0), %(attempts)s,
        %(handled)s, %(replayed)s, %(note)s,
        CASE WHEN %(state)s::text <> 'pending'
            THEN coalesce(%(settled_at)s::float8, hookmw.clock()) END,
        %(lane)s, %(holds)s, %(stamp)s, %(lane)s::bytea IS NOT NULL
"""


class _One(Step[bool]):
    """Changes one event, found by its id."""

    __slots__ = ("_id",)
    statement: str

    def __init__(self, id_: UUID) -> None:
        super().__init__()
        self._id = id_

    def look(self, transaction: Transaction) -> None:
        self.lanes = [lane for (lane,) in transaction.run(_LANE, self._id.bytes)]

    def run(self, transaction: Transaction) -> None:
        self.result = transaction.run(self.statement, self._id.bytes).rowcount > 0
        if self.result:
            transaction.let_go(self.lanes, earlier=True)

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()


class Replay(_One):
    """See `Inbox.replay`."""

    __slots__ = ()
    statement = _REPLAY

    def run(self, transaction: Transaction) -> None:
        super().run(transaction)
        transaction.due |= self.result


class Dismiss(_One):
    """See `Inbox.dismiss`."""

    __slots__ = ()
    statement = _DISMISS


class Prune(Step[int]):
    """See `Inbox.prune`."""

    __slots__ = ("_before", "_limit", "_seqs", "_states")

    def __init__(self, before: float, states: Iterable[State], limit: int) -> None:
        super().__init__()
        self._before, self._limit = before, max(limit, 0)
        self._states = sorted(states)
        self._seqs: list[int] = []

    def look(self, transaction: Transaction) -> None:
        rows = transaction.run(_OLD, self._states, self._before, self._limit).fetchall()
        self._seqs = [seq for seq, _ in rows]
        self.lanes = [lane for _, lane in rows]

    def run(self, transaction: Transaction) -> None:
        gone = transaction.run(_PRUNE, self._seqs, self._states, self._before)
        ((self.result,),) = gone.fetchall()
        transaction.let_go(self.lanes)

    def tell(self, bell: Bell) -> None:
        if any(lane is not None for lane in self.lanes):
            bell.ring()


class Restore(Step[bool]):
    """See `Inbox.restore`."""

    __slots__ = ("_stored",)

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored
        self.lanes = (lane_of(stored.entry.event.endpoint, stored.order),)

    def run(self, transaction: Transaction) -> None:
        stored, entry = self._stored, self._stored.entry
        order_key = None if stored.order is None else stored.order.key
        found = transaction.run(
            _RESTORE_EVENT,
            *event_to_row(entry.event),
            stored.dedupe,
            stored.alias,
            order_key,
            entry.conflict,
        ).fetchone()
        self.result = found is not None
        if found is not None:
            self._begin(transaction, found[0])

    def _begin(self, transaction: Transaction, seq: int) -> None:
        entry, order = self._stored.entry, self._stored.order
        state = "pending" if entry.state == "claimed" else entry.state
        transaction.run_named(
            _RESTORE_PROGRESS,
            {
                "seq": seq,
                "state": state,
                "due_at": entry.due_at if state == "pending" else None,
                "attempts": entry.event.attempt,
                "handled": pack_names(entry.handled),
                "replayed": entry.event.replayed,
                "note": to_bytes(entry.note),
                "settled_at": entry.settled_at,
                "lane": self.lanes[0],
                "holds": order is not None and order.holds,
                "stamp": None if order is None else order.stamp,
            },
        )
        transaction.keep_attempts(seq, entry.attempts)
        transaction.due |= state == "pending"
        transaction.let_go(self.lanes)

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()


class Check(Step[None]):
    """See `Inbox.check`: a commit that changes something."""

    __slots__ = ()

    def run(self, transaction: Transaction) -> None:
        transaction.run("UPDATE hookmw.meta SET checked_at = hookmw.clock()")
        self.result = None
