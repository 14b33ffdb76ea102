"""Raw bytes over a loopback socket, and the server they go to."""

import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.attacks.senders import GITHUB, KEY, Request

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response.

    Attributes:
        interim: statuses of the 1xx before it.
    """

    status: int
    head: bytes
    body: bytes
    interim: tuple[int, ...] = ()


class Connection:
    """One TCP connection to the server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Whether the other end still takes it."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def answer(self, patience: float = PATIENCE) -> Answer | None:
        """The next whole response; None if the connection ends, or after so many seconds."""
        interim: list[int] = []
        while (head := self._until(b"\r\n\r\n", patience)) is not None:
            status = int(head.split(b" ", 2)[1])
            if status >= 200:
                length = re.search(rb"(?i)content-length: *([0-9]+)", head)
                body = self._take(int(length[1]) if length else 0, patience)
                return Answer(status, head, body or b"", tuple(interim))
            interim.append(status)
        return None

    def rest(self, patience: float = PATIENCE) -> bytes | None:
        """Everything until the other end closes; None if it does not."""
        while True:
            chunk = self._more(patience)
            if chunk is None:
                return None
            if not chunk:
                return self._read

    def _until(self, mark: bytes, patience: float) -> bytes | None:
        while mark not in self._read:
            if not self._more(patience):
                return None
        head, _, self._read = self._read.partition(mark)
        return head + mark

    def _take(self, size: int, patience: float) -> bytes | None:
        while len(self._read) < size:
            if not self._more(patience):
                return None
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    def _more(self, patience: float) -> bytes | None:
        self.socket.settimeout(patience)
        try:
            chunk = self.socket.recv(65536)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""
        finally:
            self.socket.settimeout(PATIENCE)
        self._read += chunk
        return chunk


class Server:
    """A uvicorn server in a process of its own.

    Args:
        http: `h11` or `httptools`.
        folder: where its inbox, its log and the list of what it handled are.
    """

    def __init__(self, http: str, folder: Path, name: str = "server") -> None:
        self.http = http
        self.database = folder / "hooks.db"
        self.handled_path = folder / "handled.txt"
        self.log_path = folder / f"{name}.log"
        self._probes = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._log = self.log_path.open("wb")
        descriptor = self._listener.fileno()
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "tests.attacks.server", http, str(descriptor),
                str(self.database), str(self.handled_path),
            ],
            pass_fds=[descriptor], stdout=self._log, stderr=self._log, cwd=ROOT,
        )  # fmt: skip
        self._listener.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    def connect(self) -> Connection:
        return Connection(self.port)

    def ask(self, data: bytes) -> Answer | None:
        """One request on a connection of its own."""
        with self.connect() as connection:
            connection.send(data)
            return connection.answer()

    def deliver(self, request: Request) -> int:
        answer = self.ask(wire(request))
        return answer.status if answer is not None else 0

    @property
    def rows(self) -> int:
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            (count,) = db.execute("SELECT count(*) FROM events").fetchone()
        finally:
            db.close()
        return int(count)

    @property
    def handled(self) -> list[str]:
        """A line `id type` for each run of the handler."""
        if not self.handled_path.exists():
            return []
        return self.handled_path.read_text().splitlines()

    @property
    def log(self) -> str:
        return self.log_path.read_text("utf-8", "replace")

    @property
    def memory(self) -> int:
        """Bytes that are resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def probe(self) -> Request:
        self._probes += 1
        return GITHUB.request(GITHUB.payload(None, probe=f"{self.port}-{self._probes}"))

    def check_after(self) -> None:
        """Lives, accepts, told nobody anything."""
        before = self.rows
        assert self.deliver(self.probe()) == 200, self.log
        assert self.rows == before + 1
        assert self.process.poll() is None
        assert not re.search(r"Traceback|^ERROR|^CRITICAL", self.log, re.MULTILINE), self.log
        assert KEY.decode() not in self.log

    def wait_for_handled(self, count: int) -> list[str]:
        end = time.monotonic() + PATIENCE
        while len(self.handled) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.handled


@contextmanager
def serving(*https: str, folder: Path) -> Iterator[list[Server]]:
    """Servers with those parsers that share one inbox, ready."""
    servers = [Server(http, folder, f"server-{n}") for n, http in enumerate(https)]
    try:
        for server in servers:
            assert server.deliver(server.probe()) == 200, server.log
        yield servers
    finally:
        for server in servers:
            server.process.terminate()
        for server in servers:
            server.stop()


def wire(request: Request, *, target: bytes | None = None, more: bytes = b"") -> bytes:
    """The request as bytes, with a `Content-Length`."""
    return head(request, target=target, more=more) + request.body


def head(
    request: Request,
    *,
    target: bytes | None = None,
    more: bytes = b"",
    framing: bytes | None = None,
) -> bytes:
    """Everything before the body.

    Args:
        request: its own headers come last.
        target: instead of its path.
        more: header lines.
        framing: a header line instead of the length of the body.
    """
    if framing is None:
        framing = b"Content-Length: %d\r\n" % len(request.body)
    lines = b"".join(b"%s: %s\r\n" % (n.encode("latin-1"), v) for n, v in request.headers)
    start = request.method.encode() + b" " + (target or request.path.encode()) + b" HTTP/1.1\r\n"
    return start + b"Host: test\r\n" + more + framing + lines + b"\r\n"
