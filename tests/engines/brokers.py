"""Brokers for tests: those of this machine, and ones that a test may cut off, kill and empty."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from kombu import Connection
from redis import Redis

__all__ = ["RABBITMQ", "REDIS", "Line", "NoBroker", "OwnRedis", "free_port", "reachable", "until"]

REDIS = ("127.0.0.1", 6379)
RABBITMQ = ("127.0.0.1", 5672)
PIECE = 65_536


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def reachable(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError:
        return False
    return True


def until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class NoBroker:
    """Of workers that need none."""

    url = ""

    def up(self) -> None:
        """It is."""

    def down(self) -> None:
        """It cannot be."""

    def forget(self) -> None:
        """It knows nothing."""

    def remove(self) -> None:
        """Nothing is left of it."""


class OwnRedis:
    """A Redis of our own, which keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        executable = shutil.which("redis-server")
        if executable is None:
            pytest.skip("no redis-server here: what kills it, or empties it, was skipped")
        options = ("--port", str(self.port), "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen([executable, *options], stdout=subprocess.DEVNULL)
        until(lambda: reachable(("127.0.0.1", self.port)))

    def down(self) -> None:
        """As `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def forget(self) -> None:
        with Redis.from_url(self.url) as redis:
            redis.flushdb()

    def remove(self) -> None:
        """Nothing is left of it."""


class Line:
    """A way to RabbitMQ that can be cut: nobody may kill the machine's own."""

    def __init__(self, queue: str) -> None:
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._queue = queue
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    def up(self) -> None:
        if not reachable(RABBITMQ):
            pytest.skip("no RabbitMQ at 127.0.0.1:5672: what needs it was skipped")
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self) -> None:
        with self._lock:
            ends, self._open = [self._listener, *self._open], []
            self._listener = None
        for end in filter(None, ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def forget(self) -> None:
        with _channel() as channel, suppress(Exception):
            channel.queue_purge(self._queue)

    def remove(self) -> None:
        if not reachable(RABBITMQ):
            return
        with _channel() as channel:
            for name in (self._queue, f"{self._queue}.dead_letter", f"{self._queue}.delay"):
                channel.queue_delete(name)
        with _channel() as channel:
            channel.exchange_delete(self._queue)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(RABBITMQ, timeout=10)
                far.settimeout(None)
                with self._lock:
                    if self._listener is not listener:  # it was cut while it was put through
                        near.close()
                        far.close()
                        return
                    self._open += (near, far)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def _channel() -> Iterator[Any]:
    with Connection("amqp://guest:guest@127.0.0.1:5672//") as connection:
        yield connection.channel()
