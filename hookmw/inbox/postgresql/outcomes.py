"""What becomes of claims: settlements, all those of one transaction at once; renewals; releases."""

from collections.abc import Mapping, Sequence

from hookmw.inbox import Claim, Settlement
from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql.transaction import AFRESH, Shared, Step, Transaction, place_of
from hookmw.inbox.rows import pack_names, to_bytes

__all__ = ["Release", "Renew", "Settle", "settle_all"]

# `marked` is left as it is: what a handler's own transaction has said stays said.
_SETTLE = f"""
    UPDATE hookmw.progress SET {AFRESH}, state = said.state, span = said.delay,
        due_at = CASE WHEN said.delay > 0 THEN hookmw.clock() + said.delay END,
        handled = said.handled, note = said.note,
        settled_at = CASE WHEN said.state <> 'pending' THEN hookmw.clock() END
    FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::float8[], %b::bytea[], %b::bytea[])
        AS said (seq, token, state, delay, handled, note)
    WHERE progress.seq = said.seq AND progress.token = said.token AND progress.state = 'claimed'
    RETURNING progress.seq, progress.token
"""  # noqa: S608 - ours

_RENEW = """
    UPDATE hookmw.progress SET lease_until = hookmw.clock() + %s, span = %s
    FROM unnest(%b::bigint[], %b::bigint[]) AS held (seq, token)
    WHERE progress.seq = held.seq AND progress.token = held.token AND progress.state = 'claimed'
    RETURNING progress.seq, progress.token
"""

_RELEASE = f"""
    UPDATE hookmw.progress SET state = 'pending', due_at = NULL, {AFRESH}, attempts = attempts - 1,
        handled = held.handled
    FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[]) AS held (seq, token, handled)
    WHERE progress.seq = held.seq AND progress.token = held.token AND progress.state = 'claimed'
    RETURNING progress.seq
"""  # noqa: S608 - ours


class Settle(Shared[bool]):
    """See `Inbox.settle`."""

    __slots__ = ("_delay", "row", "runs", "seq", "settlement")

    def __init__(self, settlement: Settlement) -> None:
        super().__init__()
        self.settlement = settlement
        self.seq = 0
        self._delay = settlement.delay if settlement.state == "pending" else 0.0
        self.row = (
            settlement.claim.token,
            settlement.state,
            self._delay,
            pack_names(settlement.claim.handled | settlement.handled),
            to_bytes(settlement.note),
        )
        self.runs = [run for run in settlement.attempts if run.outcome != "succeeded"]

    def look(self, transaction: Transaction) -> None:
        self.seq, lane = place_of(transaction, self.settlement.claim)
        self.lanes = (lane,)

    def tell(self, bell: Bell) -> None:
        if not self.result:
            return
        if self.settlement.state == "pending":
            bell.ring(self._delay)
        if self.lanes != (None,):
            bell.ring()  # the next one of its lane


def settle_all(transaction: Transaction, settles: Sequence[Settle]) -> None:
    """Settle claims; each once."""
    if not settles:
        return
    rows = [(settle.seq, *settle.row) for settle in settles]
    columns = [list(column) for column in zip(*rows, strict=True)]
    settled = {(seq, token) for seq, token in transaction.run(_SETTLE, *columns)}
    for settle in settles:
        place = (settle.seq, settle.row[0])
        settle.result = place in settled
        settled.discard(place)
        if settle.result:
            transaction.keep_attempts(settle.seq, settle.runs)
            transaction.due |= settle.row[1] == "pending" and settle.row[2] <= 0
    transaction.let_go(lane for settle in settles for lane in settle.lanes)


class Renew(Step[list[Claim]]):
    """See `Inbox.renew`."""

    __slots__ = ("_claims", "_lease")

    def __init__(self, claims: Sequence[Claim], lease: float) -> None:
        super().__init__()
        self._claims, self._lease = claims, lease

    def run(self, transaction: Transaction) -> None:
        places = [(place_of(transaction, claim)[0], claim.token) for claim in self._claims]
        rows = transaction.run(
            _RENEW,
            self._lease,
            self._lease,
            [seq for seq, _ in places],
            [token for _, token in places],
        )
        kept = set(rows.fetchall())
        self.result = [
            claim for claim, place in zip(self._claims, places, strict=True) if place not in kept
        ]


class Release(Step[None]):
    """See `Inbox.release`."""

    __slots__ = ("_claims", "_seqs")

    def __init__(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        super().__init__()
        self._claims = claims
        self._seqs: list[int] = []

    def look(self, transaction: Transaction) -> None:
        places = [place_of(transaction, claim) for claim in self._claims]
        self._seqs = [seq for seq, _ in places]
        self.lanes = [lane for _, lane in places]

    def run(self, transaction: Transaction) -> None:
        released = transaction.run(
            _RELEASE,
            self._seqs,
            [claim.token for claim in self._claims],
            [pack_names(claim.handled | more) for claim, more in self._claims.items()],
        )
        transaction.due |= released.rowcount > 0
        transaction.let_go(self.lanes, earlier=True)
        self.result = None

    def tell(self, bell: Bell) -> None:
        bell.ring()
