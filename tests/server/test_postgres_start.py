"""PostgreSQL is down when the receiver starts, or there is no such database."""

import re
import time
from pathlib import Path

import pytest

from tests.inbox.postgres import NOWHERE, Server, binaries
from tests.server.accounts import Account
from tests.server.forger import Forger
from tests.server.load import Load
from tests.server.process import ServerProcess, eventually

if binaries() is None:
    pytest.skip(NOWHERE, allow_module_level=True)

DOWN = 3.0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_starts_in_an_outage_accepts_when_that_ends(
    tmp_path: Path, workers: int
) -> None:
    with Server() as postgres:
        postgres.kill()
        server = ServerProcess(tmp_path, workers=workers, inbox=postgres.url)
        load = Load(server.port, pause=0.01)
        try:
            server.start()
            eventually(lambda: server.log().count("startup complete") == workers)
            with Forger(server.port) as forger:
                load.for_seconds(DOWN, lambda: None)
                assert set(load.statuses) == {503}
                postgres.start()
                began = time.monotonic()
                load.until(lambda: len(load.acknowledged) > 20, 10)
                assert time.monotonic() - began < 5
            forger.check()
            account = Account.of(server, load, 30)
            account.check()
            assert load.broken == load.cut == 0
            assert "Traceback" not in server.log()
            assert server.log().count("no inbox yet") == workers
            eventually(lambda: server.log().count("the inbox is open") == workers, 5)
        finally:
            server.close()


@pytest.mark.timeout(60)
def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with Server() as postgres:
        server = ServerProcess(tmp_path, inbox=postgres.url.replace("/test", "/nowhere"))
        try:
            with pytest.raises(AssertionError):  # its port never opens
                server.start()
            assert server.process is not None
            assert server.process.wait(10) == 3
        finally:
            server.close()
        assert "Traceback" not in server.log()
        about = [line for line in server.log().splitlines() if "nowhere" in line]
        assert len(about) == 1
        assert re.search(r"hookmw cannot start: inbox .*does not exist", about[0])
