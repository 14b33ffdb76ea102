"""Who is due, and when the others are."""

import time
from collections.abc import Iterator
from heapq import heappop, heappush
from math import inf

from hookmw.inbox.bell import Bell
from hookmw.inbox.memory.record import AT_ONCE, Record, interrupt

__all__ = ["Schedule"]


class Schedule:
    """Makes events due, and gives those that are, in the order of their arrival.

    Its heaps may name what has changed since, which is passed over when its turn comes.

    Attributes:
        bell: rings when an event is due.
    """

    def __init__(self) -> None:
        self.bell = Bell()
        self._ready: list[tuple[int, Record]] = []
        self._timed: list[tuple[float, int, Record]] = []

    def postpone(self, record: Record, delay: float) -> None:
        """Make it pending, due in so many seconds."""
        record.state = "pending"
        if delay > 0:
            self.due_in(record, delay)
        else:
            record.due, record.due_since, record.rung = AT_ONCE, time.monotonic(), None
        if record.lane is not None:
            record.lane.enter(record)
        self.let_go(record)
        self.bell.ring(delay)

    def due_in(self, record: Record, seconds: float) -> None:
        """Say when it is due, or when its lease ends."""
        record.due = time.monotonic() + seconds
        heappush(self._timed, (record.due, record.seq, record))

    def settled(self, record: Record) -> None:
        """Let those go that it held back; it is done, or dead."""
        if record.lane is not None:
            if record.state == "done":
                record.lane.leave(record)
            self.let_go(record)

    def make_due(self) -> None:
        """Make due what is: whose time has come, or whose lease has ended."""
        now = time.monotonic()
        while self._timed and (self._timed[0][0] <= now or _is_stale(self._timed[0])):
            entry = heappop(self._timed)
            if not _is_stale(entry):
                if entry[2].state == "claimed":
                    interrupt(entry[2])
                self.postpone(entry[2], 0.0)

    def __iter__(self) -> Iterator[Record]:
        """Those that are due, first come first; each is taken out as it is given."""
        while self._ready:
            _, record = heappop(self._ready)
            if record.is_ready:
                yield record

    def tell(self, limit: int, again: float) -> list[Record]:
        """Those that are due and of which nobody was told lately; see `Inbox.ring`."""
        now = time.monotonic()
        due = [
            record
            for record in self._due()
            if record.rung is None or not 0 <= now - record.rung < again
        ]
        told = sorted(due, key=_last_told)[:limit]
        for record in told:
            record.rung = now
        if len(told) < limit:
            self.silence(again)
        return told

    def oldest_due(self) -> float | None:
        """Seconds for which the oldest has been due; None where none is."""
        now = time.monotonic()
        return max((now - record.due_since for record in self._due()), default=None)

    def silence(self, seconds: float = inf) -> None:
        """Nobody is due before the next one's time comes, nor for so many seconds."""
        until_next = self._timed[0][0] - time.monotonic() if self._timed else inf
        self.bell.silence(min(until_next, seconds))

    def let_go(self, record: Record) -> None:
        """It may be due, or what it held back."""
        first = record if record.lane is None else record.lane.advance(record)
        if first is not None and first.is_ready:
            first.due_since = time.monotonic()
            heappush(self._ready, (first.seq, first))
            self.bell.ring()

    def _due(self) -> list[Record]:
        """Those that are due, first come first; they stay."""
        found = {seq: record for seq, record in self._ready if record.is_ready}
        self._ready = sorted(found.items())  # a sorted list is a heap
        return [record for _, record in self._ready]


def _last_told(record: Record) -> float:
    return -inf if record.rung is None else record.rung


def _is_stale(entry: tuple[float, int, Record]) -> bool:
    due, _, record = entry
    return record.due != due or record.state in ("done", "dead")
