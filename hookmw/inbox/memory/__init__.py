"""An inbox in memory: for tests, demos and development; what it holds ends with the process."""

import time
from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import Any
from uuid import UUID

from anyio.lowlevel import checkpoint

from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Arrival, Claim, Entry, Query, Settlement, State
from hookmw.inbox.bell import Bell
from hookmw.inbox.memory.record import (
    AT_ONCE,
    Record,
    entry_of,
    fresh,
    interrupt,
    is_due,
    is_stale,
)
from hookmw.inbox.rules import check_dedupe, check_limit, matches

__all__ = ["MemoryInbox"]

NEVER = float("inf")


class MemoryInbox:
    """Keeps every rule of `Inbox` but one: nothing outlives the process.

    Args:
        max_events: how many it holds. Where it is full, a new event takes the place of the one
            that was settled first, dead letters included; if none is settled, `put` raises
            `InboxUnavailable`.
    """

    def __init__(self, *, max_events: int = 100_000) -> None:
        self._max_events = max_events
        self._records: dict[UUID, Record] = {}  # in the order of their arrival
        self._by_dedupe: dict[tuple[str, bytes], Record] = {}
        self._aliases: Counter[tuple[str, bytes]] = Counter()
        self._settled: dict[UUID, Record] = {}  # in the order in which they were
        self._ready: list[tuple[int, Record]] = []
        self._timed: list[tuple[float, int, Record]] = []  # may name what has changed since
        self._arrivals = 0
        self._bell = Bell()
        self._is_open: bool | None = None

    async def open(self) -> None:
        """Make it usable; may be called again after `aclose`, and finds its events again."""
        await checkpoint()
        self._is_open = True

    async def aclose(self) -> None:
        """Refuse everything from now on."""
        await checkpoint()
        self._is_open = False

    async def put(self, event: Event[Any], *, dedupe: bytes, alias: bytes | None = None) -> Arrival:
        """See `Inbox.put`."""
        await self._enter()
        check_dedupe(dedupe)
        known = self._by_dedupe.get((event.endpoint, dedupe))
        if known is None:
            self._store(event, dedupe, alias)
            return Arrival.STORED
        if known.state != "dead":
            return Arrival.DUPLICATE
        self._start_over(known)
        return Arrival.REVIVED

    async def claim(
        self,
        worker: str,  # noqa: ARG002 - all workers end with this process
        *,
        limit: int,
        lease: float,
    ) -> Sequence[Claim]:
        """See `Inbox.claim`."""
        await self._enter()
        check_limit(limit)
        self._make_due()
        claims = [self._lend(lease) for _ in range(min(limit, len(self._ready)))]
        if len(claims) < limit:
            self._bell.silence(self._timed[0][0] - time.monotonic() if self._timed else NEVER)
        return claims

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        """See `Inbox.renew`."""
        await self._enter()
        lost = []
        for claim in claims:
            record = self._held(claim)
            if record is None:
                lost.append(claim)
            else:
                self._due_in(record, lease)
        return lost

    async def settle(self, settlement: Settlement) -> bool:
        """See `Inbox.settle`."""
        await self._enter()
        record = self._held(settlement.claim)
        if record is None:
            return False
        record.handled, record.note = settlement.handled, settlement.note
        record.runs += (run for run in settlement.attempts if run.outcome != "succeeded")
        if settlement.state == "pending":
            self._postpone(record, settlement.delay)
        else:
            record.state, record.settled_at = settlement.state, time.time()
            self._settled[record.event.id] = record
        return True

    async def release(self, claims: Sequence[Claim]) -> None:
        """See `Inbox.release`."""
        await self._enter()
        for record in filter(None, map(self._held, claims)):
            record.attempts -= 1
            self._postpone(record, 0.0)

    async def wait(self, seconds: float) -> None:
        """See `Inbox.wait`."""
        await self._enter()
        await self._bell.wait(seconds)

    async def get(self, id: UUID) -> Entry | None:  # noqa: A002 - the contract's name
        """See `Inbox.get`."""
        await self._enter()
        record = self._records.get(id)
        return None if record is None else entry_of(record, tuple(record.runs))

    async def find(self, query: Query) -> Sequence[Entry]:
        """See `Inbox.find`."""
        await self._enter()
        found = (
            record
            for record in reversed(self._records.values())
            if matches(query, record.event, record.state)
        )
        return [entry_of(record, ()) for record in islice(found, max(query.limit, 0))]

    async def count(self) -> dict[State, int]:
        """See `Inbox.count`."""
        await self._enter()
        counts: dict[State, int] = {"pending": 0, "claimed": 0, "done": 0, "dead": 0}
        for record in self._records.values():
            counts[record.state] += 1
        return counts

    async def replay(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.replay`."""
        await self._enter()
        record = self._records.get(id)
        if record is None or record.state == "claimed" or is_due(record):
            return False
        record.handled, record.replayed = frozenset(), True
        self._start_over(record)
        return True

    async def _enter(self) -> None:
        await checkpoint()
        if self._is_open is None:
            raise RuntimeError("the inbox is not open: await inbox.open() first")
        if not self._is_open:
            raise InboxUnavailable("the inbox is closed")

    def _store(self, event: Event[Any], dedupe: bytes, alias: bytes | None) -> None:
        if event.id in self._records:
            raise ValueError(f"event {event.id} is in the inbox already; give each a new id")
        self._make_room()
        self._arrivals += 1
        named = None if alias is None else (event.endpoint, alias)
        record = Record(
            event=fresh(event, attempt=0, replayed=False),
            seq=self._arrivals,
            dedupe=(event.endpoint, dedupe),
            alias=named,
            conflict=named is not None and self._aliases[named] > 0,
        )
        self._records[event.id] = self._by_dedupe[record.dedupe] = record
        if named is not None:
            self._aliases[named] += 1
        self._postpone(record, 0.0)

    def _make_room(self) -> None:
        if len(self._records) < self._max_events:
            return
        oldest = next(iter(self._settled.values()), None)
        if oldest is None:
            raise InboxUnavailable(f"the inbox is full: {self._max_events} events are not handled")
        del self._settled[oldest.event.id]
        del self._records[oldest.event.id], self._by_dedupe[oldest.dedupe]
        if oldest.alias is not None:
            self._aliases[oldest.alias] -= 1
            if not self._aliases[oldest.alias]:
                del self._aliases[oldest.alias]

    def _start_over(self, record: Record) -> None:
        self._settled.pop(record.event.id, None)
        record.attempts, record.settled_at, record.note = 0, None, ""
        self._postpone(record, 0.0)

    def _postpone(self, record: Record, delay: float) -> None:
        record.state = "pending"
        if delay > 0:
            self._due_in(record, delay)
        else:
            record.due = AT_ONCE
            heappush(self._ready, (record.seq, record))
        self._bell.ring(delay)

    def _due_in(self, record: Record, seconds: float) -> None:
        record.due = time.monotonic() + seconds
        heappush(self._timed, (record.due, record.seq, record))

    def _make_due(self) -> None:
        now = time.monotonic()
        while self._timed and (self._timed[0][0] <= now or is_stale(self._timed[0])):
            entry = heappop(self._timed)
            if not is_stale(entry):
                if entry[2].state == "claimed":
                    interrupt(entry[2])
                self._postpone(entry[2], 0.0)

    def _lend(self, lease: float) -> Claim:
        _, record = heappop(self._ready)
        record.state, record.claimed_at = "claimed", time.time()
        record.attempts += 1
        record.token += 1
        self._due_in(record, lease)
        event = fresh(record.event, attempt=record.attempts, replayed=record.replayed)
        return Claim(event=event, handled=record.handled, token=record.token)

    def _held(self, claim: Claim) -> Record | None:
        record = self._records.get(claim.event.id)
        held = record is not None and (record.state, record.token) == ("claimed", claim.token)
        return record if held else None
