"""The app that is started over a large inbox: `uvicorn benchmarks.scale_app:app`, INBOX its URL."""

import os
from typing import Any

import anyio

from benchmarks.pool import PATH, SECRET
from hookmw import Endpoint, Event, Hooks

__all__ = ["app"]

PAUSE = 0.05  # seconds, so that what is pending stays so for a while

_endpoint = Endpoint(PATH, "github", secrets=SECRET, name="github")


@_endpoint.on("*", name="pause")
async def _pause(event: Event[Any]) -> None:
    _ = event.payload
    await anyio.sleep(PAUSE)


app = Hooks([_endpoint], inbox=os.environ.get("INBOX", "memory:"))
