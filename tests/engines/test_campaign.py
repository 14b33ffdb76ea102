"""Fifty times: a broker killed and emptied under load; run with `-m slow`."""

import random
import time

import pytest

from tests.engines.world import World

KILLS = 50


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_brokers_killed(world: World) -> None:
    chance = random.Random(4)
    world.env.update(AGAIN="2", LEASE="5", TAKES="0.01")
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post(many=10)
    for kill in range(KILLS):
        numbers += world.post(many=chance.randrange(10))
        world.broker.down()
        numbers += world.post(many=chance.randrange(10))
        time.sleep(chance.random() * 0.5)
        world.broker.up()
        if kill % 2:
            world.broker.forget()
        numbers += world.post(many=chance.randrange(5))
        time.sleep(chance.random())
    world.until_ended(numbers, seconds=120)
    entries = world.until_settled()
    assert len(entries) == len(numbers)
    assert set(world.said().values()) == {1}
    assert world.slowest < 3
