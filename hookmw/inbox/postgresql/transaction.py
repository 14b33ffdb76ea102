"""The transaction that many operations share."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from psycopg import Cursor
from psycopg.rows import TupleRow

from hookmw.inbox import Attempt, Claim
from hookmw.inbox.operation import Operation
from hookmw.inbox.postgresql.clock import Reading, ServerClock
from hookmw.inbox.postgresql.lanes import LET_GO, LOCK, STEP_BACK, number_of
from hookmw.inbox.postgresql.link import Link
from hookmw.inbox.postgresql.schema import sql
from hookmw.inbox.rows import ATTEMPT_COLUMNS, attempt_to_row

__all__ = ["AFRESH", "Held", "Rounds", "Shared", "Step", "Transaction", "place_of"]

T = TypeVar("T")

AFRESH = "rung_at = NULL, due_since = hookmw.clock(), held_back = progress.lane IS NOT NULL"
"""What is set whenever an event's turn is over, or begins; those of a lane are let go later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Claim):
    """A claim that knows its row.

    Attributes:
        seq: the row's number.
        lane: of the event; None where it has none.
    """

    seq: int
    lane: bytes | None


@dataclass(slots=True)
class Rounds:
    """What is done now and then, and what must be remembered for it.

    Attributes:
        seen: when the database was last told of each worker, on the monotonic clock.
        clock: what we know of the server's.
        looked: when the clock was last looked at, on the monotonic clock.
    """

    seen: dict[str, float] = field(default_factory=dict)
    clock: ServerClock = field(default_factory=ServerClock)
    looked: float = 0.0

    def is_due(self, worker: str, every: float) -> bool:
        """Whether a worker must be told of again."""
        now = time.monotonic()
        if now - self.seen.get(worker, -every) < every:
            return False
        self.seen[worker] = now
        return True


@dataclass(slots=True)
class Transaction:
    """An open transaction.

    Attributes:
        db: the connection on which it is open.
        schema: where our tables are.
        rounds: what outlives the transaction.
        due: whether something has become due in it.
        reading: of the server's clock, if it was looked at.
    """

    db: Link
    schema: str
    rounds: Rounds
    due: bool = False
    reading: Reading | None = None
    _locked: frozenset[bytes] = frozenset()

    def run(self, statement: str, *values: Any) -> Cursor[TupleRow]:
        """Run a statement that is written for the schema `hookmw`."""
        return self.db.execute(sql(statement, self.schema), values, binary=True)

    def run_named(self, statement: str, values: Mapping[str, Any]) -> Cursor[TupleRow]:
        """The same, with values by name."""
        return self.db.execute(sql(statement, self.schema), values, binary=True)

    def lock(self, lanes: Iterable[bytes]) -> None:
        """Lock the lanes that the transaction will change; once, before it changes anything.

        All lock them in one order, and before they lock a row: so nobody waits for another who
        waits for him.
        """
        self._locked = frozenset(lanes)
        if self._locked:
            numbers = sorted({number_of(self.schema, lane) for lane in self._locked})
            self.run(LOCK, numbers)

    def missing(self, lanes: Iterable[bytes | None]) -> frozenset[bytes]:
        """Those that it has not locked."""
        return frozenset(lane for lane in lanes if lane is not None) - self._locked

    def let_go(self, lanes: Iterable[bytes | None], *, earlier: bool = False) -> None:
        """Let the next event of each lane go, if it may.

        Args:
            lanes: in which an event has changed.
            earlier: whether one may have become due that came before the one that may go now.
        """
        changed = sorted({lane for lane in lanes if lane is not None})
        if not changed:
            return
        if earlier:
            self.run(STEP_BACK, changed)
        self.due |= self.run(LET_GO, changed).rowcount > 0

    def keep_attempts(self, seq: int, attempts: Sequence[Attempt]) -> None:
        """Write runs that people may want to look at."""
        for attempt in attempts:
            self.run(
                f"INSERT INTO hookmw.attempts (seq, {ATTEMPT_COLUMNS})"  # noqa: S608 - ours
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                seq,
                *attempt_to_row(attempt),
            )


class Shared(Operation[T]):
    """An operation in a transaction that locks the lanes of all its operations first.

    Attributes:
        lanes: that it will change.
        size: bytes that it sends, roughly.
    """

    __slots__ = ("lanes", "size")

    def __init__(self) -> None:
        super().__init__()
        self.lanes: Sequence[bytes | None] = ()
        self.size = 0

    def look(self, transaction: Transaction) -> None:
        """Find out the lanes, where that takes a question; it must not change anything yet."""


class Step(Shared[T], ABC):
    """An operation that is done by itself; puts and settlements are done many at once."""

    __slots__ = ()

    @abstractmethod
    def run(self, transaction: Transaction) -> None:
        """Do it, and set the result; done again after a transaction that was rolled back."""
        ...


def place_of(transaction: Transaction, claim: Claim) -> tuple[int, bytes | None]:
    """Number and lane of a claimed event; 0 and None if there is no such event."""
    if isinstance(claim, Held):
        return claim.seq, claim.lane
    found = transaction.run(
        "SELECT seq, lane FROM hookmw.events JOIN hookmw.progress USING (seq) WHERE id = %s",
        claim.event.id.bytes,
    ).fetchone()
    return (0, None) if found is None else (found[0], found[1])
