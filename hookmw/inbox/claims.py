"""What goes into an inbox, what a worker takes out of it, and what it says afterwards."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from hookmw.event import Event

__all__ = ["Arrival", "Attempt", "Claim", "Order", "Settlement"]


class Arrival(Enum):
    """What became of an event that was put."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REVIVED = "revived"
    """A duplicate of a dead event, which is therefore due again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where an event stands among the events of its endpoint that concern the same thing.

    Attributes:
        key: a hash of what they concern, 16 to 32 bytes. Events of one key are handled one at a
            time, in the order of their arrival; different keys in parallel.
        holds: whether an event that waits or is dead holds back those of its key that came later;
            if not it steps aside, and is handled when its time comes.
        stamp: how new the provider says that the thing is: a time or a version; None where it
            says nothing.
    """

    key: bytes
    holds: bool = True
    stamp: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An event under a lease.

    Attributes:
        event: with its `attempt`, from 1.
        handled: names of the handlers that have succeeded in earlier attempts.
        token: the fencing token; another claim of the same event has another one.
        stale: whether an event of the same order key with a larger stamp is done, among those that
            are kept: what was pruned is forgotten, and what is replayed is done when it is again.
        finished: names of the handlers that have succeeded by now; whoever runs them writes it, so
            that it is known even of a run that was cut off.
    """

    event: Event[Any]
    handled: frozenset[str]
    token: int
    stale: bool = False
    finished: set[str] = field(default_factory=set, compare=False, repr=False)


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
        handled: names of the handlers that have succeeded so far, added to those that are known.
        attempts: the runs to keep; an inbox may leave out those that succeeded.
        note: why it is as it is, in a few words: `unrouted`, the last error.
    """

    claim: Claim
    state: Literal["pending", "done", "dead"]
    delay: float = 0.0
    handled: frozenset[str] = frozenset()
    attempts: tuple[Attempt, ...] = ()
    note: str = ""
