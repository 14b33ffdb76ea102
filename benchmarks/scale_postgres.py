"""The same as `scale`, in PostgreSQL: a server of our own, with the settings that it comes with."""

import math
import time

import anyio
import psycopg

from benchmarks.first_ack import first_ack
from benchmarks.report import show
from benchmarks.scale import BODY, SMALL, fill, measure, say, show_start
from hookmw.inbox.postgresql import PostgreSQLInbox
from tests.inbox.postgres import Server

__all__ = ["mark_done", "pruned", "run"]

PRUNES = 10
AT_ONCE = 500

_MARK_DONE = """
    UPDATE "{}".progress SET state = 'done', attempts = 1, settled_at = due_since, held_back = false
    WHERE state = 'pending'
"""


def run(pending: int, done: int) -> None:
    """Measure both, and print it.

    Args:
        pending: how many events of 20 KB wait in the first inbox.
        done: how many events of 1 KB are kept, handled, in the second.
    """
    rows = [["inbox", "", "us an event", "empty", "ratio", "goal"]]
    with Server() as server:
        full, kept = f"{server.url}?schema=pending", f"{server.url}?schema=done"
        say(f"filling an inbox with {pending:,} pending events of {BODY:,} bytes")
        anyio.run(fill, PostgreSQLInbox(full), pending, BODY)
        rows += _measure(f"{pending:,} pending", full, BODY, 1.3)
        ack, memory = first_ack(full)
        say(f"filling an inbox with {done:,} handled events of {SMALL:,} bytes")
        anyio.run(fill, PostgreSQLInbox(kept), done, SMALL)
        mark_done(server.url, "done")
        rows += _measure(f"{done:,} handled", kept, SMALL, 1.5)
        took = sorted(anyio.run(pruned, kept))
    show(rows)
    show_start(pending, ack, memory)
    middle, worst = took[len(took) // 2] * 1e3, took[-1] * 1e3
    print(f"{done:,} handled: prune of {AT_ONCE} in {middle:.0f} ms, at most {worst:.0f} ms")


def _measure(title: str, full: str, size: int, goal: float) -> list[list[str]]:
    inboxes = PostgreSQLInbox(full), PostgreSQLInbox(f"{full}_empty")
    return measure(title, *inboxes, size, goal)


def mark_done(url: str, schema: str) -> None:
    """All events have been handled, and the server has tidied up after that, as it does."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(_MARK_DONE.format(schema).encode())
        db.execute(f'VACUUM (ANALYZE) "{schema}".progress'.encode())
        db.execute("CHECKPOINT")


async def pruned(url: str, *, prunes: int = PRUNES, limit: int = AT_ONCE) -> list[float]:
    """Seconds that each of some prunes took."""
    inbox, took = PostgreSQLInbox(url), []
    await inbox.open()
    for _ in range(prunes):
        started = time.perf_counter()
        gone = await inbox.prune(before=math.inf, states=frozenset({"done"}), limit=limit)
        took.append(time.perf_counter() - started)
        assert gone, "there is nothing to prune"
    await inbox.aclose()
    return took
