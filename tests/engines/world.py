"""A receiver, a broker and an engine's workers, each a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

import anyio
import httpx
from celery import Celery

from hookmw.inbox import Entry, Inbox
from hookmw.inbox.urls import inbox_from_url
from hookmw.testing import sign
from tests.engines.brokers import free_port
from tests.engines.program import SECRET
from tests.work.benchtop import all_entries, opened

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.engines.program"
PATIENCE = 40.0
T = TypeVar("T")


class Broker(Protocol):
    """What can be done to a broker."""

    url: str

    def up(self) -> None: ...

    def down(self) -> None: ...

    def forget(self) -> None: ...


class World:
    def __init__(self, folder: Path, inbox: str, engine: str, queue: str, broker: Broker) -> None:
        self.inbox_url = inbox
        self.engine = engine
        self.queue = queue
        self.broker = broker
        self.effects = folder / "effects"
        self.log = folder / "log"
        self.origin = f"http://127.0.0.1:{free_port()}"
        self.env: dict[str, str] = {"AGAIN": "30", "LEASE": "30"}
        self.started: list[subprocess.Popen[bytes]] = []
        self.client = httpx.Client(timeout=20)
        self.numbers = count()
        self.slowest = 0.0

    # processes

    def start(self, *arguments: str, **env: str) -> "subprocess.Popen[bytes]":
        ours = {
            "INBOX": self.inbox_url,
            "EFFECTS": str(self.effects),
            "ENGINE": self.engine,
            "BROKER": self.broker.url,
            "QUEUE": self.queue,
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={**os.environ, **ours, **self.env, **env},
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that all of a worker's processes can be killed
            )
        self.started.append(process)
        return process

    def receive(self) -> "subprocess.Popen[bytes]":
        """A web process."""
        port = self.origin.rpartition(":")[2]
        server = self.start("uvicorn", f"{PROGRAM}:hooks", "--port", port, "--no-access-log")
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx.TransportError):
                self.client.get(self.origin + "/nothing")
                return server
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def work(self, *options: str, processes: int = 2, **env: str) -> "subprocess.Popen[bytes]":
        """An engine's worker with so many processes."""
        if self.engine == "celery":
            quiet = ("--without-mingle", "--without-gossip", "--without-heartbeat", "-l", "WARNING")
            name = f"{self.queue}-{len(self.started)}@%h"
            arguments = ("celery", "-A", f"{PROGRAM}.celery_app", "worker", "-n", name, *quiet)
            return self.start(*arguments, "-c", str(processes), *options, **env)
        quiet = ("--log-level", "WARNING", "--workers", str(processes))
        return self.start("taskiq", "worker", f"{PROGRAM}:broker", *quiet, *options, **env)

    def end(self, process: "subprocess.Popen[bytes]", seconds: float = 20.0) -> int:
        """The exit code, after a SIGTERM."""
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """As `kill -9` of a worker and all its children."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def close(self) -> None:
        for process in self.started:
            self.kill(process)
        self.client.close()

    # deliveries, and what became of them

    def post(self, type_: str = "push", many: int = 1) -> list[int]:
        """Their numbers; each was answered 200."""
        posted = []
        for _ in range(many):
            number = next(self.numbers)
            signed = sign("github", {"n": number}, SECRET, type=type_, path="/github")
            headers = [(name.decode(), value.decode()) for name, value in signed.headers]
            began = time.monotonic()
            answer = self.client.post(
                self.origin + signed.path, content=signed.body, headers=headers
            )
            self.slowest = max(self.slowest, time.monotonic() - began)
            assert answer.status_code == 200, self.log.read_text()
            posted.append(number)
        return posted

    def ring(self, times: int) -> None:
        """Send every event's message once more, as a broker does that doubles."""
        ids = [str(entry.event.id) for entry in self.entries()]
        app = Celery(broker=self.broker.url)
        for _ in range(times):
            for id_ in ids:
                app.send_task("hookmw.handle", args=(id_,), queue=self.queue)

    def entries(self) -> Sequence[Entry]:
        return self.inbox(all_entries)

    def inbox(self, act: Callable[[Inbox], Awaitable[T]]) -> T:
        async def main() -> T:
            async with opened(inbox_from_url(self.inbox_url)) as inbox:
                return await act(inbox)

        return anyio.run(main)

    def said(self, what: str = "ended") -> Counter[int]:
        """How often each event's handler has begun, or ended."""
        lines = self.effects.read_text().splitlines() if self.effects.exists() else []
        return Counter(int(line.split()[1]) for line in lines if line.startswith(what))

    def processes(self) -> set[str]:
        return {line.split()[3] for line in self.effects.read_text().splitlines()}

    def until_ended(self, numbers: Sequence[int], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while missing := set(numbers) - set(self.said()):
            assert time.monotonic() < deadline, (sorted(missing), self.log.read_text()[-5000:])
            time.sleep(0.05)

    def until_settled(self, state: str = "done", seconds: float = PATIENCE) -> Sequence[Entry]:
        deadline = time.monotonic() + seconds
        while {entry.state for entry in self.entries()} != {state}:
            assert time.monotonic() < deadline, (self.entries(), self.log.read_text()[-5000:])
            time.sleep(0.1)
        return self.entries()
