"""An inbox in one SQLite file: durable on any disk, nothing to install or to run.

the loop                              the writer's thread
────────                              ───────────────────
put ──┐
put ──┼──> GroupCommit ──> batch ───> BEGIN IMMEDIATE ... COMMIT (one fsync)
settle┘         ^                                        │
                └────────── one call for all ────────────┘

arrivals, leases, outcomes,
decisions, upkeep, moving, apart
                       what is asked of the database, in SQL
lanes                  who may go, of the events of one order key
recovery, liveness     events whose time has come, or whose worker is gone
handling, turn         a handler's own writes in the same database, one after another
file, schema           the file, its tables
reader                 `get`, `find`, `count`, beside all that
"""

import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
from anyio.to_thread import run_sync

from hookmw.errors import ConfigError, InboxUnavailable
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
from hookmw.inbox.commits import GroupCommit
from hookmw.inbox.rules import check_keys, check_limit, check_prunable
from hookmw.inbox.sqlite.apart import Discharge, Quarantine
from hookmw.inbox.sqlite.arrivals import Put
from hookmw.inbox.sqlite.decisions import Dismiss, Replay
from hookmw.inbox.sqlite.file import connect_writer
from hookmw.inbox.sqlite.handling import HandlerTransaction
from hookmw.inbox.sqlite.leases import ClaimDue, Release, Renew, Ring
from hookmw.inbox.sqlite.moving import Restore
from hookmw.inbox.sqlite.outcomes import Settle
from hookmw.inbox.sqlite.reader import Reader
from hookmw.inbox.sqlite.turn import Turn
from hookmw.inbox.sqlite.upkeep import Prune, Pulse
from hookmw.inbox.sqlite.writer import Writer
from hookmw.loop import Call, loop_caller

__all__ = ["SQLiteInbox"]


@dataclass(frozen=True, slots=True)
class _Opened:
    process: int
    path: Path
    turn: Turn
    writer: Writer
    commits: GroupCommit
    reader: Reader
    bell: Bell

    def close(self) -> None:
        self.reader.close()
        self.writer.stop()


class SQLiteInbox:
    """Keeps events in an SQLite file. Many processes of one machine may share it.

    An operation waits 2 seconds for a database that another process has locked. The file is
    readable by its owner alone, and must not lie on a network file system. Beside it lie `-wal`
    and `-shm`, which belong to it, and a lock file for each worker that runs.

    Every method but `open` and `aclose` raises `RuntimeError` before the first `open`, and
    `InboxUnavailable` after `aclose` and in a process forked from the one that opened it.

    Args:
        path: of the file; made when opened if there is none. Its directory must exist.
        clock: what time it is, in seconds since the epoch.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = Path(path)
        self._clock = clock
        self._opened: _Opened | None = None
        self._opening: anyio.Lock | None = None
        self._was_open = False

    async def open(self) -> None:
        """See `Inbox.open`; may be called again after `aclose`."""
        self._opening = self._opening or anyio.Lock()
        async with self._opening:
            if self._opened is None:
                call = loop_caller()
                self._opened = await run_sync(self._connect, call)
                self._opened.writer.start()
                self._was_open = True

    async def aclose(self) -> None:
        """See `Inbox.aclose`."""
        opened = self._opened
        if opened is None or opened.process != os.getpid():
            return  # a forked child must not even close what is its parent's
        self._opened = None
        opened.bell.ring()
        with anyio.CancelScope(shield=True):
            await opened.commits.drain()
            await run_sync(opened.close)

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
        return await self._enter().commits.commit(Put(event, dedupe, alias, order))

    async def claim(
        self, worker: str, *, limit: int, lease: float, only: UUID | None = None
    ) -> Sequence[Claim]:
        """See `Inbox.claim`."""
        check_limit(limit)
        return await self._enter().commits.commit(ClaimDue(worker, limit, lease, only))

    async def renew(self, claims: Sequence[Claim], *, lease: float) -> Sequence[Claim]:
        """See `Inbox.renew`."""
        return await self._enter().commits.commit(Renew(claims, lease))

    async def settle(self, settlement: Settlement) -> bool:
        """See `Inbox.settle`."""
        return await self._enter().commits.commit(Settle(settlement))

    async def release(self, claims: Mapping[Claim, frozenset[str]]) -> None:
        """See `Inbox.release`."""
        await self._enter().commits.commit(Release(claims))

    async def ring(self, *, limit: int, again: float) -> Sequence[UUID]:
        """See `Inbox.ring`."""
        check_limit(limit)
        return await self._enter().commits.commit(Ring(limit, again))

    async def wait(self, seconds: float) -> None:
        """See `Inbox.wait`; what other processes put is found by asking again."""
        await self._enter().bell.wait(seconds)

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
        return await self._enter().commits.commit(Replay(id))

    async def dismiss(self, id: UUID) -> bool:  # noqa: A002 - the contract's name
        """See `Inbox.dismiss`."""
        return await self._enter().commits.commit(Dismiss(id))

    async def check(self) -> Health:
        """See `Inbox.check`."""
        started = time.monotonic()
        health = await self._enter().commits.commit(Pulse())
        wrote_in = time.monotonic() - started
        return replace(health, wrote_in=wrote_in, counts=await self.count())

    async def prune(self, *, before: float, states: frozenset[State], limit: int = 500) -> int:
        """See `Inbox.prune`."""
        check_prunable(states)
        if not states:
            return 0
        return await self._enter().commits.commit(Prune(before, states, limit))

    async def export(self, query: Query, *, after: UUID | None = None) -> Sequence[Stored]:
        """See `Inbox.export`."""
        return await self._enter().reader.export(query, after)

    async def restore(self, stored: Stored) -> bool:
        """See `Inbox.restore`."""
        check_keys(stored.dedupe, stored.order)
        return await self._enter().commits.commit(Restore(stored))

    async def quarantine(self, refused: Refused, bounds: Bounds) -> None:
        """See `Inbox.quarantine`."""
        await self._enter().commits.commit(Quarantine(refused, bounds))

    async def quarantined(self, query: Query) -> Sequence[Refused]:
        """See `Inbox.quarantined`."""
        return await self._enter().reader.quarantined(query)

    async def discharge(self, ids: Sequence[UUID]) -> int:
        """See `Inbox.discharge`."""
        return await self._enter().commits.commit(Discharge(ids))

    def transaction(self, claim: Claim, handler: str) -> HandlerTransaction:
        """See `Transactional.transaction`."""
        opened = self._enter()
        return HandlerTransaction(opened.path, opened.turn, claim, handler)

    def _enter(self) -> _Opened:
        opened = self._opened
        if opened is not None and opened.process == os.getpid():
            return opened
        if opened is not None:
            raise InboxUnavailable(
                f"inbox {self._path}: was opened before this process was forked; open it after"
            )
        if self._was_open:
            raise InboxUnavailable(f"inbox {self._path}: is closed")
        raise RuntimeError("the inbox is not open: await inbox.open() first")

    def _connect(self, call: Call) -> _Opened:
        path = self._path.resolve()  # as SQLite does; and nobody's chdir shall move it
        try:
            with ExitStack() as undo:
                db = connect_writer(path)
                undo.callback(db.close)
                reader = Reader(path)
                undo.callback(reader.close)
                turn = Turn()
                writer = Writer(db, path, self._clock, call, turn)
                undo.pop_all()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"inbox {path}: cannot be opened ({error})") from error
        bell = Bell()
        return _Opened(
            os.getpid(), path, turn, writer, GroupCommit(writer.hand_over, bell), reader, bell
        )
