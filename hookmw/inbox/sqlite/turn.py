"""Who of this process may write: one after another, in the order in which they came.

SQLite has no queue: whoever finds it locked sleeps and looks again, ever more seldom, so that a
crowd of handlers with transactions of their own would stand still most of the time.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["Turn"]


class Turn:
    """A lock whose waiters come in their order."""

    __slots__ = ("_busy", "_guard", "_waiting")

    def __init__(self) -> None:
        self._guard = Lock()
        self._busy = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        """Wait for one's turn, and have it.

        Args:
            seconds: to wait at most.

        Raises:
            sqlite3.OperationalError: it did not come; as SQLite itself says it of others.
        """
        self._take(seconds)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, seconds: float) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
        # it was handed over in the last moment, and is ours

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False
