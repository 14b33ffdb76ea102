"""What a provider is told when its event is stored, where it wants to hear a certain thing."""

import json
from typing import Any

import pytest

from hookmw import Endpoint
from hookmw.catalog import provider
from hookmw.catalog.handshakes import ACKS
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.testing import sign
from tests.app.receiving import hooks_of, stored
from tests.handshakes.asking import post
from tests.middleware.asgi import Wire, deliver

SECRET = "s3cret-s3cret"

EXPECTED: dict[str, Any] = {
    "adobe_sign": {"xAdobeSignClientId": "CBJ1"},
    "adyen": b"[accepted]",
    "azure_web_pubsub": b"",
    "binance_connect": {"returnCode": "SUCCESS", "returnMessage": "OK"},
    "cryptapi": b"*ok*",
    "discord_webhook_events": 204,
    "dropbox_sign": b"Hello API Event Received",
    "green_dot": {"responseDetails": [{"code": 0, "subCode": 0, "description": "r-1"}]},
    "qq_bot": {"op": 12, "d": 0},
    "slack": b"",
    "supabase_auth_hooks": {},
    "twilio": b"",
    "vk": b"ok",
    "wechat": b"success",
    "wechat_safe": b"success",
    "wecom": b"",
    "xero": b"",
    "zulip": {"response_not_required": True},
}


@pytest.mark.parametrize("name", sorted(ACKS))
def test_acknowledgements(name: str) -> None:
    parts = post({}, x_adobesign_clientid="CBJ1", x_gd_requestid="r-1")
    reply = Provider(name, scheme=Scheme("header:x"), ack=ACKS[name]).acknowledgement(parts)
    expected = EXPECTED[name]
    if isinstance(expected, int):
        assert (reply.status, reply.body) == (expected, b"")
        return
    assert reply.status == 200
    assert (reply.body if isinstance(expected, bytes) else json.loads(reply.body)) == expected
    kind = "text/plain; charset=utf-8" if isinstance(expected, bytes) else "application/json"
    assert dict(reply.headers)[b"content-type"] == kind.encode()


def test_who_wants_nothing_in_particular() -> None:
    assert provider("github").acknowledgement(post({})).body == b"ok"


def sender(name: str) -> Provider:
    """Its acknowledgement, with a scheme that stands for its own."""
    return Provider(name, scheme=Scheme("header:x-mac"), ack=ACKS.get(name))


async def send(endpoint: Endpoint, hooks: Any, kind: str) -> Wire:
    scheme = endpoint.provider.scheme
    return await deliver(hooks, sign(scheme, {"type": kind}, SECRET, path="/in"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("adyen", b"[accepted]"),
        ("binance_connect", b'{"returnCode":"SUCCESS","returnMessage":"OK"}'),
        ("dropbox_sign", b"Hello API Event Received"),
        ("supabase_auth_hooks", b"{}"),
        ("twilio", b""),
        ("github", b"ok"),
        ("discord_webhook_events", b""),
    ],
)
async def test_what_a_stored_event_is_answered_with(name: str, body: bytes) -> None:
    endpoint = Endpoint("/in", sender(name), secrets=SECRET, events=["thing.*"])
    hooks = hooks_of(endpoint)
    for kind in ("thing.created", "thing.created", "other"):  # stored, a duplicate, dropped
        wire = await send(endpoint, hooks, kind)
        status = 204 if name == "discord_webhook_events" else 200
        assert (wire.status, wire.body) == (status, body)
    assert len(await stored(hooks)) == 1


@pytest.mark.anyio
async def test_a_reply_goes_before_the_acknowledgement() -> None:
    endpoint = Endpoint("/in", sender("zulip"), secrets=SECRET)

    @endpoint.reply("ask")
    def answer(_: Any) -> dict[str, str]:
        return {"content": "hello"}

    @endpoint.reply("silent")
    def nothing(_: Any) -> None:
        return None

    hooks = hooks_of(endpoint)
    assert (await send(endpoint, hooks, "ask")).body == b'{"content":"hello"}'
    assert (await send(endpoint, hooks, "silent")).body == b'{"response_not_required":true}'
