"""Handshakes: the right answer, and no other; above all none that signs for a stranger."""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from hookmw.catalog import provider
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ChallengeRefused, ConfigError, Malformed, Rejected
from hookmw.event import Reply
from hookmw.secret import Secrets
from tests.pure.rows import (
    FORM,
    MAC_ROWS,
    NOW,
    ROWS,
    changed,
    check,
    draft_for,
    replies,
    scheme_of,
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
"""Those that are tested here in depth; `test_handshakes.py` has all."""
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


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_subscribing(name: str) -> None:
    is_exactly(the_reply(name, subscribe()), b"1158201444", PLAIN)
    is_exactly(the_reply(name, subscribe(), Secrets(["new", "verify-token"])), b"1158201444", PLAIN)


def test_162_slack() -> None:
    check("slack", asked("slack"))
    is_exactly(the_reply("slack", asked("slack")), b"3eZbrw1aB1", PLAIN)


def test_slackchat() -> None:
    is_exactly(the_reply("slackchat", asked("slackchat")), b'"3eZbrw1aB1"', JSON)


def test_twitch() -> None:
    check("twitch", asked("twitch"))
    is_exactly(the_reply("twitch", asked("twitch")), b"pogchamp-kappa_360", PLAIN)


def test_zoom() -> None:
    reply = the_reply("zoom", asked("zoom"))
    mac = hmac.new(secret_of("zoom").encode(), b"qgg8vlvZRS6UYooatFL8Aw", "sha256").hexdigest()
    body = f'{{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"{mac}"}}'
    is_exactly(reply, body.encode(), JSON)


def test_x() -> None:
    reply = the_reply("x", get("crc_token=MTU5&nonce=1"))
    mac = base64.b64encode(hmac.digest(secret_of("x").encode(), b"MTU5", "sha256")).decode()
    is_exactly(reply, f'{{"response_token":"sha256={mac}"}}'.encode(), JSON)


def test_a_signed_answer_is_under_the_newest_secret() -> None:
    (challenge,) = provider("x").challenges
    delivery = get("crc_token=MTU5")
    newest = challenge.answer(delivery, Secrets(["new", "old"]), None)
    assert newest.body == challenge.answer(delivery, Secrets("new"), None).body
    assert newest.body != challenge.answer(delivery, Secrets("old"), None).body


# the phase


def test_161_who_signs_its_handshake_is_verified_first() -> None:
    """Only those providers that cannot sign it are answered unverified."""
    phases = {name: {challenge.signed for challenge in provider(name).challenges} for name in FIRST}
    assert phases == {
        **{name: {True} for name in ("slack", "slackchat", "twitch", "zoom")},
        **{name: {False} for name in (*SUBSCRIBERS, "x")},
    }


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


# the oracle


def macs_in(reply: Reply) -> list[bytes]:
    """Whatever in an answer might be of use as a signature, in each way to write it."""
    found = json.loads(reply.body) if dict(reply.headers)[b"content-type"] == JSON else {}
    texts = list(found.values()) if isinstance(found, dict) else []
    plain = [text.removeprefix("sha256=").encode() for text in texts] + [reply.body]
    raw = [bytes.fromhex(t.decode()) for t in plain if len(t) == 64 and t.isalnum()]
    raw += [base64.b64decode(t) for t in plain if len(t) == 44 and t.endswith(b"=")]
    return [*plain, *(mac.hex().encode() for mac in raw), *map(base64.b64encode, raw)]


def ask(name: str, token: str) -> list[Reply]:
    """The answer to a handshake about any text, even where only the provider could ask."""
    if name in SUBSCRIBERS:
        delivery = subscribe(challenge=token)
    elif name == "x":
        delivery = get(f"crc_token={quote(token)}")
    elif name == "zoom":
        delivery = asked(name, payload={"plainToken": token})
    else:
        delivery = asked(name, challenge=token)
    try:
        return replies(name, delivery, TOKEN)
    except Malformed:
        return []


def forgeries(name: str, content: str) -> Iterator[Delivery]:
    """Unsigned requests that this scheme might read as `content`: cut anywhere."""
    time = (scheme_of(name).timestamp or "header:none").removeprefix("header:").encode()
    for cut in range(len(content) + 1):
        delivery = draft_for(name, content[cut:].encode()).delivery(NOW)
        for text in (str(int(NOW)), content[:cut], content[:cut].removeprefix("v0:").rstrip(":")):
            yield with_headers(delivery, {time: text.encode()})


def forged(name: str, content: str, reply: Reply) -> list[Delivery]:
    """Those of them that verify with something out of the reply as their signature."""
    scheme, found = scheme_of(name), []
    for delivery in forgeries(name, content):
        for mac in macs_in(reply):
            signed_so = with_signature(name, delivery, scheme._mechanism.forms[0].before + mac)
            with suppress(Rejected):
                scheme.verify(signed_so, secrets_of(name))
                found.append(signed_so)
    return found


ORACLES = [name for name in MAC_ROWS if name in FIRST]
TOKENS = st.text("ab9{}:\"'.v0=_-+/ ", max_size=24) | st.from_regex(
    r"\A(v0:1780000000:)?(\{[a-z\":]{0,8}\}|[a-z]{0,6})\Z"
)


@settings(max_examples=120, deadline=None)
@given(name=st.sampled_from(ORACLES), text=TOKENS)
def test_166_167_no_answer_is_a_signature(name: str, text: str) -> None:
    """Ask for the answer to any text, and try it as the signature of that text."""
    for reply in ask(name, text):
        assert forged(name, text, reply) == []


@pytest.mark.parametrize("name", ["x", "zoom"])
def test_no_signed_content_is_a_token(name: str) -> None:
    """The other way round: what the scheme would sign is never answered."""
    for body in (b"{}", b'{"type":"forged"}', b'{"a":1}', b"{", b"{a}"):
        content = scheme_of(name).signed_content(signed(name, body)).decode()
        assert ask(name, content) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [("x", "{}"), ("zoom", "v0:1780000000:{}"), ("meta", "abc"), ("slack", "v0:1:")],
)
def test_the_search_for_oracles_finds_one_where_the_grammar_is_careless(
    name: str, text: str
) -> None:
    careless = Challenge("query:t", signed=False, method="GET", grammar=".*", json={"a": "{hex}"})
    reply = careless.answer(get(f"t={quote(text)}"), secrets_of(name), None)
    assert bool(forged(name, text, reply)) is (name != "slack")  # its time is stale


@pytest.mark.parametrize("name", FIRST)
def test_answers_hold_no_secret(name: str) -> None:
    for reply in ask(name, "abc"):
        assert secret_of(name).encode() not in reply.body
        assert b"verify-token" not in reply.body


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
