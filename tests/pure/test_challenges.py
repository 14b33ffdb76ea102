"""Handshakes: the right answer, and no other; above all none that signs for a stranger."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from hookmw.catalog import provider
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ChallengeRefused, ConfigError, Malformed, Rejected
from hookmw.event import Reply
from hookmw.secret import Secrets
from tests.pure.rows import (
    FORM,
    NOW,
    ROWS,
    changed,
    check,
    replies,
    secret_of,
    secrets_of,
    signed,
    with_headers,
    with_signature,
)

TOKEN = Secrets("verify-token")
SUBSCRIBERS = ["messenger", "meta", "meta_query", "whatsapp", "whatsapp_query"]
QGG = "qgg8vlvZRS6UYooatFL8Aw"
ASKED_IN_BODY: dict[str, dict[str, Any]] = {
    "slack": {"type": "url_verification", "token": "old", "challenge": "3eZbrw1aB1"},
    "slackchat": {"type": "url_verification", "challenge": "3eZbrw1aB1"},
    "twitch": {"challenge": "pogchamp-kappa_360", "subscription": {"status": "pending"}},
    "zoom": {
        "event": "endpoint.url_validation",
        "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"},
    },
}
FIRST = [*SUBSCRIBERS, *ASKED_IN_BODY, "x"]
"""Those that are tested here in depth; `tests/handshakes` has all."""
TWITCH = {b"twitch-eventsub-message-type": b"webhook_callback_verification"}


def get(query: str, name: str = "meta") -> Delivery:
    return Delivery(
        method="GET", path=f"/{name}", headers=(), query_string=query.encode(), body=b"",
        received_at=NOW,
    )  # fmt: skip


def subscribe(challenge: str = "1158201444", token: str = "verify-token") -> Delivery:
    query = f"hub.mode=subscribe&hub.challenge={quote(challenge)}&hub.verify_token={quote(token)}"
    return get(query)


def asked(name: str, **fields: Any) -> Delivery:
    """The handshake of a row that asks in the body, rightly signed."""
    delivery = signed(name, json.dumps({**ASKED_IN_BODY[name], **fields}).encode())
    return with_headers(delivery, TWITCH) if name == "twitch" else delivery


def the_reply(name: str, delivery: Delivery, verify_token: Secrets | None = TOKEN) -> Reply:
    (reply,) = replies(name, delivery, verify_token)
    return reply


def is_exactly(reply: Reply, body: bytes, content_type: bytes) -> None:
    assert reply.status == 200
    assert reply.body == body
    assert sorted(reply.headers) == [
        (b"content-length", str(len(body)).encode()),
        (b"content-type", content_type),
        (b"x-content-type-options", b"nosniff"),
    ]


PLAIN, JSON = b"text/plain; charset=utf-8", b"application/json"


# the right answers


def test_a_signed_answer_is_under_the_newest_secret() -> None:
    (challenge,) = provider("x").challenges
    delivery = get("crc_token=MTU5")
    newest = challenge.answer(delivery, Secrets(["new", "old"]), None)
    assert newest.body == challenge.answer(delivery, Secrets("new"), None).body
    assert newest.body != challenge.answer(delivery, Secrets("old"), None).body


# the phase


@pytest.mark.parametrize("name", sorted(ASKED_IN_BODY))
def test_161_a_handshake_that_must_be_signed_and_is_not(name: str) -> None:
    with pytest.raises(Rejected):
        check(name, with_signature(name, asked(name), b"0" * 64))


@pytest.mark.parametrize("name", FIRST)
def test_what_the_shell_must_know(name: str) -> None:
    (challenge,) = provider(name).challenges
    assert challenge.in_body is (name in ASKED_IN_BODY)
    assert challenge.signs is (name in {"zoom", "x"})


# what is none


@pytest.mark.parametrize("name", [name for name in ROWS if name not in {"lark", "monday"}])
def test_168_an_event_with_such_a_type_is_an_event(name: str) -> None:
    body = b'{"id":"c1","type":"url_verification","challenge":"x","event":"url_verification"}'
    delivery = signed(name, body)
    check(name, delivery)
    assert len(replies(name, delivery)) == (name in {"slack", "slackchat"})


@pytest.mark.parametrize("name", sorted(ASKED_IN_BODY))
def test_events_are_no_handshakes(name: str) -> None:
    for body in (b'{"type":"event_callback","challenge":"x"}', b"{}", b"", b"url_verification"):
        assert replies(name, changed(asked(name), body=body, headers=())) == []
    assert replies(name, changed(asked(name), method="GET")) == []
    assert replies(name, changed(asked(name), method="PUT")) == []


@pytest.mark.parametrize("name", [*SUBSCRIBERS, "x"])
def test_posts_are_no_handshakes(name: str) -> None:
    query = subscribe().query_string + b"&crc_token=MTU5"
    assert replies(name, changed(signed(name), query_string=query)) == []


@pytest.mark.parametrize("query", ["", "hub.mode=unsubscribe&hub.challenge=1", "hub.mode="])
def test_other_modes_are_no_handshakes(query: str) -> None:
    assert replies("meta", get(query), TOKEN) == []


# what is refused


@pytest.mark.parametrize(
    "token", ["", "verify-toke", "verify-tokenx", "VERIFY-TOKEN", "é", " verify-token", "\0"]
)
@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_the_wrong_verify_token(name: str, token: str) -> None:
    with pytest.raises(ChallengeRefused) as caught:
        replies(name, subscribe(token=token), TOKEN)
    assert (caught.value.status, caught.value.code) == (403, "challenge_refused")
    assert not token or token not in caught.value.reason


def test_no_verify_token_in_the_request() -> None:
    with pytest.raises(ChallengeRefused):
        replies("meta", get("hub.mode=subscribe&hub.challenge=1"), TOKEN)


def test_no_verify_token_configured() -> None:
    with pytest.raises(ChallengeRefused, match="pass verify_token=") as caught:
        replies("meta", subscribe(token=""), None)
    assert caught.value.code == "challenge_not_configured"


def test_the_signing_secret_is_no_verify_token() -> None:
    with pytest.raises(ChallengeRefused):
        replies("meta", subscribe(token=secret_of("meta")), TOKEN)


NO_TOKENS = [
    "",
    " ",
    "<script>alert(1)</script>",  # [163]
    "a\r\nSet-Cookie: x=1",  # [165]
    "a\n",
    "a\0",
    "é",
    "\u0661",
    "{token}",
    "{hex}",
    "v0:1780000000:{}",  # [167]
    '{"type":"forged"}',  # [166]
    "a" * 1_000_000,  # [165]
    "a" * 513,
]


@pytest.mark.parametrize("token", NO_TOKENS, ids=lambda token: repr(token)[:30])
def test_163_165_166_167_texts_that_are_no_tokens(token: str) -> None:
    for name in SUBSCRIBERS:
        with pytest.raises(Malformed):
            replies(name, subscribe(challenge=token), TOKEN)
    with pytest.raises(Malformed):
        replies("x", get(f"crc_token={quote(token)}"))
    for name in ("slack", "slackchat", "twitch"):
        with pytest.raises(Malformed) as caught:
            replies(name, asked(name, challenge=token))
        assert caught.value.code == "challenge_malformed"
        assert len(caught.value.reason) < 100
    with pytest.raises(Malformed):
        replies("zoom", asked("zoom", payload={"plainToken": token}))


@pytest.mark.parametrize("value", [None, [], {}, True, 1.5, [1]])
def test_values_that_are_no_texts(value: Any) -> None:
    for name in ("slack", "slackchat", "twitch"):
        with pytest.raises(Malformed):
            replies(name, asked(name, challenge=value))
    with pytest.raises(Malformed):
        replies("zoom", asked("zoom", payload=value))


@pytest.mark.parametrize("query", ["crc_token=a&crc_token=a", "", "crc_token", "crc_token=%ff"])
def test_x_without_one_token(query: str) -> None:
    with pytest.raises(Malformed):
        replies("x", get(query))


def test_meta_without_one_challenge() -> None:
    for query in (
        "hub.mode=subscribe&hub.verify_token=verify-token",
        "hub.mode=subscribe&hub.verify_token=verify-token&hub.challenge=1&hub.challenge=2",
        "hub.mode=subscribe&hub.mode=subscribe&hub.verify_token=verify-token&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=verify-token&hub.verify_token=x&hub.challenge=1",
    ):
        with pytest.raises(Malformed):
            replies("meta", get(query), TOKEN)


@pytest.mark.parametrize("length", [128, 129])
def test_signed_tokens_are_short(length: int) -> None:
    for name, delivery in (
        ("x", get("crc_token=" + "a" * length)),
        ("zoom", asked("zoom", payload={"plainToken": "a" * length})),
    ):
        if length == 128:
            assert the_reply(name, delivery).status == 200
        else:
            with pytest.raises(Malformed):
                replies(name, delivery)


# the row itself


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "either text or json"),
        ({"text": "a", "json": "b"}, "either text or json"),
        ({"text": "a", "grammar": "("}, "no regular expression"),
        ({"text": "a", "guard": "token"}, "is not a place"),
        ({"text": "a", "when": {"type": "x"}}, "is not a place"),
        ({"text": "a", "token": "challenge"}, "is not a place"),
    ],
)
def test_a_row_that_cannot_work(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Challenge(**{"token": "body:challenge", "signed": True, **row})


def test_an_answer_that_must_be_signed_needs_secrets() -> None:
    (challenge,) = provider("x").challenges
    with pytest.raises(ConfigError, match="pass secrets"):
        challenge.answer(get("crc_token=a"), None, None)


def test_an_answer_that_is_not_signed_needs_none() -> None:
    (challenge,) = provider("meta").challenges
    assert challenge.answer(subscribe(), None, TOKEN).body == b"1158201444"


def test_a_token_cannot_bring_braces_of_its_own() -> None:
    echo = Challenge("query:t", signed=False, method="GET", grammar=".*", json={"a": "{token}"})
    reply = echo.answer(get("t=%7Bhex%7D%7Btoken%7D"), secrets_of("x"), None)
    assert json.loads(reply.body) == {"a": "{hex}{token}"}


def test_a_handshake_may_be_asked_in_a_form() -> None:
    body = b"type=url_verification&challenge=abc"
    delivery = with_headers(signed("slack", body), {b"content-type": FORM})
    check("slack", delivery)
    is_exactly(the_reply("slack", delivery), b"abc", PLAIN)
