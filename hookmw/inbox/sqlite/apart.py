"""What was refused and is kept apart."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hookmw.inbox import Bounds, Refused
from hookmw.inbox.rows import REFUSED_COLUMNS, refused_to_row
from hookmw.inbox.sqlite.transaction import Step, Transaction

__all__ = ["Discharge", "Quarantine"]

_MARKS = ", ".join("?" * (len(REFUSED_COLUMNS.split(",")) + 1))

_OVER = (
    # size of a row and of all that are newer: what is not below the bound goes
    "SELECT seq FROM (SELECT seq, sum(size) OVER (ORDER BY seq DESC) AS total,"
    " row_number() OVER (ORDER BY seq DESC) AS number, received_at FROM quarantine)"
    " WHERE total > ? OR number > ? OR received_at < ?"
)


class Quarantine(Step[None]):
    """See `Inbox.quarantine`."""

    __slots__ = ("_bounds", "_row", "_size", "_time")

    def __init__(self, refused: Refused, bounds: Bounds) -> None:
        super().__init__()
        self._row: tuple[Any, ...] = refused_to_row(refused)
        self._size = len(refused.body) + sum(len(n) + len(v) for n, v in refused.headers)
        self._time = refused.received_at
        self._bounds = bounds

    def run(self, transaction: Transaction) -> None:
        transaction.db.execute(
            f"INSERT INTO quarantine (size, {REFUSED_COLUMNS}) VALUES ({_MARKS})",  # noqa: S608
            (self._size, *self._row),
        )
        bounds = self._bounds
        transaction.db.execute(
            f"DELETE FROM quarantine WHERE seq IN ({_OVER})",  # noqa: S608 - ours
            (bounds.bytes, bounds.deliveries, self._time - bounds.age),
        )
        self.result = None


class Discharge(Step[int]):
    """See `Inbox.discharge`."""

    __slots__ = ("_ids",)

    def __init__(self, ids: Sequence[UUID]) -> None:
        super().__init__()
        self._ids = [id_.bytes for id_ in ids]

    def run(self, transaction: Transaction) -> None:
        self.result = sum(
            transaction.db.execute("DELETE FROM quarantine WHERE id = ?", (id_,)).rowcount
            for id_ in self._ids
        )
