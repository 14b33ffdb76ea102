"""A program with an inbox on disk, for tests that kill it.

python -m tests.work.program DATABASE EFFECTS     handles what is due, and ends when all is
uvicorn tests.work.program:app                    receives; or :mounted, without a lifespan
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.routing import Mount

from hookmw import Endpoint, Event, Hooks, Retry
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.router import Router
from hookmw.work.dispatcher import Source
from hookmw.work.runtime import Runtime

SECRET = "a secret for the tests of the workroom"
effects = Path(os.environ.get("EFFECTS", os.devnull))


def tell(what: str, event: Event[Any]) -> None:
    with effects.open("a") as file:
        file.write(f"{what} {event.type} {event.attempt}\n")


async def handle(event: Event[Any]) -> None:
    tell("begun", event)
    if event.type == "poison":
        os._exit(1)
    if event.type == "killed" and event.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if event.type == "second":
        await anyio.sleep(1)
    if event.type == "endless" and not os.environ.get("ENDLESS_ENDS"):
        await anyio.sleep(600)
    await anyio.sleep(0.01)
    tell("ended", event)


def hang(event: Event[Any]) -> None:
    """A sync handler that cannot be stopped."""
    tell("begun", event)
    if not os.environ.get("ENDLESS_ENDS"):
        time.sleep(600)
    tell("ended", event)


github = Endpoint("/github", "github", secrets=SECRET, retry=Retry(4, base=0.01))
github.on("second")(handle)
github.on("endless")(handle)
github.on("hang")(hang)
app = Hooks(
    [github],
    inbox=f"sqlite:///{os.environ.get('DATABASE', 'unused.db')}",
    drain=float(os.environ.get("DRAIN", "5")),
)
mounted = Starlette(routes=[Mount("/webhooks", app)])


async def main(database: str) -> None:
    runtime = Runtime(SQLiteInbox(database))
    router = Router(retry=Retry(4, base=0.01))
    router.on("*", name="it")(handle)
    runtime.dispatcher.sources["shop"] = Source(name="shop", router=router)
    await runtime.start()
    counts = await runtime.inbox.count()
    while counts["pending"] or counts["claimed"]:
        await anyio.sleep(0.02)
        counts = await runtime.inbox.count()
    await runtime.stop()


if __name__ == "__main__":
    effects = Path(sys.argv[2])
    anyio.run(main, sys.argv[1])
