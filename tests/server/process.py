"""A real uvicorn with `tests.server.program`, in a process of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw.inbox import State
from hookmw.inbox.urls import inbox_from_url
from tests.server import effects
from tests.server.effects import DIED, EVERYONE, Effect

ROOT = Path(__file__).parents[2]
START = 30.0
SECRET = "server-test-secret-0123456789"


class ServerProcess:
    """Starts, stops, kills; end only what was started here."""

    def __init__(
        self,
        directory: Path,
        *,
        workers: int = 1,
        http: str = "auto",
        app: str = "tests.server.program:app",
        inbox: str | None = None,
        without_override: bool = False,
        **env: str,
    ) -> None:
        self.directory = directory
        self.effects_path = directory / "effects.log"
        self.log_path = directory / "server.log"
        self.inbox_path = directory / "inbox" / "hooks.db"
        self.inbox_path.parent.mkdir(exist_ok=True)
        self.port = free_port()
        self.workers = workers
        self.http = http
        self.app = app
        self.before = _without_override() if without_override else []
        self.env = {
            **os.environ,
            "INBOX": inbox or f"sqlite:///{self.inbox_path}",
            "EFFECTS": str(self.effects_path),
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._ended = True

    def start(self) -> None:
        arguments = ["--port", str(self.port), "--http", self.http, "--no-access-log"]
        if self.workers > 1:
            arguments += ["--workers", str(self.workers)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.before, sys.executable, "-m", "uvicorn", self.app, *arguments],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._ended = False
        self._wait_for_port()

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the server did not start: {self.log()}")

    def kill(self) -> None:
        """`kill -9` for the whole process group: the server and its workers."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self._ended = True
        self.say_that_all_died()

    def say_that_all_died(self) -> None:
        """What ran until now may be run again."""
        with self.effects_path.open("a") as said:
            said.write(f"{DIED}\t{EVERYONE}\trandom\n")

    def terminate(self, patience: float = 20) -> int:
        """The exit code, negative for a signal."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(patience)
        self._ended = True
        return code

    @property
    def pid(self) -> int:
        """Of the process, or of the supervisor."""
        assert self.process is not None
        return self.process.pid

    def close(self) -> None:
        """End what was started, whatever is left of it."""
        if self.process is not None and not self._ended:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self._ended = True

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def effects(self) -> list[Effect]:
        return effects.runs(self.effects_path)

    def counts(self) -> dict[State, int]:
        """How many events of the inbox are in each state."""

        async def ask() -> dict[State, int]:
            inbox = inbox_from_url(self.env["INBOX"])
            await inbox.open()
            try:
                return await inbox.count()
            finally:
                await inbox.aclose()

        return anyio.run(ask)

    def is_settled(self) -> bool:
        """Whether nothing waits and nothing runs."""
        counts = self.counts()
        return not counts["pending"] and not counts["claimed"]


def _without_override() -> list[str]:
    """What is put before a command so that rights of files bind it, whoever runs the tests."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everything, and there is no setpriv to bind it")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


@contextmanager
def running(directory: Path, *, workers: int = 1, **settings: Any) -> Iterator[ServerProcess]:
    server = ServerProcess(directory, workers=workers, **settings)
    server.start()
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until a function returns something true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
