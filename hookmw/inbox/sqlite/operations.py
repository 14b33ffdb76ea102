"""What workers and people ask of the database; see `arrivals` and `outcomes` for the rest."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from hookmw.inbox import Claim
from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation
from hookmw.inbox.sqlite.records import (
    EVENT_COLUMNS,
    event_from_row,
    pack_names,
    unpack_names,
)
from hookmw.inbox.sqlite.transaction import (
    Held,
    Step,
    Transaction,
    marks,
    padded,
)

__all__ = ["ClaimDue", "Release", "Renew", "Replay"]

NEVER = float("inf")
_HELD = "seq = (SELECT seq FROM events WHERE id = ?) AND token = ? AND state = 'claimed'"

_COMING = {
    "due_at": "progress INDEXED BY progress_waiting WHERE state = 'pending' AND due_at > 0",
    "lease_until": "progress INDEXED BY progress_claimed WHERE state = 'claimed'",
}


class ClaimDue(Step[list[Claim]]):
    """See `Inbox.claim`."""

    __slots__ = ("_lease", "_limit", "_silence", "_worker")

    def __init__(self, worker: str, limit: int, lease: float) -> None:
        super().__init__()
        self._worker, self._limit, self._lease = worker, limit, lease
        self._silence = NEVER

    def run(self, transaction: Transaction) -> None:
        transaction.recovery.presence.hold(self._worker)
        transaction.recovery.make_due(transaction.db, transaction.now)
        ready = transaction.db.execute(
            "SELECT seq FROM progress INDEXED BY progress_ready"
            " WHERE state = 'pending' AND due_at IS NULL ORDER BY seq LIMIT ?",
            (self._limit,),
        )
        self.result = self._take(transaction, [seq for (seq,) in ready.fetchall()])
        self._silence = _until_next(transaction)

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
            f"SELECT {EVENT_COLUMNS}, attempts, replayed, handled, token, seq"  # noqa: S608 - ours
            f" FROM events JOIN progress USING (seq) WHERE seq IN ({marks(numbers)})",
            numbers,
        )
        return [_claim(row) for row in sorted(rows.fetchall(), key=itemgetter(-1))]

    def tell(self, bell: Bell) -> None:
        if len(self.result) < self._limit:
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
            if not transaction.change(
                f"UPDATE progress SET lease_until = ?, span = ? WHERE {_HELD}",  # noqa: S608
                (until, self._lease, claim.event.id.bytes, claim.token),
            )
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
                "UPDATE progress SET state = 'pending', due_at = NULL,"  # noqa: S608
                f" attempts = attempts - 1, handled = ? WHERE {_HELD}",
                (pack_names(handled), claim.event.id.bytes, claim.token),
            )
        self.result = None

    def tell(self, bell: Bell) -> None:
        bell.ring()


class Replay(Step[bool]):
    """See `Inbox.replay`."""

    __slots__ = ("_id",)

    def __init__(self, id_: UUID) -> None:
        super().__init__()
        self._id = id_

    def run(self, transaction: Transaction) -> None:
        self.result = transaction.change(
            "UPDATE progress SET state = 'pending', due_at = NULL, attempts = 0, handled = x'',"
            " replayed = 1, note = x'', settled_at = NULL"
            " WHERE seq = (SELECT seq FROM events WHERE id = ?)"
            " AND (state IN ('done', 'dead') OR state = 'pending' AND due_at > ?)",
            (self._id.bytes, transaction.now),
        )

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()


def _claim(row: tuple[Any, ...]) -> Held:
    handled, token, seq = row[-3:]
    return Held(event=event_from_row(row), handled=unpack_names(handled), token=token, seq=seq)


def _until_next(transaction: Transaction) -> float:
    times: list[Any] = [
        transaction.db.execute(f"SELECT min({column}) FROM {rows}").fetchone()[0]  # noqa: S608
        for column, rows in _COMING.items()
    ]
    return min((time for time in times if time is not None), default=NEVER) - transaction.now
