"""The power is cut under load: every byte that was not fsynced is gone.

Whatever was acknowledged is in the inbox that is left, and is handled. The control shows that this
could fail: with `synchronous=NORMAL`, which does not wait for the disk, it does.
"""

import logging
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.accounts import Account
from tests.server.load import Load
from tests.server.powerloss import Disk
from tests.server.process import ServerProcess
from tests.server.shims import compiled

CUTS = int(os.environ.get("HOOKMW_CUTS", "20"))

logger = logging.getLogger(__name__)


class World:
    """A server whose disk can lose its power."""

    def __init__(self, directory: Path, *, workers: int = 1, weakened: str = "") -> None:
        self.server = ServerProcess(directory, workers=workers, PAUSE="0.01", WEAKENED=weakened)
        self.files = self.server.inbox_path.parent
        self.journal = directory / "journal"
        self.load = Load(self.server.port)
        self.server.env |= {
            "LD_PRELOAD": str(compiled("powerloss", directory)),
            "POWERLOSS_DIRECTORY": str(self.files),
            "POWERLOSS_JOURNAL": str(self.journal),
        }

    def cut(self, seconds: float, lot: random.Random | None) -> set[str]:
        """Load for so long, then cut; what was acknowledged and is not there any more."""
        disk = Disk(self.files, self.journal)
        self.server.start()
        self.load.for_seconds(seconds, self.server.kill)
        unsafe = disk.cut(lot)
        missing = self.load.acknowledged - self._kept()
        logger.info("%d bytes were not safe, %d acknowledged missing", unsafe, len(missing))
        return missing

    def _kept(self) -> set[str]:
        """The keys that the inbox holds, seen by SQLite alone."""
        if not self.server.inbox_path.exists():
            return set()
        with closing(sqlite3.connect(self.server.inbox_path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {key.decode() for (key,) in db.execute("SELECT key FROM events")}


def campaign(directory: Path, *, cuts: int, workers: int = 1) -> None:
    chance = random.Random(cuts)
    world = World(directory, workers=workers)
    try:
        for number in range(cuts):
            lot = chance if number % 2 else None
            missing = world.cut(chance.uniform(0.2, 1.0), lot)
            assert not missing, f"lost in cut {number}: {sorted(missing)[:5]}"
        world.server.start()
        account = Account.of(world.server, world.load)
        account.check()
        assert account.acknowledged > cuts * 10, "the load was no load"
    finally:
        world.server.close()


@pytest.mark.timeout(120)
def test_nothing_acknowledged_is_lost_over_three_power_cuts(tmp_path: Path) -> None:
    campaign(tmp_path, cuts=3)


@pytest.mark.timeout(120)
def test_a_commit_that_does_not_wait_for_the_disk_loses_what_it_acknowledged(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, weakened="synchronous=NORMAL")
    try:
        assert any(world.cut(0.5, None) for _ in range(5))
    finally:
        world.server.close()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("workers", [1, 4])
def test_nothing_acknowledged_is_lost_over_many_power_cuts(tmp_path: Path, workers: int) -> None:
    campaign(tmp_path, cuts=CUTS, workers=workers)
