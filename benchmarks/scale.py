"""What a large inbox costs: per event beside an empty one, and at the start of a server.

The two inboxes are measured in turn, on the same disk: insert = put, many at once; claim = claim
and settle, as a worker does.
"""

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from hashlib import blake2b
from pathlib import Path
from statistics import quantiles
from typing import Any

import anyio

from benchmarks.first_ack import first_ack
from benchmarks.report import show
from hookmw.event import Event, new_event_id
from hookmw.inbox import Inbox, Settlement
from hookmw.inbox.sqlite import SQLiteInbox

__all__ = [
    "BODY",
    "SMALL",
    "Costs",
    "compare",
    "fill",
    "mark_done",
    "measure",
    "run",
    "say",
    "show_start",
]

AT_ONCE = 64  # puts that share commits, as under load
CLAIMED = 32  # as a worker does
ROUNDS = 24
EACH = 640  # events a round
BODY = 20_000  # bytes
SMALL = 1_000

Costs = dict[str, list[float]]
"""Seconds an event, round by round, by what was done."""


def run(pending: int, done: int) -> None:
    """Measure both, and print it.

    Args:
        pending: how many events of 20 KB wait in the first inbox.
        done: how many events of 1 KB are kept, handled, in the second.
    """
    with tempfile.TemporaryDirectory(prefix="hookmw-scale-") as name:
        directory = Path(name)
        rows = [["inbox", "", "us an event", "empty", "ratio", "goal"]]
        full = directory / "pending.db"
        say(f"filling an inbox with {pending:,} pending events of {BODY:,} bytes")
        anyio.run(fill, SQLiteInbox(full), pending, BODY)
        rows += _measure_file(f"{pending:,} pending", full, BODY, 1.3)
        ack, memory = first_ack(f"sqlite:///{full}")
        kept = directory / "done.db"
        say(f"filling an inbox with {done:,} handled events of {SMALL:,} bytes")
        anyio.run(fill, SQLiteInbox(kept), done, SMALL)
        mark_done(kept)
        rows += _measure_file(f"{done:,} handled", kept, SMALL, 1.5)
    show(rows)
    show_start(pending, ack, memory)


def show_start(pending: int, ack: float, memory: int) -> None:
    """Print how a server starts over a full inbox."""
    print(f"{pending:,} pending: first ack after {ack:.1f} s (goal 3), ", end="")
    print(f"at most {memory / 2**20:.0f} MiB resident (goal 150 MB)")


def _measure_file(title: str, full: Path, size: int, goal: float) -> list[list[str]]:
    empty = full.with_name("empty-" + full.name)
    return measure(title, SQLiteInbox(full), SQLiteInbox(empty), size, goal)


def measure(title: str, full: Inbox, empty: Inbox, size: int, goal: float) -> list[list[str]]:
    """What both cost, as rows of a table."""
    say(f"measuring {title}")
    ours, base = anyio.run(compare, full, empty, size)
    rows = []
    for what, costs in ours.items():
        one, other = _undisturbed(costs), _undisturbed(base[what])
        verdict = f"{goal:g} {'met' if one <= goal * other else 'MISSED'}"
        figures = f"{one * 1e6:.0f}", f"{other * 1e6:.0f}", f"{one / other:.2f}"
        rows.append([title, what, *figures, verdict])
    return rows


def _undisturbed(costs: list[float]) -> float:
    """The lower quartile: what else the machine does, and its disk, only ever adds."""
    return quantiles(costs, n=4)[0]


async def compare(
    full: Inbox, empty: Inbox, size: int, *, rounds: int = ROUNDS, each: int = EACH
) -> tuple[Costs, Costs]:
    """The costs of both, measured in turn; the first round warms up and does not count."""
    found: list[Costs] = [{"insert": [], "claim": []} for _ in range(2)]
    async with AsyncExitStack() as stack:
        inboxes = full, empty
        for inbox in inboxes:
            await inbox.open()
            stack.push_async_callback(inbox.aclose)
        for number in range(rounds + 1):
            for inbox, costs in zip(inboxes, found, strict=True):
                times = await _timed(put_many, inbox, each, size), await _timed(work, inbox, each)
                if number:
                    costs["insert"].append(times[0] / each)
                    costs["claim"].append(times[1] / each)
    return found[0], found[1]


async def _timed(function: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    await function(*arguments)
    return time.perf_counter() - started


async def fill(inbox: Inbox, many: int, size: int) -> None:
    """Open it, put so many events, and close it."""
    await inbox.open()
    await put_many(inbox, many, size)
    await inbox.aclose()


async def put_many(inbox: Inbox, many: int, size: int) -> None:
    """Put so many events, some of them at once."""
    rest = iter(range(many))

    async def put() -> None:
        for _ in rest:
            event = _event(size)
            await inbox.put(event, dedupe=blake2b(event.id.bytes, digest_size=32).digest())

    async with anyio.create_task_group() as tasks:
        for _ in range(AT_ONCE):
            tasks.start_soon(put)


async def work(inbox: Inbox, many: int) -> None:
    """Claim so many, and settle them at once."""
    left = many
    while left > 0:
        claims = await inbox.claim("benchmark", limit=min(CLAIMED, left), lease=60)
        assert claims, "there is less in it than was put"
        left -= len(claims)
        async with anyio.create_task_group() as tasks:
            for claim in claims:
                handled = frozenset({"handler"})
                settlement = Settlement(claim=claim, state="done", handled=handled)
                tasks.start_soon(inbox.settle, settlement)


def mark_done(path: Path) -> None:
    """All events have been handled."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE progress SET state = 'done', attempts = 1, settled_at = ready_since")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _event(size: int) -> Event[Any]:
    now = time.time()
    return Event(
        id=new_event_id(now),
        endpoint="github",
        provider="github",
        type="push",
        key=None,
        body=b'{"text":"' + os.urandom(size // 2).hex().encode() + b'"}',  # nothing shrinks it
        headers=((b"content-type", b"application/json"),),
        received_at=now,
    )


def say(what: str) -> None:
    """Tell whoever waits what is done now."""
    print(what, file=sys.stderr, flush=True)
