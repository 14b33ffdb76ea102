"""PostgreSQL is killed and started again under load, while the receiver goes on.

What cannot be stored meanwhile is answered 503; what was acknowledged is there, and handled.
"""

import logging
import os
import random
import time
from pathlib import Path

import pytest

from tests.inbox.postgres import NOWHERE, Server, binaries
from tests.server.accounts import CONCURRENCY, Account
from tests.server.forger import Forger
from tests.server.load import Load
from tests.server.process import ServerProcess, eventually

KILLS = int(os.environ.get("HOOKMW_POSTGRES_KILLS", "50"))

logger = logging.getLogger(__name__)


def campaign(directory: Path, *, kills: int, workers: int) -> None:
    if binaries() is None:
        pytest.skip(NOWHERE)
    chance = random.Random(kills)
    with Server() as postgres:
        server = ServerProcess(
            directory, workers=workers, inbox=postgres.url, PAUSE="0.01", LEASE="10"
        )
        load = Load(server.port, pause=0.01)
        try:
            server.start()
            eventually(lambda: server.log().count("startup complete") == workers)
            with Forger(server.port) as forger:
                for _ in range(kills):
                    load.for_seconds(chance.uniform(0.2, 1.0), postgres.kill)
                    server.say_that_all_died()
                    load.for_seconds(chance.uniform(0.0, 0.3), postgres.start)
                    until_acknowledged(load)
            forger.check()
            account = Account.of(server, load, 90)  # claims that got lost wait for their leases
            logger.info("the latest answers: %s", load.slowest)
            assert not account.lost
            assert not account.unknown
            assert not account.uncaused
            assert account.again <= kills * CONCURRENCY
            assert set(load.statuses) == {200, 503}
            assert load.broken == load.cut == 0
            assert max(load.slowest.values()) < 10
            assert account.acknowledged > kills * 10, "the load was no load"
            assert "Traceback" not in server.log()
        finally:
            server.close()


def until_acknowledged(load: Load) -> None:
    before = len(load.acknowledged)
    began = time.monotonic()
    load.until(lambda: len(load.acknowledged) > before, 15)
    logger.debug("accepts again after %.1f s", time.monotonic() - began)


@pytest.mark.timeout(300)
def test_five_kills_of_postgresql(tmp_path: Path) -> None:
    campaign(tmp_path, kills=5, workers=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 4])
def test_many_kills_of_postgresql(tmp_path: Path, workers: int) -> None:
    campaign(tmp_path, kills=KILLS // 2, workers=workers)
