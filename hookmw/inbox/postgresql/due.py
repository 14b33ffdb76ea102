"""Events whose time has come, or whose lease has ended."""

import math
import time
from collections.abc import Sequence

from hookmw.inbox.postgresql.clock import PATIENT, Reading, Step
from hookmw.inbox.postgresql.transaction import AFRESH, Transaction

__all__ = ["Due"]

AT_ONCE = 200  # so many become due in one transaction
ROUND = 1.0  # seconds between two looks at the clock
AWAY = 10.0  # seconds without a sign of any worker, who all give one at every fifth

_LOOK = """
    SELECT hookmw.clock(),
        (SELECT min(due_at) FROM hookmw.progress WHERE state = 'pending' AND due_at IS NOT NULL),
        (SELECT min(lease_until) FROM hookmw.progress WHERE state = 'claimed')
"""

_SEEN = "SELECT hookmw.clock() - max(seen_at) FROM hookmw.workers"

_OVERDUE = """
    (SELECT seq, lane FROM hookmw.progress
     WHERE state = 'pending' AND due_at <= %s ORDER BY due_at LIMIT %s)
    UNION ALL
    (SELECT seq, lane FROM hookmw.progress
     WHERE state = 'claimed' AND lease_until <= %s ORDER BY lease_until LIMIT %s)
"""

# Who finds a row locked leaves it: it is being made due, claimed, or settled after all.
_WAKE = f"""
    UPDATE hookmw.progress SET due_at = NULL, {AFRESH}
    WHERE seq IN (
        SELECT seq FROM hookmw.progress
        WHERE seq = ANY (%b::bigint[]) AND state = 'pending' AND due_at <= %s
        FOR UPDATE SKIP LOCKED
    )
"""  # noqa: S608 - ours

_RECOVER = f"""
    WITH lost AS (
        SELECT seq FROM hookmw.progress
        WHERE seq = ANY (%b::bigint[]) AND state = 'claimed' AND lease_until <= %s
        FOR UPDATE SKIP LOCKED
    ), freed AS (
        UPDATE hookmw.progress SET state = 'pending', due_at = NULL, {AFRESH},
            note = 'interrupted: its lease ended'
        FROM lost WHERE progress.seq = lost.seq
        RETURNING progress.seq, attempts, claimed_at
    )
    INSERT INTO hookmw.attempts (seq, number, handler, outcome, error, started_at, seconds)
    SELECT seq, attempts, '', 'interrupted', 'its lease ended', claimed_at, 0 FROM freed
"""  # noqa: S608 - ours

# What was set an hour ahead of a clock that was then set back is cut to its own length: a live
# worker renews its lease in time, a dead one's ends, and nothing waits for the hour.
_CUT = """
    UPDATE hookmw.progress SET {column} = %s + span
    WHERE seq IN (
        SELECT seq FROM hookmw.progress WHERE state = '{state}' AND {column} > %s + 2 * span
        FOR UPDATE SKIP LOCKED
    )
"""
_CUT_LEASES = _CUT.format(column="lease_until", state="claimed")
_CUT_DELAYS = _CUT.format(column="due_at", state="pending")

# A clock that is set ahead would end the leases of all who are at work, and run everything twice:
# they get their length once more, in which a live worker renews them.
_SPARE = """
    UPDATE hookmw.progress SET lease_until = %s + span
    WHERE seq IN (
        SELECT seq FROM hookmw.progress WHERE state = 'claimed' AND lease_until < %s + span
        FOR UPDATE SKIP LOCKED
    )
"""


class Due:
    """Makes due, in a transaction, what is.

    Args:
        transaction: in which; nothing has been changed in it.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._step: Step | None = None
        self._now, self._next = self._read()
        self._rows = self._overdue() if self._next <= self._now else []

    @property
    def lanes(self) -> Sequence[bytes | None]:
        """The lanes that it will change."""
        return [lane for _, lane in self._rows]

    @property
    def until_next(self) -> float:
        """Seconds until something else is due; infinite if nothing is."""
        return max(0.0, self._next - self._now)

    def make(self) -> None:
        """Do it, when the lanes are locked."""
        is_round = _is_round(self._transaction)
        self._follow_clock(is_round=is_round)
        if self._rows:
            self._wake()
        if is_round or self._rows:
            self._now, self._next = self._look()

    def _wake(self) -> None:
        run, seqs = self._transaction.run, [seq for seq, _ in self._rows]
        woken = run(_WAKE, seqs, self._now).rowcount + run(_RECOVER, seqs, self._now).rowcount
        self._transaction.due |= woken > 0
        self._transaction.let_go(self.lanes, earlier=True)

    def _read(self) -> tuple[float, float]:
        clock, before = self._transaction.rounds.clock, time.monotonic()
        now, coming = self._look()
        reading = Reading(low=now - time.monotonic(), high=now - before)
        self._step = clock.step(reading)
        self._transaction.reading = reading
        if self._step == "first" and self._nobody_was_here():
            clock.be_patient(PATIENT)
            return self._look()
        return now, coming

    def _nobody_was_here(self) -> bool:
        ((since,),) = self._transaction.run(_SEEN).fetchall()
        return since is not None and since > AWAY

    def _look(self) -> tuple[float, float]:
        now, due, ended = self._transaction.run(_LOOK).fetchall()[0]
        if ended is not None:
            ended = max(ended, now + self._transaction.rounds.clock.patience)
        return now, min((each for each in (due, ended) if each is not None), default=math.inf)

    def _overdue(self) -> list[tuple[int, bytes | None]]:
        leases = -math.inf if self._transaction.rounds.clock.patience else self._now
        rows = self._transaction.run(_OVERDUE, self._now, AT_ONCE, leases, AT_ONCE)
        return [(seq, lane) for seq, lane in rows]

    def _follow_clock(self, *, is_round: bool) -> None:
        run = self._transaction.run
        if is_round:
            run(_CUT_LEASES, self._now, self._now)
        if self._step in ("first", "back"):
            run(_CUT_DELAYS, self._now, self._now)
        if self._transaction.rounds.clock.is_lenient:
            run(_SPARE, self._now, self._now)


def _is_round(transaction: Transaction) -> bool:
    now = time.monotonic()
    if now < transaction.rounds.looked + ROUND:
        return False
    transaction.rounds.looked = now
    return True
