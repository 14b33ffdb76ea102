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

from hookmw.inbox import Entry, Inbox
from hookmw.inbox.urls import inbox_from_url
from hookmw.testing import sign
from tests.engines.brokers import free_port
from tests.engines.shop import SECRET
from tests.work.benchtop import all_entries, opened

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0
T = TypeVar("T")


class Broker(Protocol):
    """What can be done to a broker."""

    url: str

    def up(self) -> None: ...

    def down(self) -> None: ...

    def forget(self) -> None: ...

    def remove(self) -> None: ...


class World:
    def __init__(self, folder: Path, inbox: str, engine: str, queue: str, broker: Broker) -> None:
        self.inbox_url = inbox
        self.engine = engine
        self.program = f"tests.engines.on_{engine}"
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
        self.is_up = False

    # processes

    def start(self, *arguments: str, **env: str) -> "subprocess.Popen[bytes]":
        ours = {
            "INBOX": self.inbox_url,
            "EFFECTS": str(self.effects),
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

    def receive(self, **env: str) -> None:
        """Start a web process; the first delivery waits for it, so workers start meanwhile."""
        port = self.origin.rpartition(":")[2]
        self.start("uvicorn", f"{self.program}:hooks", "--port", port, "--no-access-log", **env)

    def work(self, *options: str, processes: int = 2, **env: str) -> "subprocess.Popen[bytes]":
        """An engine's worker with so many processes, or a plain one, which is one process."""
        if self.engine == "plain":
            return self.start("hookmw", "worker", f"{self.program}:hooks", **env)
        if self.engine == "celery":
            quiet = ("--without-mingle", "--without-gossip", "--without-heartbeat", "-l", "WARNING")
            name = f"{self.queue}-{len(self.started)}@%h"
            arguments = ("celery", "-A", f"{self.program}.celery_app", "worker", "-n", name, *quiet)
            return self.start(*arguments, "-c", str(processes), *options, **env)
        options = ("--log-level", "WARNING", "--workers", str(processes), *options)
        return self.start("taskiq", "worker", f"{self.program}:broker", *options, **env)

    def end(self, process: "subprocess.Popen[bytes]", seconds: float = 20.0) -> int:
        """The exit code, after a SIGTERM."""
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """As `kill -9` of a worker and all its children."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def kill_who_works(self, worker: "subprocess.Popen[bytes]") -> bool:
        """`kill -9` of the process that has begun an event last; False if it ended that before."""
        lines = [line.split() for line in self.effects.read_text().splitlines()]
        _, number, attempt, pid_, _ = next(line for line in reversed(lines) if line[0] == "begun")
        if any(line[:3] == ["ended", number, attempt] for line in lines):
            return False
        pid = int(pid_)
        try:
            if os.getpgid(pid) != worker.pid:
                return False
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        for process in self.started:
            self.kill(process)
        self.client.close()

    # deliveries, and what became of them

    def post(self, type_: str = "push", many: int = 1, path: str = "/github") -> list[int]:
        """Their numbers; each was answered 200."""
        posted = [next(self.numbers) for _ in range(many)]
        for number in posted:
            assert self._answer(number, type_, path) == 200, self.log.read_text()
        return posted

    def post_until_taken(self, type_: str = "push", path: str = "/github") -> int:
        """Its number; it was sent again, as providers do, until it was answered 200."""
        number = next(self.numbers)
        self.until(lambda: self._answer(number, type_, path) == 200)
        return number

    def _answer(self, number: int, type_: str, path: str) -> int:
        self._until_up()
        signed = sign("github", {"n": number}, SECRET, type=type_, path=path)
        headers = [(name.decode(), value.decode()) for name, value in signed.headers]
        began = time.monotonic()
        answer = self.client.post(self.origin + signed.path, content=signed.body, headers=headers)
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer.status_code

    def _until_up(self) -> None:
        def look() -> bool:
            with suppress(httpx.TransportError):
                self.client.get(self.origin + "/nothing")
                self.is_up = True
            return self.is_up

        if not self.is_up:
            self.until(look)

    def entries(self) -> Sequence[Entry]:
        return self.inbox(all_entries)

    def inbox(self, act: Callable[[Inbox], Awaitable[T]]) -> T:
        async def main() -> T:
            async with opened(inbox_from_url(self.inbox_url)) as inbox:
                return await act(inbox)

        return anyio.run(main)

    def said(self, what: str = "ended") -> Counter[int]:
        """How often each event's handler has begun, or ended."""
        return Counter(int(line.split()[1]) for line in self.lines() if line.startswith(what))

    def lines(self, numbers: Sequence[int] | None = None) -> list[str]:
        """What was said, in its order: `begun 7`; of some events, or of all."""
        found = self.effects.read_text().splitlines() if self.effects.exists() else []
        said = [" ".join(line.split()[:2]) for line in found]
        return [line for line in said if numbers is None or int(line.split()[1]) in numbers]

    def processes(self) -> set[str]:
        return {line.split()[3] for line in self.effects.read_text().splitlines()}

    def until_ended(self, numbers: Sequence[int], seconds: float = PATIENCE) -> None:
        self.until(lambda: set(numbers) <= set(self.said()), seconds)

    def until_begun(self, many: int) -> None:
        """Until so many runs have begun."""
        self.until(lambda: self.said("begun").total() >= many)

    def until_logged(self, words: str) -> None:
        self.until(lambda: words in self.log.read_text())

    def until_counted(self, **states: int) -> None:
        def look() -> bool:
            counts = self.inbox(lambda inbox: inbox.count())
            return all(counts[state] == many for state, many in states.items())  # type: ignore[index]

        self.until(look)

    def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, (self.said("begun"), self.log.read_text()[-5000:])
            time.sleep(0.05)

    def until_settled(self) -> Sequence[Entry]:
        """All events, when all are done."""

        def look() -> bool:
            counts = self.inbox(lambda inbox: inbox.count())
            return not counts["pending"] and not counts["claimed"]

        self.until(look)
        entries = self.entries()
        assert {entry.state for entry in entries} == {"done"}
        return entries
