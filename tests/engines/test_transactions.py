"""Effects exactly once inside of an engine's workers, which are killed between any two steps."""

import random
import time
from collections import Counter

import pytest

from tests.engines.money import Money
from tests.engines.world import World

EVERY_INBOX = pytest.mark.parametrize("inbox_url", ["sqlite", "postgresql"], indirect=True)
EVERY_ENGINE = pytest.mark.parametrize("kind", ["celery-redis", "taskiq-redis"], indirect=True)


@EVERY_ENGINE
@EVERY_INBOX
def test_money_is_booked_once_while_workers_are_killed(world: World) -> None:
    kills = {"celery": 10, "taskiq": 4}  # which takes its time to start a process again
    book_while_killed(world, kills=kills[world.engine])


@pytest.mark.slow
@pytest.mark.timeout(1200)
@EVERY_ENGINE
@EVERY_INBOX
def test_money_is_booked_once_through_a_hundred_kills(world: World) -> None:
    book_while_killed(world, kills=100)


def book_while_killed(world: World, *, kills: int) -> None:
    money = Money(world.inbox_url)
    world.env.update(AGAIN="1", LEASE="2", MONEY=money.table)
    world.broker.up()
    world.receive()
    (first,) = world.post("nobody's", path="/bank")  # so that the inbox is there
    money.make()
    numbers = kill_while_they_book(world, kills)
    world.until(lambda: set(numbers) <= set(money.booked()))
    entries = world.until_settled()
    assert money.booked() == dict.fromkeys(numbers, 1)
    assert {entry.event.payload["n"] for entry in entries} == {first, *numbers}
    runs = Counter(run.outcome for each in entries for run in each.attempts)
    assert runs["interrupted"] == runs.total() >= kills // 2
    print(f"{kills} kills, {runs['interrupted']} runs cut off,", end=" ")
    print(f"{world.said('begun').total() - len(numbers)} of them before the commit")


def kill_while_they_book(world: World, kills: int) -> list[int]:
    """The numbers of the events."""
    chance = random.Random(7)
    types = ["sync"] if world.inbox_url.startswith("sqlite:") else ["sync", "async"]
    worker = world.work()
    numbers: list[int] = []
    while kills:
        begun = world.said("begun").total()
        numbers += world.post(chance.choice(types), 6, path="/bank")
        world.until_begun(begun + 1)
        time.sleep(chance.random() * 0.05)  # before, in, or after its transaction
        kills -= world.kill_who_works(worker)
    return numbers
