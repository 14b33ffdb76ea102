from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hookmw.inbox import Inbox
from hookmw.inbox.memory import MemoryInbox
from hookmw.inbox.postgresql import PostgreSQLInbox, migrate
from hookmw.inbox.sqlite import SQLiteInbox

from .postgres import NOWHERE, empty, schema

MEMORY = Path("/dev/shm")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    # on a real disk these tests spend a minute in fsync
    if not MEMORY.is_dir():
        yield tmp_path / "hooks.db"
        return
    with TemporaryDirectory(dir=MEMORY, prefix="hookmw-") as directory:
        yield Path(directory) / "hooks.db"


@pytest.fixture(scope="session")
def shared_schema(postgres: str | None) -> Iterator[str]:
    if postgres is None:
        pytest.skip(NOWHERE)
    with schema(postgres) as url:
        migrate(url)
        yield url


@pytest.fixture
def empty_url(shared_schema: str) -> Iterator[str]:
    """The URL of an inbox with nothing in it."""
    yield shared_schema
    empty(shared_schema)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def new_inbox(request: pytest.FixtureRequest, path: Path) -> Inbox:
    """An inbox of each kind, not yet open."""
    if request.param == "memory":
        return MemoryInbox()
    if request.param == "sqlite":
        return SQLiteInbox(path)
    return PostgreSQLInbox(request.getfixturevalue("empty_url"))


@pytest.fixture
async def inbox(new_inbox: Inbox, anyio_backend: str) -> AsyncIterator[Inbox]:
    await new_inbox.open()
    yield new_inbox
    await new_inbox.aclose()


@pytest.fixture
async def sqlite(path: Path, anyio_backend: str) -> AsyncIterator[SQLiteInbox]:
    inbox = SQLiteInbox(path)
    await inbox.open()
    yield inbox
    await inbox.aclose()
