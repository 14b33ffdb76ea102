"""What workers ask of the database, and engines; see `outcomes` for how claims end well."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.rows import EVENT_COLUMNS, event_from_row, pack_names, unpack_names
from hookmw.inbox.sqlite.lanes import PENDING_NOW
from hookmw.inbox.sqlite.schema import READY
from hookmw.inbox.sqlite.transaction import Held, Step, Transaction, marks, padded

__all__ = ["ClaimDue", "Release", "Renew", "Ring"]

NEVER = float("inf")
SEEN_EVERY = 5.0
"""Seconds between two notes that a worker is at work."""

_HELD = "seq = (SELECT seq FROM events WHERE id = ?) AND token = ? AND state = 'claimed'"

_COMING = {
    "due_at": "progress INDEXED BY progress_waiting WHERE state = 'pending' AND due_at > 0",
    "lease_until": "progress INDEXED BY progress_claimed WHERE state = 'claimed'",
}

_STALE = (
    "stamp IS NOT NULL AND EXISTS (SELECT 1 FROM progress AS newer WHERE newer.lane = progress.lane"
    " AND newer.state = 'done' AND newer.stamp > progress.stamp)"
)

_CLAIMED = f"{EVENT_COLUMNS}, attempts, replayed, handled, token, lane, {_STALE}, seq"


class ClaimDue(Step[list[Claim]]):
    """See `Inbox.claim`."""

    __slots__ = ("_lease", "_limit", "_only", "_silence", "_worker")

    def __init__(self, worker: str, limit: int, lease: float, only: UUID | None) -> None:
        super().__init__()
        self._worker, self._limit, self._lease, self._only = worker, limit, lease, only
        self._silence = NEVER

    def run(self, transaction: Transaction) -> None:
        transaction.recovery.presence.hold(self._worker)
        _note_seen(transaction, self._worker)
        transaction.make_due()
        self.result = self._take(transaction, self._ready(transaction))
        self._silence = _until_next(transaction)

    def _ready(self, transaction: Transaction) -> list[int]:
        if self._only is not None:
            wanted = transaction.db.execute(
                "SELECT seq FROM progress WHERE seq = (SELECT seq FROM events WHERE id = ?)"  # noqa: S608
                f" AND {READY}",
                (self._only.bytes,),
            )
            return [seq for (seq,) in wanted]
        return _first_ready(transaction, self._limit)

    def _take(self, transaction: Transaction, seqs: list[int]) -> list[Claim]:
        if not seqs:
            return []
        db, now = transaction.db, transaction.now
        numbers = padded(seqs)
        db.execute(
            "UPDATE progress SET state = 'claimed', attempts = attempts + 1,"  # noqa: S608
            " token = token + 1, worker = ?, claimed_at = ?, lease_until = ?, span = ?"
            f" WHERE seq IN ({marks(numbers)})",
            (self._worker, now, now + self._lease, self._lease, *numbers),
        )
        rows = db.execute(
            f"SELECT {_CLAIMED} FROM events JOIN progress USING (seq)"  # noqa: S608 - ours
            f" WHERE seq IN ({marks(numbers)})",
            numbers,
        )
        return [_claim(row) for row in sorted(rows.fetchall(), key=itemgetter(-1))]

    def tell(self, bell: Bell) -> None:
        if self._only is None and len(self.result) < self._limit:
            bell.silence(self._silence)

    def undo(self) -> Operation[None] | None:
        return Release({claim: claim.handled for claim in self.result}) if self.result else None


class Renew(Step[list[Claim]]):
    """See `Inbox.renew`."""

    __slots__ = ("_claims", "_lease")

    def __init__(self, claims: Sequence[Claim], lease: float) -> None:
        super().__init__()
        self._claims, self._lease = claims, lease

    def run(self, transaction: Transaction) -> None:
        until = transaction.now + self._lease
        self.result = [
            claim
            for claim in self._claims
            if not transaction.db.execute(
                f"UPDATE progress SET lease_until = ?, span = ? WHERE {_HELD}",  # noqa: S608
                (until, self._lease, claim.event.id.bytes, claim.token),
            ).rowcount
        ]


class Release(Step[None]):
    """See `Inbox.release`."""

    __slots__ = ("_claims",)

    def __init__(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        super().__init__()
        self._claims = claims

    def run(self, transaction: Transaction) -> None:
        for claim, handled in self._claims.items():
            transaction.change(
                f"UPDATE progress SET {PENDING_NOW}, attempts = attempts - 1, handled = ?"  # noqa: S608
                f" WHERE {_HELD}",
                (
                    transaction.now,
                    pack_names(handled | transaction.handled(claim)),
                    claim.event.id.bytes,
                    claim.token,
                ),
            )
        self.result = None

    def tell(self, bell: Bell) -> None:
        bell.ring()


class Ring(Step[list[UUID]]):
    """See `Inbox.ring`."""

    __slots__ = ("_again", "_limit", "_silence")

    def __init__(self, limit: int, again: float) -> None:
        super().__init__()
        self._limit, self._again = limit, again
        self._silence = NEVER

    def run(self, transaction: Transaction) -> None:
        transaction.make_due()
        now = transaction.now
        rows = transaction.db.execute(
            "SELECT told.seq, id FROM (SELECT seq, rung_at FROM progress"  # noqa: S608 - ours
            f" INDEXED BY progress_ready WHERE {READY}"
            " AND (rung_at IS NULL OR rung_at <= ? OR rung_at > ?) ORDER BY rung_at, seq LIMIT ?)"
            " AS told CROSS JOIN events USING (seq) ORDER BY rung_at, told.seq",
            (now - self._again, now, self._limit),
        ).fetchall()
        transaction.db.executemany(
            "UPDATE progress SET rung_at = ? WHERE seq = ?", [(now, seq) for seq, _ in rows]
        )
        self.result = [UUID(bytes=id_) for _, id_ in rows]
        self._silence = min(self._again, _until_next(transaction))

    def tell(self, bell: Bell) -> None:
        if len(self.result) < self._limit:
            bell.silence(self._silence)


def _claim(row: tuple[Any, ...]) -> Held:
    handled, token, lane, stale, seq = row[-5:]
    return Held(
        event=event_from_row(row),
        handled=unpack_names(handled),
        token=token,
        stale=bool(stale),
        seq=seq,
        lane=lane,
    )


def _first_ready(transaction: Transaction, limit: int) -> list[int]:
    """The first that are due; those that an engine was told of are in their place among them."""
    found: list[int] = []
    for told in ("rung_at IS NULL", "rung_at IS NOT NULL"):
        rows = transaction.db.execute(
            f"SELECT seq FROM progress INDEXED BY progress_ready WHERE {READY}"  # noqa: S608 - ours
            f" AND {told} ORDER BY rung_at, seq LIMIT ?",
            (limit,),
        )
        found += [seq for (seq,) in rows]
    return sorted(found)[:limit]


def _note_seen(transaction: Transaction, worker: str) -> None:
    if transaction.recovery.is_unseen(worker, SEEN_EVERY):
        transaction.db.execute(
            "INSERT INTO workers VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
            (worker, transaction.now),
        )


def _until_next(transaction: Transaction) -> float:
    times: list[Any] = [
        transaction.db.execute(f"SELECT min({column}) FROM {rows}").fetchone()[0]  # noqa: S608
        for column, rows in _COMING.items()
    ]
    return min((time for time in times if time is not None), default=NEVER) - transaction.now
