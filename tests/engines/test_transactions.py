"""Effects exactly once inside of an engine's workers, which are killed between any two steps."""

import logging
import random
import time
from collections import Counter

import pytest

from tests.engines.money import Money
from tests.engines.world import World

logger = logging.getLogger(__name__)

WORLDS = [
    pytest.param("celery-redis", "postgresql", 10),
    pytest.param("celery-redis", "sqlite", 10, marks=pytest.mark.slow),
    pytest.param("taskiq-redis", "postgresql", 4, marks=pytest.mark.slow),
    pytest.param("taskiq-redis", "sqlite", 4),  # it takes its time to start a process again
    *(
        pytest.param(kind, inbox, 100, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])
        for kind in ("celery-redis", "taskiq-redis")
        for inbox in ("sqlite", "postgresql")
    ),
]


@pytest.mark.parametrize(("kind", "inbox_url", "kills"), WORLDS, indirect=["kind", "inbox_url"])
def test_money_is_booked_once_while_workers_are_killed(world: World, kills: int) -> None:
    money = Money(world.inbox_url)
    world.env.update(AGAIN="1", LEASE="2", MONEY=money.table)
    world.broker.up()
    world.receive()
    (first,) = world.post("nobody's", path="/bank")  # so that the inbox is there
    money.make()
    numbers = kill_while_they_book(world, kills)
    world.until(lambda: set(numbers) <= set(money.booked()), seconds=100)
    entries = world.until_settled()
    assert money.booked() == dict.fromkeys(numbers, 1)
    assert {entry.event.payload["n"] for entry in entries} == {first, *numbers}
    runs = Counter(run.outcome for each in entries for run in each.attempts)
    assert runs["interrupted"] == runs.total() >= kills // 2
    early = world.said("begun").total() - len(numbers)
    logger.info("%d kills: %d runs cut off, %d before the commit", kills, runs.total(), early)


def kill_while_they_book(world: World, kills: int) -> list[int]:
    """The numbers of the events."""
    chance = random.Random(7)
    types = ["sync"] if world.inbox_url.startswith("sqlite:") else ["sync", "async"]
    worker = world.work()
    numbers: list[int] = []
    while kills:
        begun = world.said("begun").total()
        numbers += [world.post_until_taken(chance.choice(types), "/bank") for _ in range(6)]
        world.until_begun(begun + 1)
        time.sleep(chance.random() * 0.05)  # before, in, or after its transaction
        kills -= world.kill_who_works(worker)
    return numbers
