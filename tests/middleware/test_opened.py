"""`SignatureMiddleware` around other people's apps, where bodies are envelopes."""

import hashlib
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw import catalog
from hookmw.challenge import Challenge
from hookmw.middleware import (
    DELIVERY,
    ChallengeMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)
from hookmw.testing import WebhookClient, sign
from tests.verifiers.envelopes import KEY, encoded, kits

pytestmark = pytest.mark.anyio

EVENT = {"EventType": "user_add_org", "UserId": ["1"]}
SECRET = f"token:{KEY}:corp1"


def guarded(app: ASGIApp, name: str, *, raw: bool = False) -> ASGIApp:
    row = catalog.provider(name)
    inner = ChallengeMiddleware(app, row.challenges, verify_token="told")
    stack: ASGIApp = SignatureMiddleware(inner, row.scheme, kits()[name].secret)
    return RawBodyMiddleware(stack) if raw else stack


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """What the app was given, in an answer of its own."""
    request = Request(scope, receive)
    body = await request.body()
    assert body == scope[DELIVERY].body
    assert request.headers["content-length"] == str(len(body))
    await Response(body, status_code=int(request.query_params.get("status", 200)))(
        scope, receive, send
    )


@pytest.mark.parametrize("name", ["dropbox_sign", "lark", "wecom"])
@pytest.mark.parametrize("raw", [False, True])
async def test_the_app_sees_what_was_in_the_envelope(name: str, *, raw: bool) -> None:
    request = sign(name, kits()[name].payload, kits()[name].secret)
    answer = await WebhookClient(guarded(echo, name, raw=raw)).send(request)
    assert answer.status == 200
    assert request.body != answer.body
    if name != "dropbox_sign":  # which signs inside of the JSON
        assert answer.body == kits()[name].payload


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_what_accepts_is_sealed(status: int) -> None:
    request = sign("dingtalk", EVENT, SECRET, path=f"/?status={status}")
    answer = await WebhookClient(guarded(echo, "dingtalk")).send(request)
    assert answer.status == 200
    assert {"msg_signature", "timeStamp", "nonce", "encrypt"} == json.loads(answer.body).keys()
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize("status", [302, 400, 500, 503])
async def test_what_does_not_accept_goes_out_as_it_is(status: int) -> None:
    request = sign("dingtalk", EVENT, SECRET, path=f"/?status={status}")
    answer = await WebhookClient(guarded(echo, "dingtalk")).send(request)
    assert (answer.status, answer.body) == (status, encoded(EVENT))


async def test_a_stream_is_replaced_once() -> None:
    async def streamed(request: Request) -> Response:
        async def chunks() -> Any:
            for each in ("a", "b", "c"):
                yield each

        return StreamingResponse(chunks())

    row = catalog.provider("dingtalk")
    guard = Middleware(SignatureMiddleware, verifier=row.scheme, secrets=SECRET)
    app = Starlette(routes=[Route("/", streamed, methods=["POST"])], middleware=[guard])
    answer = await WebhookClient(app).send(sign("dingtalk", EVENT, SECRET))
    assert "encrypt" in json.loads(answer.body)


async def test_praxis_hears_its_signature() -> None:
    kit = kits()["praxis"]

    async def accept(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"ok": True})(scope, receive, send)

    before = int(time.time())
    request = sign("praxis", kit.payload, kit.secret)
    answer = await WebhookClient(guarded(accept, "praxis")).send(request)
    said = json.loads(answer.body)
    assert before <= said["timestamp"] <= time.time()
    signed = f"0{said['timestamp']}{kit.secret}"
    assert answer.header("gt-authentication") == hashlib.sha384(signed.encode()).hexdigest()


async def test_a_handshake_in_an_envelope() -> None:
    handshake = {"type": "url_verification", "challenge": "abc", "token": "told"}
    request = sign("lark", handshake, kits()["lark"].secret)
    headers = tuple((k, v) for k, v in request.headers if not k.startswith(b"x-lark"))
    answer = await WebhookClient(guarded(echo, "lark")).request(
        "POST", "/", headers=headers, body=request.body
    )
    assert json.loads(answer.body) == {"challenge": "abc"}


def unsigned(said: dict[str, str]) -> Any:
    """In an envelope, without a signature."""
    request = sign("lark", said, kits()["lark"].secret)
    headers = tuple((k, v) for k, v in request.headers if not k.startswith(b"x-lark"))
    return replace(request, headers=headers)


async def test_a_handshake_that_nobody_signed_reaches_no_app() -> None:
    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    row, secret = catalog.provider("lark"), kits()["lark"].secret
    said = {"type": "url_verification", "challenge": "abc", "token": "told"}
    another = [Challenge(signed=False, when={"body:type": "another"}, text="")]
    apps: list[ASGIApp] = [
        nobody,
        ChallengeMiddleware(nobody, ()),
        ChallengeMiddleware(nobody, another),
        ChallengeMiddleware(nobody, row.challenges, verify_token="another"),
        RawBodyMiddleware(ChallengeMiddleware(nobody, row.challenges, verify_token="told")),
    ]
    for app in apps:
        guard = SignatureMiddleware(app, row.scheme, secret)
        answer = await WebhookClient(guard).send(unsigned(said))
        assert (answer.status, answer.body) == (401, b"unauthorized")


async def test_the_envelope_itself_is_never_handed_on() -> None:
    """Not even to who goes on reading: there is one body, and then the sender is gone."""
    seen: list[Message] = []

    async def reader(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        await Response()(scope, receive, send)
        seen.append(await receive())

    request = sign("wecom", kits()["wecom"].payload, kits()["wecom"].secret)
    await WebhookClient(guarded(reader, "wecom")).send(request)
    assert seen[0]["body"] == kits()["wecom"].payload
    assert seen[1]["type"] == "http.disconnect"


async def test_what_is_no_envelope_is_left_alone() -> None:
    request = sign("github", b'{"a":1}', "s3cret-s3cret")
    row = catalog.provider("github")
    answer = await WebhookClient(SignatureMiddleware(echo, row.scheme, "s3cret-s3cret")).send(
        request
    )
    assert answer.body == b'{"a":1}'


async def test_a_refused_envelope_reaches_nobody() -> None:
    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    request = sign("wecom", kits()["wecom"].payload, f"token:{KEY}:corp2")
    answer = await WebhookClient(guarded(nobody, "wecom")).send(request)
    assert (answer.status, answer.body) == (401, b"unauthorized")
