"""What `CeleryEngine` does by itself; with brokers and workers: `test_brokers.py`."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest
from anyio import to_thread
from celery import Celery
from celery.signals import worker_process_shutdown, worker_shutdown
from kombu.exceptions import OperationalError

from hookmw import Endpoint, Event, Hooks
from hookmw.engines import CeleryEngine
from hookmw.engines.background import Background
from hookmw.errors import ConfigError
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.testing import WebhookClient
from hookmw.work.station import Station
from tests.engines.brokers import free_port
from tests.engines.test_station import Handling, station_of
from tests.work.benchtop import entry_of, make_event, opened, put, said, until

SECRET = "a secret for the tests of celery"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return station_of(SQLiteInbox(tmp_path / "hooks.db"), Handling())


def test_the_task_is_acknowledged_late_and_its_results_are_nobodys(station: Station) -> None:
    app = Celery()
    CeleryEngine(app).bind(station)
    task: Any = app.tasks["hookmw.handle"]
    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.ignore_result
    assert task.max_retries == 0


def test_two_engines_of_one_app_need_two_names(station: Station) -> None:
    app = Celery()
    CeleryEngine(app).bind(station)
    with pytest.raises(ConfigError, match=r"'hookmw.handle' is there already.*task="):
        CeleryEngine(app).bind(station)
    CeleryEngine(app, task="hookmw.other").bind(station)
    CeleryEngine(Celery()).bind(station)
    assert {"hookmw.handle", "hookmw.other"} <= set(app.tasks)


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
async def test_a_broker_that_is_away_is_an_error_in_time(scheme: str, station: Station) -> None:
    engine = CeleryEngine(Celery(broker=f"{scheme}://127.0.0.1:{free_port()}//"))
    engine.bind(station)
    with anyio.fail_after(8), pytest.raises(OperationalError, match="refused"):
        await engine.send([uuid4()])


@pytest.fixture
def deaf() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.anyio
async def test_a_broker_that_never_answers_costs_one_thread(deaf: str, station: Station) -> None:
    engine = CeleryEngine(Celery(broker=deaf))
    engine.bind(station)
    before = threading.active_count()
    for _ in range(3):
        began = time.monotonic()
        with anyio.move_on_after(0.2):
            await engine.send([uuid4()])
        assert time.monotonic() - began < 5
    assert threading.active_count() <= before + 1


@pytest.mark.anyio
async def test_tasks_are_not_run_where_events_are_received(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = Celery(broker="memory://")
    app.conf.task_always_eager = True
    endpoint = Endpoint("/github", "github", secrets=SECRET)
    seen: list[Event[Any]] = []
    endpoint.on("*", name="it")(seen.append)
    hooks = Hooks([endpoint], inbox=f"sqlite:///{tmp_path / 'hooks.db'}", engine=CeleryEngine(app))
    async with WebhookClient(hooks) as client:
        answer = await client.post("/github", "github", {}, SECRET, type="push")
        assert answer.status == 200
        await until(lambda: any("the engine cannot be told" in line for line in said(caplog)))
        assert (await hooks.inbox.count())["pending"] == 1
    assert seen == []


@pytest.mark.anyio
async def test_a_worker_in_the_process_that_sends_is_refused(station: Station) -> None:
    app = Celery(broker="memory://localhost")
    engine = CeleryEngine(app)
    engine.bind(station)
    await engine.send([uuid4()])
    task: Any = app.tasks["hookmw.handle"]
    with pytest.raises(ConfigError, match="handlers cannot run in the process that receives"):
        task(str(uuid4()))
    await engine.aclose()
    with pytest.raises(ValueError, match="badly formed"):
        await to_thread.run_sync(task, "no id")
    await to_thread.run_sync(lambda: worker_shutdown.send(sender=None))


@pytest.mark.parametrize("signal", [worker_shutdown, worker_process_shutdown])
def test_the_loop_ends_with_the_worker(signal: Any, station: Station) -> None:
    app = Celery()
    CeleryEngine(app).bind(station)
    task: Any = app.tasks["hookmw.handle"]
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="badly formed"):
        task("no id")
    (loop,) = set(threading.enumerate()) - before
    signal.send(sender=None)
    loop.join(10)
    assert not loop.is_alive()


# the event loop of a worker's process


def test_all_threads_of_a_process_share_one_loop(tmp_path: Path) -> None:
    inbox, loops = SQLiteInbox(tmp_path / "hooks.db"), set()

    async def look(event: Event[Any]) -> None:
        loops.add(threading.get_ident())

    async def fill() -> list[str]:
        async with opened(inbox):
            return [str((await put(inbox, make_event())).id) for _ in range(20)]

    ids = anyio.run(fill)
    background = Background(station_of(inbox, look))
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(background.handle, ids))
    background.stop()
    background.stop()
    assert len(loops) == 1
    assert threading.get_ident() not in loops


def test_nothing_starts_before_the_first_event(tmp_path: Path) -> None:
    before = threading.active_count()
    background = Background(station_of(SQLiteInbox(tmp_path / "hooks.db"), Handling()))
    background.stop()
    assert threading.active_count() == before
    assert not (tmp_path / "hooks.db").exists()


def test_the_end_gives_back_what_still_runs(tmp_path: Path) -> None:
    inbox, begun = SQLiteInbox(tmp_path / "hooks.db"), threading.Event()

    async def endless(event: Event[Any]) -> None:
        begun.set()
        await anyio.sleep(600)

    async def fill() -> Event[Any]:
        async with opened(inbox):
            return await put(inbox, make_event())

    event = anyio.run(fill)
    background = Background(station_of(inbox, endless, drain=0.1))
    thread = threading.Thread(target=background.handle, args=(str(event.id),))
    thread.start()
    assert begun.wait(10)
    background.stop()
    thread.join(10)
    assert not thread.is_alive()

    async def look() -> tuple[str, int]:
        async with opened(inbox):
            entry = await entry_of(inbox, event)
            return entry.state, entry.event.attempt

    assert anyio.run(look) == ("pending", 0)
