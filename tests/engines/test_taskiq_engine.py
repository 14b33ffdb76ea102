"""What `TaskiqEngine` does by itself; with brokers and workers: `test_brokers.py`."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from taskiq import InMemoryBroker

from hookmw import Endpoint, Event, Hooks
from hookmw.engines import TaskiqEngine
from hookmw.errors import ConfigError
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.testing import WebhookClient
from hookmw.work.station import Station
from tests.engines.test_station import Handling, station_of

SECRET = "a secret for the tests of taskiq"

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return station_of(SQLiteInbox(tmp_path / "hooks.db"), Handling())


class Counting(InMemoryBroker):
    def __init__(self) -> None:
        super().__init__()
        self.startups = 0
        self.shutdowns = 0
        self.kicked: list[Any] = []
        self.faults: list[Exception] = []

    async def startup(self) -> None:
        self.startups += 1
        if self.faults:
            raise self.faults.pop(0)

    async def shutdown(self) -> None:
        self.shutdowns += 1

    async def kick(self, message: Any) -> None:
        self.kicked.append(message)


def test_two_engines_of_one_broker_need_two_names(station: Station) -> None:
    broker = InMemoryBroker()
    TaskiqEngine(broker).bind(station)
    with pytest.raises(ConfigError, match=r"'hookmw.handle' is there already.*task="):
        TaskiqEngine(broker).bind(station)
    TaskiqEngine(broker, task="hookmw.other").bind(station)
    assert {"hookmw.handle", "hookmw.other"} <= set(broker.get_all_tasks())


async def test_it_starts_the_broker_once_and_shuts_it(station: Station) -> None:
    broker = Counting()
    engine = TaskiqEngine(broker)
    engine.bind(station)
    assert broker.startups == 0
    for _ in range(2):
        await engine.send([uuid4()])
        await engine.send([uuid4(), uuid4()])
        await engine.aclose()
        await engine.aclose()
    assert (broker.startups, broker.shutdowns, len(broker.kicked)) == (2, 2, 6)


async def test_a_broker_that_cannot_be_started_is_started_later(station: Station) -> None:
    broker = Counting()
    broker.faults = [OSError("away"), OSError("away")]
    engine = TaskiqEngine(broker)
    engine.bind(station)
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await engine.send([uuid4()])
    await engine.send([uuid4()])
    assert (broker.startups, broker.shutdowns, len(broker.kicked)) == (3, 2, 1)


@pytest.mark.parametrize("who", ["the program", "the worker"])
async def test_a_broker_that_others_start_is_left_to_them(who: str, station: Station) -> None:
    broker = Counting()
    broker.is_worker_process = who == "the worker"
    engine = TaskiqEngine(broker, start=who != "the program")
    engine.bind(station)
    await engine.send([uuid4()])
    await engine.aclose()
    assert (broker.startups, broker.shutdowns, len(broker.kicked)) == (0, 0, 1)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_it_needs_asyncio(station: Station) -> None:
    engine = TaskiqEngine(Counting())
    engine.bind(station)
    with pytest.raises(ConfigError, match="needs asyncio"):
        await engine.send([uuid4()])


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
async def test_a_broker_in_memory_works_in_the_same_loop(url: str, tmp_path: Path) -> None:
    endpoint, seen = Endpoint("/github", "github", secrets=SECRET), []

    @endpoint.on("push")
    async def see(event: Event[Any]) -> None:
        seen.append(event.payload["n"])

    inbox = url if url == "memory:" else f"sqlite:///{tmp_path / 'hooks.db'}"
    hooks = Hooks([endpoint], inbox=inbox, engine=TaskiqEngine(InMemoryBroker()))
    async with WebhookClient(hooks) as client:
        for number in range(20):
            answer = await client.post("/github", "github", {"n": number}, SECRET, type="push")
            assert answer.status == 200
        await hooks.drain()
    assert sorted(seen) == list(range(20))
