"""An inbox in memory: for tests, demos and development; what it holds ends with the process.

| file | holds |
|---|---|
| `record.py`, `records.py` | an event; all of them, and what finds them again |
| `schedule.py`, `lane.py` | who is due; who of one order key may go |
| `kept.py` | what was refused and kept apart |
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

from anyio.lowlevel import checkpoint

from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import (
    Arrival,
    Bounds,
    Claim,
    Entry,
    Health,
    Order,
    Query,
    Refused,
    Settlement,
    State,
    Stored,
)
from hookmw.inbox.memory.kept import Kept
from hookmw.inbox.memory.record import Record, entry_of, fresh, stored_of
from hookmw.inbox.memory.records import Records
from hookmw.inbox.memory.schedule import Schedule
from hookmw.inbox.rules import WORKING, check_keys, check_limit, check_prunable, matches

__all__ = ["MemoryInbox"]


class MemoryInbox:
    """Keeps every rule of `Inbox` but one: nothing outlives the process.

    Args:
        max_events: how many it holds. Where it is full, a new event takes the place of the one
            that was settled first, dead letters included; if none is settled, `put` raises
            `InboxUnavailable`.
    """

    def __init__(self, *, max_events: int = 100_000) -> None:
        self._records = Records(max_events)
        self._schedule = Schedule()
        self._kept = Kept()
        self._seen: dict[str, float] = {}  # workers, on the monotonic clock
        self._is_open: bool | None = None

    async def open(self) -> None:
        """Make it usable; may be called again after `aclose`, and finds its events again."""
        await checkpoint()
        self._is_open = True

    async def aclose(self) -> None:
        """Refuse everything from now on."""
        await checkpoint()
        self._is_open = False

    async def put(
        self,
        event: Event[Any],
        *,
        dedupe: bytes,
        alias: bytes | None = None,
        order: Order | None = None,
    ) -> Arrival:
        """See `Inbox.put`."""
        await self._enter()
        check_keys(dedupe, order)
        known = self._records.copy_of(event.endpoint, dedupe)
        if known is None:
            self._schedule.postpone(self._records.add(event, dedupe, alias, order), 0.0)
            return Arrival.STORED
        if known.state != "dead":
            return Arrival.DUPLICATE
        self._start_over(known)
        return Arrival.REVIVED

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        """See `Inbox.claim`."""
        await self._enter()
        check_limit(limit)
        self._seen[worker] = time.monotonic()
        self._schedule.make_due()
        if only is not None:
            record = self._records.get(only)
            return [_lend(record, lease, self._schedule)] if record and record.is_ready else []
        claims = [_lend(each, lease, self._schedule) for each in islice(self._schedule, limit)]
        if len(claims) < limit:
            self._schedule.silence()
        return claims

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        """See `Inbox.renew`."""
        await self._enter()
        lost = []
        for claim in claims:
            record = self._records.held(claim)
            if record is None:
                lost.append(claim)
            else:
                self._schedule.due_in(record, lease)
        return lost

    async def settle(self, settlement: Settlement) -> bool:
        """See `Inbox.settle`."""
        await self._enter()
        record = self._records.held(settlement.claim)
        if record is None:
            return False
        record.handled |= settlement.handled
        record.note = settlement.note
        record.runs += (run for run in settlement.attempts if run.outcome != "succeeded")
        if settlement.state == "pending":
            self._schedule.postpone(record, settlement.delay)
        else:
            self._settle(record, settlement.state)
        return True

    async def release(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        """See `Inbox.release`."""
        await self._enter()
        for claim, handled in claims.items():
            record = self._records.held(claim)
            if record is not None:
                record.attempts -= 1
                record.handled |= handled
                self._schedule.postpone(record, 0.0)

    async def ring(self, *, limit: int, again: float) -> Sequence[UUID]:
        """See `Inbox.ring`."""
        await self._enter()
        check_limit(limit)
        self._schedule.make_due()
        return [record.event.id for record in self._schedule.tell(limit, again)]

    async def wait(self, seconds: float) -> None:
        """See `Inbox.wait`."""
        await self._enter()
        await self._schedule.bell.wait(seconds)

    async def get(self, id: UUID) -> Entry | None:  # noqa: A002 - the contract's name
        """See `Inbox.get`."""
        await self._enter()
        record = self._records.get(id)
        return None if record is None else entry_of(record, tuple(record.runs))

    async def find(self, query: Query) -> Sequence[Entry]:
        """See `Inbox.find`."""
        await self._enter()
        found = (each for each in self._records.newest_first() if _is_asked_for(query, each))
        return [entry_of(record, ()) for record in islice(found, max(query.limit, 0))]

    async def count(self) -> dict[State, int]:
        """See `Inbox.count`."""
        await self._enter()
        return self._count()

    async def replay(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.replay`."""
        await self._enter()
        record = self._records.get(id)
        if record is None or record.state == "claimed" or record.is_due:
            return False
        record.handled, record.replayed = frozenset(), True
        self._start_over(record)
        return True

    async def dismiss(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.dismiss`."""
        await self._enter()
        record = self._records.get(id)
        if record is None or record.state != "dead":
            return False
        self._settle(record, "done")
        return True

    async def check(self) -> Health:
        """See `Inbox.check`."""
        await self._enter()
        now = time.monotonic()
        self._schedule.make_due()
        return Health(
            wrote_in=0.0,
            counts=self._count(),
            oldest_due=self._schedule.oldest_due(),
            workers=sum(now - seen <= WORKING for seen in self._seen.values()),
        )

    async def prune(self, *, before: float, states: frozenset[State], limit: int = 500) -> int:
        """See `Inbox.prune`."""
        await self._enter()
        check_prunable(states)
        gone = [
            each
            for each in self._records.settled()
            if each.state in states and each.settled_at is not None and each.settled_at < before
        ][:limit]
        for record in gone:
            self._records.forget(record)
            self._schedule.let_go(record)
        return len(gone)

    async def export(self, query: Query, *, after: UUID | None = None) -> Sequence[Stored]:
        """See `Inbox.export`."""
        await self._enter()
        found = (each for each in self._records.after(after) if _is_asked_for(query, each))
        return [stored_of(record) for record in islice(found, max(query.limit, 0))]

    async def restore(self, stored: Stored) -> bool:
        """See `Inbox.restore`."""
        await self._enter()
        check_keys(stored.dedupe, stored.order)
        entry, event = stored.entry, stored.entry.event
        known = self._records.get(event.id) or self._records.copy_of(event.endpoint, stored.dedupe)
        if known is not None:
            return False
        record = self._records.add(event, stored.dedupe, stored.alias, stored.order)
        record.attempts, record.replayed = event.attempt, event.replayed
        record.handled, record.note, record.conflict = entry.handled, entry.note, entry.conflict
        record.runs = list(entry.attempts)
        if entry.state in ("done", "dead"):
            self._settle(record, entry.state, entry.settled_at)
        else:
            self._schedule.postpone(record, (entry.due_at or 0.0) - time.time())
        return True

    async def quarantine(self, refused: Refused, bounds: Bounds) -> None:
        """See `Inbox.quarantine`."""
        await self._enter()
        self._kept.add(replace(refused, path_params=dict(refused.path_params)), bounds)

    async def quarantined(self, query: Query) -> Sequence[Refused]:
        """See `Inbox.quarantined`."""
        await self._enter()
        return self._kept.find(query)

    async def discharge(self, ids: Sequence[UUID]) -> int:
        """See `Inbox.discharge`."""
        await self._enter()
        return self._kept.drop(ids)

    async def _enter(self) -> None:
        await checkpoint()
        if self._is_open is None:
            raise RuntimeError("the inbox is not open: await inbox.open() first")
        if not self._is_open:
            raise InboxUnavailable("the inbox is closed")

    def _settle(self, record: Record, state: State, at: float | None = None) -> None:
        self._records.settle(record, state, at)
        self._schedule.settled(record)

    def _start_over(self, record: Record) -> None:
        self._records.unsettle(record)
        self._schedule.postpone(record, 0.0)

    def _count(self) -> dict[State, int]:
        counts: dict[State, int] = {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
        for record in self._records:
            counts[record.state] += 1
        return counts


def _is_asked_for(query: Query, record: Record) -> bool:
    return matches(query, record.event, record.state, record.note)


def _lend(record: Record, lease: float, schedule: Schedule) -> Claim:
    record.state, record.claimed_at = "claimed", time.time()
    record.attempts += 1
    record.token += 1
    schedule.due_in(record, lease)
    return Claim(
        event=fresh(record.event, attempt=record.attempts, replayed=record.replayed),
        handled=record.handled,
        token=record.token,
        stale=record.lane is not None and record.lane.is_stale(record.stamp),
    )
