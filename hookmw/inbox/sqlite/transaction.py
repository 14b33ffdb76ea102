"""The transaction that many operations share."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.operation import Operation
from hookmw.inbox.rows import unpack_names
from hookmw.inbox.sqlite.lanes import advance
from hookmw.inbox.sqlite.recovery import Recovery

__all__ = ["Held", "Step", "Transaction", "marks", "padded"]

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Claim):
    """A claim that knows its row.

    Attributes:
        seq: the row's number.
        lane: see `lanes`; None where it is in none.
    """

    seq: int
    lane: bytes | None


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction.

    Attributes:
        db: the connection on which it is open.
        now: seconds since the epoch.
        recovery: what makes events due.
        lanes: those in which something has changed.
    """

    db: sqlite3.Connection
    now: float
    recovery: Recovery
    lanes: set[bytes] = field(default_factory=set)

    def make_due(self) -> None:
        """Make due what is."""
        self.lanes.update(self.recovery.make_due(self.db, self.now))
        self.let_go()

    def let_go(self) -> None:
        """Let those go that nobody holds back any more."""
        advance(self.db, self.lanes, self.now)
        self.lanes.clear()

    def change(self, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a statement that returns the lanes of the rows that it changes; whether it did."""
        return self.touch(self.db.execute(f"{statement} RETURNING lane", values).fetchall()) > 0

    def handled(self, claim: Claim) -> frozenset[str]:
        """Names of the handlers that are known to have succeeded.

        A handler may have written its own, in a transaction of its own.
        """
        row = self.db.execute(
            "SELECT handled FROM progress WHERE seq = (SELECT seq FROM events WHERE id = ?)",
            (claim.event.id.bytes,),
        ).fetchone()
        return unpack_names(row[0]) if row else frozenset()

    def touch(self, rows: Iterable[tuple[Any, ...]]) -> int:
        """Remember that something has changed in these lanes; how many rows there are."""
        lanes = [row[-1] for row in rows]
        self.lanes.update(lane for lane in lanes if lane is not None)
        return len(lanes)

    def seq(self, id_: UUID) -> int:
        """The number of an event that is there."""
        row: tuple[int] = self.db.execute(
            "SELECT seq FROM events WHERE id = ?", (id_.bytes,)
        ).fetchone()
        return row[0]


def padded(values: Sequence[V]) -> tuple[V, ...]:
    """The values, the last one repeated up to a power of two: so there are few statements."""
    size = 1 << (len(values) - 1).bit_length()
    return (*values, *([values[-1]] * (size - len(values))))


def marks(values: Sequence[object], mark: str = "?") -> str:
    """As many marks for parameters as there are values."""
    return ", ".join([mark] * len(values))


class Step(Operation[T], ABC):
    """An operation that is done by itself; puts and settlements are done many at once."""

    __slots__ = ()

    @abstractmethod
    def run(self, transaction: Transaction) -> None:
        """Do it, and set the result; done again after a transaction that was rolled back."""
        ...
