"""Lanes: of the events of one order key, one at a time is claimed or may be.

Whatever makes an event of a lane due marks it as held back; `advance`, at the end of the
transaction, lets the first of the lane go, in the order of their arrival.
"""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

__all__ = ["PENDING_NOW", "advance", "lane_of"]

PENDING_NOW = (
    "state = 'pending', due_at = NULL, rung_at = NULL, ready_since = ?,"
    " held_back = lane IS NOT NULL"
)
"""What an UPDATE sets to make an event due at once; its parameter is the time now."""


def lane_of(endpoint: str, key: bytes) -> bytes:
    """The lane of an endpoint's order key."""
    return blake2b(key, digest_size=16, key=blake2b(endpoint.encode()).digest()).digest()


def advance(db: sqlite3.Connection, lanes: Iterable[bytes], now: float) -> None:
    """Let the first of each lane go, if nobody runs in it."""
    for lane in lanes:
        current = _current(db, lane)
        if any(state == "claimed" for _, state in current):
            continue
        first = _first(db, lane)
        ready = {seq for seq, _ in current}
        for seq in ready - {first}:
            db.execute("UPDATE progress SET held_back = 1 WHERE seq = ?", (seq,))
        if first is not None and first not in ready:
            db.execute(
                "UPDATE progress SET held_back = 0, ready_since = ? WHERE seq = ?", (now, first)
            )


def _current(db: sqlite3.Connection, lane: bytes) -> list[tuple[int, str]]:
    """Those that are claimed, or may be."""
    return db.execute(
        "SELECT seq, state FROM progress INDEXED BY progress_first WHERE lane = ?"
        " AND held_back = 0 AND state <> 'done'"
        " AND (state = 'claimed' OR state = 'pending' AND due_at IS NULL)",
        (lane,),
    ).fetchall()


def _first(db: sqlite3.Connection, lane: bytes) -> int | None:
    """The earliest that is due, unless one before it holds it back."""
    unfinished = db.execute(
        "SELECT seq, state = 'pending' AND due_at IS NULL, holds FROM progress"
        " INDEXED BY progress_lane WHERE lane = ? AND state <> 'done' ORDER BY seq",
        (lane,),
    )
    for seq, is_due, holds in unfinished:
        if is_due:
            return int(seq)
        if holds:
            return None
    return None
