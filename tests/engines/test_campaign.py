"""What a broker or a database does to the events: killed, emptied, again and again under load.

Run it with `-m slow`, and its figures are said with `-rP --log-level=INFO`.
"""

import logging
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest

from tests.engines.world import World
from tests.inbox.postgres import NOWHERE, Server, binaries

logger = logging.getLogger(__name__)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_fifty_brokers_killed(world: World) -> None:
    chance = random.Random(4)
    world.env.update(AGAIN="2", LEASE="5", TAKES="0.01")
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post(many=10)
    for kill in range(50):
        numbers += world.post(many=chance.randrange(10))
        world.broker.down()
        numbers += world.post(many=chance.randrange(10))
        time.sleep(chance.random() * 0.5)
        world.broker.up()
        if kill % 2:
            world.broker.forget()
        numbers += world.post(many=chance.randrange(5))
        time.sleep(chance.random())
    all_are_handled_once(world, numbers)
    assert world.slowest < 3


@pytest.mark.parametrize("kind", ["celery-own_rabbitmq", "taskiq-own_rabbitmq"], indirect=True)
@pytest.mark.parametrize("inbox_url", ["sqlite"], indirect=True)
def test_five_nodes_of_rabbitmq_killed(world: World) -> None:
    chance = random.Random(5)
    world.env.update(AGAIN="2", LEASE="5", TAKES="0.02")
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post(many=10)
    for kill in range(5):
        numbers += world.post(many=20)
        time.sleep(chance.random() * 0.3)
        world.broker.down()
        numbers += world.post(many=20)
        if kill % 2 == 0:
            world.broker.forget()
        world.broker.up()
        numbers += world.post(many=10)
        time.sleep(chance.random())
    all_are_handled_once(world, numbers)
    assert world.slowest < 3


def all_are_handled_once(world: World, numbers: list[int]) -> None:
    world.until_ended(numbers, seconds=120)
    entries = world.until_settled()
    assert len(entries) == len(numbers)
    assert set(world.said().values()) == {1}


# PostgreSQL


@pytest.fixture
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.skip(NOWHERE)
    with Server() as server:
        yield server


@pytest.fixture
def own_url(server: Server) -> str:
    """An inbox on a server that may be killed."""
    return f"{server.url}?schema=own_{uuid4().hex}"


@pytest.mark.parametrize("kind", ["plain", "celery-redis", "taskiq-redis"], indirect=True)
@pytest.mark.parametrize("inbox_url", ["own"], indirect=True)
def test_ten_servers_of_postgresql_killed(world: World, server: Server) -> None:
    chance = random.Random(6)
    world.env.update(AGAIN="2", LEASE="5", TAKES="0.01")
    world.broker.up()
    world.receive(**({"RINGS": ""} if world.engine == "plain" else {}))
    for _ in range(2 if world.engine == "plain" else 1):
        world.work()
    with posting(world) as numbers:
        for _ in range(10):
            time.sleep(0.5 + chance.random())
            server.kill()
            time.sleep(chance.random())
            server.start()
    world.until_ended(numbers, seconds=120)
    entries = world.until_settled()
    assert {entry.event.payload["n"] for entry in entries} == set(numbers)
    assert len(entries) == len(numbers)
    twice = sum(times - 1 for times in world.said().values())
    logger.info("10 kills: %d events, lost 0, handled once more: %d", len(numbers), twice)
    assert twice <= 10 * 64  # no more than may run at once


@contextmanager
def posting(world: World) -> Iterator[list[int]]:
    """Deliveries, while the block runs; their numbers."""
    numbers: list[int] = []
    enough = threading.Event()

    def post() -> None:
        while not enough.is_set():
            numbers.append(world.post_until_taken())

    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(post) for _ in range(2)]
        try:
            yield numbers
        finally:
            enough.set()
        for run in runs:
            run.result()
