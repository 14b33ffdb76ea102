"""Envelopes end to end: what is stored, what is a duplicate, and what the sender hears."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hookmw import Endpoint, Event, Provider, Reply, Unverified
from hookmw.challenge import Challenge
from hookmw.scheme import Draft
from hookmw.testing import Response, SignedRequest
from tests.app.receiving import hooks_of
from tests.app.sending import NOW, ask, pair, receiving, send, sent, told
from tests.verifiers.envelopes import KEY, XML, encoded, kits

pytestmark = pytest.mark.anyio


# one of each kind


@pytest.mark.usefixtures("clock")
async def test_dingtalk_stores_what_was_sealed_and_answers_sealed() -> None:
    hooks, event = receiving("dingtalk"), {"EventType": "user_add_org", "UserId": ["1"]}
    first, again = sent("dingtalk", event), sent("dingtalk", event, NOW + 1)
    assert first.body != again.body  # another nonce, another ciphertext
    answers = await send(hooks, first, again)
    (only,) = await told(hooks)
    assert (only.type, only.body) == ("user_add_org", encoded(event))
    assert only.payload == event
    assert [answer.status for answer in answers] == [200, 200]
    assert [opened(answer) for answer in answers] == [b"success"] * 2


def opened(answer: Response) -> bytes:
    """What DingTalk finds in our answer, by DingTalk's rules and none of our code."""
    said = json.loads(answer.body)
    texts = sorted([said["timeStamp"], said["nonce"], "token", said["encrypt"]])
    assert said["msg_signature"] == hashlib.sha1("".join(texts).encode()).hexdigest()
    key = base64.b64decode(KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(said["encrypt"])) + decryptor.finalize()
    plain = plain[: -plain[-1]]
    length = int.from_bytes(plain[16:20], "big")
    assert plain[20 + length :] == b"corp1"
    return plain[20 : 20 + length]


@pytest.mark.usefixtures("clock")
async def test_the_check_of_the_url_and_what_is_not_kept_are_answered_sealed_too() -> None:
    hooks = receiving("dingtalk", events=["user_*"])
    (answer,) = await send(hooks, sent("dingtalk", {"EventType": "check_url"}))
    assert opened(answer) == b"success"
    assert await told(hooks) == []


@pytest.mark.usefixtures("clock")
async def test_a_reply_of_ones_own_counts() -> None:
    endpoint = Endpoint("/in", "dingtalk", secrets=kits()["dingtalk"].secret)

    @endpoint.reply("*")
    async def mine(event: Event) -> Reply:
        return Reply(200, b"mine")

    (answer,) = await send(hooks_of(endpoint), sent("dingtalk", {"EventType": "x"}))
    assert answer.body == b"mine"


async def test_two_answers_to_two_deliveries_are_not_alike(clock: list[float]) -> None:
    hooks, event = receiving("dingtalk"), {"EventType": "x"}
    texts = set()
    for second in range(3):
        clock[0] = NOW + second
        (answer,) = await send(hooks, sent("dingtalk", event, NOW + second))
        texts.add(json.loads(answer.body)["encrypt"])
    assert len(texts) == 3


@pytest.mark.usefixtures("clock")
async def test_lark_stores_what_was_sealed() -> None:
    event = {
        "header": {"event_id": "e1", "event_type": "im.x", "create_time": "1779999999000"},
        "event": {"text": "grüße"},
    }
    hooks = receiving("lark")
    await send(hooks, sent("lark", event), sent("lark", event, NOW + 1))
    (only,) = await told(hooks)
    assert (only.type, only.key, only.timestamp) == ("im.x", "e1", 1779999999.0)
    assert only.payload == event


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("case", ["plain", "encrypted"])
@pytest.mark.parametrize("wrong", [False, True])
async def test_larks_check_of_the_url(case: str, *, wrong: bool) -> None:
    asked = pair("lark", case)
    token = "another" if wrong else asked["secret"]
    hooks = receiving("lark", "lark-encrypt-key", verify_token=token)
    answer = await ask(hooks, asked["request"])
    refused = 401 if case == "encrypted" else 403  # no word on what is in an envelope
    assert answer.status == (refused if wrong else asked["response"]["status"])
    if not wrong:
        assert json.loads(answer.body) == asked["response"]["json"]
    assert await told(hooks) == []


ANOTHER = Challenge(
    signed=False, when={"body:type": "another"}, token="body:challenge", text="{token}"
)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("challenges", [(), (ANOTHER,)], ids=["none", "another"])
async def test_what_nobody_signed_is_answered_or_refused_and_never_stored(
    challenges: tuple[Challenge, ...],
) -> None:
    asked = pair("lark", "encrypted")
    told_, key = asked["secret"], "lark-encrypt-key"
    hooks = receiving("lark", key, verify_token=told_, challenges=challenges)
    for _ in range(3):  # nor does it use up what is meant for the provider
        answer = await ask(hooks, asked["request"])
        assert (answer.status, answer.body) == (401, b"unauthorized")
    assert await told(hooks) == []


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("opens", range(4))
async def test_no_answer_says_how_far_an_unsigned_envelope_got(opens: int) -> None:
    """Not even that it was a handshake, to whoever does not know the verify token."""
    said: list[Any] = [
        {"type": "url_verification", "challenge": "abc", "token": "wrong"},
        {"type": "url_verification", "challenge": "\n not of the grammar", "token": "right"},
        {"type": "url_verification", "token": "right"},
        {"type": "im.x"},
    ]
    request = sent("lark", said[opens])
    headers = tuple((k, v) for k, v in request.headers if not k.startswith(b"x-lark"))
    spoilt = b'{"encrypt":"' + b"A" * 64 + b'"}'
    hooks = receiving("lark", verify_token="right")
    answers = await send(
        hooks,
        SignedRequest("POST", "/in", b"", headers, request.body),
        SignedRequest("POST", "/in", b"", headers, spoilt),
    )
    assert len({(each.status, each.body, tuple(each.headers)) for each in answers}) == 1
    assert answers[0].status == 401
    assert await told(hooks) == []


@pytest.mark.usefixtures("clock")
async def test_wecom_answers_with_what_is_in_echostr() -> None:
    asked = pair("wecom")
    key, corp = asked["extra"]["aes_key"], asked["extra"]["corp_id"]
    hooks = receiving("wecom", f"{asked['secret']}:{key}:{corp}")
    answer = await ask(hooks, asked["request"])
    assert (answer.status, answer.body.decode()) == (200, asked["response"]["text"])
    other = receiving("wecom", f"{asked['secret']}:{key}:{corp}x")
    assert (await ask(other, asked["request"])).status == 401
    assert await told(hooks) == []


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("name", ["wechat", "wechat_safe", "wecom"])
async def test_xml_is_stored_as_it_is(name: str) -> None:
    text = XML.replace(b"</xml>", b"<MsgId>7</MsgId><CreateTime>1779999999</CreateTime></xml>")
    hooks = receiving(name)
    await send(hooks, sent(name, text), sent(name, text, NOW + 1))
    (only,) = await told(hooks)
    assert (only.type, only.key, only.body) == ("text", "7", text)
    assert only.timestamp == 1779999999.0


@pytest.mark.usefixtures("clock")
async def test_what_a_user_types_is_no_type_and_no_id() -> None:
    typed = b"<![CDATA[</Content><MsgType>event</MsgType><MsgId>8</MsgId>]]>"
    text = b"<xml><Content>" + typed + b"</Content><MsgType>text</MsgType><MsgId>7</MsgId></xml>"
    hooks = receiving("wecom")
    await send(hooks, sent("wecom", text))
    (only,) = await told(hooks)
    assert (only.type, only.key) == ("text", "7")


@pytest.mark.usefixtures("clock")
async def test_wechats_check_of_the_url() -> None:
    asked = pair("wechat")
    for name, secret in (("wechat", "wx-token"), ("wechat_safe", f"wx-token:{KEY}:wx1")):
        answer = await ask(receiving(name, secret), asked["request"])
        assert (answer.status, answer.body.decode()) == (200, asked["response"]["text"])


async def test_an_envelope_of_ones_own() -> None:
    """Three methods of anybody's verifier."""

    class Backwards(Unverified):
        __slots__ = ()

        def open(self, delivery: Any, secrets: Any) -> bytes:
            text: bytes = delivery.body
            return text[::-1]

        def seal(self, delivery: Any, secrets: Any) -> Reply:
            return Reply(202, delivery.body)

        def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
            draft.body = draft.body[::-1]

    hooks = hooks_of(Endpoint("/in", Provider("mine", scheme=Backwards())))
    (answer,) = await send(hooks, SignedRequest("POST", "/in", b"", (), b'}"x":"epyt"{'))
    assert (answer.status, answer.body) == (202, b'}"x":"epyt"{')
    (only,) = await told(hooks)
    assert (only.type, only.body) == ("x", b'{"type":"x"}')
