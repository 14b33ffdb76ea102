"""Nothing crashes: each event is handled exactly once, however often it is sent, and at every end.

A server that is told to end answers what it has read, finishes what runs, and leaves the rest.
"""

import logging
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.server.accounts import Account
from tests.server.counting import counted
from tests.server.load import Load
from tests.server.process import ServerProcess, eventually, running

COPIES = 4
TERMS = int(os.environ.get("HOOKMW_TERMS", "50"))

logger = logging.getLogger(__name__)


def handled_once(directory: Path, *, many: int, inbox: str | None) -> None:
    with running(directory, workers=4, inbox=inbox) as server:
        load = Load(server.port, connections=32, copies=COPIES)
        keys = [f"k{number:06}" for number in range(many)]
        load.all_of(keys)
        eventually(server.is_settled, 120)
        times = Counter(effect.key for effect in server.effects())
        logger.info("%d handled, %d runs, %s", len(times), times.total(), load.statuses)
        assert load.statuses == {200: many * COPIES}
        assert times == Counter(keys)
        assert len({effect.process for effect in server.effects()}) > 1, "one did all the work"
        assert "Traceback" not in server.log()


def ends(directory: Path, *, times: int, workers: int, inbox: str | None) -> None:
    chance = random.Random(times)
    requests = directory / "requests"
    server = ServerProcess(
        directory, workers=workers, inbox=inbox, PAUSE="0.05", REQUESTS=str(requests)
    )
    load = Load(server.port)
    took: list[float] = []

    def end() -> None:
        began = time.monotonic()
        assert server.terminate() in {0, -signal.SIGTERM}
        took.append(time.monotonic() - began)

    try:
        for _ in range(times):
            server.start()
            load.for_seconds(chance.uniform(0.1, 0.6), end)
        asked, answered = counted(requests)
        server.start()
        account = Account.of(server, load)
        logger.info("longest end %.1f s; asked %d, answered %d", max(took), asked, answered)
        account.check()
        assert account.again == 0
        assert asked == answered == load.statuses[200] == load.statuses.total()
        assert load.cut == 0
        assert max(took) < 10
        assert answered > times * 10, "the load was no load"
        assert "Traceback" not in server.log()
    finally:
        server.close()


@pytest.mark.timeout(300)
def test_copies_that_come_at_once_are_handled_once(tmp_path: Path, inbox: str | None) -> None:
    handled_once(tmp_path, many=1000, inbox=inbox)


@pytest.mark.timeout(300)
def test_five_ends_under_load(tmp_path: Path, inbox: str | None) -> None:
    ends(tmp_path, times=5, workers=1, inbox=inbox)


@pytest.mark.timeout(120)
def test_a_process_that_is_paused_for_longer_than_a_lease(tmp_path: Path) -> None:
    """As containers are; nobody else is there to take over what it runs."""
    with running(tmp_path, PAUSE="3", LEASE="1") as server:

        def pause() -> None:
            os.kill(server.pid, signal.SIGSTOP)
            time.sleep(2)
            os.kill(server.pid, signal.SIGCONT)

        load = Load(server.port, connections=4, pause=0.3)
        for _ in range(2):
            load.for_seconds(0.7, pause)
        account = Account.of(server, load)
        account.check()
        assert account.again == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_copies_that_come_at_once_are_handled_once(tmp_path: Path, inbox: str | None) -> None:
    handled_once(tmp_path, many=20_000, inbox=inbox)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 4])
def test_many_ends_under_load(tmp_path: Path, workers: int, inbox: str | None) -> None:
    ends(tmp_path, times=TERMS // 2, workers=workers, inbox=inbox)
