"""An inbox in a PostgreSQL database: for any number of processes on any number of machines.

the loop                           threads, each with a connection
────────                           ───────────────────────────────
put, check ───> GroupCommit ─────> Line: BEGIN ... COMMIT      one statement for all puts
claim, settle,
replay, prune ─> GroupCommit ────> Line: locks the lanes, BEGIN ... COMMIT
get, find, quarantine ───────────> Reader: a pool
Bell <───────────────────────────  Listener: LISTEN

| file | holds |
|---|---|
| `address.py`, `link.py`, `faults.py` | where the database is; a connection; its errors |
| `schema.py` | the tables; how an older schema becomes this one |
| `line.py`, `transaction.py`, `lanes.py` | group commit; what is done in one; order keys |
| `arrivals.py`, `claiming.py`, `due.py`, `outcomes.py`, `upkeep.py` | what is asked for, in SQL |
| `clock.py` | whether the server's clock was set |
| `reader.py`, `quarantine.py`, `listener.py`, `handling.py` | all that is done beside that |
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import anyio
from anyio.to_thread import run_sync

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
from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql.address import Address, address_of
from hookmw.inbox.postgresql.arrivals import Put
from hookmw.inbox.postgresql.claiming import ClaimDue, Ring
from hookmw.inbox.postgresql.handling import HandlerTransaction, Transactions
from hookmw.inbox.postgresql.line import Line
from hookmw.inbox.postgresql.listener import Listener
from hookmw.inbox.postgresql.outcomes import Release, Renew, Settle
from hookmw.inbox.postgresql.quarantine import Quarantine
from hookmw.inbox.postgresql.reader import Reader
from hookmw.inbox.postgresql.schema import migrate, opened, prepare
from hookmw.inbox.postgresql.upkeep import Check, Dismiss, Prune, Replay, Restore
from hookmw.inbox.rules import check_keys, check_limit, check_prunable
from hookmw.loop import Call, loop_caller

__all__ = ["PostgreSQLInbox", "migrate"]


@dataclass(slots=True)
class _Opened:
    """What there is while the inbox is open.

    Puts have a connection of their own: they never wait for a claim, nor for its locks.
    """

    address: Address
    call: Call
    name: str
    process: int
    bell: Bell
    arrivals: Line
    work: Line
    reader: Reader
    transactions: Transactions
    quarantine: Quarantine
    listener: Listener | None = None

    def listen(self) -> None:
        """Hear what others do, from the first time that somebody waits for it."""
        if self.listener is None:
            self.listener = Listener(self.address, self.call, self.bell, self.name)

    async def aclose(self) -> None:
        self.bell.ring()
        await self.arrivals.drain()
        await self.work.drain()
        await self.transactions.aclose()
        await run_sync(self._close)

    def _close(self) -> None:
        if self.listener is not None:
            self.listener.stop()
        self.arrivals.stop()
        self.work.stop()
        self.transactions.close()
        self.reader.close()


class PostgreSQLInbox:
    """Keeps events in a schema of a PostgreSQL database; it is made when opened if there is none.

    An operation waits 2 seconds for what others have locked, or for a server that is restarted,
    and nobody waits longer than 3 for a server that says nothing. A commit whose answer was lost
    is not taken for one. The connections are: one for puts, one for claims and settlements, one
    that listens in a process where somebody waits for events, up to 4 for questions, and up to 16
    for handlers that ask for a transaction (twice that if both kinds of handlers do).

    Every method but `open` and `aclose` raises `RuntimeError` before the first `open`, and
    `InboxUnavailable` after `aclose` and in a process forked from the one that opened it.

    Args:
        url: of the database, as libpq takes it; the name of the schema may be among what follows
            `?`, as in `postgresql://user@host/database?schema=name`, and is else `hookmw`.
        make: whether to make the tables, or bring them up to date; else `migrate` must have.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, url: str, *, make: bool = True) -> None:
        self._address = address_of(url)
        self._make = make
        self._opened: _Opened | None = None
        self._opening: anyio.Lock | None = None
        self._was_open = False

    def __repr__(self) -> str:
        """Where it is; never a password."""
        return f"<PostgreSQLInbox {self._address.place}>"

    async def open(self) -> None:
        """See `Inbox.open`; may be called again after `aclose`."""
        self._opening = self._opening or anyio.Lock()
        async with self._opening:
            if self._opened is None:
                await run_sync(_make_ready, self._address, self._make)
                self._opened = _start(self._address, loop_caller())
                self._was_open = True

    async def aclose(self) -> None:
        """See `Inbox.aclose`."""
        opened = self._opened
        if opened is None or opened.process != os.getpid():
            return  # a forked child must not even close what is its parent's
        self._opened = None
        with anyio.CancelScope(shield=True):
            await opened.aclose()

    async def put(
        self,
        event: Event[Any],
        *,
        dedupe: bytes,
        alias: bytes | None = None,
        order: Order | None = None,
    ) -> Arrival:
        """See `Inbox.put`."""
        check_keys(dedupe, order)
        return await self._enter().arrivals.commit(Put(event, dedupe, alias, order))

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        """See `Inbox.claim`."""
        check_limit(limit)
        opened = self._enter()
        return await opened.work.commit(ClaimDue(worker, limit, lease, only, opened.bell))

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        """See `Inbox.renew`."""
        return await self._enter().work.commit(Renew(claims, lease))

    async def settle(self, settlement: Settlement) -> bool:
        """See `Inbox.settle`."""
        return await self._enter().work.commit(Settle(settlement))

    async def release(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        """See `Inbox.release`."""
        await self._enter().work.commit(Release(claims))

    async def ring(self, *, limit: int, again: float) -> Sequence[UUID]:
        """See `Inbox.ring`."""
        check_limit(limit)
        opened = self._enter()
        return await opened.work.commit(Ring(limit, again, opened.bell))

    async def wait(self, seconds: float) -> None:
        """See `Inbox.wait`; it hears what other processes do, but for a time without connection."""
        opened = self._enter()
        opened.listen()
        await opened.bell.wait(seconds)

    async def get(self, id: UUID) -> Entry | None:  # noqa: A002 - the contract's name
        """See `Inbox.get`."""
        return await self._enter().reader.get(id)

    async def find(self, query: Query) -> Sequence[Entry]:
        """See `Inbox.find`."""
        return await self._enter().reader.find(query)

    async def count(self) -> dict[State, int]:
        """See `Inbox.count`."""
        return await self._enter().reader.count()

    async def replay(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.replay`."""
        return await self._enter().work.commit(Replay(id))

    async def dismiss(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.dismiss`."""
        return await self._enter().work.commit(Dismiss(id))

    async def check(self) -> Health:
        """See `Inbox.check`."""
        opened, start = self._enter(), time.perf_counter()
        await opened.arrivals.commit(Check())
        wrote_in = time.perf_counter() - start
        counts, oldest_due, workers = await opened.reader.health()
        return Health(wrote_in=wrote_in, counts=counts, oldest_due=oldest_due, workers=workers)

    async def prune(self, *, before: float, states: frozenset[State], limit: int = 500) -> int:
        """See `Inbox.prune`."""
        check_prunable(states)
        return await self._enter().work.commit(Prune(before, states, limit))

    async def export(self, query: Query, *, after: UUID | None = None) -> Sequence[Stored]:
        """See `Inbox.export`."""
        return await self._enter().reader.export(query, after)

    async def restore(self, stored: Stored) -> bool:
        """See `Inbox.restore`."""
        check_keys(stored.dedupe, stored.order)
        return await self._enter().work.commit(Restore(stored))

    async def quarantine(self, refused: Refused, bounds: Bounds) -> None:
        """See `Inbox.quarantine`."""
        await self._enter().quarantine.add(refused, bounds)

    async def quarantined(self, query: Query) -> Sequence[Refused]:
        """See `Inbox.quarantined`."""
        return await self._enter().quarantine.find(query)

    async def discharge(self, ids: Sequence[UUID]) -> int:
        """See `Inbox.discharge`."""
        return await self._enter().quarantine.drop(ids)

    def transaction(self, claim: Claim, handler: str) -> HandlerTransaction:
        """See `Transactional.transaction`: `with` gives a `psycopg.Connection`.

        `async with` gives a `psycopg.AsyncConnection`; on asyncio alone, for psycopg has none for
        trio. The connection is in a transaction of ours: `connection.transaction()` makes a
        savepoint in it, `connection.commit()` is refused.
        """
        return self._enter().transactions.transaction(claim, handler)

    def _enter(self) -> _Opened:
        opened, place = self._opened, self._address.place
        if opened is not None and opened.process == os.getpid():
            return opened
        if opened is not None:
            raise InboxUnavailable(
                f"inbox {place}: was opened before this process was forked; open it after"
            )
        if self._was_open:
            raise InboxUnavailable(f"inbox {place}: is closed")
        raise RuntimeError("the inbox is not open: await inbox.open() first")


def _make_ready(address: Address, make: bool) -> None:  # noqa: FBT001 - run_sync takes no names
    with opened(address) as db:
        prepare(db, address, make=make)


def _start(address: Address, call: Call) -> _Opened:
    bell, name = Bell(), uuid4().hex
    line = partial(Line, address, call, bell, name)
    reader = Reader(address)
    return _Opened(
        address=address,
        call=call,
        name=name,
        process=os.getpid(),
        bell=bell,
        arrivals=line("puts"),
        work=line("work"),
        reader=reader,
        transactions=Transactions(address),
        quarantine=Quarantine(reader),
    )
