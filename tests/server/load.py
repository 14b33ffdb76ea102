"""Load on raw sockets: distinct pushes, and what was answered to each.

A push counts as acknowledged once the first line of a 2xx was read, even if the connection ends in
the middle of it: that is all that some providers look at.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from hookmw.testing import SignedRequest, sign
from tests.server.process import SECRET

__all__ = ["Load", "as_bytes", "delivery", "post"]

PATIENCE = 20.0
"""Seconds that an answer may take; a test looks itself how long it took."""

AGAIN = 0.02
"""Seconds after which what was not answered is sent again."""

BROKEN = (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError)


def delivery(key: str, padding: int = 0, *, type_: str = "push") -> SignedRequest:
    """A push of its own."""
    payload = {"after": key, "padding": "x" * padding}
    return sign("github", payload, SECRET, type=type_, id=key, path="/github")


def forged(key: str) -> bytes:
    """A push that somebody else has signed."""
    payload = {"after": key}
    return as_bytes(sign("github", payload, "another-" + SECRET, type="push", path="/github"))


def as_bytes(request: SignedRequest) -> bytes:
    """The request as it goes over the wire."""
    fields = [*request.headers, (b"host", b"127.0.0.1")]
    fields.append((b"content-length", str(len(request.body)).encode()))
    head = b"".join(b"%s: %s\r\n" % pair for pair in fields)
    return b"POST %s HTTP/1.1\r\n%s\r\n%s" % (request.path.encode(), head, request.body)


class Connection:
    """Sends one request after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, request: bytes, tell: Callable[[int], None]) -> None:
        """Tell the status as soon as it is read; raise one of `BROKEN` where there is no answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._post(request, tell)
        except BROKEN:
            self.close()
            raise

    async def _post(self, request: bytes, tell: Callable[[int], None]) -> None:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        line = await self._reader.readuntil(b"\r\n")
        tell(int(line.split()[1]))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, rest = head.partition(b"content-length:")
        await self._reader.readexactly(int(rest.split(b"\r\n")[0] or 0))
        if b"connection: close" in head:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None


@dataclass(slots=True)
class Load:
    """Sends distinct pushes and remembers what was answered.

    Attributes:
        port: of the server.
        connections: how many send at once.
        padding: bytes of each body, about.
        copies: how often each push is sent, at once.
        pause: seconds between two pushes of a connection.
        cut: how many answers began and did not end.
        broken: how many there were none to.
        slowest: seconds that an answer took at most, by status.
    """

    port: int
    connections: int = 12
    padding: int = 0
    copies: int = 1
    pause: float = 0.0
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: dict[int, float] = field(default_factory=dict)
    cut: int = 0
    broken: int = 0
    _stopping: bool = False

    def for_seconds(self, seconds: float, then: Callable[[], object]) -> None:
        """Send for so long, and on until `then` has returned."""
        asyncio.run(self._until(lambda: asyncio.sleep(seconds), then))

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Send until something is so.

        Raises:
            AssertionError: it is not so in time.
        """

        async def wait() -> None:
            deadline = time.monotonic() + seconds
            while not done():
                assert time.monotonic() < deadline, f"not so after {seconds:g} s: {self.statuses}"
                await asyncio.sleep(0.02)

        asyncio.run(self._until(wait, lambda: None))

    def all_of(self, keys: Iterable[str]) -> None:
        """Send these, each `copies` times."""
        asyncio.run(self._all_of([key for key in keys for _ in range(self.copies)]))

    async def _until(self, wait: Callable[[], object], then: Callable[[], object]) -> None:
        self._stopping = False
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.connections):
                tasks.create_task(self._send_new())
            try:
                waiting = wait()
                assert asyncio.iscoroutine(waiting)
                await waiting
                await asyncio.to_thread(then)
            finally:
                self._stopping = True

    async def _send_new(self) -> None:
        connection = Connection(self.port)
        while not self._stopping:
            key = f"d{len(self.sent):07}"
            self.sent.add(key)
            if not await self._send(connection, key):
                await asyncio.sleep(AGAIN)
            if self.pause:
                await asyncio.sleep(self.pause)
        connection.close()

    async def _all_of(self, keys: list[str]) -> None:
        """Copies of a key stand beside each other, so they are sent at the same time."""
        rest = iter(keys)

        async def send() -> None:
            connection = Connection(self.port)
            for key in rest:
                self.sent.add(key)
                await self._send_until_answered(connection, key)
            connection.close()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.connections):
                tasks.create_task(send())

    async def _send_until_answered(self, connection: Connection, key: str) -> None:
        while True:
            if await self._send(connection, key):
                return
            await asyncio.sleep(AGAIN)

    async def _send(self, connection: Connection, key: str) -> bool:
        """Whether it was answered."""
        started, statuses = time.monotonic(), []

        def tell(status: int) -> None:
            statuses.append(status)
            self.statuses[status] += 1
            took = time.monotonic() - started
            self.slowest[status] = max(took, self.slowest.get(status, 0.0))
            if 200 <= status < 300:
                self.acknowledged.add(key)

        try:
            await connection.post(as_bytes(delivery(key, self.padding)), tell)
        except BROKEN:
            self.cut += bool(statuses)
            self.broken += not statuses
            return False
        return True


def post(port: int, request: bytes) -> tuple[int, float]:
    """The status of one answer, and the seconds that it took."""
    statuses: list[int] = []

    async def run() -> None:
        connection = Connection(port)
        with suppress(asyncio.IncompleteReadError):
            await connection.post(request, statuses.append)
        connection.close()

    started = time.monotonic()
    asyncio.run(run())
    return statuses[0], time.monotonic() - started
