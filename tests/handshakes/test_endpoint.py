"""Every handshake of the table, over ASGI, at its provider's endpoint: rightly, then hostile."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from hookmw import Endpoint, Provider
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError
from hookmw.scheme import Scheme
from tests.app.receiving import github, hooks_of, stored
from tests.handshakes.asking import changed, get, post, request, with_text
from tests.handshakes.cases import CASES, CODE, SECRET, TOLD, UUID, Case
from tests.handshakes.receiving import (
    IN_ARRAYS,
    SIGNED_HEADERS,
    as_sent,
    ask,
    asks,
    by_name,
    is_answered,
    proved,
    provider_of,
    receiving,
    row_for,
    rows_of,
)
from tests.middleware.asgi import Wire

pytestmark = pytest.mark.anyio

Log = pytest.LogCaptureFixture


def such(condition: Callable[[Challenge], object]) -> pytest.MarkDecorator:
    cases = [case for case in CASES if condition(row_for(case))]
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


every_case = such(lambda row: True)
signed = such(lambda row: row.signed)
unsigned = such(lambda row: not row.signed)
with_token = such(lambda row: row.token)
with_guard = such(lambda row: row.guard)
told = such(lambda row: row.needs_verify_token)


def says_nothing(caplog: Log, *texts: str) -> None:
    """The log holds no secret and nothing of the sender's."""
    for text in (SECRET, TOLD, CODE, UUID, *texts):
        assert text not in caplog.text


def is_refused(wire: Wire, status: int, word: bytes) -> None:
    assert (wire.status, wire.body) == (status, word)
    assert wire.headers[b"content-type"] == b"text/plain; charset=utf-8"
    assert wire.headers[b"x-content-type-options"] == b"nosniff"


UNAUTHORIZED = {"slackchat": 403}
"""Whose contract wants another status than 401."""


# the right answer


@every_case
async def test_the_right_answer(case: Case, caplog: Log) -> None:
    hooks = receiving(case)
    with caplog.at_level(logging.DEBUG):
        is_answered(await ask(hooks, as_sent(case)), case)
    assert await stored(hooks) == []
    says_nothing(caplog)


@signed
async def test_161_only_who_signed_it_is_answered(case: Case, caplog: Log) -> None:
    hooks = receiving(case)
    forged = [case.asked, proved(case.name, case.asked, "of another app")]
    if case.name.startswith("discord"):
        forged = [case.asked, changed(as_sent(case), body=case.asked.body + b" ")]
    if case.name == "adobe_sign":  # whose signature is the question itself
        forged = [with_text(case.asked, row_for(case).token, text) for text in (None, "another")]
    for each in forged:
        with caplog.at_level(logging.DEBUG):
            wire = await ask(hooks, each)
        is_refused(wire, UNAUTHORIZED.get(case.name, 401), wire.body)
        assert wire.body in {b"unauthorized", b"forbidden"}
    assert await stored(hooks) == []
    says_nothing(caplog)


@unsigned
async def test_a_wrong_signature_is_no_reason_not_to_answer(case: Case) -> None:
    """It comes before the check: what asks it is not signed, or signed with who knows what."""
    place = getattr(provider_of(case.name).scheme, "signature", "header:x").split(" | ")[0]
    if place.startswith("header:") and place not in {*row_for(case).when, row_for(case).token}:
        is_answered(await ask(receiving(case), with_text(case.asked, place, "x")), case)


@pytest.mark.parametrize("name", ["discord", "discord_webhook_events", "google_health", "xero"])
async def test_negative_probes_get_exactly_401(name: str) -> None:
    case = by_name[name]
    place = getattr(provider_of(name).scheme, "signature", "")
    for text in (None, "", "0", "0" * 64, "0" * 128, "none", "Bearer x"):
        wire = await ask(receiving(case), with_text(as_sent(case), place, text))
        is_refused(wire, 401, b"unauthorized")


# hostile tokens

HOSTILE = [
    "<script>alert(1)</script>",
    "a\r\nset-cookie: x=1",
    "a\n",
    "a\0b",
    "é",
    "\u0661",
    '{"type":"forged"}',
    "v0:1780000000:{}",
    "{token}",
    "a" * 1025,
    "a" * 1_000_000,
]


@with_token
async def test_163_165_a_hostile_token(case: Case, caplog: Log) -> None:
    hooks, row = receiving(case), row_for(case)
    for token in HOSTILE:
        if case.name == "adobe_sign" or (row.signed and "\n" in token and "header" in row.token):
            continue  # the token is the proof itself; a draft writes no such header
        with caplog.at_level(logging.DEBUG):
            wire = await ask(hooks, as_sent(case, with_text(case.asked, row.token, token)))
        if wire.status == case.answer.status:
            is_harmless(wire, token)
        else:
            is_refused(wire, 400, b"malformed")
        says_nothing(caplog, token)
    assert await stored(hooks) == []


def is_harmless(wire: Wire, token: str) -> None:
    """A body says Microsoft's punctuation; a header says all that is visible, and nothing else."""
    assert len(token) <= 1024
    assert token.isascii()
    assert token.isprintable()
    assert not set("<>{}'\"\\") & set(wire.body.decode())
    assert token.encode() not in wire.body or token == "v0:1780000000:{}"


@with_token
async def test_no_token(case: Case) -> None:
    hooks, row = receiving(case), row_for(case)
    asked = with_text(case.asked, row.token, None)
    wire = await ask(hooks, as_sent(case, asked) if case.name != "adobe_sign" else asked)
    if asks(case.name, asked) and case.name != "adobe_sign":
        is_refused(wire, 400, b"malformed")
    elif not row.signed:
        assert wire.status in {401, 403, 405}
    assert wire.body != case.answer.body.encode() or not case.answer.body
    assert case.answer.headers == () or dict(wire.headers).items().isdisjoint(
        (name.encode(), value.encode()) for name, value in case.answer.headers
    )


@with_token
async def test_a_doubled_token(case: Case) -> None:
    row = row_for(case)
    if row.token.partition(":")[0] not in {"body", "text"}:  # in JSON the last counts
        asked = with_text(as_sent(case), row.token, CODE, 2)
        is_refused(await ask(receiving(case), asked), 400, b"malformed")


# guards


@with_guard
async def test_the_wrong_verify_token(case: Case, caplog: Log) -> None:
    hooks, guard = receiving(case), row_for(case).guard or ""
    for text in ("wrong", "tol", "toldx", "TOLD", "é", "", None):
        with caplog.at_level(logging.DEBUG):
            is_refused(await ask(hooks, with_text(case.asked, guard, text)), 403, b"forbidden")
    assert "challenge_refused" in caplog.text
    assert f"{guard} does not hold the verify token" in caplog.text
    assert await stored(hooks) == []
    says_nothing(caplog, "toldx")


@with_guard
async def test_a_doubled_verify_token(case: Case) -> None:
    guard = row_for(case).guard or ""
    if not guard.startswith("body:"):
        asked = with_text(case.asked, guard, TOLD, 2)
        is_refused(await ask(receiving(case), asked), 400, b"malformed")


@told
async def test_a_verify_token_that_nobody_configured(case: Case, caplog: Log) -> None:
    hooks = receiving(case, verify_token=None)
    is_refused(await ask(hooks, as_sent(case)), 403, b"forbidden")
    assert "challenge_not_configured" in caplog.text
    assert "pass verify_token= to the endpoint" in caplog.text
    says_nothing(caplog)


@told
async def test_any_of_several_verify_tokens(case: Case) -> None:
    if not row_for(case).shows_verify_token:
        is_answered(await ask(receiving(case, verify_token=["newer", TOLD]), case.asked), case)


@pytest.mark.parametrize("name", ["meraki_scanning", "vk", "shoplineapp"])
def test_what_everybody_is_shown_must_be_no_secret(name: str) -> None:
    with pytest.raises(ConfigError, match="verify_token= is one of secrets="):
        receiving(by_name[name], verify_token=SECRET)


# methods


@every_case
async def test_another_method(case: Case) -> None:
    hooks, methods = receiving(case), {"POST", *(row.method for row in rows_of(case.name))}
    for method in sorted({"GET", "HEAD", "PUT", "OPTIONS", "DELETE"} - methods):
        wire = await ask(hooks, changed(case.asked, method=method))
        is_refused(wire, 405, b"method not allowed")
        assert wire.headers[b"allow"] == ", ".join(sorted(methods)).encode()
    assert await stored(hooks) == []


async def test_an_options_without_an_origin_is_refused() -> None:
    case = by_name["cloudevents_http_webhook"]
    assert (await ask(receiving(case), request("OPTIONS"))).status == 405


async def test_a_probe_that_no_row_asks_for() -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert (await ask(hooks_of(github("/in")), request(method))).status == 405


# what is none

EVENTS = [
    post({"id": "1", "type": "thing.created", "event": {"type": "x"}, "data": {"challenge": CODE}}),
    post({"type": 2, "events": [{"type": "message", "action": "changed", "resourceId": "1"}]}),
    post([{"id": "1", "eventType": "Microsoft.Storage.BlobCreated", "data": {}}]),
    post({"events": [{"resourceId": "1"}], "entropy": "x", "destination": "U1"}),
    post({"event": {"type": "create"}, "challenge": CODE}),
    post(b"webhook_id=1", x_wc_webhook_topic="order.created"),
    post(b"not json"),
    post(b""),
]


@pytest.mark.parametrize("name", sorted(by_name))
def test_168_events_are_no_handshakes(name: str) -> None:
    for event in EVENTS:
        assert [row for row in rows_of(name) if row.asked_by(event)] == []


async def test_every_signer_has_its_events_stored() -> None:
    """A handshake must not swallow what only looks a little like it."""
    body: dict[str, Any] = {"id": "e-1", "type": "thing", "challenge": CODE, "event": {"type": "x"}}
    asked = request("POST", headers=SIGNED_HEADERS, body=body)
    for name in sorted({*by_name} - {"wrike", *IN_ARRAYS}):
        if isinstance(provider_of(name).scheme, Scheme):
            hooks, sent = receiving(by_name[name]), proved(name, asked, by_name[name].secret)
            assert (await ask(hooks, changed(sent, method="POST"))).status in {200, 204}, name
            assert len(await stored(hooks)) == 1, name


async def test_a_ping_is_an_event_like_the_others() -> None:
    hooks = hooks_of(github("/in"))
    event = post({"zen": "x"}, x_github_event="ping")
    wire = await ask(hooks, proved("github", event, "s3cret-s3cret"))
    assert (wire.status, wire.body) == (200, b"ok")
    (entry,) = await stored(hooks)
    assert entry.event.type == "ping"


async def test_adobes_events_are_answered_with_the_same_id() -> None:
    hooks = receiving(by_name["adobe_sign"])
    wire = await ask(hooks, proved("adobe_sign", post({"event": "AGREEMENT_CREATED"})))
    assert (wire.status, wire.body) == (200, b'{"xAdobeSignClientId":"%b"}' % SECRET.encode())
    assert len(await stored(hooks)) == 1


async def test_a_row_of_your_own() -> None:
    scheme = Scheme("header:x-mac")
    rows = rows_of("dropbox")
    endpoint = Endpoint("/in", Provider("mine", scheme=scheme), secrets=SECRET, challenges=rows)
    wire = await ask(hooks_of(endpoint), get(challenge=CODE))
    assert (wire.status, wire.body) == (200, CODE.encode())
    assert isinstance(by_name["dropbox"].asked, Delivery)
