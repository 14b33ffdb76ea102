"""QQ's check of the URL, tokens in URLs, and two that were taken for unsigned."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hookmw.testing import SignedRequest, sign
from tests.app.sending import NOW, receiving, send, told
from tests.verifiers.envelopes import kits, public

pytestmark = pytest.mark.anyio


@pytest.mark.usefixtures("clock")
async def test_qqs_check_of_the_url_is_answered_as_published() -> None:
    secret = "DG5g3B4j9X2KOErG"
    asked = {"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}}
    hooks = receiving("qq_bot", secret)
    signed, event = (
        sign("qq_bot", each, secret, at=NOW, path="/in") for each in (asked, {"op": 0})
    )
    unsigned = SignedRequest("POST", "/in", b"", (), signed.body)
    answers = await send(hooks, signed, event, unsigned)
    assert [each.status for each in answers] == [200, 200, 401]
    assert json.loads(answers[0].body) == {
        "plain_token": "Arq0D5A61EgUu4OxUvOp",
        "signature": (
            "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
            "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
        ),
    }
    assert json.loads(answers[1].body) == {"op": 12, "d": 0}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "asked",
    [
        {"plain_token": '{"op":0}', "event_ts": "1780000000"},
        {"plain_token": "abc", "event_ts": '1780000000{"op":0}'},
        {"plain_token": "abc", "event_ts": ""},
        {"plain_token": "abc"},
        {"plain_token": "a" * 129, "event_ts": "1"},
    ],
)
async def test_qqs_check_has_us_sign_nothing_that_could_be_an_event(asked: dict[str, str]) -> None:
    secret = "DG5g3B4j9X2KOErG"
    hooks = receiving("qq_bot", secret)
    request = sign("qq_bot", {"op": 13, "d": asked}, secret, at=NOW, path="/in")
    (answer,) = await send(hooks, request)
    assert (answer.status, answer.body) == (400, b"malformed")


@pytest.mark.usefixtures("clock")
async def test_an_answer_to_qqs_check_is_no_signature_of_an_event() -> None:
    """Even where whoever has the key would sign such a token for an event."""
    secret = "DG5g3B4j9X2KOErG"
    signature = Ed25519PrivateKey.from_private_bytes((secret * 2)[:32].encode()).sign(
        f"{int(NOW)}abc".encode()
    )
    headers = (
        (b"x-signature-ed25519", signature.hex().encode()),
        (b"x-signature-timestamp", str(int(NOW)).encode()),
    )
    (answer,) = await send(
        receiving("qq_bot", secret), SignedRequest("POST", "/in", b"", headers, b"abc")
    )
    assert answer.status == 401


# those that sign nothing


@pytest.mark.parametrize(
    ("name", "payload", "type_"),
    [
        ("keap", {"event_key": "contact.add", "object_keys": []}, "contact.add"),
        ("mailchimp", b"type=subscribe&data%5Bid%5D=1", "subscribe"),
        ("strava", {"object_type": "activity", "aspect_type": "create"}, "activity.create"),
    ],
)
async def test_a_token_in_the_url_is_all_that_proves(name: str, payload: Any, type_: str) -> None:
    hooks = receiving(name, "a-token-of-ours")
    genuine = sign(name, payload, "a-token-of-ours", path="/in")
    assert genuine.query_string == b"token=a-token-of-ours"
    forged = [
        SignedRequest("POST", "/in", query, genuine.headers, genuine.body)
        for query in (b"", b"token=", b"token=a-token-of-theirs", b"token=a-token-of-ours&token=x")
    ]
    answers = await send(hooks, genuine, *forged)
    assert [each.status for each in answers] == [200, 401, 401, 401, 400]
    assert [each.type for each in await told(hooks)] == [type_]


async def test_green_dot_gets_its_id_back() -> None:
    hooks = receiving("green_dot", "a-token-of-ours")
    request = sign(
        "green_dot", {"eventType": "transaction"}, "a-token-of-ours", id="r-1", path="/in"
    )
    (answer,) = await send(hooks, request)
    assert answer.header("x-gd-requestid") == "r-1"
    assert json.loads(answer.body)["responseDetails"][0]["description"] == "r-1"
    kept = tuple((k, v) for k, v in request.headers if k != b"x-gd-requestid")
    for more in ((), ((b"x-gd-requestid", b"r 1"),), ((b"x-gd-requestid", b"r\xff"),)):
        (answer,) = await send(hooks, SignedRequest("POST", "/in", b"", kept + more, request.body))
        assert (answer.status, answer.header("x-gd-requestid")) == (200, None)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("name", "key"), [("aurinko", "s3cret"), ("prelude", "rsa")])
async def test_two_that_do_sign(name: str, key: str) -> None:
    secret = kits()["wix"].secret if key == "rsa" else key
    hooks = receiving(name, public(secret))
    genuine = sign(name, {"id": "e1", "type": "t", "resource": "/r"}, secret, at=NOW, path="/in")
    forged = SignedRequest("POST", "/in", b"", genuine.headers, genuine.body + b" ")
    assert [each.status for each in await send(hooks, genuine, forged)] == [200, 401]
    assert [each.type for each in await told(hooks)] == ["/r" if name == "aurinko" else "t"]
