"""An app's process, seen from outside: started, asked for what it has used, ended."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from select import select
from types import TracebackType
from typing import IO, Self
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

__all__ = ["NotServing", "Server", "Stats"]

START = 20.0
"""Seconds for a server to start."""

STOP = 15.0
LOOK = 0.02


class NotServing(Exception):
    """A server did not start, or answers no more; its last words are the message."""


class Stats(msgspec.Struct):
    """What a server says of itself.

    Attributes:
        cpu: seconds of CPU that its process has used, all threads, user and system.
        handled: events that have reached a handler.
    """

    cpu: float
    handled: int


class Server:
    """One app in its own uvicorn process, with a new directory on disk; ended on leaving.

    Args:
        app: its name.
    """

    def __init__(self, app: str) -> None:
        self.app = app
        self.port = 0
        self._directory = tempfile.TemporaryDirectory(prefix="hookmw-bench-")
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed on leaving
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            NotServing: it does not start.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.serve", self.app, self._directory.name],
            stdout=subprocess.PIPE,
            stderr=self._words,
            cwd=Path(__file__).parent.parent,
        )
        try:
            self.port = self._read_port(self._process)
            self._await_first_answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, gently first."""
        self._end()

    def stats(self) -> Stats:
        """What it has used and handled so far.

        Raises:
            NotServing: it does not answer.
        """
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=STOP) as answer:
                return msgspec.json.decode(answer.read(), type=Stats)
        except (URLError, OSError) as error:
            raise NotServing(f"{error}: {self._last_words()}") from error

    def settled(self, seconds: float) -> tuple[Stats, float]:
        """Its stats once it handles nothing more, and the seconds until then (or `seconds`)."""
        started = moved = time.monotonic()
        last = self.stats()
        while time.monotonic() < min(moved + 10 * LOOK, started + seconds):
            time.sleep(LOOK)
            now = self.stats()
            if now.handled != last.handled:
                last, moved = now, time.monotonic()
        return self.stats(), moved - started

    def _read_port(self, process: subprocess.Popen[bytes]) -> int:
        assert process.stdout is not None
        readable, _, _ = select([process.stdout], [], [], START)
        line = process.stdout.readline() if readable else b""
        if not line.strip().isdigit():
            raise NotServing(self._last_words() or "it said nothing")
        return int(line)

    def _await_first_answer(self) -> None:
        end = time.monotonic() + START
        while True:
            try:
                self.stats()
            except NotServing:
                if time.monotonic() > end or (self._process and self._process.poll() is not None):
                    raise
                time.sleep(LOOK)
            else:
                return

    def _last_words(self) -> str:
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _end(self) -> None:
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._words.close()
        self._directory.cleanup()
