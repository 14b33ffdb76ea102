"""Celery and taskiq over real brokers, which lose, double, are away, and are killed.

With a redis-server of each test's own, and the machine's RabbitMQ through a line that can be cut.
"""

import time

import pytest

from tests.engines.world import World

KINDS = ("celery-redis", "celery-rabbitmq", "taskiq-redis", "taskiq-rabbitmq")
INBOXES = ("sqlite", "postgresql")

AGAIN = 2.0
LATE = 8.0
"""Seconds in which an engine on a busy machine finds its broker again, and its way through."""


def usually(*worlds: str) -> pytest.MarkDecorator:
    """In every world; in those that are not named with the slow tests."""
    every = [(kind, inbox) for kind in KINDS for inbox in INBOXES]
    return pytest.mark.parametrize(
        ("kind", "inbox_url"),
        [
            pytest.param(*each, marks=() if "-".join(each) in worlds else pytest.mark.slow)
            for each in every
        ],
        indirect=True,
    )


@usually(
    "celery-redis-sqlite",
    "taskiq-rabbitmq-sqlite",
    "celery-redis-postgresql",
    "celery-rabbitmq-postgresql",
    "taskiq-redis-postgresql",
    "taskiq-rabbitmq-postgresql",
)
def test_each_event_is_handled_once_by_two_processes(world: World) -> None:
    world.env["AGAIN"] = "0.2"  # so many are told of again and again while they wait
    world.broker.up()
    world.receive()
    world.work()
    once = world.post("push", 180) + world.post("sync", 15)
    twice = world.post("flaky", 5)  # fails at first
    world.until_ended([*once, *twice])
    entries = world.until_settled()
    attempts = {entry.event.payload["n"]: entry.event.attempt for entry in entries}
    assert attempts == dict.fromkeys(once, 1) | dict.fromkeys(twice, 2)
    assert set(world.said().values()) == {1}
    assert len(world.processes()) == 2


@usually("celery-redis-sqlite", "taskiq-rabbitmq-postgresql")
def test_what_the_broker_throws_away_is_told_of_again(world: World) -> None:
    world.env.update(AGAIN=str(AGAIN), TAKES="0.05")
    world.broker.up()
    world.receive()
    numbers = world.post(many=40)
    time.sleep(0.5)
    world.broker.forget()  # nobody has heard anything yet
    world.work()
    world.until_ended(numbers[:5])
    numbers += world.post(many=40)
    world.broker.forget()
    forgotten = time.monotonic()
    world.until_ended(numbers)
    assert time.monotonic() - forgotten < AGAIN + LATE
    world.until_settled()
    assert set(world.said().values()) == {1}


@usually("celery-rabbitmq-sqlite", "taskiq-redis-postgresql")
def test_a_broker_that_is_down_delays_no_answer_and_loses_nothing(world: World) -> None:
    world.receive()
    numbers = world.post(many=20)
    assert world.slowest < 1
    entries = world.entries()
    assert [entry.state for entry in entries] == ["pending"] * 20
    world.until_logged("the engine cannot be told, events wait in the inbox")
    world.broker.up()
    world.work()
    world.until_ended(numbers)
    world.until_settled()
    assert set(world.said().values()) == {1}
    log = world.log.read_text()
    assert log.count("the engine cannot be told, events wait in the inbox") == 1
    assert log.count("the engine can be told again") == 1


@usually("celery-rabbitmq-postgresql", "taskiq-redis-sqlite")
def test_a_broker_killed_three_times_under_load_loses_nothing(world: World) -> None:
    world.env.update(AGAIN=str(AGAIN), TAKES="0.02")
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post(many=10)
    for _ in range(3):
        numbers += world.post(many=20)
        world.broker.down()
        numbers += world.post(many=20)
        world.broker.up()
        world.broker.forget()
        numbers += world.post(many=10)
    world.until_ended(numbers)
    world.until_settled()
    assert set(world.said().values()) == {1}
    assert world.slowest < 2


@usually("celery-redis-postgresql", "taskiq-rabbitmq-sqlite")
def test_a_worker_killed_in_the_middle(world: World) -> None:
    world.env.update(AGAIN=str(AGAIN), LEASE="2")
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post("killer", 2) + world.post("push", 20)
    world.until_ended(numbers)
    entries = world.until_settled()
    killers = [entry for entry in entries if entry.event.type == "killer"]
    assert {run.outcome for entry in killers for run in entry.attempts} == {"interrupted"}
    assert {entry.event.attempt for entry in killers} <= {2, 3}  # beside another that was killed


@usually("celery-rabbitmq-sqlite", "taskiq-redis-postgresql")
def test_all_workers_killed_and_started_again(world: World) -> None:
    world.env.update(AGAIN=str(AGAIN), LEASE="2", TAKES="0.2")
    world.broker.up()
    world.receive()
    worker = world.work()
    numbers = world.post(many=30)
    world.until_ended(numbers[:3])
    world.kill(worker)
    unsettled = {entry.event.payload["n"] for entry in world.entries() if entry.state == "claimed"}
    world.work(TAKES="0.01")
    world.until_ended(numbers)
    world.until_settled()
    assert {number for number, times in world.said("begun").items() if times > 1} <= unsettled
    assert max(world.said("begun").values()) <= 2


@usually("celery-redis-sqlite", "taskiq-rabbitmq-postgresql")
def test_a_worker_told_to_end_leaves_nothing_claimed(world: World) -> None:
    world.env.update(TAKES="0.5", DRAIN="5")
    world.broker.up()
    world.receive()
    worker = world.work()
    numbers = world.post(many=20)
    world.until_ended(numbers[:1])
    assert world.end(worker) == 0
    entries = world.entries()
    assert {entry.state for entry in entries} <= {"done", "pending"}
    assert all(entry.event.attempt == (entry.state == "done") for entry in entries)
    assert {entry.event.payload["n"] for entry in entries if entry.state == "done"} == set(
        world.said()
    )
