"""Some processes receive, others handle; those that handle are killed, which delays no answer."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.server.accounts import Account
from tests.server.effects import DIED
from tests.server.load import Load
from tests.server.process import ROOT, ServerProcess, eventually

KILLS = int(os.environ.get("HOOKMW_APART_KILLS", "60"))
WORKERS = 2

logger = logging.getLogger(__name__)


class Workers:
    """`hookmw worker`, some of them."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """As many as there shall be."""
        with self._server.log_path.open("ab") as log:
            while len(self._processes) < WORKERS:
                command = [sys.executable, "-m", "hookmw", "worker", "tests.server.program:hooks"]
                self._processes.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env=self._server.env, stdout=log, stderr=log
                    )
                )

    def kill_one(self) -> None:
        """The one that has been there longest, with SIGKILL."""
        victim = self._processes.pop(0)
        victim.kill()
        victim.wait(10)
        with self._server.effects_path.open("a") as said:
            said.write(f"{DIED}\t{victim.pid}\tworker\n")

    def end(self) -> list[int]:
        """Their exit codes, after a SIGTERM."""
        for process in self._processes:
            process.terminate()
        return [process.wait(20) for process in self._processes]

    def close(self) -> None:
        """Whatever is left of them."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def campaign(directory: Path, *, kills: int, inbox: str | None) -> None:
    chance = random.Random(kills)
    server = ServerProcess(directory, workers=2, inbox=inbox, PAUSE="0.2", ONLY_RECEIVES="1")
    workers, load = Workers(server), Load(server.port, pause=0.01)
    try:
        server.start()
        workers.start()
        for number in range(kills):
            eventually(partial(has_begun, server, WORKERS + number))
            load.for_seconds(chance.uniform(0.2, 0.8), workers.kill_one)
            workers.start()
        load.for_seconds(0.2, lambda: None)
        account = Account.of(server, load)
        account.check()
        assert account.again > 0, "nothing ran when they were killed"
        assert load.statuses == {200: len(load.sent)}, "those that receive were not killed"
        began = time.monotonic()
        assert set(workers.end()) <= {0, -signal.SIGTERM}  # by the signal if it came too soon
        assert time.monotonic() - began < 10
        assert server.terminate() in {0, -signal.SIGTERM}
        assert "Traceback" not in server.log()
    finally:
        workers.close()
        server.close()


def has_begun(server: ServerProcess, workers: int) -> bool:
    return server.log().count("handling the events") >= workers


@pytest.mark.timeout(300)
def test_workers_apart_are_killed(tmp_path: Path) -> None:
    campaign(tmp_path, kills=2, inbox=None)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_workers_apart_are_killed_often(tmp_path: Path, inbox: str | None) -> None:
    campaign(tmp_path, kills=KILLS, inbox=inbox)
