"""The transaction that many operations share."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.operation import Operation
from hookmw.inbox.sqlite.recovery import Recovery

__all__ = ["Held", "Step", "Transaction", "marks", "padded"]

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


class Step(Operation[T], ABC):
    """An operation that is done by itself; puts and settlements are done many at once."""

    __slots__ = ()

    @abstractmethod
    def run(self, transaction: Transaction) -> None:
        """Do it, and set the result; done again after a transaction that was rolled back."""
        ...
