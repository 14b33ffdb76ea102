"""A look at how the inbox is, and the removal of what nobody needs any more."""

from hookmw.inbox import Health, State
from hookmw.inbox.bell import Bell
from hookmw.inbox.rules import WORKING
from hookmw.inbox.sqlite.schema import READY
from hookmw.inbox.sqlite.transaction import Step, Transaction, marks

__all__ = ["Prune", "Pulse"]

LOOKED_AT = 100
"""Due events among which the longest is looked for; the first in line wait longest."""

GONE = 3600.0
"""Seconds after which a worker that was not seen is forgotten."""


class Pulse(Step[Health]):
    """Writes something; see `Inbox.check`, which completes the figures."""

    __slots__ = ()

    def run(self, transaction: Transaction) -> None:
        db, now = transaction.db, transaction.now
        db.execute("INSERT OR REPLACE INTO pulse VALUES (1, ?)", (now,))
        db.execute("DELETE FROM workers WHERE seen_at < ?", (now - GONE,))
        transaction.make_due()
        (workers,) = db.execute(
            "SELECT count(*) FROM workers WHERE abs(seen_at - ?) <= ?", (now, WORKING)
        ).fetchone()
        (since,) = db.execute(
            "SELECT min(ready_since) FROM (SELECT ready_since FROM progress"  # noqa: S608 - ours
            f" INDEXED BY progress_ready WHERE {READY} ORDER BY rung_at, seq LIMIT ?)",
            (LOOKED_AT,),
        ).fetchone()
        oldest = None if since is None else max(now - since, 0.0)
        self.result = Health(wrote_in=0.0, counts={}, oldest_due=oldest, workers=workers)


class Prune(Step[int]):
    """See `Inbox.prune`."""

    __slots__ = ("_before", "_limit", "_states")

    def __init__(self, before: float, states: frozenset[State], limit: int) -> None:
        super().__init__()
        self._before, self._states, self._limit = before, sorted(states), limit

    def run(self, transaction: Transaction) -> None:
        rows = transaction.db.execute(
            "SELECT seq, lane FROM progress INDEXED BY progress_settled"  # noqa: S608 - marks alone
            f" WHERE settled_at < ? AND state IN ({marks(self._states)})"
            " ORDER BY settled_at LIMIT ?",
            (self._before, *self._states, self._limit),
        ).fetchall()
        for table in ("attempts", "progress", "events"):
            transaction.db.executemany(
                f"DELETE FROM {table} WHERE seq = ?",  # noqa: S608 - names of ours
                [(seq,) for seq, _ in rows],
            )
        self.result = transaction.touch(rows)

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()  # a dead one may have held others back
