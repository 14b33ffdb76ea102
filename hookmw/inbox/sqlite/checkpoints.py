"""Carries the log over into the database, in a thread of its own: no put waits for it."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from hookmw.inbox.sqlite.file import connect_beside

__all__ = ["Checkpoints"]

WORTHWHILE = 6 * 1024 * 1024  # bytes of log; more than it is cut back to
TOO_LONG = 24 * 1024 * 1024  # bytes of log from which the writer waits


class Checkpoints:
    """Keeps the log short.

    Args:
        path: of the database, which is open.
    """

    def __init__(self, path: Path) -> None:
        self._db = connect_beside(path)
        self._idle = Event()
        self._idle.set()
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._thread = Thread(target=self._work, name=f"hookmw log {path.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def consider(self, size: int) -> None:
        """Begin one if the log has grown enough; wait for it only if it is far too long.

        Under load there is always something new in the log, so that it would never start again
        from its top.

        Args:
            size: of the log, in bytes.
        """
        if size > TOO_LONG:
            self._idle.wait()
        if size > WORTHWHILE and self._idle.is_set():
            self._idle.clear()
            self._asked.put("carry over")
        if size > TOO_LONG:
            self._idle.wait()

    def stop(self) -> None:
        """Finish what was begun, and close."""
        self._asked.put("")
        self._thread.join()

    def _work(self) -> None:
        while self._asked.get():
            with suppress(sqlite3.Error):  # a full disk, a damaged file: the writer will say so
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._idle.set()
        self._db.close()
