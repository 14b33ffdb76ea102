import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engines.brokers import Line, OwnRedis
from tests.engines.world import World

POSTGRES = os.environ.get("HOOKMW_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES else [])])
def inbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hooks.db'}"
        return
    assert POSTGRES is not None
    psycopg = pytest.importorskip("psycopg", reason="no psycopg: PostgreSQL was skipped")
    server, _, _ = POSTGRES.rpartition("/")
    name = f"hookmw_{uuid4().hex}"
    with psycopg.connect(POSTGRES, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["celery-redis", "celery-rabbitmq", "taskiq-redis", "taskiq-rabbitmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(kind: str, inbox_url: str, tmp_path: Path) -> Iterator[World]:
    """Its broker is not up yet."""
    engine, _, through = kind.partition("-")
    queue = f"hookmw-test-{uuid4().hex[:12]}"
    broker = OwnRedis() if through == "redis" else Line(queue)
    world = World(tmp_path, inbox_url, engine, queue, broker)
    try:
        yield world
    finally:
        world.close()
        broker.down()
        if isinstance(broker, Line):
            broker.remove()
