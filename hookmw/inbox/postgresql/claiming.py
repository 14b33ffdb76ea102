"""Who takes events out: workers, and those who only tell an engine of them."""

import math
from typing import Any
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.postgresql.due import Due
from hookmw.inbox.postgresql.outcomes import Release
from hookmw.inbox.postgresql.transaction import Held, Step, Transaction
from hookmw.inbox.rows import EVENT_COLUMNS, event_from_row, to_bytes, to_text, unpack_names

__all__ = ["ClaimDue", "Ring"]

SAY_SO = 5.0  # seconds between two times that a worker says that it is there
FORGET = 3600.0  # seconds after which it is forgotten

_READY = "state = 'pending' AND due_at IS NULL AND NOT held_back"
_ONLY = "AND seq = (SELECT seq FROM hookmw.events WHERE id = %b)"

# Rows that are locked are another's; the unique index on a lane's first lets nobody take two.
_CLAIM = f"""
    WITH ready AS MATERIALIZED (
        SELECT seq FROM hookmw.progress WHERE {_READY} {{only}}
        ORDER BY seq LIMIT %s FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE hookmw.progress SET state = 'claimed', attempts = attempts + 1, token = token + 1,
            worker = %s, claimed_at = hookmw.clock(), lease_until = hookmw.clock() + %s, span = %s
        FROM ready WHERE progress.seq = ready.seq
        RETURNING progress.*
    )
    SELECT {EVENT_COLUMNS}, attempts, replayed, handled, marked, token, seq, lane,
        stamp IS NOT NULL AND lane IS NOT NULL AND EXISTS (
            SELECT FROM hookmw.progress AS newer
            WHERE newer.lane = taken.lane AND newer.lane IS NOT NULL
            AND newer.state = 'done' AND newer.stamp > taken.stamp
        )
    FROM taken JOIN hookmw.events USING (seq) ORDER BY seq
"""  # noqa: S608 - ours
_CLAIM_DUE = _CLAIM.format(only="")
_CLAIM_ONE = _CLAIM.format(only=_ONLY)

_HERE = """
    INSERT INTO hookmw.workers (name, seen_at) VALUES (%s, hookmw.clock())
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
_GONE = "DELETE FROM hookmw.workers WHERE seen_at < hookmw.clock() - %s"

# Those of one ring have one time, so the order of their arrival stays theirs.
_RING = f"""
    WITH never AS MATERIALIZED (
        SELECT seq, rung_at FROM hookmw.progress
        WHERE {_READY} AND rung_at IS NULL
        ORDER BY seq LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), again AS MATERIALIZED (
        SELECT seq, rung_at FROM hookmw.progress
        WHERE {_READY} AND (rung_at <= hookmw.clock() - %(again)s OR rung_at > hookmw.clock())
        ORDER BY rung_at, seq LIMIT %(limit)s - (SELECT count(*) FROM never)
        FOR UPDATE SKIP LOCKED
    ), told AS (
        SELECT * FROM never UNION ALL SELECT * FROM again
    ), moment AS MATERIALIZED (
        SELECT hookmw.clock() AS now
    ), rung AS (
        UPDATE hookmw.progress SET rung_at = moment.now FROM told, moment
        WHERE progress.seq = told.seq RETURNING progress.seq, told.rung_at AS before
    )
    SELECT id FROM rung JOIN hookmw.events USING (seq) ORDER BY before NULLS FIRST, seq
"""  # noqa: S608 - ours


class _Waking(Step[Any]):
    """Makes due what is before it looks; silences the bell where it found too little."""

    __slots__ = ("_due", "_limit", "_rings", "_silence")
    _due: Due

    def __init__(self, limit: int, bell: Bell) -> None:
        super().__init__()
        self._limit = limit
        self._rings = bell.rings
        self._silence = math.inf

    def look(self, transaction: Transaction) -> None:
        self._due = Due(transaction)
        self.lanes = self._due.lanes

    def tell(self, bell: Bell) -> None:
        # who rang since it was asked for may have spoken of what it was too early to see
        if len(self.result) < self._limit and bell.rings == self._rings:
            bell.silence(self._silence)


class ClaimDue(_Waking):
    """See `Inbox.claim`."""

    __slots__ = ("_lease", "_only", "_worker")
    result: list[Claim]

    def __init__(
        self, worker: str, limit: int, lease: float, only: UUID | None, bell: Bell
    ) -> None:
        super().__init__(limit, bell)
        self._worker, self._lease, self._only = worker, lease, only

    def run(self, transaction: Transaction) -> None:
        self._be_seen(transaction)
        self._due.make()
        only = () if self._only is None else (self._only.bytes,)
        rows = transaction.run(
            _CLAIM_ONE if only else _CLAIM_DUE,
            *only,
            self._limit,
            self._worker,
            self._lease,
            self._lease,
        )
        self.result = [_claim(row) for row in rows]
        self._silence = min(self._due.until_next, self._lease if self.result else math.inf)

    def tell(self, bell: Bell) -> None:
        if self._only is None:
            super().tell(bell)

    def undo(self) -> Operation[None] | None:
        return Release({claim: claim.handled for claim in self.result}) if self.result else None

    def _be_seen(self, transaction: Transaction) -> None:
        if transaction.rounds.is_due(self._worker, SAY_SO):
            transaction.run(_HERE, to_bytes(self._worker))
            transaction.run(_GONE, FORGET)


class Ring(_Waking):
    """See `Inbox.ring`."""

    __slots__ = ("_again",)
    result: list[UUID]

    def __init__(self, limit: int, again: float, bell: Bell) -> None:
        super().__init__(limit, bell)
        self._again = again

    def run(self, transaction: Transaction) -> None:
        self._due.make()
        rows = transaction.run_named(_RING, {"again": self._again, "limit": self._limit})
        self.result = [UUID(bytes=id_) for (id_,) in rows]
        self._silence = min(self._due.until_next, self._again)


def _claim(row: tuple[Any, ...]) -> Held:
    handled, marked, token, seq, lane, stale = row[-6:]
    return Held(
        event=event_from_row(row),
        handled=unpack_names(handled) | frozenset(map(to_text, marked)),
        token=token,
        stale=stale,
        seq=seq,
        lane=lane,
    )
