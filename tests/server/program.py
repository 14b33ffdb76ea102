"""The receiver under test, served by a real uvicorn: every handler leaves a line on disk."""

import os
from typing import Any

import anyio

from hookmw import Endpoint, Event, Hooks, Retry
from tests.server import weakening
from tests.server.counting import Counted
from tests.server.dying import Mortal, reached
from tests.server.process import SECRET

PAUSE = float(os.environ.get("PAUSE", "0"))
FAILS = float(os.environ.get("FAILS", "0"))
"""The part of all events whose first attempt fails."""

PROVIDERS = ("github", "stripe", "slack", "shopify", "telegram", "whatsapp")

effects = os.open(os.environ["EFFECTS"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)


async def record(event: Event[Any]) -> None:
    """One write of one line: it is there even if the process is killed right after."""
    if event.attempt == 1 and event.id.int % 100 < FAILS * 100:
        raise ValueError("the first attempt fails")
    ours = (os.getpid(), event.endpoint, event.type, event.key, event.id, event.attempt)
    os.write(effects, ("\t".join(map(str, ours)) + "\n").encode())
    await anyio.sleep(PAUSE)
    reached("handled")


def _endpoint(name: str) -> Endpoint:
    made = Endpoint(f"/{name}", name, secrets=SECRET, verify_token="verify-me")
    made.on("*", retry=Retry(100, base=0.1), name="record")(record)
    return made


weakening.apply(os.environ.get("WEAKENED", ""))
hooks = Hooks(
    [_endpoint(name) for name in PROVIDERS],
    inbox=os.environ["INBOX"],
    worker=not os.environ.get("ONLY_RECEIVES"),
    lease=float(os.environ.get("LEASE", "30")),
    drain=float(os.environ.get("DRAIN", "8")),
)
app = Counted(Mortal(hooks))
