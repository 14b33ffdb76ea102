"""The database does its worst: full, locked, read-only, removed, out of reach.

A genuine delivery is answered 503 and can be sent again, a forged one is refused as ever, and once
the inbox can be written again it is. Nothing that was acknowledged is lost.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.server.accounts import Account
from tests.server.disks import DISKS, ShimDisk, SlowDisk, SmallDisk
from tests.server.forger import Forger
from tests.server.load import Load
from tests.server.process import ServerProcess, running

AGAIN = 15.0
"""Seconds after which it must accept again."""

logger = logging.getLogger(__name__)


def accepts_again(load: Load) -> float:
    """Seconds until the first acknowledgement."""
    began, before = time.monotonic(), len(load.acknowledged)
    load.until(lambda: len(load.acknowledged) > before, AGAIN)
    return time.monotonic() - began


def trouble(server: ServerProcess, load: Load, seconds: float) -> None:
    """Send while the inbox cannot be written: 503 and nothing else, and never late."""
    load.statuses.clear()
    load.slowest.clear()
    with Forger(server.port) as forger:
        load.for_seconds(seconds, lambda: None)
    logger.info("answers %s, at the latest after %s", load.statuses, load.slowest)
    forger.check()
    assert set(load.statuses) <= {200, 503}
    assert load.statuses[503] > 0
    assert load.broken == load.cut == 0
    assert max(load.slowest.values()) < 10


@contextmanager
def loaded(server: ServerProcess, padding: int = 0) -> Iterator[Load]:
    """A load that has begun well; in the end its account must be in order."""
    load = Load(server.port, connections=6, padding=padding, pause=0.01)
    load.for_seconds(0.5, lambda: None)
    assert set(load.statuses) == {200}
    yield load
    account = Account.of(server, load)
    account.check()
    assert account.again == 0
    assert "Traceback" not in server.log()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", DISKS)
def test_a_disk_that_takes_nothing(tmp_path: Path, kind: type[SmallDisk | ShimDisk]) -> None:
    server = ServerProcess(tmp_path)
    with kind(server) as disk:
        try:
            server.start()
            with loaded(server, padding=20_000) as load:
                disk.fill()
                trouble(server, load, 2.5)
                before = load.statuses[200]
                load.for_seconds(0.5, lambda: None)
                assert load.statuses[200] == before, "the inbox could be written"
                disk.empty()
                logger.info("accepts again after %.1f s", accepts_again(load))
        finally:
            server.close()


@pytest.mark.timeout(120)
def test_a_disk_that_takes_its_time(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with SlowDisk(server) as disk:
        try:
            server.start()
            with loaded(server) as load:
                disk.fill()
                load.statuses.clear()
                with Forger(server.port) as forger:
                    load.for_seconds(4, lambda: None)
                logger.info("answers %s, at the latest after %s", load.statuses, load.slowest)
                forger.check()
                assert set(load.statuses) == {200}
                assert max(load.slowest.values()) < 5
                disk.empty()
        finally:
            server.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("lock", ["IMMEDIATE", pytest.param("EXCLUSIVE", marks=pytest.mark.slow)])
def test_a_database_that_is_locked_for_eight_seconds(tmp_path: Path, lock: str) -> None:
    with running(tmp_path) as server, loaded(server) as load:
        with closing(sqlite3.connect(server.inbox_path, isolation_level=None)) as other:
            other.execute(f"BEGIN {lock}")
            trouble(server, load, 8)
            other.execute("ROLLBACK")
        logger.info("accepts again after %.1f s", accepts_again(load))


@pytest.mark.timeout(120)
def test_a_database_that_is_removed_and_put_back(tmp_path: Path) -> None:
    """A commit into a file that has no name would be lost at the restart."""
    with running(tmp_path, LEASE="3") as server, loaded(server) as load:
        names = [server.inbox_path.name + end for end in ("", "-wal", "-shm")]
        away = tmp_path / "away"
        away.mkdir()
        for name in names:
            (server.inbox_path.parent / name).rename(away / name)
        trouble(server, load, 3)
        assert not server.inbox_path.exists(), "a new, empty inbox was made in its place"
        for name in names:
            (away / name).rename(server.inbox_path.parent / name)
        logger.info("accepts again after %.1f s", accepts_again(load))


@pytest.mark.timeout(120)
def test_a_database_that_is_removed_for_good(tmp_path: Path) -> None:
    with running(tmp_path, DRAIN="1") as server:
        load = Load(server.port, connections=6, pause=0.01)
        load.for_seconds(0.5, lambda: None)
        for path in server.inbox_path.parent.iterdir():
            path.unlink()
        trouble(server, load, 3)
        assert not server.inbox_path.exists()
        assert server.terminate() is not None
        assert "Traceback" not in server.log()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("which", ["file", "directory"])
def test_rights_that_are_taken_away(tmp_path: Path, which: str) -> None:
    """What is open stays writable; a restart is refused, in words, and makes no new inbox."""
    server = ServerProcess(tmp_path, without_override=True)
    path, rights = {
        "file": (server.inbox_path, 0o400),
        "directory": (server.inbox_path.parent, 0o500),
    }[which]
    try:
        server.start()
        with loaded(server) as load:
            before = path.stat().st_mode
            path.chmod(rights)
            load.for_seconds(0.5, lambda: None)
            assert set(load.statuses) == {200}
            path.chmod(before)
        assert server.terminate() is not None
        path.chmod(rights)
        with pytest.raises(AssertionError, match="cannot be opened"):
            server.start()
        path.chmod(before)
        server.start()
        load.for_seconds(0.2, lambda: None)
        assert server.counts()["done"] > 0
    finally:
        server.close()
