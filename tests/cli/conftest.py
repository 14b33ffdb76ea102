import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest
from typer.testing import CliRunner, Result

from hookmw.cli.app import app
from hookmw.event import Event, new_event_id
from hookmw.inbox import Attempt, Inbox, Settlement
from hookmw.inbox.urls import inbox_from_url
from tests.cli.receiver import Receiver, served

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.endswith(("SECRET", "TOKEN", "_INBOX"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def run() -> Run:
    """Runs the command line in this process."""

    def invoke(*args: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(args), **options)

    return invoke


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def origin(receiver: Receiver) -> Iterator[str]:
    """Where the receiver listens."""
    with served(receiver) as origin:
        yield origin


def make_event(**changes: Any) -> Event[Any]:
    received_at = changes.pop("received_at", time.time())
    values: dict[str, Any] = {
        "id": new_event_id(received_at),
        "endpoint": "github",
        "provider": "github",
        "type": "push",
        "key": "k-1",
        "body": b'{"ref":"main"}',
        "headers": ((b"content-type", b"application/json"),),
        "received_at": received_at,
        **changes,
    }
    return Event(**values)


def fill(url: str, *events: Event[Any], die: str = "", error: str = "") -> list[UUID]:
    """Put events into an inbox; with `die`, all become dead letters with that note."""

    async def put() -> None:
        inbox: Inbox = inbox_from_url(url)
        await inbox.open()
        for event in events:
            await inbox.put(event, dedupe=event.id.bytes)
        if die:
            for claim in await inbox.claim("w", limit=100, lease=60):
                attempt = Attempt(number=1, handler="main.bad", outcome="failed", error=error)
                settled = Settlement(claim=claim, state="dead", attempts=(attempt,), note=die)
                await inbox.settle(settled)
        await inbox.aclose()

    anyio.run(put)
    return [event.id for event in events]
