"""A handler's own writes, in the transaction that marks its success."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from hookmw.errors import ConfigError, InboxUnavailable, LeaseLost
from hookmw.inbox import Claim
from hookmw.inbox.rows import pack_names, unpack_names
from hookmw.inbox.sqlite.file import connect_beside
from hookmw.inbox.sqlite.turn import Turn

__all__ = ["HandlerTransaction"]

PATIENCE = 5.0  # seconds that it waits for others who write

_HELD = "seq = (SELECT seq FROM events WHERE id = ?) AND token = ? AND state = 'claimed'"


class HandlerTransaction:
    """See `Transactional.transaction`; the connection is an `sqlite3.Connection`.

    While it is open nothing else can be written, arriving events included: keep it short.

    Args:
        path: of the database.
        turn: to write, among all of this process.
        claim: of the event.
        handler: its name.
    """

    def __init__(self, path: Path, turn: Turn, claim: Claim, handler: str) -> None:
        self._path = path
        self._turn = turn
        self._claim = claim
        self._handler = handler
        self._run = self._transact()

    def __enter__(self) -> sqlite3.Connection:
        """The connection.

        Raises:
            InboxUnavailable: others wrote for too long.
        """
        return self._run.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Commit, or roll back where something was raised.

        Raises:
            LeaseLost: the event is another worker's by now; nothing was written.
        """
        return self._run.__exit__(kind, error, traceback)

    async def __aenter__(self) -> Any:
        """Not here.

        Raises:
            ConfigError: always: SQLite would hold up the event loop.
        """
        raise ConfigError(
            "the transaction of an SQLite inbox is for sync handlers: write the handler with def"
        )

    async def __aexit__(self, *raised: object) -> None:
        """Never reached."""

    @contextmanager
    def _transact(self) -> Iterator[sqlite3.Connection]:
        with ExitStack() as undo:
            try:
                db = undo.enter_context(closing(connect_beside(self._path)))
                undo.enter_context(self._turn.hold(PATIENCE))
                self._begin(db)
            except sqlite3.Error as error:
                raise InboxUnavailable(f"inbox {os.fspath(self._path)}: {error}") from error
            try:
                self._handled(db)  # whoever has lost the event need not even begin
                yield db
                self._mark(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _begin(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_autocheckpoint = 0")  # a thread of its own does that
        db.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        db.execute("BEGIN IMMEDIATE")

    def _handled(self, db: sqlite3.Connection) -> frozenset[str]:
        """Names of the handlers that have succeeded."""
        if not db.in_transaction:
            raise ConfigError("the handler ended its transaction by itself: leave that to the with")
        row = db.execute(
            f"SELECT handled FROM progress WHERE {_HELD}",  # noqa: S608 - ours
            (self._claim.event.id.bytes, self._claim.token),
        ).fetchone()
        if row is None:
            raise LeaseLost(f"event {self._claim.event.id}: its lease was lost, it runs again")
        return unpack_names(row[0])

    def _mark(self, db: sqlite3.Connection) -> None:
        handled = self._handled(db) | {self._handler}
        db.execute(
            f"UPDATE progress SET handled = ? WHERE {_HELD}",  # noqa: S608 - ours
            (pack_names(handled), self._claim.event.id.bytes, self._claim.token),
        )
