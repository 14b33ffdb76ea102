"""An event in memory."""

import time
from dataclasses import dataclass, field
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Attempt, Entry, State

__all__ = ["AT_ONCE", "Record", "entry_of", "fresh", "interrupt", "is_due", "is_stale"]

AT_ONCE = 0.0


@dataclass(slots=True, eq=False)
class Record:
    """An event and how far it has got.

    Attributes:
        event: nobody outside ever gets this one.
        seq: the number of its arrival.
        due: on the monotonic clock; of a claimed one, when its lease ends.
        claimed_at: seconds since the epoch.
        runs: kept attempts, oldest first.
    """

    event: Event[Any]
    seq: int
    dedupe: tuple[str, bytes]
    alias: tuple[str, bytes] | None
    conflict: bool
    state: State = "pending"
    due: float = AT_ONCE
    attempts: int = 0
    token: int = 0
    claimed_at: float = 0.0
    handled: frozenset[str] = frozenset()
    replayed: bool = False
    note: str = ""
    settled_at: float | None = None
    runs: list[Attempt] = field(default_factory=list)


def is_due(record: Record) -> bool:
    """Whether a worker may claim it."""
    return record.state == "pending" and record.due <= time.monotonic()


def is_stale(entry: tuple[float, int, Record]) -> bool:
    """Whether a note of when a record is due is out of date."""
    due, _, record = entry
    return record.due != due or record.state in ("done", "dead")


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
        attempts=runs,
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
