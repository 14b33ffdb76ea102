"""The thread that writes: whole batches, one transaction and one fsync each."""

import math
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from hookmw.errors import InboxUnavailable
from hookmw.inbox.operation import Operations
from hookmw.inbox.sqlite.arrivals import Put, put_all
from hookmw.inbox.sqlite.checkpoints import Checkpoints
from hookmw.inbox.sqlite.file import Identity, check_version
from hookmw.inbox.sqlite.liveness import Presence
from hookmw.inbox.sqlite.outcomes import Settle, settle_all
from hookmw.inbox.sqlite.recovery import Recovery
from hookmw.inbox.sqlite.transaction import Step, Transaction
from hookmw.inbox.sqlite.turn import Turn
from hookmw.inbox.sqlite.upkeep import Prune
from hookmw.loop import Call

__all__ = ["Writer"]

PATIENCE = 2.0  # seconds that an operation waits for a locked database
PAGES_AT_ONCE = 1000  # given back to the disk after a prune
STEP = 0.05  # seconds to which that is rounded up, and which a batch waits at least


class Writer:
    """Owns the connection that writes.

    Args:
        db: the thread's alone from now on.
        path: of the database.
        clock: seconds since the epoch.
        call: the way back into the loop.
        turn: to write, among all of this process.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        path: Path,
        clock: Callable[[], float],
        call: Call,
        turn: Turn,
    ) -> None:
        self._db = db
        self._path = path
        self._clock = clock
        self._call = call
        self._turn = turn
        self._identity = Identity(path)
        self._presence = Presence(path)
        self._recovery = Recovery(self._presence)
        self._checkpoints = Checkpoints(path)
        self._wait = 0.0  # seconds, as the connection knows it
        self._log = 0  # bytes
        self._handed: SimpleQueue[tuple[Operations, Callable[[], None]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=f"hookmw inbox {path.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._presence.tidy()
        self._checkpoints.start()
        self._thread.start()

    def hand_over(self, operations: Operations, done: Callable[[], None]) -> None:
        """Commit operations, puts first; then call `done` in the loop.

        Those that are not finished by then found the database locked and may wait longer.
        """
        self._handed.put((operations, done))

    def stop(self) -> None:
        """Finish what was handed over, and close."""
        self._handed.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            while (handed := self._handed.get()) is not None and self._serve(*handed):
                self._checkpoints.consider(self._log)
        finally:
            self._checkpoints.stop()
            self._presence.leave()
            self._db.close()

    def _serve(self, operations: Operations, done: Callable[[], None]) -> bool:
        self._commit(operations)
        if any(isinstance(operation, Prune) for operation in operations):
            self._shrink()
        try:
            self._call(done)
        except RuntimeError:  # the loop has ended, and with it all who could ask for anything
            return False
        return True

    def _commit(self, operations: Operations) -> None:
        try:
            self._transact(operations)
        except Exception as error:
            self._blame(operations, error)
        else:
            for operation in operations:
                operation.finished = True

    def _transact(self, operations: Operations) -> None:
        with self._turn.hold(self._be_patient(operations)):
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._run(operations)
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()  # before the next one's turn
                raise
        self._log = self._identity.check()

    def _run(self, operations: Operations) -> None:
        check_version(self._db, self._path)
        transaction = Transaction(self._db, self._clock(), self._recovery)
        put_all(transaction, [op for op in operations if isinstance(op, Put)])
        settle_all(transaction, [op for op in operations if isinstance(op, Settle)])
        for operation in operations:
            if isinstance(operation, Step):
                operation.run(transaction)
        transaction.let_go()

    def _shrink(self) -> None:
        """Give what was deleted back to the disk, a little at a time."""
        with suppress(sqlite3.Error):  # the next one will
            # execute() takes one step of it, which gives back one page
            self._db.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")

    def _be_patient(self, operations: Operations) -> float:
        """Let SQLite wait for others as long as these may; the seconds."""
        age = time.monotonic() - min(operation.submitted for operation in operations)
        wait = max(1, math.ceil((PATIENCE - age) / STEP)) * STEP
        if wait != self._wait:
            self._db.execute(f"PRAGMA busy_timeout = {wait * 1000:.0f}")
            self._wait = wait
        return wait

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _blame(self, operations: Operations, error: Exception) -> None:
        if _is_locked(error):
            now = time.monotonic()
            self._fail([op for op in operations if now - op.submitted > PATIENCE - STEP], error)
        elif len(operations) == 1 or _concerns_all(error):
            self._fail(operations, error)
        else:
            for operation in operations:  # only the guilty one shall fail
                self._commit([operation])

    def _fail(self, operations: Operations, error: Exception) -> None:
        for operation in operations:
            operation.error = self._explained(error)
            operation.finished = True

    def _explained(self, error: Exception) -> Exception:
        if isinstance(error, InboxUnavailable):
            return InboxUnavailable(error.reason, retry_after=error.retry_after)
        if _is_locked(error):
            reason = f"inbox {self._path}: locked by another process for {PATIENCE:g} s"
            return InboxUnavailable(reason, retry_after=2)
        if _concerns_all(error) or isinstance(error, OSError):
            return InboxUnavailable(f"inbox {self._path}: {error}", retry_after=10)
        return error


def _is_locked(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _concerns_all(error: Exception) -> bool:
    # a full disk, a damaged file: what the database itself cannot do; its other errors are ours
    return isinstance(error, InboxUnavailable) or (
        isinstance(error, sqlite3.DatabaseError)
        and not isinstance(
            error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError
        )
    )
