"""Where verified events are kept until they are handled: the contract; `urls` opens one.

Life of an event:

    put ──> pending ──claim──> claimed ──settle──> done
               ^                  │                dead (a letter until a human replays it)
               └── later, release ┘

The rules that every inbox keeps, and one test suite proves for each:

- `put` returns after the commit that made the event durable, and de-duplicates in that commit.
- `claim` hands an event to one worker under a lease and counts the attempt: an event that kills
  its process is dead after its attempts, and the others go on.
- A lease that is not renewed ends, and so does that of a worker that died: its events are due
  again.
- `settle` by a worker that lost its lease changes nothing (the claim's token is a fencing token).
- An event that is due at once is not compared with any clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol
from uuid import UUID

from hookmw.event import Event

__all__ = [
    "Arrival",
    "Attempt",
    "Claim",
    "Entry",
    "Inbox",
    "Query",
    "Settlement",
    "State",
]

State = Literal["pending", "claimed", "done", "dead"]


class Arrival(Enum):
    """What became of an event that was put."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REVIVED = "revived"
    """A duplicate of a dead event, which is therefore due again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An event under a lease.

    Attributes:
        event: with its `attempt`, from 1.
        handled: names of the handlers that have succeeded in earlier attempts.
        token: the fencing token; another claim of the same event has another one.
    """

    event: Event[Any]
    handled: frozenset[str]
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of one handler, kept with its event.

    Attributes:
        number: of the attempt, from 1.
        handler: its name; `""` where the event never reached one.
        outcome: what came of it.
        error: what went wrong, in a sentence; `""` if nothing did.
        started_at: seconds since the epoch.
        seconds: how long it ran.
    """

    number: int
    handler: str
    outcome: Literal["succeeded", "failed", "timed out", "discarded", "undecodable", "interrupted"]
    error: str = ""
    started_at: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What shall become of a claimed event.

    Attributes:
        claim: as `claim` gave it.
        state: `done`, `dead`, or `pending` to try again.
        delay: seconds until it is due again; for `pending` only.
        handled: names of all handlers that have succeeded so far.
        attempts: the runs to keep; an inbox may leave out those that succeeded.
        note: why it is as it is, in a few words: `unrouted`, the last error.
    """

    claim: Claim
    state: Literal["pending", "done", "dead"]
    delay: float = 0.0
    handled: frozenset[str] = frozenset()
    attempts: tuple[Attempt, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as the inbox holds it, for people to look at.

    Attributes:
        event: with the number of attempts so far as its `attempt`.
        state: where it is in its life.
        handled: names of the handlers that have succeeded.
        note: see `Settlement`.
        due_at: when it is due again, in seconds since the epoch; None where at once or never.
        settled_at: when it was done or dead, in seconds since the epoch.
        conflict: whether its unsigned id had come before with another content.
        attempts: the kept runs, oldest first; empty in lists.
    """

    event: Event[Any]
    state: State
    handled: frozenset[str] = frozenset()
    note: str = ""
    due_at: float | None = None
    settled_at: float | None = None
    conflict: bool = False
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which events to list or replay; all that is given must hold.

    Attributes:
        endpoint: its name.
        type: exact, or a prefix ending in `*`.
        states: any of these; empty means all.
        since: received at or after this, in seconds since the epoch.
        until: received before this.
        limit: at most so many, newest first.
    """

    endpoint: str | None = None
    type: str | None = None
    states: frozenset[State] = field(default_factory=frozenset)
    since: float | None = None
    until: float | None = None
    limit: int = 50


class Inbox(Protocol):
    """A durable set of events. All methods may be called at once by many tasks of one event loop.

    Every method raises `InboxUnavailable` where the inbox is locked for too long, full, gone or
    closed; what it was asked to do has then not been done, and may be asked for again. Before the
    first `open` it is a `RuntimeError`.

    Whoever is cancelled while it waits for a method does not know whether that was done; a claim
    that nobody got is given back.
    """

    async def open(self) -> None:
        """Make it usable; a second call does nothing, one after `aclose` opens it again.

        Raises:
            ConfigError: it is not an inbox of ours, of a newer version, or cannot be read.
        """
        ...

    async def aclose(self) -> None:
        """Finish what was begun and let go of everything; a second call does nothing."""
        ...

    async def put(self, event: Event[Any], *, dedupe: bytes, alias: bytes | None = None) -> Arrival:
        """Commit a new event, unless its endpoint has one with the same `dedupe` key.

        Returns after the commit. The event it duplicates, if dead, becomes due again with a new
        set of attempts, in the same commit.

        Args:
            event: with its `id` set; `attempt` and `replayed` are ignored.
            dedupe: 16 to 32 bytes.
            alias: a hash of an id that the signature does not cover: an earlier event with the
                same alias and endpoint marks this one as a conflict.

        Raises:
            ValueError: `dedupe` is shorter or longer, or the id is that of another event.
        """
        ...

    async def claim(self, worker: str, *, limit: int, lease: float) -> Sequence[Claim]:
        """Take events that are due, in the order of their arrival.

        Events whose lease has ended, or whose worker is known to have died, are due; the run that
        they lost is kept as an `interrupted` attempt.

        Args:
            worker: a name that no other worker has or had.
            limit: take at most so many, at least 1.
            lease: seconds until the claims end unless they are renewed.

        Raises:
            ValueError: `limit` is less than 1.
        """
        ...

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        """Prolong leases to `lease` seconds from now; returns the claims that were lost before."""
        ...

    async def settle(self, settlement: Settlement) -> bool:
        """Write what came of a claim; False if the claim was lost, and then nothing is written."""
        ...

    async def release(self, claims: Sequence[Claim]) -> None:
        """Give claims back unfinished: due at once, and the attempt does not count."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return when an event may have become due, or after so many seconds."""
        ...

    async def get(self, id: UUID) -> Entry | None:  # noqa: A002 - the contract's name
        """The event of that id with all its attempts."""
        ...

    async def find(self, query: Query) -> Sequence[Entry]:
        """Events, newest first."""
        ...

    async def count(self) -> dict[State, int]:
        """How many events are in each state."""
        ...

    async def replay(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """Make a done, dead or waiting event due at once, for all its handlers, as `replayed`.

        It has a new set of attempts; the runs kept before stay with it.

        Returns False, and does nothing, if there is no such event or it is running or already due.
        """
        ...
