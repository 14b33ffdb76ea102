"""What only a process of its own can show: kills, signals, the end of a server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import anyio
import httpx
import pytest

from hookmw.inbox import Entry, Inbox
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.testing import sign
from tests.work.benchtop import all_entries, make_event, opened, put
from tests.work.program import SECRET

ROOT = Path(__file__).parents[2]
T = TypeVar("T")

numbers = count()


class World:
    """A database, what handlers have said, and the processes that we started."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "hooks.db"
        self.effects = folder / "effects"
        self.log = folder / "log"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **env: str) -> "subprocess.Popen[bytes]":
        named = {"DATABASE": str(self.database), "EFFECTS": str(self.effects)}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={**os.environ, **named, **env},
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def work(self, **env: str) -> int:
        """Run the program to its end; its exit code."""
        arguments = ("tests.work.program", str(self.database), str(self.effects))
        return self.start(*arguments, **env).wait(30)

    def inbox(self, act: Callable[[Inbox], Awaitable[T]]) -> T:
        async def main() -> T:
            async with opened(SQLiteInbox(self.database)) as inbox:
                return await act(inbox)

        return anyio.run(main)

    def put(self, *types: str) -> None:
        async def act(inbox: Inbox) -> None:
            for type_ in types:
                await put(inbox, make_event(type_))

        self.inbox(act)

    def entries(self) -> dict[str, Entry]:
        return {entry.event.type: entry for entry in self.inbox(all_entries)}

    def said(self) -> list[str]:
        return self.effects.read_text().splitlines() if self.effects.exists() else []

    def until_said(self, line: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while line not in self.said():
            assert time.monotonic() < deadline, (line, self.said(), self.log.read_text())
            time.sleep(0.02)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    try:
        yield world
    finally:
        for process in world.started:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def test_a_worker_killed_in_the_middle(world: World) -> None:
    world.put("killed")
    assert world.work() == -signal.SIGKILL
    assert world.said() == ["begun killed 1"]
    assert world.entries()["killed"].state == "claimed"
    began = time.monotonic()
    assert world.work() == 0
    assert time.monotonic() - began < 8  # 3 on a machine of its own; the lease is 30
    assert world.said()[1:] == ["begun killed 2", "ended killed 2"]
    entry = world.entries()["killed"]
    assert entry.state == "done"
    assert [(run.number, run.outcome) for run in entry.attempts] == [(1, "interrupted")]


def test_an_event_that_ends_its_process_harms_no_other(world: World) -> None:
    others = [f"other{number}" for number in range(20)]
    world.put(*others[:10], "poison", *others[10:])
    codes = [1]
    while codes[-1] == 1:
        codes.append(world.work())
        assert len(codes) < 9, world.log.read_text()
    entries = world.entries()
    assert {name: entries[name].state for name in others} == dict.fromkeys(others, "done")
    assert max(entries[name].event.attempt for name in others) <= 3
    assert entries["poison"].state == "dead"
    assert entries["poison"].note == "it has no attempts left"
    assert len(entries["poison"].attempts) == 4
    assert world.said().count("begun poison 4") == 1
    assert [line for line in world.said() if line.startswith("ended")] == list(
        dict.fromkeys(line for line in world.said() if line.startswith("ended"))
    )
    assert codes[1:] == [1, 1, 1, 1, 0]


# the end of a server


class Server:
    """A uvicorn with one of the program's apps."""

    def __init__(self, world: World, app: str, **env: str) -> None:
        self.world = world
        self.prefix = "/webhooks" if app == "mounted" else ""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.origin = f"http://127.0.0.1:{probe.getsockname()[1]}"
        port = self.origin.rpartition(":")[2]
        self.process = world.start(
            "uvicorn", f"tests.work.program:{app}", "--port", port, "--no-access-log", **env
        )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(self.origin + "/nothing")
            except httpx.TransportError:
                assert time.monotonic() < deadline, self.world.log.read_text()
                time.sleep(0.05)
            else:
                return

    def post(self, type_: str) -> int:
        signed = sign("github", {"n": next(numbers)}, SECRET, type=type_, path="/github")
        answer = httpx.post(
            self.origin + self.prefix + signed.path,
            content=signed.body,
            headers=[(name.decode(), value.decode()) for name, value in signed.headers],
        )
        return answer.status_code

    def terminate(self) -> float:
        """Seconds that it takes to end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return time.monotonic() - began


@contextmanager
def slow_request(server: Server, type_: str) -> Iterator[Callable[[], bytes]]:
    """A delivery of which only half has been sent; called, it sends the rest and reads the answer.

    It is an unknown endpoint's for a mount as for a whole: what counts is that it is answered.
    """
    signed = sign("github", {"type": type_}, SECRET, type=type_, path="/github")
    host, _, port = server.origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        names = dict(signed.headers) | {
            b"host": b"x",
            b"content-length": str(len(signed.body)).encode(),
        }
        head = b"".join(b"%s: %s\r\n" % pair for pair in names.items())
        line = f"POST {server.prefix}{signed.path} HTTP/1.1\r\n".encode()
        connection.sendall(line + head + b"\r\n" + signed.body[:5])

        def finish() -> bytes:
            connection.sendall(signed.body[5:])
            return connection.recv(1000)

        yield finish


def test_a_server_that_is_told_to_end_finishes_what_it_does(world: World) -> None:
    server = Server(world, "app", DRAIN="2.5")
    assert server.post("second") == 200
    world.until_said("begun second 1")
    with slow_request(server, "endless") as finish:
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert finish().startswith(b"HTTP/1.1 200")
    assert server.process.wait(10) == -signal.SIGTERM  # as every uvicorn's
    assert "ended second 1" in world.said(), world.log.read_text()
    entries = world.entries()
    assert entries["second"].state == "done"
    assert (entries["endless"].state, entries["endless"].event.attempt) == ("pending", 0)
    assert "Traceback" not in world.log.read_text()


def test_what_a_server_interrupts_is_found_at_once_by_the_next(world: World) -> None:
    server = Server(world, "app", DRAIN="0.3")
    for type_ in ("endless", "hang"):
        assert server.post(type_) == 200
        world.until_said(f"begun {type_} 1")
    assert server.terminate() < 10
    assert server.process.returncode == -signal.SIGTERM
    for entry in world.entries().values():
        assert (entry.state, entry.event.attempt, entry.attempts) == ("pending", 0, ())
    server = Server(world, "app", ENDLESS_ENDS="1")
    for type_ in ("endless", "hang"):
        world.until_said(f"ended {type_} 1", seconds=5)
    server.terminate()
    assert {entry.state for entry in world.entries().values()} == {"done"}


def test_a_mount_loses_nothing(world: World) -> None:
    """uvicorn ends by the signal before it ends its loop, so this is as a kill: attempts count."""
    server = Server(world, "mounted")
    for type_ in ("endless", "hang", *["second"] * 20):
        assert server.post(type_) == 200
    for type_ in ("endless", "hang", "second"):
        world.until_said(f"begun {type_} 1")
    assert server.terminate() < 10
    assert server.process.returncode == -signal.SIGTERM
    assert len(world.inbox(all_entries)) == 22
    server = Server(world, "mounted", ENDLESS_ENDS="1")
    assert server.post("last") == 200  # work begins with the first delivery
    for type_ in ("endless", "hang"):
        world.until_said(f"ended {type_} 2", seconds=5)
    server.terminate()
    entries = world.inbox(all_entries)
    assert len(entries) == 23
    assert {entry.state for entry in entries} <= {"done", "pending", "claimed"}
    assert max(entry.event.attempt for entry in entries) == 2
