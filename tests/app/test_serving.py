"""Whole, mounted, or around another app; with a lifespan or without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from hookmw import Event, Hooks
from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox.memory import MemoryInbox
from hookmw.testing import WebhookClient, sign
from tests.app.receiving import SECRET, BrokenInbox, WatchedInbox, github, hooks_of, stored
from tests.middleware.asgi import Wire, call, deliver, http, websocket

pytestmark = pytest.mark.anyio

PING = sign("github", {"zen": "x"}, SECRET, type="ping", path="/hook")
UNDER = "/webhooks/hook"


class Seen:
    """A handler that remembers, and lets others wait for it."""

    def __init__(self, hooks: Hooks) -> None:
        self.events: list[Event[Any]] = []
        self._happened = anyio.Event()
        hooks.on("*", name="seen")(self._handle)

    async def _handle(self, event: Event[Any]) -> None:
        self.events.append(event)
        self._happened.set()

    async def wait(self) -> None:
        with anyio.fail_after(10):
            await self._happened.wait()


def in_starlette(hooks: Hooks) -> ASGIApp:
    return Starlette(routes=[Mount("/webhooks", hooks)])


def in_starlette_twice(hooks: Hooks) -> ASGIApp:
    return Starlette(routes=[Mount("/outer", routes=[Mount("/webhooks", hooks)])])


def in_fastapi(hooks: Hooks) -> ASGIApp:
    app = FastAPI()
    app.mount("/webhooks", hooks)
    return app


async def until_accepted(app: ASGIApp, path: str) -> None:
    with anyio.fail_after(3):
        while (await deliver(app, PING, path=path)).status == 503:  # noqa: ASYNC110
            await anyio.sleep(0.05)


def wrapped(hooks: Hooks) -> ASGIApp:
    return hooks.wrap(Starlette())


# mounted


@pytest.mark.parametrize("build", [in_starlette, in_fastapi, wrapped])
@pytest.mark.parametrize("lifespan", [True, False])
async def test_the_worker_works_with_a_lifespan_or_without(build: Any, lifespan: bool) -> None:  # noqa: FBT001
    hooks = hooks_of(github(), worker=True)
    seen = Seen(hooks)
    app = build(hooks)
    client = WebhookClient(app)
    if lifespan:
        await client.__aenter__()
    assert (await deliver(app, PING, path=UNDER)).status == 200
    await seen.wait()
    assert seen.events[0].payload == {"zen": "x"}
    if lifespan:
        await client.__aexit__(None, None, None)
    await hooks.runtime.stop()


async def test_mounts_in_mounts() -> None:
    hooks = hooks_of(github())
    app = in_starlette_twice(hooks)
    assert (await deliver(app, PING, path="/outer/webhooks/hook")).status == 200
    assert (await deliver(app, PING, path="/outer/webhooks/hook/")).status == 200
    assert (await deliver(app, PING, path="/outer/webhooks/webhooks/hook")).status == 404
    assert (await deliver(app, PING, path="/webhooks/hook")).status == 404
    root = await deliver(app, PING, path="/m/outer/webhooks/hook", root_path="/m")
    assert root.status == 200
    (entry,) = await stored(hooks)
    assert entry.event.path == "/hook"


async def test_mounted_under_its_own_name() -> None:
    hooks = hooks_of(github("/m"), github("/m/hook"))
    app = Starlette(routes=[Mount("/m", hooks)])
    assert (await deliver(app, PING, path="/m/m")).status == 200
    assert (await deliver(app, PING, path="/m/m/hook")).status == 200
    assert (await deliver(app, PING, path="/m/hook")).status == 404


@pytest.mark.parametrize("build", [in_starlette, in_fastapi])
async def test_a_mount_keeps_websockets_and_the_unsigned_out(build: Any) -> None:
    app = build(hooks_of(github()))
    assert (await websocket(app, UNDER))[0]["type"] == "websocket.close"
    wire = await call(app, http(UNDER), Wire(b"{}"))
    assert (wire.status, wire.receives) == (401, 0)


# around another app


class State:
    """An app with a lifespan of its own, its state, routes and websockets."""

    def __init__(self) -> None:
        self.trace: list[str] = []
        self.app = Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/{path:path}", self._answer, methods=["GET", "POST"]),
                WebSocketRoute("/{path:path}", self._talk),
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[dict[str, str]]:
        self.trace.append("up")
        yield {"greeting": "hello"}
        self.trace.append("down")

    async def _answer(self, request: Request) -> Response:
        greeting = getattr(request.state, "greeting", "?")
        root = request.scope["root_path"]
        body = await request.body()
        return PlainTextResponse(f"{greeting} {root}{request.url.path} {body!r}")

    async def _talk(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()


ELSEWHERE = [
    "/", "/other", "/webhooks", "/webhooks/", "/webhooks/other", "/webhookshook",
    "/webhooks/hook/x", "/hook", "/webhooksx/hook", "/x/webhooks/hook",
]  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_everything_else_reaches_the_app_untouched(path: str) -> None:
    inner = State()
    app = hooks_of(github()).wrap(inner.app)
    async with WebhookClient(app) as client:
        answer = await client.request("POST", path, body=[b"a", b"b"])
        assert (answer.status, answer.text) == (200, f"hello {path} b'ab'")
        assert (await websocket(app, path))[0]["type"] == "websocket.accept"
        assert inner.trace == ["up"]
    assert inner.trace == ["up", "down"]


async def test_the_app_gets_the_very_scope_receive_and_send() -> None:
    got: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.append((scope, receive, send))

    wire = Wire()
    for scope in (http("/other"), http("/webhooks/other"), {"type": "weird"}):
        await hooks_of(github()).wrap(app)(scope, wire.receive, wire.send)
        assert got[-1][0] is scope
        assert got[-1][1:] == (wire.receive, wire.send)


@pytest.mark.parametrize("prefix", ["/webhooks", "/webhooks/"])
async def test_the_endpoints_below_the_prefix_are_ours(prefix: str) -> None:
    inner = State()
    hooks = hooks_of(github())
    app = hooks.wrap(inner.app, prefix=prefix)
    assert (await deliver(app, PING, path=UNDER)).status == 200
    assert (await deliver(app, PING, path="/m/webhooks/hook/", root_path="/m")).status == 200
    assert (await call(app, http(UNDER))).status == 401
    assert (await call(app, http(UNDER, method="GET"))).status == 405
    assert (await websocket(app, UNDER))[0]["type"] == "websocket.close"
    (entry,) = await stored(hooks)
    assert entry.event.path == "/hook"


async def test_a_prefix_may_be_none_or_all() -> None:
    inner = State()
    assert (await deliver(hooks_of(github()).wrap(inner.app, prefix=""), PING)).status == 200
    root = hooks_of(github("/")).wrap(inner.app, prefix="/hook")
    assert (await deliver(root, PING, path="/hook")).status == 200
    assert (await deliver(root, PING, path="/hook/")).status == 200


def test_a_prefix_that_is_no_path() -> None:
    with pytest.raises(ConfigError, match="must begin with a slash"):
        hooks_of(github()).wrap(Starlette(), prefix="webhooks")


async def test_around_an_app_without_a_lifespan() -> None:
    async def django(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("Django can only handle ASGI/HTTP connections, not lifespan.")

    inbox = WatchedInbox()
    async with WebhookClient(hooks_of(github(), inbox=inbox).wrap(django)):
        assert inbox.opened == 1
    with pytest.raises(InboxUnavailable):
        await inbox.count()


@pytest.mark.parametrize("build", [lambda hooks: hooks, wrapped], ids=["whole", "wrapped"])
@pytest.mark.parametrize(
    ("error", "lines"), [(ConfigError("no inbox of ours"), 0), (OSError("odd"), 1)]
)
async def test_an_inbox_that_cannot_be_opened_fails_the_startup(
    build: Any, error: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """With one line, which the server prints; and a traceback where nobody knows what it is."""
    client = WebhookClient(build(hooks_of(github(), inbox=BrokenInbox(error))))
    with pytest.raises(RuntimeError, match=str(error)):
        await client.__aenter__()
    assert len(caplog.records) == lines
    assert all(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("build", "path"),
    [(lambda hooks: hooks, "/hook"), (wrapped, UNDER)],
    ids=["whole", "wrapped"],
)
async def test_an_inbox_that_is_out_of_reach_at_the_start_is_opened_when_it_is_there(
    build: Any, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = BrokenInbox()
    app = build(hooks_of(github(), inbox=inbox, worker=True))
    async with WebhookClient(app):
        answers = [await deliver(app, PING, path=path) for _ in range(50)]
        assert {answer.status for answer in answers} == {503}
        assert answers[0].headers[b"retry-after"] == b"5"
        forged = replace(PING, body=b"{}")
        assert (await deliver(app, forged, path=path)).status == 401
        assert inbox.tries < 20, "deliveries do not try it, each for itself"
        inbox.broken = False
        await until_accepted(app, path)
        with anyio.fail_after(3):
            while not (await inbox.count())["done"]:
                await inbox.wait(0.05)
    said = [record.getMessage() for record in caplog.records if record.name == "hookmw"]
    assert said[0] == "no inbox yet, nothing is stored until it is there: the disk is gone"
    assert "the inbox is open" in said
    assert not any(record.exc_info for record in caplog.records)


async def test_an_inbox_that_turns_out_to_be_anothers_is_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inbox = BrokenInbox()
    hooks = hooks_of(github(), inbox=inbox)
    async with hooks.lifespan():
        inbox.error = ConfigError("the tables are another's")
        with anyio.fail_after(3):
            while not any("another's" in record.getMessage() for record in caplog.records):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        assert (await deliver(hooks, PING)).status == 503


async def test_who_waits_for_an_inbox_can_be_stopped() -> None:
    hooks = hooks_of(github(), inbox=BrokenInbox())
    with anyio.fail_after(3):
        async with hooks.lifespan():
            await anyio.sleep(0.5)


# lifespans


async def test_whole_it_has_a_lifespan() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox, worker=True)
    seen = Seen(hooks)
    async with WebhookClient(hooks):
        assert inbox.opened == 1
        assert (await deliver(hooks, PING)).status == 200
        await seen.wait()
        await hooks.drain(10)
        assert (await inbox.count())["done"] == 1
    with pytest.raises(InboxUnavailable, match="closed"):
        await inbox.count()


async def test_an_endpoint_alone_has_one_too() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox)
    async with WebhookClient(hooks.endpoints[0]):
        assert inbox.opened == 1


async def test_composed() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox)
    app = Starlette(routes=[Mount("/webhooks", hooks)], lifespan=hooks.lifespan)
    async with WebhookClient(app):
        assert inbox.opened == 1
        assert (await deliver(app, PING, path=UNDER)).status == 200
    with pytest.raises(InboxUnavailable):
        await inbox.count()


async def test_a_lifespan_ends_where_its_program_fails() -> None:
    inbox = WatchedInbox()
    with pytest.raises(ZeroDivisionError):
        async with hooks_of(github(), inbox=inbox).lifespan():
            raise ZeroDivisionError
    with pytest.raises(InboxUnavailable):
        await inbox.count()


async def test_it_may_start_again() -> None:
    hooks = hooks_of(github(), worker=True)
    seen = Seen(hooks)
    for number in (1, 2):
        body = b'{"n":%d}' % number
        async with WebhookClient(hooks):
            assert (await deliver(hooks, sign("github", body, SECRET, path="/hook"))).status == 200
            await hooks.drain(10)
        assert len(seen.events) == number


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_mounted_it_survives_the_end_of_its_loop(backend: str, tmp_path: Path) -> None:
    """Test clients, for one, run a loop for each request."""
    hooks = hooks_of(github(), worker=True, inbox=f"sqlite:///{tmp_path}/hooks.db")
    handled: list[str] = []
    hooks.on("*", name="seen")(lambda event: handled.append(event.type))

    async def one(number: int) -> int:
        request = sign("github", b'{"n":%d}' % number, SECRET, path="/hook", type="ping")
        status = (await deliver(app, request, path=UNDER)).status
        await hooks.drain(10)
        return status

    app = in_starlette(hooks)

    for number in (1, 2):
        assert anyio.run(one, number, backend=backend) == 200
        assert handled == ["ping"] * number


async def test_starting_and_stopping_twice_is_once() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox)
    await hooks.runtime.stop()
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(hooks.runtime.start)
    assert inbox.opened == 1
    await hooks.runtime.stop()
    await hooks.runtime.stop()


async def test_many_first_deliveries_start_one_worker() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox, worker=True)
    statuses: list[int] = []

    async def one() -> None:
        statuses.append((await deliver(hooks, PING)).status)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(one)
    assert statuses == [200] * 20
    assert inbox.opened == 1
    await hooks.runtime.stop()


class SlowToClose(MemoryInbox):
    def __init__(self) -> None:
        super().__init__()
        self.closing, self.may_close = anyio.Event(), anyio.Event()

    async def aclose(self) -> None:
        self.closing.set()
        await self.may_close.wait()
        await super().aclose()


@pytest.mark.parametrize("worker", [True, False])
async def test_while_it_stops_deliveries_are_503(worker: bool) -> None:  # noqa: FBT001
    inbox = SlowToClose()
    hooks = hooks_of(github(), inbox=inbox, worker=worker)
    assert (await deliver(hooks, PING)).status == 200
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hooks.runtime.stop)
            await inbox.closing.wait()
            wire = await deliver(hooks, PING)
            assert (wire.status, wire.body) == (503, b"unavailable")
            assert wire.headers[b"retry-after"] == b"5"
            assert (await call(hooks, http())).status == 401
            inbox.may_close.set()


async def test_an_inbox_that_cannot_be_opened_is_503_until_it_can() -> None:
    inbox = BrokenInbox()
    hooks = hooks_of(github(), inbox=inbox)
    wire = await deliver(hooks, PING)
    assert (wire.status, wire.headers[b"retry-after"]) == (503, b"5")
    inbox.broken = False
    await until_accepted(hooks, "/hook")
    assert len(await stored(hooks)) == 1


async def test_a_worker_that_fails_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hookmw.work.runtime.PAUSE", 0.01)
    hooks = hooks_of(github(), worker=True)
    seen = Seen(hooks)
    make = hooks.runtime._new_worker
    workers: list[int] = []

    class Fails:
        async def run(self) -> None:
            raise OSError("unforeseen")

        def stop(self) -> None:
            raise AssertionError

    def new_worker() -> Any:
        workers.append(1)
        return Fails() if len(workers) == 1 else make()

    monkeypatch.setattr(hooks.runtime, "_new_worker", new_worker)
    assert (await deliver(hooks, PING)).status == 200
    await seen.wait()
    assert len(workers) == 2
    assert "another takes over" in caplog.text
    await hooks.runtime.stop()


async def test_without_a_worker_nothing_is_handled() -> None:
    hooks = hooks_of(github(), worker=False)
    Seen(hooks)
    async with WebhookClient(hooks):
        assert (await deliver(hooks, PING)).status == 200
        (entry,) = await stored(hooks)
        assert entry.state == "pending"
        with pytest.raises(TimeoutError):
            await hooks.drain(0.05)


async def test_every_handler_is_wrapped() -> None:
    hooks = hooks_of(github(), worker=True)
    seen = Seen(hooks)
    around: list[str] = []

    @hooks.use
    async def log(event: Event[Any], call_next: Any) -> Any:
        around.append(event.type)
        return await call_next(event)

    @hooks.endpoints[0].on("ping")
    async def own(event: Event[Any]) -> None:
        around.append("own")

    async with WebhookClient(hooks):
        await deliver(hooks, PING)
        await hooks.drain(10)
    assert around == ["ping", "own", "ping"]
    assert len(seen.events) == 1
