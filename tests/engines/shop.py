"""A receiver whose handlers run in an engine's workers, or in plain ones: `on_celery.py` etc."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import anyio

from hookmw import Endpoint, Event, Hooks, Retry
from hookmw.work.engine import Engine

SECRET = "a secret for the tests of the engines"
EFFECTS = Path(os.environ.get("EFFECTS", os.devnull))
QUEUE = os.environ.get("QUEUE", "hookmw-test")
URL = os.environ.get("BROKER", "redis://127.0.0.1:6379/9")
AGAIN = float(os.environ.get("AGAIN", "30"))
MONEY = os.environ.get("MONEY", "money")
"""A table beside the inbox's own."""
BOOK = f"INSERT INTO {MONEY} VALUES ({{}})"


def tell(what: str, event: Event[Any]) -> None:
    """One write of one line: many processes append to one file."""
    line = f"{what} {event.payload.get('n')} {event.attempt} {os.getpid()} {time.time():.3f}\n"
    descriptor = os.open(EFFECTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


shop = Endpoint("/github", "github", secrets=SECRET, retry=Retry(4, base=0.01))
ordered = Endpoint(
    "/ordered",
    "github",
    name="ordered",
    secrets=SECRET,
    order_by=lambda event: event.payload["n"] % 2,
)

bank = Endpoint("/bank", "github", name="bank", secrets=SECRET, retry=Retry(100, base=0.01))


@ordered.on("push")
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


@bank.on("sync")
def book(event: Event[Any]) -> None:
    tell("begun", event)
    with event.transaction() as db:
        db.execute(BOOK.format(event.payload["n"]))
        time.sleep(0.02)
    time.sleep(0.02)
    tell("ended", event)


@bank.on("async")
async def book_in_loop(event: Event[Any]) -> None:
    tell("begun", event)
    async with event.transaction() as db:
        await db.execute(BOOK.format(event.payload["n"]))
        await anyio.sleep(0.02)
    await anyio.sleep(0.02)
    tell("ended", event)


def hooks_on(engine: Engine | None) -> Hooks:
    return Hooks(
        [shop, ordered, bank],
        inbox=os.environ.get("INBOX", "sqlite:///unused.db"),
        lease=float(os.environ.get("LEASE", "30")),
        worker=bool(os.environ.get("RINGS", "yes")),
        drain=float(os.environ.get("DRAIN", "8")),
        engine=engine,
    )
