from typing import Any

import pytest

from hookmw import catalog
from hookmw.challenge import Challenge
from hookmw.errors import ConfigError
from hookmw.middleware import ChallengeMiddleware, SignatureMiddleware
from hookmw.testing import sign
from tests.middleware.asgi import Spy, Wire, call, deliver, http

pytestmark = pytest.mark.anyio

SECRET = "s3cret-s3cret"
SLACK, META, X, ZOOM = map(catalog.provider, ("slack", "meta", "x", "zoom"))
SUBSCRIBE = b"hub.mode=subscribe&hub.verify_token=%s&hub.challenge=%s"


def signed(name: str, spy: Spy) -> SignatureMiddleware:
    provider = catalog.provider(name)
    inner = ChallengeMiddleware(spy, provider.challenges, SECRET)
    return SignatureMiddleware(inner, provider.scheme, SECRET)


def meta(spy: Spy, verify_token: str | None = "told") -> ChallengeMiddleware:
    inner = SignatureMiddleware(spy, META.scheme, SECRET)
    return ChallengeMiddleware(inner, META.challenges, verify_token=verify_token)


# signed ones


async def test_a_signed_handshake_is_answered_after_its_verification() -> None:
    spy = Spy()
    request = sign("slack", {"type": "url_verification", "challenge": "abc"}, SECRET)
    wire = await deliver(signed("slack", spy), request)
    assert (wire.status, wire.body, spy.scopes) == (200, b"abc", [])
    assert wire.headers[b"content-type"] == b"text/plain; charset=utf-8"
    assert wire.headers[b"x-content-type-options"] == b"nosniff"


async def test_a_forged_one_is_not() -> None:
    request = sign("slack", {"type": "url_verification", "challenge": "abc"}, "other")
    wire = await deliver(signed("slack", Spy()), request)
    assert (wire.status, wire.body) == (401, b"unauthorized")


async def test_outside_of_the_verification_a_signed_handshake_is_no_handshake() -> None:
    spy = Spy()
    request = sign("slack", {"type": "url_verification", "challenge": "abc"}, SECRET)
    wire = await deliver(ChallengeMiddleware(spy, SLACK.challenges), request)
    assert (wire.body, spy.bodies) == (b"ok", [request.body])


async def test_what_is_no_handshake_passes_whole() -> None:
    spy = Spy()
    request = sign("slack", {"type": "event_callback", "challenge": "abc"}, SECRET)
    assert (await deliver(signed("slack", spy), request)).body == b"ok"
    assert spy.bodies == [request.body]


async def test_a_signed_answer() -> None:
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "abc"}}
    wire = await deliver(signed("zoom", Spy()), sign("zoom", asked, SECRET))
    assert wire.status == 200
    assert b'"plainToken":"abc"' in wire.body
    assert wire.headers[b"content-type"] == b"application/json"


async def test_a_token_that_could_be_a_signed_content_is_not_signed() -> None:
    token = 'v0:1700000000:{"event":"x"}'
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": token}}
    wire = await deliver(signed("zoom", Spy()), sign("zoom", asked, SECRET))
    assert (wire.status, wire.body) == (400, b"malformed")


# unsigned ones


async def test_an_unsigned_handshake_is_answered_before() -> None:
    spy = Spy()
    query = SUBSCRIBE % (b"told", b"1158201444")
    wire = await call(meta(spy), http(method="GET", query=query))
    assert (wire.status, wire.body, wire.receives) == (200, b"1158201444", 0)
    assert spy.scopes == []


@pytest.mark.parametrize(
    ("query", "verify_token", "status"),
    [
        (SUBSCRIBE % (b"wrong", b"abc"), "told", 403),
        (SUBSCRIBE % (b"", b"abc"), "told", 403),
        (b"hub.mode=subscribe&hub.challenge=abc", "told", 403),
        (SUBSCRIBE % (b"told", b"abc"), None, 403),
        (SUBSCRIBE % (b"told", b"%3Cscript%3E"), "told", 400),
        (SUBSCRIBE % (b"told", b"a%0d%0ab"), "told", 400),
        (SUBSCRIBE % (b"told", b"a" * 513), "told", 400),
        (SUBSCRIBE % (b"told", b"abc&hub.challenge=abc"), "told", 400),
        (b"hub.mode=subscribe&hub.verify_token=told", "told", 400),
        (b"hub.mode=unsubscribe&hub.verify_token=told&hub.challenge=abc", "told", 401),
        (b"", "told", 401),
    ],
)
async def test_what_is_not_answered(query: bytes, verify_token: str | None, status: int) -> None:
    spy = Spy()
    wire = await call(meta(spy, verify_token), http(method="GET", query=query))
    assert (wire.status, spy.scopes) == (status, [])
    assert b"abc" not in wire.body


@pytest.mark.parametrize("method", ["POST", "HEAD"])
async def test_another_method_is_no_handshake(method: str) -> None:
    query = SUBSCRIBE % (b"told", b"abc")
    assert (await call(meta(Spy()), http(method=method, query=query))).status == 401


async def test_a_crc_is_signed_with_the_newest_secret() -> None:
    app = ChallengeMiddleware(Spy(), X.challenges, ["new", "old"])
    newest = ChallengeMiddleware(Spy(), X.challenges, "new")
    scope = http(method="GET", query=b"crc_token=abc")
    body = (await call(app, scope)).body
    assert body.startswith(b'{"response_token":"sha256=')
    assert body == (await call(newest, scope)).body


async def test_a_crc_of_a_body_is_refused() -> None:
    app = ChallengeMiddleware(Spy(), X.challenges, SECRET)
    scope = http(method="GET", query=b"crc_token=%7B%22id%22%3A1%7D")
    assert (await call(app, scope)).status == 400


async def test_an_unsigned_handshake_in_the_body_reads_it() -> None:
    row = Challenge("body:challenge", signed=False, when={"body:type": "ping"}, text="{token}")
    spy = Spy()
    app = ChallengeMiddleware(spy, [row])
    wire = await call(app, http(), Wire(b'{"type":"ping","challenge":"abc"}'))
    assert wire.body == b"abc"
    assert (await call(app, http(), Wire(b'{"type":"pong"}'))).body == b"ok"
    assert spy.bodies == [b'{"type":"pong"}']


async def test_one_of_another_method_leaves_the_body_unread() -> None:
    row = Challenge("body:challenge", signed=False, method="PUT", text="{token}")
    wire = await call(ChallengeMiddleware(Spy(reads=False), [row]), http(), Wire(b"{}"))
    assert (wire.body, wire.receives) == (b"ok", 0)


async def test_secrets_of_tenants_sign_too() -> None:
    async def find(delivery: Any) -> str | None:
        return {"a": "secret of a"}.get(delivery.path_params["tenant"])

    app = ChallengeMiddleware(Spy(), X.challenges, find)
    scope = http(method="GET", query=b"crc_token=abc", path_params={"tenant": "a"})
    assert (await call(app, scope)).status == 200
    assert (await call(app, {**scope, "path_params": {"tenant": "b"}})).status == 401


def test_answers_that_are_signed_need_secrets() -> None:
    with pytest.raises(ConfigError, match="secrets is empty"):
        ChallengeMiddleware(Spy(), X.challenges)


def test_an_empty_verify_token_would_let_everybody_in() -> None:
    with pytest.raises(ConfigError, match="verify_token is empty"):
        ChallengeMiddleware(Spy(), META.challenges, verify_token="")
