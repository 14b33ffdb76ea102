"""An event that comes from another inbox."""

from typing import Any

from hookmw.inbox import Stored
from hookmw.inbox.bell import Bell
from hookmw.inbox.rows import EVENT_COLUMNS, event_to_row, pack_names, to_bytes
from hookmw.inbox.rules import SETTLED
from hookmw.inbox.sqlite.arrivals import line_up
from hookmw.inbox.sqlite.recovery import keep_attempts
from hookmw.inbox.sqlite.transaction import Step, Transaction

__all__ = ["Restore"]

_COLUMNS = f"dedupe, alias, order_key, conflict, {EVENT_COLUMNS}"
_MARKS = ", ".join("?" * len(_COLUMNS.split(",")))


class Restore(Step[bool]):
    """See `Inbox.restore`."""

    __slots__ = ("_stored",)

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored

    def run(self, transaction: Transaction) -> None:
        entry, order = self._stored.entry, self._stored.order
        order_key = None if order is None else order.key
        inserted = transaction.db.execute(
            f"INSERT INTO events ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - marks alone
            " ON CONFLICT DO NOTHING RETURNING seq",
            (
                self._stored.dedupe,
                self._stored.alias,
                order_key,
                entry.conflict,
                *event_to_row(entry.event),
            ),
        ).fetchall()
        self.result = bool(inserted)
        for (seq,) in inserted:
            transaction.db.execute(
                "INSERT INTO progress (seq, state, due_at, span, attempts, handled, replayed,"
                " note, settled_at, ready_since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (seq, *self._progress(transaction.now)),
            )
            if order is not None:
                line_up(transaction, seq, entry.event.endpoint, order)
                self._settle_place(transaction, seq)
            keep_attempts(transaction.db, seq, entry.attempts)

    def _settle_place(self, transaction: Transaction, seq: int) -> None:
        """Only one that is due at once is held back."""
        transaction.db.execute(
            "UPDATE progress SET held_back = 0 WHERE seq = ?"
            " AND (state <> 'pending' OR due_at IS NOT NULL)",
            (seq,),
        )

    def _progress(self, now: float) -> tuple[Any, ...]:
        entry = self._stored.entry
        state = entry.state if entry.state in SETTLED else "pending"
        due_at = entry.due_at if state == "pending" else None
        span = None if due_at is None else max(due_at - now, 0.0)
        settled_at = (entry.settled_at or now) if state in SETTLED else None
        handled, note = pack_names(entry.handled), to_bytes(entry.note)
        attempts, replayed = entry.event.attempt, entry.event.replayed
        return (state, due_at, span, attempts, handled, replayed, note, settled_at, now)

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()
