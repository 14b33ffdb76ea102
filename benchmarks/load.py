"""The load generators: wrk, else one of our own; both in a process of their own."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.pool import PATH, Pool

__all__ = ["Load", "generator", "put_load"]

SCRIPT = Path(__file__).with_name("deliveries.lua")
GRACE = 30.0
"""Seconds that a generator may take beyond those of its load."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load.

    Attributes:
        requests: how many were answered.
        seconds: how long it took.
        p50: median seconds until the answer.
        p99: 99 of 100 were answered in so many seconds.
        refused: answers that were not 2xx.
        broken: connections that failed, or answers that did not come.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int


def generator() -> str:
    """What makes the load here, in words."""
    if shutil.which("wrk"):
        return "wrk, one thread"
    return "no wrk here: asyncio on raw sockets, which is slower than wrk and flatters slow apps"


def put_load(port: int, pool: Pool, *, connections: int, seconds: float, start: int) -> Load:
    """Post deliveries from the pool for so many seconds.

    Args:
        port: of 127.0.0.1.
        pool: begins anew at its end, and what follows are duplicates.
        connections: each sends the next request when the last one was answered.
        seconds: how long.
        start: number of the first delivery.

    Raises:
        subprocess.SubprocessError: the generator failed, or took too long.
    """
    make = _wrk if shutil.which("wrk") else _own
    command = make(port, connections, seconds, [str(pool.path), str(pool.size), str(start)])
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + GRACE, check=True
    )
    return msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=Load)


def _wrk(port: int, connections: int, seconds: float, pool: list[str]) -> list[str]:
    url = f"http://127.0.0.1:{port}{PATH}"
    shape = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
    return ["wrk", *shape, "-s", str(SCRIPT), url, "--", *pool]


def _own(port: int, connections: int, seconds: float, pool: list[str]) -> list[str]:
    shape = [str(port), str(connections), str(seconds)]
    return [sys.executable, "-m", "benchmarks.raw_load", *shape, *pool]
