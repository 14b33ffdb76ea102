"""The file itself: private, recognised, never overwritten."""

# ruff: noqa: ASYNC240 - a test may look at files

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from hookmw.errors import ConfigError
from hookmw.inbox import Query
from hookmw.inbox.sqlite import SQLiteInbox, file
from hookmw.inbox.sqlite.schema import APPLICATION_ID, VERSION

from .events import claim_one, digest, new_event, parts, put, put_settled, settle

pytestmark = pytest.mark.anyio


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
async def test_nobody_else_may_read_any_of_its_files(path: Path) -> None:
    before = os.umask(0)
    try:
        inbox = SQLiteInbox(path)
        await inbox.open()
        await put(inbox)
        await claim_one(inbox)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await inbox.aclose()
    finally:
        os.umask(before)

    private = ["hooks.db", "hooks.db-shm", "hooks.db-wal", "hooks.db-worker-worker.lock"]
    assert modes == dict.fromkeys(private, 0o600)


async def test_nothing_is_left_beside_it_after_closing(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    await put(inbox)
    await claim_one(inbox)
    await inbox.aclose()

    assert [file.name for file in path.parent.iterdir()] == ["hooks.db"]


async def test_everything_survives_reopening(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    await put_settled(inbox, "dead")
    event = new_event(body=b"\0", headers=((b"a", b"\xff"),))
    await inbox.put(event, dedupe=digest(1), alias=b"x")
    before = await inbox.find(Query())
    await inbox.aclose()

    again = SQLiteInbox(str(path))
    await again.open()
    after = await again.find(Query())
    taken = await claim_one(again)
    assert parts(taken.event) == parts(event)
    assert await settle(again, taken)
    await again.aclose()

    assert [(entry.event.id, entry.state) for entry in after] == [
        (entry.event.id, entry.state) for entry in before
    ]


async def test_it_is_durable_and_marked_as_ours(sqlite: SQLiteInbox) -> None:
    opened = sqlite._opened
    assert opened is not None

    def value(pragma: str) -> object:
        return opened.writer._db.execute(f"PRAGMA {pragma}").fetchone()[0]

    assert value("journal_mode") == "wal"
    assert value("synchronous") == 2, "FULL"
    assert value("application_id") == APPLICATION_ID
    assert value("user_version") == VERSION
    assert value("auto_vacuum") == 2, "INCREMENTAL"


async def test_many_may_make_it_at_once(path: Path) -> None:
    inboxes = [SQLiteInbox(path) for _ in range(8)]
    async with anyio.create_task_group() as tasks:
        for inbox in inboxes:
            tasks.start_soon(inbox.open)
    await put(inboxes[0])
    assert (await inboxes[7].count())["pending"] == 1
    for inbox in inboxes:
        await inbox.aclose()


@contextmanager
def being_read(path: Path) -> Iterator[sqlite3.Connection]:
    path.touch()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM sqlite_master").fetchall()
        yield other


async def test_whoever_makes_it_waits_for_others(path: Path, anyio_backend: str) -> None:
    inbox = SQLiteInbox(path)
    with being_read(path) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(inbox.open)
            await anyio.sleep(0.3)
            other.execute("COMMIT")
    await put(inbox)
    await inbox.aclose()


async def test_whoever_makes_it_does_not_wait_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "OPEN_PATIENCE", 0.1)
    with being_read(path), pytest.raises(ConfigError, match="database is locked"):
        await SQLiteInbox(path).open()


def test_a_file_that_is_busy_for_a_moment_is_tried_again(path: Path) -> None:
    with being_read(path) as other, closing(sqlite3.connect(path, timeout=0.01)) as db:
        asleep: list[float] = []

        def sleep(seconds: float) -> None:
            asleep.append(seconds)
            other.execute("COMMIT")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("time.sleep", sleep)
            file._write_ahead(db)

    assert len(asleep) == 1


async def test_a_link_and_a_change_of_directory_do_not_matter(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path.parent / "data").mkdir()
    (path.parent / "link.db").symlink_to(Path("data", "hooks.db"))
    monkeypatch.chdir(path.parent)
    inbox = SQLiteInbox("link.db")
    await inbox.open()
    monkeypatch.chdir("/")
    await put(inbox)
    await claim_one(inbox)
    await inbox.aclose()

    assert [file.name for file in (path.parent / "data").iterdir()] == ["hooks.db"]


async def test_what_cannot_be_opened_after_all_is_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    inbox = SQLiteInbox(path)
    with monkeypatch.context() as patch:
        patch.setattr("hookmw.inbox.sqlite.writer.Checkpoints", refuse)
        with pytest.raises(ConfigError, match="unable to open"):
            await inbox.open()
    await inbox.open()
    await inbox.aclose()


async def test_an_empty_file_is_a_new_inbox(path: Path) -> None:
    path.touch()
    inbox = SQLiteInbox(path)
    await inbox.open()
    await put(inbox)
    await inbox.aclose()


def of_another_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE events (id)")


def of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION + 1}")


def not_a_database(path: Path) -> None:
    path.write_bytes(b"dear diary, " * 1000)


def a_directory(path: Path) -> None:
    path.mkdir()


def without_its_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (of_another_application, "another application; choose another path"),
        (of_a_newer_version, "newer hookmw .schema 3, this one knows 2.; upgrade"),
        (not_a_database, "not an SQLite database; choose another path"),
        (a_directory, "cannot be opened"),
        (without_its_tables, "cannot be opened .no such table"),
    ],
)
async def test_what_is_not_ours_is_refused_and_left_alone(
    path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(path)
    before = None if path.is_dir() else path.read_bytes()

    with pytest.raises(ConfigError, match=reason) as caught:
        await SQLiteInbox(path).open()

    assert str(path) in str(caught.value)
    if make is not without_its_tables:  # it says it is ours, so that it may be set to WAL
        assert before == (None if path.is_dir() else path.read_bytes())


async def test_a_damaged_inbox_is_refused(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    for number in range(200):
        await inbox.put(new_event(body=b"x" * 2000), dedupe=digest(number))
    await inbox.aclose()
    with path.open("r+b") as database:
        database.seek(path.stat().st_size // 2)
        database.write(b"\xff" * 100_000)

    with pytest.raises(ConfigError, match=r"damaged .* restore it from a copy"):
        await SQLiteInbox(path).open()


async def test_a_truncated_inbox_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    await inbox.aclose()
    with path.open("r+b") as database:
        database.truncate(path.stat().st_size // 2)
    monkeypatch.setattr(file, "CHECKED_WHOLE", 0)

    with pytest.raises(ConfigError, match="damaged"):
        await SQLiteInbox(path).open()


async def test_a_large_inbox_is_not_read_whole_at_the_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "CHECKED_WHOLE", 0)
    inbox = SQLiteInbox(path)
    await inbox.open()
    await put(inbox)
    await inbox.aclose()


async def test_its_directory_must_exist(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data does not exist; create it"):
        await SQLiteInbox(path.parent / "data" / "hooks.db").open()


async def test_a_name_may_hold_anything(tmp_path: Path) -> None:
    inbox = SQLiteInbox(tmp_path / "a %20?#[x]*.db")
    await inbox.open()
    await put(inbox)
    await claim_one(inbox)
    await inbox.aclose()

    assert [file.name for file in tmp_path.iterdir()] == ["a %20?#[x]*.db"]


async def test_the_log_stays_short(path: Path) -> None:
    inbox = SQLiteInbox(path)
    await inbox.open()
    body = os.urandom(2**20)
    sizes = []

    async def send(numbers: range) -> None:
        for number in numbers:
            await inbox.put(new_event(body=body), dedupe=digest(number))
            sizes.append(path.with_name("hooks.db-wal").stat().st_size)

    async with anyio.create_task_group() as tasks:
        for start in range(0, 120, 30):
            tasks.start_soon(send, range(start, start + 30))
    await inbox.aclose()

    assert max(sizes) < 64 * 2**20
    assert path.stat().st_size > 120 * 2**20
