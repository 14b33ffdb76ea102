"""Celery's other pools, its time limits, and what kills its processes; over Redis."""

import os
import signal

import pytest

from tests.engines.world import World

pytestmark = pytest.mark.parametrize("kind", ["celery-redis"], indirect=True)


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_other_pools(world: World, pool: str) -> None:
    world.broker.up()
    world.receive()
    worker = world.work("--pool", pool)
    numbers = world.post("push", 20) + world.post("sync", 5)
    world.until_ended(numbers)
    world.until_settled()
    assert world.end(worker) == 0
    assert set(world.said().values()) == {1}
    assert world.processes() == {str(worker.pid)}


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_other_pools_end_what_they_do(world: World, pool: str) -> None:
    world.env["TAKES"] = "1"
    world.broker.up()
    world.receive()
    worker = world.work("--pool", pool)
    world.post(many=4)
    world.until_begun(1)
    assert world.end(worker) == 0
    entries = world.entries()
    assert {entry.state for entry in entries} <= {"done", "pending"}
    assert "done" in {entry.state for entry in entries}
    assert all(entry.event.attempt == (entry.state == "done") for entry in entries)


def test_an_event_that_kills_every_process_is_dead_and_the_others_go_on(world: World) -> None:
    world.env.update(AGAIN="1", LEASE="2")
    world.broker.up()
    world.receive()
    world.work()
    (poison,) = world.post("poison")
    numbers = world.post("push", 20)
    world.until_ended(numbers)
    world.until_counted(done=20, dead=1)
    (dead,) = [entry for entry in world.entries() if entry.state == "dead"]
    assert dead.event.payload["n"] == poison
    assert world.said("begun")[poison] == 4  # as often as it may be tried


def test_a_soft_time_limit_of_celery_does_not_cut_a_handler_off(world: World) -> None:
    world.env.update(SOFT_TIME_LIMIT="0.5", TAKES="1.5")
    world.broker.up()
    world.receive()
    world.work(processes=1)
    numbers = world.post(many=1)
    world.until_ended(numbers)
    (entry,) = world.until_settled()
    assert entry.event.attempt == 1
    assert world.said("begun") == world.said() == dict.fromkeys(numbers, 1)


def test_a_hard_time_limit_of_celery_is_a_kill(world: World) -> None:
    world.env.update(TIME_LIMIT="1", AGAIN="1", LEASE="2", TAKES="600")
    world.broker.up()
    world.receive()
    worker = world.work(processes=1)
    numbers = world.post(many=1)
    world.until_begun(2)
    world.kill(worker)
    world.work(TAKES="0.01")
    world.until_ended(numbers)
    (entry,) = world.until_settled()
    assert {run.outcome for run in entry.attempts} == {"interrupted"}


@pytest.mark.parametrize("inbox_url", ["sqlite"], indirect=True)
def test_an_inbox_that_is_another_one_is_said(world: World) -> None:
    world.broker.up()
    world.receive()
    world.work(processes=1, INBOX=f"{world.inbox_url}_other")
    world.post()
    world.until_logged("is not in this inbox: it was pruned, or this worker's inbox is another")
    assert [entry.state for entry in world.entries()] == ["pending"]


def test_events_of_one_key_are_handled_one_at_a_time_and_in_order(world: World) -> None:
    world.env["TAKES"] = "0.05"
    world.broker.up()
    world.receive()
    world.work()
    numbers = world.post("push", 6, path="/ordered")  # the key is whether its number is odd
    world.until_ended(numbers)
    world.until_settled()
    for key in (0, 1):
        of_key = [number for number in numbers if number % 2 == key]
        assert world.lines(of_key) == [
            f"{what} {number}" for number in of_key for what in ("begun", "ended")
        ]
    assert [*world.said().values()] == [1] * 6


def test_any_process_may_ring_and_several_at_once(world: World) -> None:
    world.broker.up()
    world.receive(RINGS="")
    world.work()
    ringers = [world.start("hookmw", "worker", f"{world.program}:hooks") for _ in range(2)]
    numbers = world.post(many=40)
    world.until_ended(numbers)
    world.until_settled()
    assert set(world.said().values()) == {1}
    for ringer in ringers:
        assert world.end(ringer) == 0
    assert world.log.read_text().count("telling CeleryEngine of the events of 3 endpoint(s)") == 2
    assert "handling" not in world.log.read_text()


def test_a_child_that_is_told_to_end_is_a_kill(world: World) -> None:
    """systemd tells all processes of a service at once."""
    world.env.update(TAKES="1", AGAIN="1", LEASE="2")
    world.broker.up()
    world.receive()
    worker = world.work()
    numbers = world.post(many=4)
    world.until_begun(2)
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait(20)
    world.work(TAKES="0.01")
    world.until_ended(numbers)
    world.until_settled()
