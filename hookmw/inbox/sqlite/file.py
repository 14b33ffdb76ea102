"""The database file: made private, recognised as ours, and watched so that it stays the one."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox.sqlite.schema import (
    APPLICATION_ID,
    MIGRATIONS,
    PAGE_SIZE,
    SCHEMA,
    TABLES,
    VERSION,
)

__all__ = ["Identity", "check_version", "connect_beside", "connect_reader", "connect_writer"]

OPEN_PATIENCE = 10.0  # seconds to wait for others that open it, or recover it, at the same time
WAL_LIMIT = 4 * 1024 * 1024  # bytes to which the log is cut back
CHECKED_WHOLE = 64 * 1024 * 1024  # bytes; a larger file would hold up the start


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open an inbox for writing; make it where there is none.

    Raises:
        ConfigError: what is there is not an inbox of ours, or of a newer version, or damaged.
        OSError: it may not be read and written.
        sqlite3.Error: the same.
    """
    _create_private(path)
    db = _connect(path, "rw")
    try:
        _prepare(db, path)
    except sqlite3.DatabaseError as error:
        db.close()
        raise _explained(error, path) from error
    except BaseException:
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """Another connection to an open inbox, which cannot write."""
    return _connect(path, "ro")


def connect_beside(path: Path) -> sqlite3.Connection:
    """Another connection to an open inbox, for upkeep."""
    return _connect(path, "rw")


def check_version(db: sqlite3.Connection, path: Path) -> None:
    """Look whether a newer hookmw has changed the tables since they were opened.

    Raises:
        InboxUnavailable: it has.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise InboxUnavailable(
            f"inbox {path}: was changed by another hookmw while in use (schema {version}, this one"
            f" knows {VERSION}): restart",
            retry_after=30,
        )


class Identity:
    """Which files these are: a commit into a file that was removed would be lost unseen.

    Args:
        path: of the database, which is open.
    """

    def __init__(self, path: Path) -> None:
        self._paths = (os.fspath(path), f"{path}-wal")
        self._files = self._look()

    def check(self) -> int:
        """The size of the log, in bytes.

        Raises:
            InboxUnavailable: the files were removed or replaced.
        """
        try:
            files = self._look()
        except OSError:
            files = None
        if files is None or [key for key, _ in files] != [key for key, _ in self._files]:
            raise InboxUnavailable(
                f"inbox {self._paths[0]} was removed or replaced while in use:"
                " put it back, or restart",
                retry_after=30,
            )
        return files[1][1]

    def _look(self) -> list[tuple[tuple[int, int], int]]:
        found = map(os.stat, self._paths)
        return [((stat.st_dev, stat.st_ino), stat.st_size) for stat in found]


def _create_private(path: Path) -> None:
    if not path.parent.is_dir():
        raise ConfigError(f"inbox {path}: the directory {path.parent} does not exist; create it")
    # sqlite3 would make it readable by others, and copies these rights to what it makes beside it
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=OPEN_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    with _transaction(db, "BEGIN"):  # one look, for others may be making it just now
        _refuse_strangers(db, path)
    db.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only a new file heeds it
    _write_ahead(db)
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    with _transaction(db, "BEGIN IMMEDIATE"):
        is_new = _refuse_strangers(db, path)
        for statement in SCHEMA if is_new else _missing(db):
            db.execute(statement)
    _check_whole(db, path)


def _missing(db: sqlite3.Connection) -> Iterator[str]:
    """What makes an older inbox one of our version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for older in range(version, VERSION):
        yield from MIGRATIONS[older]


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    yield  # whoever fails closes the connection, which rolls back
    db.execute("COMMIT")


def _refuse_strangers(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the database is new."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return True
    if application != APPLICATION_ID:
        raise ConfigError(
            f"inbox {path}: this is the database of another application; choose another path"
        )
    if version > VERSION:
        raise ConfigError(
            f"inbox {path}: was written by a newer hookmw (schema {version}, this one knows"
            f" {VERSION}); upgrade hookmw"
        )
    return False


def _write_ahead(db: sqlite3.Connection) -> None:
    # two processes that switch a new file at once get SQLITE_BUSY without any waiting
    end = time.monotonic() + OPEN_PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _check_whole(db: sqlite3.Connection, path: Path) -> None:
    for table in TABLES:
        db.execute(f"SELECT max(rowid) FROM {table}").fetchone()  # noqa: S608 - names of ours
    if path.stat().st_size > CHECKED_WHOLE:
        return
    with closing(db.execute("PRAGMA quick_check(1)")) as found:
        (verdict,) = found.fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(" ".join(verdict.split()))


def _explained(error: sqlite3.DatabaseError, path: Path) -> ConfigError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigError(f"inbox {path}: this is not an SQLite database; choose another path")
    if code == sqlite3.SQLITE_CORRUPT:
        return ConfigError(
            f"inbox {path}: the database is damaged ({error}); restore it from a copy, or save what"
            " can be saved with `sqlite3 FILE .recover`, or move it away to begin anew"
        )
    return ConfigError(f"inbox {path}: cannot be opened ({error})")
