"""Hours in small: a steady load, a worker killed now and then, and nothing that grows."""

import logging
import os
import random
import re
import signal
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from tests.server.accounts import Account
from tests.server.effects import DIED
from tests.server.load import Load
from tests.server.process import ServerProcess

SECONDS = float(os.environ.get("HOOKMW_SOAK", "180"))
EVERY = 20.0
"""Seconds between two kills."""

RATE = 100
CONNECTIONS = 10
WORKERS = 4
LARGEST_LOG = 64 * 1024 * 1024
GROWTH = 8 * 1024 * 1024
"""Bytes that the process that is spared may grow by, once it has warmed up."""

logger = logging.getLogger(__name__)


class Watch:
    """Kills a worker now and then, and looks at the size of the log and of one that is spared."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._spared = min(workers_of(server))
        self._lot = random.Random(1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.kills = 0
        self.log_sizes: list[int] = []
        self.resident: list[int] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        log = Path(f"{self._server.inbox_path}-wal")
        next_kill = time.monotonic() + EVERY
        while not self._stop.wait(0.25):
            self.log_sizes.append(log.stat().st_size)
            self.resident.append(resident(self._spared))
            if time.monotonic() > next_kill:
                next_kill += EVERY
                self._kill_one()

    def _kill_one(self) -> None:
        victim = self._lot.choice(sorted(set(workers_of(self._server)) - {self._spared}))
        os.kill(victim, signal.SIGKILL)
        self.kills += 1
        with self._server.effects_path.open("a") as said:
            said.write(f"{DIED}\t{victim}\tsoak\n")


def workers_of(server: ServerProcess) -> list[int]:
    """The processes that serve: children of the supervisor that hold the inbox open."""
    assert server.process is not None
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if holds(int(child), server.inbox_path)]


def holds(process: int, path: Path) -> bool:
    try:
        return any(link.resolve() == path for link in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


def resident(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_soak(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, workers=WORKERS, PAUSE="0.02")
    load = Load(
        server.port, connections=CONNECTIONS, padding=5_000, pause=CONNECTIONS / RATE - 0.01
    )
    try:
        server.start()
        load.for_seconds(2, lambda: None)
        with Watch(server) as watch:
            load.for_seconds(SECONDS, lambda: None)
        account = Account.of(server, load)
        warm = watch.resident[len(watch.resident) // 3]
        logger.info(
            "%d kills, %.0f/s, log at most %.1f MiB, resident %.1f MiB, then %.1f, at most %.1f",
            watch.kills,
            account.acknowledged / SECONDS,
            max(watch.log_sizes) / 2**20,
            warm / 2**20,
            watch.resident[-1] / 2**20,
            max(watch.resident) / 2**20,
        )
        account.check()
        assert watch.kills >= SECONDS / EVERY - 2
        assert max(watch.log_sizes) < LARGEST_LOG
        assert watch.resident[-1] < warm + GROWTH
        assert account.acknowledged > SECONDS * RATE / 4, "the load was no load"
        assert "Traceback" not in server.log()
    finally:
        server.close()
