"""Operations, and the transaction that many of them share."""

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.bell import Bell
from hookmw.inbox.sqlite.recovery import Recovery

__all__ = ["Held", "Operation", "Step", "Transaction", "marks", "padded"]

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Claim):
    """A claim that knows its row.

    Attributes:
        seq: the row's number.
    """

    seq: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction.

    Attributes:
        db: the connection on which it is open.
        now: seconds since the epoch.
        recovery: what makes events due.
    """

    db: sqlite3.Connection
    now: float
    recovery: Recovery

    def change(self, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a statement; whether it changed a row."""
        return self.db.execute(statement, values).rowcount > 0

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


class Operation(Generic[T]):
    """Something to do in a transaction, and then what came of it.

    Attributes:
        submitted: when it was asked for, in seconds of the monotonic clock.
        finished: whether it was committed, or has failed.
        result: what came of it.
        error: what whoever asked shall be told instead.
        abandoned: whether nobody waits for it any more.
    """

    __slots__ = ("abandoned", "error", "finished", "result", "submitted")
    result: T

    def __init__(self) -> None:
        self.submitted = time.monotonic()
        self.finished = self.abandoned = False
        self.error: Exception | None = None

    def tell(self, bell: Bell) -> None:
        """After the commit, in the loop: say what it means to those who wait for events."""

    def undo(self) -> "Operation[None] | None":
        """What takes it back where nobody got its result."""
        return None


class Step(Operation[T], ABC):
    """An operation that is done by itself; puts and settlements are done many at once."""

    __slots__ = ()

    @abstractmethod
    def run(self, transaction: Transaction) -> None:
        """Do it, and set the result; done again after a transaction that was rolled back."""
        ...
