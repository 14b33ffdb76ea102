"""What the database's errors mean to us."""

import re

import psycopg
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from hookmw.errors import ConfigError, HookmwError, InboxUnavailable
from hookmw.inbox.postgresql.link import PATIENCE, UnsureError

__all__ = ["AgainError", "at_the_start", "concerns_all", "explained", "is_locked", "is_passing"]


class AgainError(Exception):
    """Others came between: the transaction must be done again.

    Args:
        lanes: that must be locked then.
    """

    def __init__(self, lanes: frozenset[bytes] = frozenset()) -> None:
        super().__init__("others came between")
        self.lanes = lanes


_LOCKED = (errors.LockNotAvailable, errors.QueryCanceled)
_PASSING = (errors.SerializationFailure, errors.DeadlockDetected)
_GUILTY = (psycopg.DataError, psycopg.IntegrityError)
_CHANGED = (
    errors.InvalidSchemaName,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
)
_EXPLANATIONS: list[tuple[type[Exception] | tuple[type[Exception], ...], str, float]] = [
    (UnsureError, "it is not known whether that was committed ({})", 5),
    (AgainError, f"others came between for {PATIENCE:g} s", 2),
    (_LOCKED, f"locked by others, or too slow, for {PATIENCE:g} s", 2),
    (_CHANGED, "its tables are gone or have changed ({}); restart", 30),
    (PoolClosed, "is closed", 1),
    ((PoolTimeout, TooManyRequests), f"no connection to be had for {PATIENCE:g} s", 5),
]
"""Errors, words for them, and seconds after which one may ask again."""
_OURS = re.compile("does not exist|authentication failed|no password|pg_hba|not permitted")


def is_passing(error: Exception) -> bool:
    """Whether the same transaction may do better at once."""
    if isinstance(error, errors.UniqueViolation):
        return error.diag.constraint_name == "progress_first"
    return isinstance(error, (AgainError, *_PASSING))


def is_locked(error: Exception) -> bool:
    """Whether others have locked what was wanted, or it took too long."""
    return isinstance(error, _LOCKED)


def concerns_all(error: Exception) -> bool:
    """Whether it is the database that cannot, rather than one operation that is at fault."""
    return isinstance(error, (InboxUnavailable, UnsureError, AgainError, *_CHANGED)) or (
        isinstance(error, psycopg.Error) and not isinstance(error, _GUILTY)
    )


def explained(error: Exception, place: str) -> Exception:
    """What whoever asked is told instead of an error of the database."""
    for kinds, words, retry_after in _EXPLANATIONS:
        if isinstance(error, kinds):
            reason = f"inbox {place}: {words.format(_line(error))}"
            return InboxUnavailable(reason, retry_after=retry_after)
    if isinstance(error, psycopg.Error) and concerns_all(error):
        return InboxUnavailable(f"inbox {place}: {_line(error)}", retry_after=10)
    return error


def at_the_start(error: psycopg.Error, place: str) -> HookmwError:
    """What went wrong when the inbox was opened: what only a human can put right, or not."""
    if isinstance(error, errors.InsufficientPrivilege):
        return ConfigError(
            f"inbox {place}: the role may not do this ({_line(error)}); run"
            " `hookmw migrate --inbox URL` as one that may create a schema, and grant this one"
            " the use of its tables and sequences"
        )
    if _OURS.search(str(error)) and not isinstance(error, _LOCKED):
        return ConfigError(f"inbox {place}: cannot be opened ({_line(error)})")
    told = explained(error, place)
    return told if isinstance(told, HookmwError) else ConfigError(f"inbox {place}: {_line(error)}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
