"""Events whose time has come, and those whose worker is gone, are due again."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from hookmw.inbox import Attempt
from hookmw.inbox.rows import ATTEMPT_COLUMNS, attempt_to_row, to_bytes
from hookmw.inbox.sqlite.lanes import PENDING_NOW
from hookmw.inbox.sqlite.liveness import Presence

__all__ = ["Recovery", "keep_attempts"]

ROUND = 1.0  # seconds between two looks at who is alive
STEP = 1.0  # seconds by which a clock may be off before we say that it was set
AT_ONCE = 1000  # so many waiting events become due in one transaction


class Recovery:
    """Makes events due before each claim.

    Args:
        presence: which workers are alive.
    """

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self._next_round = 0.0
        self._seen: dict[str, float] = {}
        self._offset: float | None = None
        self._lenient_until = 0.0

    def make_due(self, db: sqlite3.Connection, now: float) -> list[bytes]:
        """Make due what is due; the lanes in which something is.

        Args:
            db: in a transaction.
            now: seconds since the epoch.
        """
        changed = []
        self._follow_clock(db, now)
        if self._is_round():
            changed += self._recover_from_dead(db, now)
        changed += _recover_ended(db, now)
        changed += db.execute(
            f"UPDATE progress SET {PENDING_NOW} WHERE seq IN (SELECT seq FROM progress"  # noqa: S608
            " INDEXED BY progress_waiting WHERE state = 'pending' AND due_at <= ?"
            " ORDER BY due_at LIMIT ?) RETURNING lane",
            (now, now, AT_ONCE),
        ).fetchall()
        return [lane for (lane,) in changed if lane is not None]

    def is_unseen(self, worker: str, seconds: float) -> bool:
        """Whether it is so long ago that this was asked of that worker and true."""
        now = time.monotonic()
        if now < self._seen.get(worker, now):
            return False
        self._seen[worker] = now + seconds
        return True

    def _is_round(self) -> bool:
        now = time.monotonic()
        if now < self._next_round:
            return False
        self._next_round = now + ROUND
        return True

    def _follow_clock(self, db: sqlite3.Connection, now: float) -> None:
        monotonic = time.monotonic()
        offset, before = now - monotonic, self._offset
        self._offset = offset
        if before is None or offset < before - STEP:
            _cut_waits(db, now)
        elif offset > before + STEP:
            self._lenient_until = monotonic + ROUND
        if monotonic < self._lenient_until:
            _spare_leases(db, now)

    def _recover_from_dead(self, db: sqlite3.Connection, now: float) -> list[tuple[Any, ...]]:
        _cut_leases(db, now)
        changed = []
        workers = db.execute("SELECT DISTINCT worker FROM progress WHERE state = 'claimed'")
        for worker in self.presence.dead([name for (name,) in workers]):
            rows = db.execute(
                "SELECT seq, attempts, claimed_at FROM progress"
                " WHERE state = 'claimed' AND worker = ?",
                (worker,),
            )
            changed += _interrupt(db, rows.fetchall(), "its worker died", now)
        return changed


def keep_attempts(db: sqlite3.Connection, seq: int, attempts: Sequence[Attempt]) -> None:
    """Write runs that people may want to look at."""
    db.executemany(
        f"INSERT INTO attempts (seq, {ATTEMPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [(seq, *attempt_to_row(attempt)) for attempt in attempts],
    )


def _cut_leases(db: sqlite3.Connection, now: float) -> None:
    # What was set an hour ahead of a clock that was then set back is cut to its own length: a live
    # worker renews its lease in time, a dead one's ends, and nothing waits for the hour.
    db.execute(
        "UPDATE progress SET lease_until = ? + span"
        " WHERE state = 'claimed' AND lease_until > ? + 2 * span",
        (now, now),
    )


def _cut_waits(db: sqlite3.Connection, now: float) -> None:
    db.execute(
        "UPDATE progress SET due_at = ? + span WHERE state = 'pending' AND due_at > ? + 2 * span",
        (now, now),
    )


def _spare_leases(db: sqlite3.Connection, now: float) -> None:
    # A clock that is set ahead would end the leases of all who are at work, at once or before they
    # are renewed, and run everything twice: they get their length once more.
    db.execute(
        "UPDATE progress SET lease_until = ? + span"
        " WHERE state = 'claimed' AND lease_until < ? + span",
        (now, now),
    )


def _recover_ended(db: sqlite3.Connection, now: float) -> list[tuple[Any, ...]]:
    rows = db.execute(
        "SELECT seq, attempts, claimed_at FROM progress INDEXED BY progress_claimed"
        " WHERE state = 'claimed' AND lease_until <= ?",
        (now,),
    )
    return _interrupt(db, rows.fetchall(), "its lease ended", now)


def _interrupt(
    db: sqlite3.Connection, rows: list[tuple[Any, ...]], error: str, now: float
) -> list[tuple[Any, ...]]:
    """Make due what was interrupted; the lanes of that, in rows."""
    changed = []
    for seq, number, started_at in rows:
        lost = Attempt(
            number=number, handler="", outcome="interrupted", error=error, started_at=started_at
        )
        keep_attempts(db, seq, [lost])
        changed += db.execute(
            f"UPDATE progress SET {PENDING_NOW}, note = ? WHERE seq = ? RETURNING lane",  # noqa: S608
            (now, to_bytes(f"interrupted: {error}"), seq),
        ).fetchall()
    return changed
