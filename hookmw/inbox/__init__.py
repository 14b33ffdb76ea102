"""Where verified events are kept until they are handled: the contract; `urls` opens one.

Life of an event:

    put ──> pending ──claim──> claimed ──settle──> done
               ^                  │                dead (until a human replays or dismisses it)
               └── later, release ┘

The rules that every inbox keeps, and one test suite proves for each:

- `put` returns after the commit that made the event durable, and de-duplicates in that commit.
- `claim` hands an event to one worker under a lease and counts the attempt: an event that kills
  its process is dead after its attempts, and the others go on.
- A lease that is not renewed ends, and so does that of a worker that is known to have died: its
  events are due again, and that needs nothing from the dead worker.
- `settle` by a worker that lost its lease changes nothing (the claim's token is a fencing token).
- An event that is due at once is not compared with any clock; a clock that is stepped by an hour,
  either way, stalls nothing.
- Events of one order key are claimed one at a time and in the order of their arrival: one that is
  claimed holds back the others; one that waits or is dead does if it `holds`.

| file | holds |
|---|---|
| `claims.py` | what goes in, what a worker takes out, what it says afterwards |
| `entries.py` | what people and tools see |
| `memory/`, `sqlite/`, `postgresql/` | the inboxes |
| `rows.py` | events as rows of a database, byte for byte |
| `rules.py`, `bell.py` | what every inbox decides alike; what wakes a worker |
| `operation.py`, `commits.py` | group commit: many operations, one transaction |
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from hookmw.event import Event
from hookmw.inbox.claims import Arrival, Attempt, Claim, Order, Settlement
from hookmw.inbox.entries import Bounds, Entry, Health, Query, Refused, State, Stored

__all__ = [
    "Arrival",
    "Attempt",
    "Bounds",
    "Claim",
    "Entry",
    "Health",
    "Inbox",
    "Order",
    "Query",
    "Refused",
    "Settlement",
    "State",
    "Stored",
    "Transactional",
]


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

    async def put(
        self,
        event: Event[Any],
        *,
        dedupe: bytes,
        alias: bytes | None = None,
        order: Order | None = None,
    ) -> Arrival:
        """Commit a new event, unless its endpoint has one with the same `dedupe` key.

        Returns after the commit. The event it duplicates, if dead, becomes due again with a new
        set of attempts, in the same commit.

        Args:
            event: with its `id` set; `attempt` and `replayed` are ignored.
            dedupe: 16 to 32 bytes.
            alias: a hash of an id that the signature does not cover: an earlier event with the
                same alias and endpoint marks this one as a conflict.
            order: where it stands among those of its key; None for an event that waits for none.

        Raises:
            ValueError: `dedupe` or the order's key is shorter or longer, the stamp is not finite,
                or the id is that of another event.
        """
        ...

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        """Take events that are due, in the order of their arrival.

        Events whose lease has ended, or whose worker is known to have died, are due; the run that
        they lost is kept as an `interrupted` attempt.

        Args:
            worker: a name that no other worker has or had.
            limit: take at most so many, at least 1.
            lease: seconds until the claims end unless they are renewed.
            only: the id of the one event that is wanted, if it is due.

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

    async def release(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        """Give claims back unfinished: due at once, and the attempt does not count.

        Args:
            claims: with the names of the handlers that have succeeded so far, added to those that
                are known. Claims that were lost are passed over.
        """
        ...

    async def ring(self, *, limit: int, again: float) -> Sequence[UUID]:
        """Ids of events that are due, for an engine that is to be told of them.

        An event is told of once, and again only when it is still due after `again` seconds: what a
        broker loses is so rung again, whoever asks. First come those of which nobody was told
        since they became due, in the order of their arrival; then the others, those first that
        were told of the longest ago: so nothing new waits for what nobody takes.

        Args:
            limit: at most so many, at least 1.
            again: seconds.
        """
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

        It has a new set of attempts; the runs kept before stay with it. Among those of its order
        key it stands where it stood.

        Returns False, and does nothing, if there is no such event or it is running or already due,
        which one that is held back is, too.
        """
        ...

    async def dismiss(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """Call a dead event done, because a human says so: it holds back nothing any more.

        Returns False, and does nothing, if there is no such event or it is not dead.
        """
        ...

    async def check(self) -> Health:
        """Commit something, and say how the inbox is."""
        ...

    async def prune(self, *, before: float, states: frozenset[State], limit: int = 500) -> int:
        """Delete events that were settled before a time, oldest first; how many there were.

        With an event go its attempts, its `dedupe` key and its stamp: a copy of it that comes later
        is new, and what is older than it is not stale any more. A few at a time, so that no `put`
        waits for long: call it again while it finds as many as it may delete.

        Args:
            before: seconds since the epoch.
            states: `done`, `dead`, or both.
            limit: at most so many.

        Raises:
            ValueError: another state is asked for.
        """
        ...

    async def export(self, query: Query, *, after: UUID | None = None) -> Sequence[Stored]:
        """Events with all that is known of them, in the order of their arrival, a page at a time.

        Args:
            query: which; its `limit` is the size of the page.
            after: the last event of the page before.
        """
        ...

    async def restore(self, stored: Stored) -> bool:
        """Take over an event from another inbox; False if it, or a copy of it, is here already.

        One that was claimed there is pending here.

        Raises:
            ValueError: as `put`.
        """
        ...

    async def quarantine(self, refused: Refused, bounds: Bounds) -> None:
        """Keep apart a delivery that failed verification, and drop what is out of bounds by it.

        Returns after the commit. What is kept so is no event: it has no part in de-duplication.
        """
        ...

    async def quarantined(self, query: Query) -> Sequence[Refused]:
        """What was kept apart, newest first; `type`, `states` and `note` are not looked at."""
        ...

    async def discharge(self, ids: Sequence[UUID]) -> int:
        """Forget what was kept apart; how much of it was there."""
        ...


@runtime_checkable
class Transactional(Protocol):
    """An inbox whose database handlers may write to, in the transaction that marks their success.

    See `Event.transaction`, through which they get it.
    """

    def transaction(self, claim: Claim, handler: str) -> Any:
        """A context manager that gives a connection of the database, in a transaction.

        When it ends well the handler's success is written in the same transaction, which then
        commits: the handler's own writes and the mark are there together or not at all. If it
        raises, or the claim was lost, neither is.

        `with` is for sync handlers; `async with` for async ones, where the driver has it.

        Args:
            claim: as `claim` gave it.
            handler: the name of the handler.

        Raises:
            LeaseLost: at the end: the claim was lost, and nothing was written.
        """
        ...
