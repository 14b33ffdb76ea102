"""A load generator for where wrk is not: asyncio protocols on raw sockets, in a process of its own.

    python -m benchmarks.raw_load PORT CONNECTIONS SECONDS POOL SIZE START

It says what `deliveries.lua` says. It is slower than wrk: a fast app waits for it.
"""

import asyncio
import json
import sys
import time
from itertools import count
from pathlib import Path

__all__ = ["Sender"]


class Sender(asyncio.Protocol):
    """One connection: sends the next request when the last one was answered.

    Args:
        load: what all connections share.
    """

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.received = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Go on when the answer is whole."""
        self.received += data
        head, found, rest = self.received.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self.received = b""
        self.load.answered(head, time.perf_counter() - self.sent_at)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """An end before the end is an error."""
        del exc
        self.load.broken += not self.load.over

    def _send(self) -> None:
        if self.load.over:
            self.transport.close()
        else:
            self.sent_at = time.perf_counter()
            self.transport.write(self.load.next_request())


class Load:
    """What the connections share."""

    def __init__(self, pool: bytes, size: int, start: int) -> None:
        self._requests = [pool[at : at + size] for at in range(0, len(pool), size)]
        self._numbers = count(start)
        self.waits: list[float] = []
        self.refused = 0
        self.broken = 0
        self.over = False

    def next_request(self) -> bytes:
        """The next delivery, as bytes."""
        return self._requests[next(self._numbers) % len(self._requests)]

    def answered(self, head: bytes, seconds: float) -> None:
        """Count an answer."""
        if not self.over:
            self.waits.append(seconds)
            self.refused += not head.startswith(b"HTTP/1.1 2")


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0


async def _run(load: Load, port: int, connections: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Sender(load), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    load.over = True
    return time.perf_counter() - started


def _main() -> None:
    port, connections, seconds, pool, size, start = sys.argv[1:]
    load = Load(Path(pool).read_bytes(), int(size), int(start))
    took = asyncio.run(_run(load, int(port), int(connections), float(seconds)))
    waits = sorted(load.waits) or [0.0]
    result = {
        "requests": len(load.waits),
        "seconds": took,
        "p50": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
        "refused": load.refused,
        "broken": load.broken,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    _main()
