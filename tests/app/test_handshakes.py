"""Handshakes end to end: one endpoint for each kind, and nothing of them in the inbox."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from hookmw import Endpoint, Hooks, Provider
from hookmw.catalog.handshakes import ACKS, HANDSHAKES, PINGS
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError
from hookmw.middleware import ChallengeMiddleware
from hookmw.scheme import Scheme
from hookmw.testing import sign
from tests.app.receiving import SECRET, github, hooks_of, stored
from tests.middleware.asgi import Spy, Wire, call, deliver, http
from tests.pure.handshakes import CASES, CODE, Case, post

pytestmark = pytest.mark.anyio

SCHEME = Scheme("header:x-mac")
"""Stands for the provider's own, which is not what is tested here."""


def sender(name: str, scheme: Scheme = SCHEME) -> Provider:
    rows = tuple(Challenge(**row) for row in HANDSHAKES.get(name, ()))
    return Provider(name, scheme=scheme, challenges=rows, ack=ACKS.get(name))


def receiving(name: str, scheme: Scheme = SCHEME, **settings: Any) -> Hooks:
    endpoint = Endpoint("/in", sender(name, scheme), secrets=SECRET, **settings)
    return hooks_of(endpoint, public_url="https://hooks.example.com")


async def ask(hooks: Hooks, delivery: Delivery, headers: Mapping[str, str] | None = None) -> Wire:
    more = tuple((name.encode(), value.encode()) for name, value in (headers or {}).items())
    scope = http(
        "/in",
        method=delivery.method,
        headers=(*delivery.headers, *more),
        query=delivery.query_string,
    )
    return await call(hooks, scope, Wire(delivery.body))


def mac_of(delivery: Delivery, secret: str = SECRET) -> dict[str, str]:
    signed = sign(SCHEME, delivery.body, secret, path="/in")
    return {"x-mac": dict(signed.headers)[b"x-mac"].decode()}


def case_of(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def is_answered(wire: Wire, case: Case) -> None:
    assert wire.status == case.answer.status
    assert wire.body == case.answer.body.encode()
    assert wire.headers[b"content-type"] == case.answer.content_type.encode()
    assert wire.headers[b"x-content-type-options"] == b"nosniff"
    for name, value in case.answer.headers:
        assert wire.headers[name.encode()] == value.encode()


# one of each kind


@pytest.mark.parametrize(
    "name",
    [
        "dropbox",  # GET, the text
        "microsoft_graph",  # POST, the text
        "monday",  # POST, JSON
        "strava",  # GET, JSON, guarded
        "prelude",  # a number
        "okta",  # asked in a header
        "keap",  # answered in a header
        "smartsheet",  # in both
        "ebay",  # a hash with our URL
        "shoplineapp",  # what we told them
        "cloudevents_http_webhook",  # OPTIONS
        "trello",  # HEAD
        "mailchimp",  # GET, nothing
        "woocommerce",  # POST, nothing
        "lark",  # guarded in the body
    ],
)
async def test_unsigned_ones(name: str) -> None:
    hooks, case = receiving(name, verify_token="told"), case_of(name)
    is_answered(await ask(hooks, case.asked), case)
    assert await stored(hooks) == []


@pytest.mark.parametrize(
    "name",
    [
        "azure_event_grid",  # in an array
        "discord",  # a constant
        "discord_webhook_events",  # 204
        "front",  # asked in a header
        "google_health",  # 201
        "line",  # no events
        "tebex",  # an id
        "viber",
        "xero",
    ],
)
async def test_signed_ones(name: str) -> None:
    hooks, case = receiving(name), case_of(name)
    is_answered(await ask(hooks, case.asked, mac_of(case.asked)), case)
    assert await stored(hooks) == []


@pytest.mark.parametrize("name", ["discord", "discord_webhook_events", "google_health", "xero"])
async def test_negative_probes_get_exactly_401(name: str) -> None:
    hooks, case = receiving(name), case_of(name)
    for headers in ({}, {"x-mac": "0" * 64}, {"x-mac": "none"}, mac_of(case.asked, "wrong")):
        wire = await ask(hooks, case.asked, headers)
        assert (wire.status, wire.body) == (401, b"unauthorized")
    assert await stored(hooks) == []


async def test_the_id_of_adobes_client_is_the_secret() -> None:
    scheme = Scheme("header:x-adobesign-clientid", algorithm="token", encoding="text")
    hooks, case = receiving("adobe_sign", scheme), case_of("adobe_sign")
    asked = Delivery(method="GET", path="/in", headers=(), body=b"", received_at=0)
    wire = await ask(hooks, asked, {"x-adobesign-clientid": SECRET})
    assert (wire.status, wire.body) == (200, b"")
    assert wire.headers[b"x-adobesign-clientid"] == SECRET.encode()
    assert (await ask(hooks, case.asked)).status == 401
    wire = await ask(hooks, post({"event": "x"}), {"x-adobesign-clientid": SECRET})
    assert wire.body == b'{"xAdobeSignClientId":"%b"}' % SECRET.encode()
    assert len(await stored(hooks)) == 1


@pytest.mark.parametrize("name", ["smartcar", "braintree"])
async def test_nothing_that_we_signed_for_a_stranger_comes_back_as_an_event(name: str) -> None:
    algorithm = {"smartcar": "hmac-sha256", "braintree": "hmac-sha1"}[name]
    scheme = Scheme(
        "header:x-mac", algorithm=algorithm, key="utf8" if name == "smartcar" else "sha1"
    )
    hooks, token = receiving(name, scheme, verify_token="told"), "20f9f8ed05f77439fe955c97"
    asked = {
        "smartcar": post({"eventName": "verify", "payload": {"challenge": token}}),
        "braintree": case_of("braintree").asked,
    }[name]
    if name == "braintree":
        token = "20f9f8ed05f77439fe955c977e4c8a53"
    answer = (await ask(hooks, asked)).body.decode().strip('{}"')
    forged = await ask(hooks, post(token.encode()), {"x-mac": answer.split('"')[-1].split("|")[-1]})
    assert (forged.status, forged.body) == (401, b"unauthorized")
    assert await stored(hooks) == []
    genuine = sign(scheme, b'{"type":"x"}', SECRET, path="/in")
    assert (await deliver(hooks, genuine)).status == 200


async def test_a_ping_is_an_event_like_the_others() -> None:
    hooks = hooks_of(github("/in"))
    wire = await deliver(
        hooks, sign("github", {"zen": "x"}, SECRET, type=PINGS["github"], path="/in")
    )
    assert (wire.status, wire.body) == (200, b"ok")
    (entry,) = await stored(hooks)
    assert entry.event.type == "ping"


# methods


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
async def test_only_where_a_row_says_so(method: str) -> None:
    delivery = Delivery(method=method, path="/in", headers=(), body=b"", received_at=0)
    for name in ("github", "trello", "cloudevents_http_webhook", "mailchimp"):
        methods = {row.get("method", "POST") for row in HANDSHAKES.get(name, ())} | {"POST"}
        wire = await ask(receiving(name), delivery)
        assert wire.headers.get(b"allow", b"").decode() in {"", ", ".join(sorted(methods))}
        assert (wire.status == 200) is (
            (name, method) in {("trello", "HEAD"), ("mailchimp", "GET")}
        ), name


async def test_an_options_without_an_origin_is_refused() -> None:
    delivery = Delivery(method="OPTIONS", path="/in", headers=(), body=b"", received_at=0)
    assert (await ask(receiving("azure_event_grid"), delivery)).status == 405


# secrets that come over the hook


class Keeper:
    """Takes secrets, and says whether one is awaited."""

    def __init__(self, *, pending: bool = True) -> None:
        self.pending = pending
        self.taken: list[tuple[str, str]] = []

    async def awaits(self, _: Delivery) -> bool:
        return self.pending

    async def take(self, delivery: Delivery, secret: str) -> None:
        self.taken.append((delivery.path, secret))


@pytest.mark.parametrize("name", ["asana", "gusto", "notion", "salesforce_mc_ens"])
async def test_a_secret_that_nobody_awaits(name: str, caplog: pytest.LogCaptureFixture) -> None:
    keeper, case = Keeper(pending=False), case_of(name)
    awaiting = receiving(name, registering=keeper.awaits, on_secret=keeper.take)
    for hooks in (receiving(name), awaiting):
        with caplog.at_level(logging.DEBUG):
            wire = await ask(hooks, case.asked)
        assert (wire.status, wire.body) == (403, b"forbidden")
        assert CODE.encode() not in b"".join(wire.headers.values())
        assert await stored(hooks) == []
    assert keeper.taken == []
    assert "registration_not_pending" in caplog.text
    assert "pass registering=" in caplog.text
    assert CODE not in caplog.text


@pytest.mark.parametrize("name", ["asana", "gusto", "notion", "salesforce_mc_ens"])
async def test_a_secret_that_is_awaited(name: str, caplog: pytest.LogCaptureFixture) -> None:
    keeper, case = Keeper(), case_of(name)
    hooks = receiving(name, registering=True, on_secret=keeper.take)
    with caplog.at_level(logging.DEBUG):
        is_answered(await ask(hooks, case.asked), case)
    ((path, secret),) = keeper.taken
    assert path == "/in"
    assert secret.encode() in case.asked.body + b"".join(v for _, v in case.asked.headers)
    assert secret not in caplog.text
    assert await stored(hooks) == []


async def test_who_cannot_keep_it_does_not_confirm_it() -> None:
    async def fail(_: Delivery, secret: str) -> None:
        raise OSError("the vault is closed")

    hooks = receiving("asana", registering=True, on_secret=fail)
    wire = await ask(hooks, case_of("asana").asked)
    assert (wire.status, wire.body) == (500, b"error")
    assert b"x-hook-secret" not in wire.headers


async def test_a_malformed_secret_reaches_nobody() -> None:
    keeper = Keeper()
    hooks = receiving("asana", registering=True, on_secret=keeper.take)
    for value in ("a b", "é", "a" * 513):
        wire = await ask(hooks, post({}), {"x-hook-secret": value})
        assert wire.status == 400
    doubled = Delivery(
        method="POST", path="/in", headers=((b"x-hook-secret", b"a"),), body=b"", received_at=0
    )
    assert (await ask(hooks, doubled, {"x-hook-secret": "b"})).status == 400
    assert keeper.taken == []


async def test_events_are_verified_while_a_registration_is_pending() -> None:
    keeper = Keeper()
    hooks = receiving("asana", registering=True, on_secret=keeper.take)
    event = post({"events": [{"action": "changed"}]})
    assert (await ask(hooks, event)).status == 401
    assert (await ask(hooks, event, mac_of(event))).status == 200
    assert keeper.taken == []
    assert len(await stored(hooks)) == 1


def test_a_registration_needs_somebody_to_take_the_secret() -> None:
    with pytest.raises(ConfigError, match="on_secret="):
        github(registering=True)


async def test_the_middleware_alone_registers_too() -> None:
    keeper, spy = Keeper(), Spy()
    rows = sender("asana").challenges
    scope = http(headers=[(b"x-hook-secret", b"abc")])
    app = ChallengeMiddleware(spy, rows, registering=keeper.awaits, on_secret=keeper.take)
    wire = await call(app, scope)
    assert (wire.status, wire.headers[b"x-hook-secret"]) == (200, b"abc")
    assert (await call(ChallengeMiddleware(spy, rows), scope)).status == 403
    assert keeper.taken == [("/hook", "abc")]
    assert spy.scopes == []


# acknowledgements


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("adyen", b"[accepted]"),
        ("binance_connect", b'{"returnCode":"SUCCESS","returnMessage":"OK"}'),
        ("dropbox_sign", b"Hello API Event Received"),
        ("supabase_auth_hooks", b"{}"),
        ("twilio", b""),
        ("github", b"ok"),
    ],
)
async def test_what_a_stored_event_is_answered_with(name: str, body: bytes) -> None:
    hooks, event = receiving(name, events=["thing.*"]), post({"type": "thing.created"})
    for _ in range(2):  # the second is a duplicate
        wire = await ask(hooks, event, mac_of(event))
        assert (wire.status, wire.body) == (200, body)
    dropped = post({"type": "other"})
    assert (await ask(hooks, dropped, mac_of(dropped))).body == body
    assert len(await stored(hooks)) == 1


async def test_a_stored_event_may_be_answered_with_no_content() -> None:
    hooks, event = receiving("discord_webhook_events"), post({"type": 1})
    wire = await ask(hooks, event, mac_of(event))
    assert (wire.status, wire.body) == (204, b"")
    assert len(await stored(hooks)) == 1


async def test_a_reply_goes_before_the_acknowledgement() -> None:
    endpoint = Endpoint("/in", sender("zulip"), secrets=SECRET)

    @endpoint.reply("ask")
    def answer(_: Any) -> dict[str, str]:
        return {"content": "hello"}

    @endpoint.reply("silent")
    def nothing(_: Any) -> None:
        return None

    hooks = hooks_of(endpoint)
    for kind, body in (
        ("ask", b'{"content":"hello"}'),
        ("silent", b'{"response_not_required":true}'),
    ):
        event = post({"type": kind})
        assert (await ask(hooks, event, mac_of(event))).body == body
