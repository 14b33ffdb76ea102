"""What people and tools see of an inbox: its events, how it is, what was refused."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from hookmw.delivery import Headers
from hookmw.event import Event
from hookmw.inbox.claims import Attempt, Order

__all__ = ["Bounds", "Entry", "Health", "Query", "Refused", "State", "Stored"]

State = Literal["pending", "claimed", "done", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as the inbox holds it.

    Attributes:
        event: with the number of attempts so far as its `attempt`.
        state: where it is in its life.
        handled: names of the handlers that have succeeded.
        note: see `Settlement`.
        due_at: when it is due again, in seconds since the epoch; None where at once or never.
        settled_at: when it was done or dead, in seconds since the epoch.
        conflict: whether its unsigned id had come before with another content.
        held_back: whether it waits for an event of its order key that came before it.
        attempts: the kept runs, oldest first; empty in lists.
    """

    event: Event[Any]
    state: State
    handled: frozenset[str] = frozenset()
    note: str = ""
    due_at: float | None = None
    settled_at: float | None = None
    conflict: bool = False
    held_back: bool = False
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An event with all that an inbox knows of it, as it moves to another inbox.

    Attributes:
        entry: with its attempts.
        dedupe: see `Inbox.put`.
        alias: likewise.
        order: likewise.
    """

    entry: Entry
    dedupe: bytes
    alias: bytes | None = None
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which events to list, replay or export; all that is given must hold.

    Attributes:
        endpoint: its name.
        type: exact, or a prefix ending in `*`.
        states: any of these; empty means all.
        since: received at or after this, in seconds since the epoch.
        until: received before this.
        note: a text that the entry's note contains, as it is written.
        limit: at most so many, newest first.
    """

    endpoint: str | None = None
    type: str | None = None
    states: frozenset[State] = field(default_factory=frozenset)
    since: float | None = None
    until: float | None = None
    note: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an inbox is.

    Attributes:
        wrote_in: seconds that a commit took just now.
        counts: how many events are in each state.
        oldest_due: seconds for which an event has been due that nobody has claimed, the longest;
            None where there is none.
        workers: how many workers have asked for events within the last half minute.
    """

    wrote_in: float
    counts: dict[State, int]
    oldest_due: float | None
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A delivery that failed verification, kept apart. Nothing in it can be trusted.

    Attributes:
        id: ours; a UUIDv7 of its arrival.
        endpoint: name of the endpoint that refused it.
        code: the code of the refusal.
        method: HTTP method.
        path: below the mount point.
        path_params: what the endpoint's path template matched.
        query_string: without `?`.
        headers: as they came.
        body: as it came.
        peer: address of the other end of the connection, or None.
        received_at: seconds since the epoch.
    """

    id: UUID
    endpoint: str
    code: str
    method: str
    path: str
    path_params: dict[str, str]
    query_string: bytes
    headers: Headers
    body: bytes
    peer: str | None
    received_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of what was refused is kept; the oldest goes first.

    Attributes:
        deliveries: at most so many.
        bytes: at most so many in all bodies and headers together.
        age: seconds; older ones go.
    """

    deliveries: int = 1000
    bytes: int = 16 * 1024 * 1024
    age: float = 3 * 86400.0
