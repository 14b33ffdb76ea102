"""An event in memory."""

import time
from dataclasses import dataclass, field
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Attempt, Entry, Order, State, Stored
from hookmw.inbox.memory.lane import Lane

__all__ = ["AT_ONCE", "Record", "entry_of", "fresh", "interrupt", "stored_of"]

AT_ONCE = 0.0


@dataclass(slots=True, eq=False)
class Record:
    """An event and how far it has got.

    Attributes:
        event: nobody outside ever gets this one.
        seq: the number of its arrival.
        order: see `Inbox.put`.
        lane: the events of its order key; None where it has none.
        due: on the monotonic clock; of a claimed one, when its lease ends.
        due_since: on the monotonic clock: when it became due.
        rung: on the monotonic clock: when an engine was told of it; None if it never was.
        claimed_at: seconds since the epoch.
        runs: kept attempts, oldest first.
    """

    event: Event[Any]
    seq: int
    dedupe: tuple[str, bytes]
    alias: tuple[str, bytes] | None
    conflict: bool
    order: Order | None
    lane: "Lane[Record] | None"
    state: State = "pending"
    due: float = AT_ONCE
    due_since: float = 0.0
    rung: float | None = None
    attempts: int = 0
    token: int = 0
    claimed_at: float = 0.0
    handled: frozenset[str] = frozenset()
    replayed: bool = False
    note: str = ""
    settled_at: float | None = None
    runs: list[Attempt] = field(default_factory=list)

    @property
    def is_due(self) -> bool:
        """Whether it is due, held back or not."""
        return self.state == "pending" and self.due <= time.monotonic()

    @property
    def held_back(self) -> bool:
        """Whether it waits for another of its lane."""
        return self.is_due and self.lane is not None and self.lane.first is not self

    @property
    def is_ready(self) -> bool:
        """Whether a worker may claim it."""
        due = self.state == "pending" and self.due == AT_ONCE
        return due and (self.lane is None or self.lane.first is self)

    @property
    def holds(self) -> bool:
        """Whether it holds back those after it while it waits or is dead."""
        return self.order is not None and self.order.holds

    @property
    def stamp(self) -> float | None:
        """How new it says that it is."""
        return None if self.order is None else self.order.stamp


def interrupt(record: Record) -> None:
    """Keep a run that nobody settled."""
    record.note = "interrupted: its lease ended"
    record.runs.append(
        Attempt(
            number=record.attempts,
            handler="",
            outcome="interrupted",
            error="its lease ended",
            started_at=record.claimed_at,
        )
    )


def entry_of(record: Record, runs: tuple[Attempt, ...]) -> Entry:
    """The record for people to look at."""
    waits = record.state == "pending" and record.due != AT_ONCE
    return Entry(
        event=fresh(record.event, attempt=record.attempts, replayed=record.replayed),
        state=record.state,
        handled=record.handled,
        note=record.note,
        due_at=time.time() + record.due - time.monotonic() if waits else None,
        settled_at=record.settled_at,
        conflict=record.conflict,
        held_back=record.held_back,
        attempts=runs,
    )


def stored_of(record: Record) -> Stored:
    """The record as it moves to another inbox."""
    return Stored(
        entry=entry_of(record, tuple(record.runs)),
        dedupe=record.dedupe[1],
        alias=None if record.alias is None else record.alias[1],
        order=record.order,
    )


def fresh(event: Event[Any], *, attempt: int, replayed: bool) -> Event[Any]:
    """A copy that has parsed nothing yet.

    Handlers may change what they get, and a parsed payload is many times the size of its body.
    """
    return Event(
        id=event.id,
        endpoint=event.endpoint,
        provider=event.provider,
        type=event.type,
        key=event.key,
        body=event.body,
        headers=event.headers,
        received_at=event.received_at,
        timestamp=event.timestamp,
        path=event.path,
        query_string=event.query_string,
        path_params=dict(event.path_params),
        envelope=event.envelope,
        attempt=attempt,
        replayed=replayed,
    )
