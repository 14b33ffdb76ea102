"""Defects on purpose, for controls: a campaign that does not find them would find nothing."""

import sqlite3
from pathlib import Path
from unittest.mock import patch

from hookmw.inbox.sqlite.file import connect_writer

__all__ = ["apply"]


def apply(name: str) -> None:
    """Weaken this process: `synchronous=NORMAL`, a commit that does not wait for the disk."""
    if name == "synchronous=NORMAL":
        patch("hookmw.inbox.sqlite.connect_writer", _connect_without_sync).start()
    elif name:
        raise ValueError(f"no such weakening: {name}")


def _connect_without_sync(path: Path) -> sqlite3.Connection:
    db = connect_writer(path)
    db.execute("PRAGMA synchronous = NORMAL")
    return db
