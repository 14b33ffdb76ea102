"""Settlements: all those of one transaction that simply end well in two statements.

Statements are what costs: each lets go of the interpreter's lock, and waits for the event loop to
give it back.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from hookmw.inbox import Settlement
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.rows import pack_names, to_bytes
from hookmw.inbox.sqlite.recovery import keep_attempts
from hookmw.inbox.sqlite.transaction import Held, Transaction, marks, padded

__all__ = ["Settle", "settle_all"]

LARGEST_CHUNK = 64


class Settle(Operation[bool]):
    """See `Inbox.settle`."""

    __slots__ = ("_delay", "_runs", "claim", "handled", "note", "settlement")

    def __init__(self, settlement: Settlement) -> None:
        super().__init__()
        self.settlement = settlement
        self.claim = settlement.claim
        self.handled = pack_names(settlement.handled)
        self.note = to_bytes(settlement.note)
        self._delay = settlement.delay if settlement.state == "pending" else 0.0
        self._runs = [run for run in settlement.attempts if run.outcome != "succeeded"]

    @property
    def ends_well(self) -> bool:
        """Whether there is nothing to write but that it is done."""
        return self.settlement.state == "done" and not self._runs and isinstance(self.claim, Held)

    def run(self, transaction: Transaction) -> None:
        settled, now = self.settlement, transaction.now
        event, waits = self.claim.event, self._delay > 0
        self.result = transaction.change(
            "UPDATE progress SET state = ?, due_at = ?, span = ?, handled = ?, note = ?,"
            " settled_at = ?, rung_at = NULL, ready_since = ?, held_back = ? AND lane IS NOT NULL"
            " WHERE seq = (SELECT seq FROM events WHERE id = ?) AND token = ?"
            " AND state = 'claimed'",
            (
                settled.state,
                now + self._delay if waits else None,
                self._delay,
                pack_names(settled.handled | transaction.handled(self.claim)),
                self.note,
                None if settled.state == "pending" else now,
                now,
                settled.state == "pending" and not waits,
                event.id.bytes,
                self.claim.token,
            ),
        )
        if self.result and self._runs:
            keep_attempts(transaction.db, transaction.seq(event.id), self._runs)

    def tell(self, bell: Bell) -> None:
        if self.result and self.settlement.state == "pending":
            bell.ring(self._delay)
        if self.result and isinstance(self.claim, Held) and self.claim.lane is not None:
            bell.ring()  # it may have held others back


def settle_all(transaction: Transaction, settles: Sequence[Settle]) -> None:
    """Settle: those that end well and alike together, the others one by one."""
    alike: dict[tuple[bytes, bytes], list[Settle]] = defaultdict(list)
    for settle in settles:
        if settle.ends_well:
            alike[settle.handled, settle.note].append(settle)
        else:
            settle.run(transaction)
    for group in alike.values():
        for start in range(0, len(group), LARGEST_CHUNK):
            _end_well(transaction, group[start : start + LARGEST_CHUNK])


def _end_well(transaction: Transaction, settles: Sequence[Settle]) -> None:
    pairs = [(s.claim.seq, s.claim.token) for s in settles if isinstance(s.claim, Held)]
    wanted = padded(pairs)
    rows = transaction.db.execute(
        "SELECT seq FROM progress WHERE state = 'claimed'"  # noqa: S608 - marks alone
        f" AND (seq, token) IN (VALUES {marks(wanted, '(?, ?)')})",
        tuple(chain.from_iterable(wanted)),
    )
    held = [seq for (seq,) in rows.fetchall()]
    if held:
        numbers = padded(held)
        transaction.db.execute(
            "UPDATE progress SET state = 'done', due_at = NULL, handled = ?, note = ?,"  # noqa: S608
            f" settled_at = ? WHERE seq IN ({marks(numbers)})",
            (settles[0].handled, settles[0].note, transaction.now, *numbers),
        )
        lanes = {s.claim.lane for s in settles if isinstance(s.claim, Held)} - {None}
        transaction.lanes.update(lane for lane in lanes if lane is not None)
    for settle, (seq, _) in zip(settles, pairs, strict=True):
        settle.result = seq in held
