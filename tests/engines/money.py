"""A table of a handler's own, beside the tables of an inbox."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tests.inbox.postgres import run, schema_of

__all__ = ["Money"]


class Money:
    """What was booked, by the number of the event.

    Args:
        inbox_url: whose database it is in; the inbox is there already.
    """

    def __init__(self, inbox_url: str) -> None:
        self._url = inbox_url
        self._is_sqlite = inbox_url.startswith("sqlite:")
        self.table = "money" if self._is_sqlite else f'"{schema_of(inbox_url)}".money'

    def make(self) -> None:
        self._run(f"CREATE TABLE {self.table} (n integer)")

    def booked(self) -> Counter[int]:
        return Counter(int(str(n)) for (n,) in self._run(f"SELECT n FROM {self.table}"))

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        if not self._is_sqlite:
            return run(self._url, statement)
        path = Path(urlsplit(self._url).path)
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as db:
            return db.execute(statement).fetchall()
