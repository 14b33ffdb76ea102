from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hookmw.inbox import Inbox
from hookmw.inbox.memory import MemoryInbox
from hookmw.inbox.sqlite import SQLiteInbox

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


@pytest.fixture(params=["memory", "sqlite"])
async def inbox(
    request: pytest.FixtureRequest, path: Path, anyio_backend: str
) -> AsyncIterator[Inbox]:
    inbox: Inbox = MemoryInbox() if request.param == "memory" else SQLiteInbox(path)
    await inbox.open()
    yield inbox
    await inbox.aclose()


@pytest.fixture
async def sqlite(path: Path, anyio_backend: str) -> AsyncIterator[SQLiteInbox]:
    inbox = SQLiteInbox(path)
    await inbox.open()
    yield inbox
    await inbox.aclose()
