"""A connection that begins and ends transactions in our way."""

import math
from typing import Any

import psycopg
from psycopg.rows import TupleRow

__all__ = ["DURABLE", "PATIENCE", "Link", "UnsureError"]

PATIENCE = 2.0
"""Seconds that an operation waits for locks, or for a server that is restarted."""

# A commit that only waits for the operating system, or only for this machine where there is a
# standby to wait for, is not what our 200 promises; what is stronger is left as it is.
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
)
_WARNING = "WARNING"


class UnsureError(Exception):
    """The connection was lost in the middle of a commit: it may have happened, or not."""


class Link(psycopg.Connection[TupleRow]):
    """A connection in autocommit mode, whose transactions are begun by `begin`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._warning: str | None = None
        self.add_notice_handler(self._notice)

    def begin(self, patience: float, *, statements: float | None = None) -> None:
        """Begin a transaction whose commit is durable.

        Args:
            patience: seconds to wait for a lock.
            statements: seconds that a statement may take; as long as `patience` if None.
        """
        self._run(
            "BEGIN ISOLATION LEVEL READ COMMITTED;"
            f" SET LOCAL lock_timeout = {_milliseconds(patience)};"
            f" SET LOCAL statement_timeout = {_milliseconds(statements or patience)};"
            f" {DURABLE}"
        )

    def commit_surely(self) -> None:
        """Commit.

        Raises:
            UnsureError: nobody knows whether that happened.
            psycopg.Error: it did not happen.
        """
        self._warning = None
        try:
            status = self._run("COMMIT")
        except psycopg.Error as error:
            if self.closed:
                raise UnsureError(str(error)) from error
            raise
        if status != "COMMIT":
            raise psycopg.errors.TransactionRollback("the server rolled the transaction back")
        # a wait for the standby that was cut short is a COMMIT with a warning
        if self._warning is not None:
            raise UnsureError(self._warning)

    def roll_back(self) -> None:
        """Undo what was begun; or close the connection, if that cannot be."""
        try:
            self._run("ROLLBACK")
        except psycopg.Error:
            self.close()

    def _run(self, statements: str) -> str | None:
        # many statements at once are a round trip less, and cannot be prepared
        return self.execute(statements.encode(), prepare=False).statusmessage

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == _WARNING:
            self._warning = notice.message_primary


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
