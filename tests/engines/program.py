"""A receiver whose handlers run in an engine's workers; its environment says which engine.

celery -A tests.engines.program.celery_app worker
taskiq worker tests.engines.program:broker
"""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import anyio
from celery import Celery
from taskiq import AsyncBroker, InMemoryBroker
from taskiq_aio_pika import AioPikaBroker, Exchange, Queue
from taskiq_redis import ListQueueBroker

from hookmw import Endpoint, Event, Hooks, Retry
from hookmw.engines import CeleryEngine, TaskiqEngine

SECRET = "a secret for the tests of the engines"
URL = os.environ.get("BROKER", "redis://127.0.0.1:6379/9")
QUEUE = os.environ.get("QUEUE", "hookmw-test")
EFFECTS = Path(os.environ.get("EFFECTS", os.devnull))
AGAIN = float(os.environ.get("AGAIN", "30"))


def _broker() -> AsyncBroker:
    if URL.startswith("redis"):
        return ListQueueBroker(URL, queue_name=QUEUE)
    if URL.startswith("amqp"):
        return AioPikaBroker(URL, exchange=Exchange(name=QUEUE)).with_queue(Queue(name=QUEUE))
    return InMemoryBroker()


celery_app = Celery("program", broker=URL)
celery_app.conf.update(
    task_default_queue=QUEUE,
    broker_transport_options={"global_keyprefix": f"{QUEUE}:"} if "redis" in URL else {},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_hijack_root_logger=False,
    task_time_limit=float(os.environ.get("TIME_LIMIT", "0")) or None,
    task_soft_time_limit=float(os.environ.get("SOFT_TIME_LIMIT", "0")) or None,
)
broker = _broker()


def tell(what: str, event: Event[Any]) -> None:
    """One write of one line: many processes append to one file."""
    line = f"{what} {event.payload.get('n')} {event.attempt} {os.getpid()}\n"
    descriptor = os.open(EFFECTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


shop = Endpoint("/github", "github", secrets=SECRET, retry=Retry(4, base=0.01))


@shop.on("push")
async def handle(event: Event[Any]) -> None:
    tell("begun", event)
    await anyio.sleep(float(os.environ.get("TAKES", "0.01")))
    tell("ended", event)


@shop.on("sync")
def handle_in_thread(event: Event[Any]) -> None:
    assert threading.current_thread() is not threading.main_thread()
    time.sleep(0.01)
    tell("ended", event)


@shop.on("flaky")
async def fail_once(event: Event[Any]) -> None:
    tell("begun", event)
    if event.attempt == 1:
        raise OSError("not yet")
    tell("ended", event)


@shop.on("killer")
async def kill(event: Event[Any]) -> None:
    tell("begun", event)
    if event.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    tell("ended", event)


@shop.on("poison")
async def poison(event: Event[Any]) -> None:
    tell("begun", event)
    os._exit(1)


hooks = Hooks(
    [shop],
    inbox=os.environ.get("INBOX", "sqlite:///unused.db"),
    lease=float(os.environ.get("LEASE", "30")),
    drain=float(os.environ.get("DRAIN", "8")),
    engine=(
        CeleryEngine(celery_app, again=AGAIN)
        if os.environ.get("ENGINE", "celery") == "celery"
        else TaskiqEngine(broker, again=AGAIN)
    ),
)
