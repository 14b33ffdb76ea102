"""The receiver under test, served by a real uvicorn: every handler leaves a line on disk."""

import os
from typing import Any

import anyio

from hookmw import Endpoint, Event, Hooks, Retry
from tests.server.process import SECRET

PAUSE = float(os.environ.get("PAUSE", "0"))

PROVIDERS = ("github", "stripe", "slack", "shopify", "telegram", "whatsapp")

effects = os.open(os.environ["EFFECTS"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)


async def record(event: Event[Any]) -> None:
    """One write of one line: it is there even if the process is killed right after."""
    line = f"{event.endpoint}\t{event.type}\t{event.key}\t{event.id}\t{event.attempt}\n"
    os.write(effects, line.encode())
    await anyio.sleep(PAUSE)


def _endpoint(name: str) -> Endpoint:
    made = Endpoint(f"/{name}", name, secrets=SECRET, verify_token="verify-me")
    made.on("*", retry=Retry(100, base=0.1), name="record")(record)
    return made


app = Hooks(
    [_endpoint(name) for name in PROVIDERS],
    inbox=os.environ["INBOX"],
    drain=float(os.environ.get("DRAIN", "8")),
)
