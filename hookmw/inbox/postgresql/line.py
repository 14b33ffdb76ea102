"""A thread with a connection of its own that commits batches, one transaction each."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

import psycopg
from anyio import move_on_after

from hookmw.errors import InboxUnavailable
from hookmw.inbox.bell import Bell
from hookmw.inbox.commits import GroupCommit
from hookmw.inbox.operation import Operation, Operations
from hookmw.inbox.postgresql.address import Address, connect
from hookmw.inbox.postgresql.arrivals import Put, put_all
from hookmw.inbox.postgresql.faults import (
    AgainError,
    concerns_all,
    explained,
    is_locked,
    is_passing,
)
from hookmw.inbox.postgresql.link import PATIENCE, Link, UnsureError
from hookmw.inbox.postgresql.outcomes import Settle, settle_all
from hookmw.inbox.postgresql.transaction import Rounds, Shared, Step, Transaction
from hookmw.loop import Call

__all__ = ["Line"]

T = TypeVar("T")

LIMIT = PATIENCE + 1.0  # seconds after which nobody waits any longer for a server that says nothing
LARGEST = 256  # operations in one transaction: each may lock a lane, and a server's locks are few
HEAVY = 8 * 2**20  # bytes in one transaction, of several operations
PAUSE = 0.05  # seconds between two attempts
HUSH = 0.02  # seconds between two calls to the other processes, while there is more to commit


class Line:
    """Commits operations.

    Args:
        address: of the database.
        call: the way back into the loop.
        bell: told what was committed.
        caller: the name under which it calls other processes.
        name: of the thread.
    """

    def __init__(self, address: Address, call: Call, bell: Bell, caller: str, name: str) -> None:
        self._address = address
        self._call = call
        self._caller = caller
        self._commits = GroupCommit(self._hand_over, bell)
        self._rounds = Rounds()
        self._link: Link | None = None
        self._begun: float | None = None  # the batch under way, on the monotonic clock
        self._down_since: float | None = None
        self._owes_call = False
        self._called = 0.0
        self._handed: SimpleQueue[tuple[Operations, Callable[[], None]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=f"hookmw inbox {name}", daemon=True)
        self._thread.start()

    async def commit(self, operation: Operation[T]) -> T:
        """Return what came of an operation, after its commit.

        Raises:
            InboxUnavailable: it was not committed, or nobody knows.
        """
        begun = self._begun
        if begun is None or time.monotonic() - begun < LIMIT:
            with move_on_after(LIMIT):
                return await self._commits.commit(operation)
        raise InboxUnavailable(
            f"inbox {self._address.place}: no answer for {LIMIT:g} s", retry_after=5
        )

    async def drain(self) -> None:
        """Return when nobody waits and nothing is under way; or when that is hopeless."""
        with move_on_after(2 * LIMIT):
            await self._commits.drain()

    def stop(self) -> None:
        """Finish what was handed over, and let go of the connection."""
        self._handed.put(None)
        self._thread.join(LIMIT)

    def _hand_over(self, operations: Operations, done: Callable[[], None]) -> None:
        self._handed.put((operations, done))

    def _work(self) -> None:
        try:
            while (handed := self._handed.get()) is not None and self._serve(*handed):
                self._call_others()
                self._begun = None
        finally:
            if self._link is not None:
                self._link.close()

    def _serve(self, operations: Operations, done: Callable[[], None]) -> bool:
        self._begun = time.monotonic()
        for some in _portions(operations):
            self._commit(some)
        try:
            self._call(done)
        except RuntimeError:  # the loop has ended, and with it all who could ask for anything
            return False
        return True

    def _commit(self, operations: Operations) -> None:
        lanes: frozenset[bytes] = frozenset()
        while True:
            left = PATIENCE - (time.monotonic() - min(op.submitted for op in operations))
            try:
                self._transact(operations, max(left, PAUSE), lanes)
            except Exception as error:
                if left <= 0 or not self._may_try_again(error):
                    self._blame(operations, error)
                    return
                if isinstance(error, AgainError):
                    lanes |= error.lanes
            else:
                return

    def _transact(self, operations: Operations, patience: float, more: frozenset[bytes]) -> None:
        link = self._connected()
        try:
            link.begin(patience)
            transaction = Transaction(link, self._address.schema, self._rounds)
            _run(transaction, operations, more)
            link.commit_surely()
        except UnsureError:
            raise
        except BaseException:
            if not link.closed:
                link.roll_back()
            raise
        self._owes_call |= transaction.due
        # only now: what was done because the clock was set must be done, before it counts as seen
        self._rounds.clock.reading = transaction.reading or self._rounds.clock.reading
        for operation in operations:
            operation.finished = True

    def _connected(self) -> Link:
        if self._link is None or self._link.closed:
            try:
                self._link = connect(self._address)
            except psycopg.Error:
                self._down_since = self._down_since or time.monotonic()
                raise
            self._down_since = None
        return self._link

    def _may_try_again(self, error: Exception) -> bool:
        if isinstance(error, UnsureError):
            return False
        if is_passing(error):
            return True
        if not isinstance(error, psycopg.OperationalError):
            return False
        down = self._down_since
        if down is not None:  # it may be restarted just now; whoever comes later need not wait too
            time.sleep(PAUSE)
            return time.monotonic() - down < PATIENCE
        return self._link is None or self._link.closed

    def _blame(self, operations: Operations, error: Exception) -> None:
        if is_locked(error):  # whoever came later may wait longer, in the next batch
            now = time.monotonic()
            self._fail([op for op in operations if now - op.submitted > PATIENCE - PAUSE], error)
        elif len(operations) == 1 or concerns_all(error):
            self._fail(operations, error)
        else:
            for operation in operations:  # only the guilty one shall fail
                self._commit([operation])
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) and self._link is not None:
            self._link.close()  # after a failover the server that we know only reads

    def _fail(self, operations: Operations, error: Exception) -> None:
        told = explained(error, self._address.place)
        for operation in operations:
            operation.error = _again(told)
            operation.finished = True

    def _call_others(self) -> None:
        """Wake those who wait in other processes; who misses it will look within a second."""
        now = time.monotonic()
        hush = not self._handed.empty() and now - self._called < HUSH
        if not self._owes_call or hush or self._link is None:
            return
        self._owes_call, self._called = False, now
        with suppress(psycopg.Error):
            self._link.execute("SELECT pg_notify(%s, %s)", (self._address.schema, self._caller))


def _portions(operations: Operations) -> Iterator[Operations]:
    start, total = 0, 0
    for at, operation in enumerate(operations):
        size = operation.size if isinstance(operation, Shared) else 0
        if at > start and (total + size > HEAVY or at - start == LARGEST):
            yield operations[start:at]
            start, total = at, 0
        total += size
    yield operations[start:]


def _run(transaction: Transaction, operations: Operations, more: frozenset[bytes]) -> None:
    shared = [each for each in operations if isinstance(each, Shared)]
    for each in shared:
        each.look(transaction)
    lanes = (lane for each in shared for lane in each.lanes if lane is not None)
    transaction.lock(more.union(lanes))
    put_all(transaction, [each for each in shared if isinstance(each, Put)])
    settle_all(transaction, [each for each in shared if isinstance(each, Settle)])
    for each in shared:
        if isinstance(each, Step):
            each.run(transaction)


def _again(error: Exception) -> Exception:
    if isinstance(error, InboxUnavailable):
        return InboxUnavailable(error.reason, retry_after=error.retry_after)
    return error
