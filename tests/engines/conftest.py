from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engines.brokers import Line, NoBroker, OwnRedis
from tests.engines.rabbitmq import OwnRabbitMQ
from tests.engines.world import Broker, World


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def inbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an inbox that nobody else has; what says nothing of the inbox is usually over SQLite."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hooks.db'}"
        return
    name = {"own": "own_url", "postgresql": "postgres_url"}[request.param]
    yield request.getfixturevalue(name)


@pytest.fixture(params=["celery-redis", "celery-rabbitmq", "taskiq-redis", "taskiq-rabbitmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(kind: str, inbox_url: str, tmp_path: Path) -> Iterator[World]:
    """Its broker is not up yet."""
    engine, _, through = kind.partition("-")
    queue = f"hookmw-test-{uuid4().hex[:12]}"
    broker = _broker(through, queue)
    world = World(tmp_path, inbox_url, engine, queue, broker)
    try:
        yield world
    finally:
        world.close()
        broker.down()
        broker.remove()


def _broker(kind: str, queue: str) -> Broker:
    if kind == "rabbitmq":
        return Line(queue)
    kinds: dict[str, type[Broker]] = {"redis": OwnRedis, "own_rabbitmq": OwnRabbitMQ, "": NoBroker}
    return kinds[kind]()
