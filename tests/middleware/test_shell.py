import logging
from typing import Any

import anyio
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.errors import ClientGone, Malformed
from hookmw.event import Reply
from hookmw.middleware import (
    ChallengeMiddleware,
    IPAllowlistMiddleware,
    RateLimitMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)
from hookmw.middleware.lifespan import SharedLifespan, run_lifespan
from hookmw.middleware.shell import StageShell, delivery_from, refuse_other, route_path
from hookmw.verifiers import Unverified
from tests.middleware.asgi import Spy, Wire, call, http, websocket

pytestmark = pytest.mark.anyio

EACH: list[Any] = [
    lambda app: IPAllowlistMiddleware(app, ["0.0.0.0/0"]),
    lambda app: RateLimitMiddleware(app, 1000),
    RawBodyMiddleware,
    lambda app: SignatureMiddleware(app, Unverified()),
    lambda app: ChallengeMiddleware(app, ()),
]


@pytest.mark.parametrize("build", EACH)
async def test_each_alone_lets_a_good_request_pass(build: Any) -> None:
    spy = Spy()
    wire = await call(build(spy), http(), Wire([b"a", b"b"]))
    assert (wire.status, wire.body, spy.bodies) == (200, b"ok", [b"ab"])
    assert isinstance(spy.delivery, Delivery)
    assert spy.after == [{"type": "http.disconnect"}]


@pytest.mark.parametrize("build", EACH)
async def test_each_lets_the_lifespan_pass(build: Any) -> None:
    spy = Spy()
    scope = {"type": "lifespan", "state": {}}
    await call(build(spy), scope)
    assert spy.scopes == [scope]


@pytest.mark.parametrize("build", EACH)
async def test_each_refuses_what_nobody_knows(build: Any) -> None:
    spy = Spy()
    with pytest.raises(RuntimeError, match="unknown ASGI scope type 'weird'"):
        await call(build(spy), {"type": "weird"})
    assert spy.scopes == []


@pytest.mark.parametrize(("index", "passes"), list(enumerate([True, True, True, False, False])))
async def test_a_websocket_passes_only_what_can_judge_it(index: int, passes: bool) -> None:  # noqa: FBT001
    spy = Spy()
    accepted: Message = {"type": "websocket.accept"}
    closed: Message = {"type": "websocket.close", "code": 1008}
    assert await websocket(EACH[index](spy)) == [accepted if passes else closed]
    assert bool(spy.scopes) is passes


class Stage:
    def __init__(self, outcome: Exception | Reply) -> None:
        self.outcome = outcome

    async def __call__(self, delivery: Delivery) -> Reply | None:
        if isinstance(self.outcome, Reply):
            return self.outcome
        raise self.outcome


async def test_a_stage_may_answer() -> None:
    wire = await call(StageShell(Spy(), Stage(Reply(202, b"thanks"))), http())
    assert (wire.status, wire.body) == (202, b"thanks")
    assert wire.headers[b"x-content-type-options"] == b"nosniff"
    assert wire.headers[b"content-type"] == b"text/plain; charset=utf-8"


async def test_where_the_client_is_gone_nobody_is_answered() -> None:
    spy = Spy()
    wire = await call(StageShell(spy, Stage(ClientGone())), http())
    assert (wire.sent, spy.scopes) == ([], [])


async def test_what_is_no_refusal_is_the_servers_business() -> None:
    with pytest.raises(ZeroDivisionError):
        await call(StageShell(Spy(), Stage(ZeroDivisionError())), http())


@pytest.mark.parametrize("stage", [Stage(Malformed("odd"))])
async def test_the_log_has_one_line_whatever_strangers_write(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    hostile = "a\nERROR\x1b[31m\u202e\u00e9" + "x" * 1000
    await call(
        StageShell(Spy(), stage),
        http("/" + hostile, method=hostile, client=(hostile, 1)),
    )
    (record,) = caplog.records
    line = record.getMessage()
    assert record.levelno == logging.WARNING
    assert line.isascii()
    assert line.isprintable()
    assert "\\nERROR\\x1b[31m" in line
    assert line.endswith("odd (malformed)")
    assert len(line) < 1000
    assert (record.__dict__["code"], record.__dict__["status"]) == ("malformed", 400)


async def test_a_refused_websocket_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    shell = StageShell(Spy(), Stage(Malformed("odd")), websockets=True)
    await websocket(shell, client=None)
    assert "refused GET '/hook' from nobody knows where: odd (malformed)" in caplog.text


# scopes


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/hook", "", "/hook"),
        ("/m/hook", "/m", "/hook"),
        ("/m/hook", "/m/", "/hook"),
        ("/m/m/hook", "/m", "/m/hook"),
        ("/mm/hook", "/m", "/mm/hook"),
        ("/hook", "/m", "/hook"),
        ("/m", "/m", ""),
        ("//m/hook", "/m", "//m/hook"),
    ],
)
def test_the_path_below_the_mount_point(path: str, root: str, below: str) -> None:
    assert route_path(http(path, root_path=root)) == below


def test_a_scope_without_a_path_has_none_below() -> None:
    assert route_path({"type": "weird"}) == ""


def test_a_delivery_from_a_scope() -> None:
    scope = http("/a", query=b"x=1", headers=[(b"X-ID", b"1")], path_params={"n": 7})
    delivery = delivery_from(scope)
    assert (delivery.method, delivery.path, delivery.peer) == ("POST", "/a", "140.82.112.1")
    assert (delivery.header(b"x-id"), delivery.query("x")) == ("1", "1")
    assert delivery.path_params == {"n": "7"}
    assert delivery_from(scope, path="/b", path_params={}).path == "/b"


async def test_refuse_other_closes_websockets_only() -> None:
    assert (await websocket(refuse_other))[0]["type"] == "websocket.close"
    with pytest.raises(RuntimeError, match="unknown ASGI scope type"):
        await call(refuse_other, {"type": "http2"})


# lifespans


class Service:
    def __init__(self, trace: list[str], *, fails: str = "") -> None:
        self.trace, self.fails = trace, fails

    async def start(self) -> None:
        self._do("start")

    async def stop(self) -> None:
        self._do("stop")

    def _do(self, what: str) -> None:
        self.trace.append(what)
        if self.fails == what:
            raise OSError(f"cannot {what}")


class Server:
    """A server's side of a lifespan."""

    def __init__(self, trace: list[str]) -> None:
        self.trace = trace
        self.events = ["lifespan.startup", "lifespan.shutdown"]
        self.failures: list[str] = []

    async def receive(self) -> Message:
        if not self.events:
            await anyio.sleep_forever()
        return {"type": self.events.pop(0)}

    async def send(self, message: Message) -> None:
        self.trace.append(message["type"].removeprefix("lifespan."))
        if "message" in message:
            self.failures.append(message["message"])


@pytest.mark.parametrize(
    ("fails", "trace", "failures"),
    [
        ("", ["start", "startup.complete", "stop", "shutdown.complete"], []),
        ("start", ["start", "startup.failed"], ["cannot start"]),
        ("stop", ["start", "startup.complete", "stop", "shutdown.failed"], ["cannot stop"]),
    ],
)
async def test_the_lifespan_of_a_service(
    fails: str, trace: list[str], failures: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    server = Server(done)
    await run_lifespan(Service(done, fails=fails), server.receive, server.send)
    assert (done, server.failures) == (trace, failures)
    assert bool(caplog.records) is bool(fails)


def lifespan_app(trace: list[str], *, fails: str = "") -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        trace.append("app start")
        if fails == "start":
            await send({"type": "lifespan.startup.failed", "message": "app cannot"})
            return
        if fails == "raise":
            raise ValueError("app cannot")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        trace.append("app stop")
        await send({"type": "lifespan.shutdown.complete"})

    return app


async def shared(app: ASGIApp, service: Service) -> Server:
    server = Server(service.trace)
    with anyio.fail_after(5):
        await SharedLifespan(service, server.receive, server.send).run(app, {"type": "lifespan"})
    return server


async def test_a_shared_lifespan_is_nested() -> None:
    trace: list[str] = []
    await shared(lifespan_app(trace), Service(trace))
    assert trace == [
        "app start", "start", "startup.complete", "stop", "app stop", "shutdown.complete",
    ]  # fmt: skip


async def test_a_service_that_cannot_start_fails_the_startup_and_the_app_cleans_up() -> None:
    trace: list[str] = []
    server = await shared(lifespan_app(trace), Service(trace, fails="start"))
    assert trace[:4] == ["app start", "start", "startup.failed", "app stop"]
    assert "shutdown.complete" not in trace
    assert server.failures == ["cannot start"]


async def test_an_app_that_raises_after_our_failure_is_not_heard() -> None:
    trace: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("confused")

    server = await shared(app, Service(trace, fails="start"))
    assert server.failures == ["cannot start"]


async def test_an_app_that_cannot_start_says_so_itself() -> None:
    trace: list[str] = []
    server = await shared(lifespan_app(trace, fails="start"), Service(trace))
    assert trace == ["app start", "startup.failed"]
    assert server.failures == ["app cannot"]


async def test_an_app_that_raises_after_a_look_is_heard() -> None:
    trace: list[str] = []
    with pytest.raises(ValueError, match="app cannot"):
        await shared(lifespan_app(trace, fails="raise"), Service(trace))


@pytest.mark.parametrize("raises", [True, False])
async def test_beside_an_app_without_a_lifespan_we_have_our_own(raises: bool) -> None:  # noqa: FBT001
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if raises:
            raise ValueError("Django can only handle ASGI/HTTP connections, not lifespan.")

    trace: list[str] = []
    await shared(app, Service(trace))
    assert trace == ["start", "startup.complete", "stop", "shutdown.complete"]


async def test_a_service_that_cannot_stop_does_not_keep_the_app_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trace: list[str] = []
    await shared(lifespan_app(trace), Service(trace, fails="stop"))
    assert trace[-3:] == ["stop", "app stop", "shutdown.complete"]
    assert "cannot stop" in caplog.text
