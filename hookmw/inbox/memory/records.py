"""All events in memory, and what finds them again."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.inbox import Claim, Order, State
from hookmw.inbox.memory.lane import Lane
from hookmw.inbox.memory.record import Record, fresh

__all__ = ["Records"]

Key = tuple[str, bytes]


class Records:
    """Events in the order of their arrival, at most so many.

    Where it is full, a new event takes the place of the one that was settled first.

    Args:
        most: how many it holds.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_id: dict[UUID, Record] = {}
        self._by_dedupe: dict[Key, Record] = {}
        self._aliases: Counter[Key] = Counter()
        self._lanes: dict[Key, Lane[Record]] = {}
        self._settled: dict[UUID, Record] = {}  # in the order in which they were
        self._arrivals = 0

    def get(self, id_: UUID) -> Record | None:
        """The event of that id."""
        return self._by_id.get(id_)

    def copy_of(self, endpoint: str, dedupe: bytes) -> Record | None:
        """The event that one with this key would be a copy of."""
        return self._by_dedupe.get((endpoint, dedupe))

    def held(self, claim: Claim) -> Record | None:
        """The event of a claim; None if the claim was lost."""
        record = self._by_id.get(claim.event.id)
        held = record is not None and (record.state, record.token) == ("claimed", claim.token)
        return record if held else None

    def add(
        self, event: Event[Any], dedupe: bytes, alias: bytes | None, order: Order | None
    ) -> Record:
        """A new event.

        Raises:
            InboxUnavailable: there is no room, and nothing is settled that could give way.
            ValueError: its id is that of another event.
        """
        if event.id in self._by_id:
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
            order=order,
            lane=self._lane(event.endpoint, order),
        )
        self._by_id[event.id] = self._by_dedupe[record.dedupe] = record
        if named is not None:
            self._aliases[named] += 1
        return record

    def settle(self, record: Record, state: State, at: float | None = None) -> None:
        """It is done, or dead; since now, if nobody says when."""
        record.state = state
        record.settled_at = time.time() if at is None else at
        self._settled[record.event.id] = record
        if record.lane is not None and state == "done":
            record.lane.done(record.stamp)

    def unsettle(self, record: Record) -> None:
        """It starts over."""
        _undo(record)
        self._settled.pop(record.event.id, None)
        record.attempts, record.settled_at, record.note = 0, None, ""

    def settled(self) -> list[Record]:
        """Those that are done or dead, in the order in which they were."""
        return list(self._settled.values())

    def forget(self, record: Record) -> None:
        """Drop an event that is settled."""
        _undo(record)
        del self._settled[record.event.id], self._by_id[record.event.id]
        del self._by_dedupe[record.dedupe]
        if record.alias is not None:
            self._aliases[record.alias] -= 1
            if not self._aliases[record.alias]:
                del self._aliases[record.alias]
        if record.lane is not None and record.order is not None:
            record.lane.leave(record)
            record.lane.size -= 1
            if not record.lane.size:
                del self._lanes[record.event.endpoint, record.order.key]

    def __iter__(self) -> Iterator[Record]:
        """All, in the order of their arrival."""
        return iter(self._by_id.values())

    def newest_first(self) -> Iterator[Record]:
        """All, the other way round."""
        return reversed(self._by_id.values())

    def after(self, id_: UUID | None) -> Sequence[Record]:
        """Those that came after another one."""
        known = None if id_ is None else self._by_id.get(id_)
        return [each for each in self if known is None or each.seq > known.seq]

    def _lane(self, endpoint: str, order: Order | None) -> Lane[Record] | None:
        if order is None:
            return None
        lane = self._lanes.setdefault((endpoint, order.key), Lane())
        lane.size += 1
        return lane

    def _make_room(self) -> None:
        if len(self._by_id) < self._most:
            return
        oldest = next(iter(self._settled.values()), None)
        if oldest is None:
            raise InboxUnavailable(f"the inbox is full: {self._most} events are not handled")
        self.forget(oldest)


def _undo(record: Record) -> None:
    if record.lane is not None and record.state == "done":
        record.lane.undone(record.stamp)
