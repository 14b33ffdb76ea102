"""`kill -9` under load, again and again: whatever was acknowledged is handled, nothing else is.

Some kills come from outside, at random; some from inside, at moments where something could be lost
or done twice: between the commit and the acknowledgement, with its first bytes, and between the end
of a handler and its being written down.
"""

import os
import random
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.server import effects
from tests.server.accounts import Account
from tests.server.dying import MOMENTS
from tests.server.load import Load
from tests.server.process import ServerProcess

KILLS = int(os.environ.get("HOOKMW_KILLS", "500"))
"""Of the slow campaigns over one kind of inbox together."""

EACH = -(-KILLS // (2 * (len(MOMENTS) + 1)))


def campaign(
    directory: Path, moment: str, *, kills: int, workers: int, inbox: str | None
) -> Account:
    # what ran in PostgreSQL when its process was killed waits for the end of its lease
    server = ServerProcess(directory, workers=workers, inbox=inbox, PAUSE="0.01", LEASE="6")
    load = Load(server.port)
    try:
        if moment == "random":
            kill_at_random(server, load, kills)
        else:
            die_by_itself(server, load, moment, kills)
        server.start()
        account = Account.of(server, load)
        account.check()
        assert set(load.statuses) <= {200, 503}
        assert account.acknowledged > kills * 5, "the load was no load"
        assert "Traceback" not in server.log()
        assert server.terminate() in {0, -signal.SIGTERM}
    finally:
        server.close()
    check_moment(moment, account, load, kills)
    return account


def kill_at_random(server: ServerProcess, load: Load, kills: int) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        server.start()
        load.for_seconds(chance.uniform(0.05, 0.6), server.kill)


def die_by_itself(server: ServerProcess, load: Load, moment: str, kills: int) -> None:
    """One process: start it again. Several: their supervisor does, the others go on meanwhile."""
    server.env["DIE_AT"] = moment
    died = 0
    while died < kills:
        server.start()
        wanted = kills if server.workers > 1 else died + 1
        load.until(partial(has_died, server, moment, wanted), 10 * kills)
        server.kill()
        died = effects.died(server.effects_path)[moment]
    del server.env["DIE_AT"]


def has_died(server: ServerProcess, moment: str, often: int) -> bool:
    return effects.died(server.effects_path)[moment] >= often


def check_moment(moment: str, account: Account, load: Load, kills: int) -> None:
    """The moment was the one that it is called."""
    if moment == "commit":
        assert account.unacknowledged >= kills, "there was no commit before the kill"
    if moment == "ack":
        assert load.cut >= kills / 2, "no answer was cut after its first bytes"
    if moment == "handled":
        assert account.again >= kills, "what had run before the kill did not run again"


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_over_ten_kills(tmp_path: Path) -> None:
    campaign(tmp_path, "random", kills=10, workers=1, inbox=None)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("moment", "workers"), [("commit", 1), ("ack", 1), ("handled", 2)])
def test_nothing_is_lost_at_a_moment_that_matters(
    tmp_path: Path, moment: str, workers: int, inbox: str | None
) -> None:
    campaign(tmp_path, moment, kills=2, workers=workers, inbox=inbox)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("moment", ["random", *MOMENTS])
def test_nothing_is_lost_over_many_kills(
    tmp_path: Path, moment: str, workers: int, inbox: str | None
) -> None:
    campaign(tmp_path, moment, kills=EACH, workers=workers, inbox=inbox)
