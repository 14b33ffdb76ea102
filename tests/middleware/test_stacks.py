"""The classes in other people's stacks, and one logic in two shells."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.requests import Request as FastAPIRequest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hookmw import Endpoint, Hooks, catalog
from hookmw.inbox.memory import MemoryInbox
from hookmw.middleware import (
    DELIVERY,
    ChallengeMiddleware,
    IPAllowlistMiddleware,
    RateLimitMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)
from hookmw.testing import SignedRequest, sign
from tests.middleware.asgi import PEER, Spy, Wire, call, deliver, http, websocket

pytestmark = pytest.mark.anyio

SECRET = "s3cret-s3cret"
GITHUB = catalog.provider("github")
GUARD = Middleware(SignatureMiddleware, verifier=GITHUB.scheme, secrets=SECRET)
FIVE = [
    Middleware(IPAllowlistMiddleware, networks=["140.82.112.0/20"]),
    Middleware(RateLimitMiddleware, limit=6000),
    Middleware(RawBodyMiddleware, max_body=100),
    Middleware(SignatureMiddleware, verifier=GITHUB.scheme, secrets=SECRET),
    Middleware(ChallengeMiddleware, challenges=()),
]


async def echo(request: Request) -> Response:
    delivery = request.scope[DELIVERY]
    assert delivery.proof is not None
    body = await request.body()
    assert body == await request.body() == delivery.body
    return PlainTextResponse(body)


def starlette(middleware: list[Middleware]) -> ASGIApp:
    return Starlette(routes=[Route("/hook", echo, methods=["POST"])], middleware=middleware)


def starlette_route(middleware: list[Middleware]) -> ASGIApp:
    return Starlette(routes=[Route("/hook", echo, methods=["POST"], middleware=middleware)])


def starlette_mount(middleware: list[Middleware]) -> ASGIApp:
    inner = [Route("/hook", echo, methods=["POST"])]
    return Starlette(routes=[Mount("", routes=inner, middleware=middleware)])


def fastapi(middleware: list[Middleware]) -> ASGIApp:
    app = FastAPI(middleware=middleware)

    @app.post("/hook")
    async def hook(request: FastAPIRequest) -> Response:
        return await echo(request)

    return app


def fastapi_json(middleware: list[Middleware]) -> ASGIApp:
    """FastAPI reads the body by itself here."""
    app = FastAPI(middleware=middleware)

    @app.post("/hook")
    async def hook(payload: dict[str, Any], request: FastAPIRequest) -> Response:
        assert payload == {"a": 1}
        return await echo(request)

    return app


def fastapi_added(middleware: list[Middleware]) -> ASGIApp:
    app = fastapi([])
    assert isinstance(app, FastAPI)
    for each in reversed(middleware):
        app.add_middleware(each.cls, *each.args, **each.kwargs)
    return app


BUILDS = [starlette, starlette_route, starlette_mount, fastapi, fastapi_json, fastapi_added]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("middleware", [[GUARD], FIVE], ids=["guard", "five"])
async def test_in_a_framework(
    build: Callable[[list[Middleware]], ASGIApp], middleware: list[Middleware]
) -> None:
    app = build(middleware)
    request = sign("github", b'{"a": 1}', SECRET, path="/hook")
    json = [(b"content-type", b"application/json")]
    scope = http(headers=[*request.headers, *json])
    wire = await call(app, scope, Wire([b'{"a"', b"", b": 1}"]))
    assert (wire.status, wire.body) == (200, b'{"a": 1}')
    wire = await deliver(app, sign("github", b'{"a": 1}', "other", path="/hook"))
    assert (wire.status, wire.body) == (401, b"unauthorized")
    wire = await call(app, http(), Wire(b'{"a": 1}'))
    assert (wire.status, wire.receives) == (401, 0)
    assert (await websocket(app))[0]["type"] == "websocket.close"


async def test_a_pull_of_a_framework_is_capped() -> None:
    async def read(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    cap = Middleware(RawBodyMiddleware, max_body=2)
    app = Starlette(routes=[Route("/hook", read, methods=["POST"])], middleware=[cap])
    assert (await call(app, http(), Wire([b"a", b"b"]))).body == b"ab"
    wire = await call(app, http(), Wire([b"ab", b"c"]))
    assert (wire.status, wire.body) == (413, b"too large")


async def test_a_route_gives_its_parameters_to_the_search_for_secrets() -> None:
    async def find(delivery: Any) -> str | None:
        return {"7": SECRET}.get(delivery.path_params["tenant"])

    guard = Middleware(SignatureMiddleware, verifier=GITHUB.scheme, secrets=find)
    route = Route("/{tenant:int}/hook", echo, methods=["POST"], middleware=[guard])
    app = Starlette(routes=[route])
    assert (await deliver(app, sign("github", {}, SECRET, path="/7/hook"))).status == 200
    assert (await deliver(app, sign("github", {}, SECRET, path="/8/hook"))).status == 401


# one logic, two shells


async def ack(scope: Scope, receive: Receive, send: Send) -> None:
    """What the receiver answers."""
    assert scope[DELIVERY].proof is not None
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"2"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@dataclass
class Case:
    """A delivery, and what both shells must say."""

    name: str
    provider: str
    request: Callable[[], SignedRequest]
    status: int
    body: bytes = b""
    chunks: list[bytes] | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    client: tuple[str, int] | None = PEER
    times: int = 1


def req(
    provider: str = "github", payload: Any = b"{}", secret: str = SECRET, *, age: float = 0
) -> Callable[[], SignedRequest]:
    return lambda: sign(provider, payload, secret, path="/hook", at=time.time() - age)


def get(query: bytes) -> Callable[[], SignedRequest]:
    return lambda: SignedRequest("GET", "/hook", query, (), b"")


def nobody() -> SignedRequest:
    return SignedRequest("POST", "/hook", b"", (), b"{}")


SUBSCRIBE = b"hub.mode=subscribe&hub.verify_token=%s&hub.challenge=%s"
PING = {"type": "url_verification", "challenge": "abc"}
FORGED = b"unauthorized"

CASES = [
    Case("genuine", "github", req(), 200, b"ok"),
    Case("genuine in chunks", "github", req(payload=b"abcd"), 200, b"ok", [b"ab", b"", b"cd"]),
    Case("genuine and empty", "github", req(payload=b""), 200, b"ok"),
    Case("exactly the cap", "github", req(payload=b"x" * 1000), 200, b"ok"),
    Case("forged", "github", req(secret="other"), 401, FORGED),
    Case("changed", "github", req(payload=b"abcd"), 401, FORGED, [b"abce"]),
    Case("unsigned", "github", nobody, 401, FORGED),
    Case("garbage", "github", nobody, 401, FORGED, None, [(b"x-hub-signature-256", b"\xff")]),
    Case(
        "signed twice", "github", req(), 400, b"malformed", None,
        [(b"x-hub-signature-256", b"sha256=" + b"0" * 64)],
    ),
    Case("fresh", "stripe", req("stripe"), 200, b"ok"),
    Case("stale", "stripe", req("stripe", age=400), 401, FORGED),
    Case("of the future", "stripe", req("stripe", age=-400), 401, FORGED),
    Case("too large", "github", req(payload=b"x" * 1001), 413, b"too large"),
    Case("too large in chunks", "github", req(), 413, b"too large", [b"x"] * 1200),
    Case(
        "too large by its word", "github", req(), 413, b"too large", None,
        [(b"content-length", b"1001")],
    ),
    Case(
        "compressed", "github", req(), 400, b"malformed", None, [(b"content-encoding", b"gzip")]
    ),
    Case("challenge", "slack", req("slack", PING), 200, b"abc"),
    Case("challenge, forged", "slack", req("slack", PING, "other"), 401, FORGED),
    Case("challenge, odd", "slack", req("slack", {**PING, "challenge": "<"}), 400, b"malformed"),
    Case("subscription", "meta", get(SUBSCRIBE % (b"told", b"abc")), 200, b"abc"),
    Case("subscription, stranger", "meta", get(SUBSCRIBE % (b"x", b"abc")), 403, b"forbidden"),
    Case("subscription, odd", "meta", get(SUBSCRIBE % (b"told", b"%3C")), 400, b"malformed"),
    Case("subscription, twice", "meta", get(b"hub.mode=a&hub.mode=a"), 400, b"malformed"),
    Case("after the subscription", "meta", req("meta"), 200, b"ok"),
    Case("another address", "github", req(), 403, b"forbidden", client=("203.0.113.9", 1)),
    Case("no address", "github", req(), 403, b"forbidden", client=None),
    Case("too many", "github", req(), 429, b"slow down", times=5),
    Case("too many strangers", "github", nobody, 429, b"slow down", times=5),
]  # fmt: skip


def nested(case: Case) -> ASGIApp:
    provider = catalog.provider(case.provider)
    unsigned = [each for each in provider.challenges if not each.signed]
    signed = [each for each in provider.challenges if each.signed]
    app: ASGIApp = ChallengeMiddleware(ack, signed, SECRET)
    app = SignatureMiddleware(app, provider.scheme, SECRET)
    if unsigned:
        app = ChallengeMiddleware(app, unsigned, SECRET, verify_token="told")
    app = RawBodyMiddleware(app, max_body=1000)
    app = RateLimitMiddleware(app, {"requests_per_minute": 1, "burst_limit": 4})
    return IPAllowlistMiddleware(app, ["140.82.112.0/20"])


def endpoint(case: Case) -> ASGIApp:
    whole = Endpoint(
        "/hook",
        case.provider,
        secrets=SECRET,
        verify_token="told",
        ip_allowlist=["140.82.112.0/20"],
        client_rate_limit={"requests_per_minute": 1, "burst_limit": 4},
        max_body=1000,
    )
    return Hooks([whole], inbox=MemoryInbox(), worker=False)


async def answers(app: ASGIApp, case: Case) -> Wire:
    for _ in range(case.times):
        request = case.request()
        asked = http(
            method=request.method,
            headers=[*request.headers, *case.headers],
            query=request.query_string,
            client=case.client,
        )
        wire = await call(app, asked, Wire(case.chunks or request.body))
    return wire


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of the refusals; the analysis, which only endpoints do, aside.

    The age is left out: a second may pass between the two.
    """
    said = [record.getMessage() for record in caplog.records]
    lines = [re.sub(r"\d+ s (old|in the)", r"so many s \1", line) for line in said]
    return [line.rpartition(": ")[2] for line in lines if not line.startswith("why: ")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_one_logic_two_shells(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    inner = await answers(nested(case), case)
    logged = reasons(caplog)
    caplog.clear()
    outer = await answers(endpoint(case), case)
    assert (inner.status, inner.body) == (case.status, case.body)
    assert (outer.status, outer.body) == (case.status, case.body)
    assert inner.starts[0]["headers"] == outer.starts[0]["headers"]
    assert inner.received_before_the_answer == outer.received_before_the_answer
    assert logged == reasons(caplog)


async def test_the_order_of_the_five() -> None:
    """Each refusal comes although everything further in would refuse as well."""

    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 600] * 2

    case = next(each for each in CASES if each.name == "unsigned")
    for app in (nested(case), endpoint(case)):
        large = [(b"content-length", b"1200")]
        for _ in range(4):
            wire = await call(app, http(headers=large), Wire(chunks()))
            assert (wire.status, wire.received_before_the_answer) == (413, 0)
        wire = await call(app, http(headers=large), Wire(chunks()))
        assert (wire.status, wire.receives) == (429, 0)
        wire = await call(app, http(headers=large, client=("203.0.113.9", 1)), Wire(chunks()))
        assert (wire.status, wire.receives) == (403, 0)


async def test_five_around_a_spy() -> None:
    spy = Spy()
    app: ASGIApp = spy
    for each in reversed(FIVE):
        app = each.cls(app, *each.args, **each.kwargs)
    wire = await call(
        app, http(headers=sign("github", b"abc", SECRET).headers), Wire([b"a", b"bc"])
    )
    assert (wire.status, spy.bodies, wire.receives) == (200, [b"abc"], 3)
    assert spy.after == [{"type": "http.disconnect"}]
    assert spy.delivery.proof.content == b"abc"
