"""The health route: figures that prove that deliveries can be stored and are handled."""

import json
from typing import Any

import anyio
import pytest

from hookmw import ConfigError, Hooks
from hookmw.errors import InboxUnavailable
from hookmw.inbox import Health, Inbox
from hookmw.inbox.memory import MemoryInbox
from hookmw.middleware.health import HealthRoute
from hookmw.testing import WebhookClient, sign
from tests.app.receiving import SECRET, BrokenInbox, github, hooks_of
from tests.middleware.asgi import Wire, call, deliver, http, websocket

pytestmark = pytest.mark.anyio


async def look(hooks: Any, path: str = "/health", method: str = "GET") -> tuple[int, Any]:
    wire = await call(hooks, http(path=path, method=method), Wire(b""))
    return wire.status, json.loads(wire.body) if wire.body.startswith(b"{") else wire.body


async def test_a_receiver_that_works_says_so_in_figures() -> None:
    hooks = Hooks([github()], inbox=MemoryInbox(), health="/health")
    async with WebhookClient(hooks):
        with anyio.fail_after(5):
            while (found := await look(hooks))[1]["workers"] != 1:  # noqa: ASYNC110
                await anyio.sleep(0.3)
    wire = await call(hooks, http(path="/health", method="GET"), Wire(b""))
    assert wire.headers[b"cache-control"] == b"no-store"
    status, figures = found
    assert status == 200
    assert figures == {
        "status": "ok",
        "commit_seconds": 0.0,
        "pending": 0,
        "claimed": 0,
        "dead": 0,
        "oldest_due_seconds": None,
        "workers": 1,
    }


class Told(MemoryInbox):
    """Says of its health what it is told, or fails."""

    def __init__(self, told: Health | Exception) -> None:
        super().__init__()
        self.told = told
        self.looks = 0

    async def check(self) -> Health:
        self.looks += 1
        await anyio.sleep(0.01)
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


def health(oldest_due: float | None, workers: int) -> Health:
    counts: Any = {"pending": 3, "claimed": 2, "done": 9, "dead": 1}
    return Health(wrote_in=0.00312, counts=counts, oldest_due=oldest_due, workers=workers)


@pytest.mark.parametrize(
    ("told", "status", "word"),
    [
        (health(None, 0), 200, "ok"),
        (health(59.0, 0), 200, "ok"),
        (health(61.0, 0), 503, "nobody handles events"),
        (health(6100.0, 1), 200, "ok"),
        (InboxUnavailable("disk full"), 503, "the inbox cannot be written"),
        (RuntimeError("a bug"), 503, "the inbox cannot be opened"),
    ],
)
async def test_verdicts(told: Any, status: int, word: str) -> None:
    hooks = hooks_of(github(), inbox=Told(told), health="/health")
    found, figures = await look(hooks)
    assert (found, figures["status"]) == (status, word)
    if isinstance(told, Health):
        assert (figures["commit_seconds"], figures["pending"], figures["dead"]) == (0.0031, 3, 1)


async def test_an_inbox_that_cannot_be_opened_is_unhealthy() -> None:
    found, figures = await look(hooks_of(github(), inbox=BrokenInbox(), health="/health"))
    assert (found, figures["status"]) == (503, "the inbox cannot be written")


async def test_many_looks_cost_one_write() -> None:
    now = [0.0]
    inbox = Told(health(None, 1))
    await inbox.open()

    async def ready() -> Inbox:
        return inbox

    route = HealthRoute("/health", ready, clock=lambda: now[0])
    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(call, route, http(path="/health", method="GET"), Wire(b""))
    assert inbox.looks == 1
    now[0] = 1.5
    await call(route, http(path="/health", method="GET"), Wire(b""))
    assert inbox.looks == 2


async def test_only_looks_are_taken() -> None:
    hooks = hooks_of(github(), health="/health/")
    assert (await look(hooks, method="POST"))[0] == 405
    assert (await look(hooks, method="HEAD"))[0] == 200
    assert (await look(hooks, path="/health/"))[0] == 200
    assert (await look(hooks, path="/healthy"))[0] == 404
    assert [each["type"] for each in await websocket(hooks, "/health")] == ["websocket.close"]


async def test_without_it_there_is_none() -> None:
    hooks = hooks_of(github())
    assert (await look(hooks))[0] == 404
    request = sign("github", {}, SECRET, type="push", path="/hook")
    assert (await deliver(hooks, request)).status == 200


@pytest.mark.parametrize(("path", "word"), [("health", "slash"), ("/hook", "path of an endpoint")])
def test_a_path_that_cannot_be(path: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        hooks_of(github(), health=path)
