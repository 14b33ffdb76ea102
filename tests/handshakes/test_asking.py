"""`hookmw.testing.handshakes` asks as every provider does, and knows a wrong answer."""

import pytest

from hookmw import Endpoint, Hooks
from hookmw.catalog import provider
from hookmw.delivery import Headers
from hookmw.errors import ConfigError
from hookmw.event import Reply
from hookmw.testing import Handshake, SignedRequest, WebhookClient, handshake, handshakes
from tests.app.receiving import hooks_of
from tests.catalog.hands import hand
from tests.handshakes.asking import HOST
from tests.handshakes.cases import SECRET, TOLD
from tests.handshakes.receiving import (
    ALL_NAMES,
    ELSEWHERE,
    by_name,
    keys,
    provider_of,
    receiving,
)
from tests.middleware.asgi import deliver


@pytest.mark.anyio
@pytest.mark.parametrize("name", [name for name in ALL_NAMES if name != "wecom"])  # see `REAL`
async def test_every_handshake_is_asked_and_answered(name: str) -> None:
    row = provider_of(name)
    signer, known = keys(row.scheme)
    plain = hasattr(row.scheme, "enclose")  # in its envelope it is asked below
    made = handshakes(row, "" if plain else signer, verify_token=TOLD, path="/in", public_url=HOST)
    hooks = receiving(by_name[name], secrets=known)
    assert len(made) == len(row.challenges)
    for each, challenge in zip(made, row.challenges, strict=True):
        assert challenge.asked_by(each.request.delivery())
        wire = await deliver(hooks, each.request)
        assert each.faults(wire.status, tuple(wire.headers.items()), wire.body) == []


REAL = sorted({*ELSEWHERE, "lark"})


@pytest.mark.anyio
@pytest.mark.parametrize("name", REAL)
async def test_the_real_rows_are_asked_in_their_envelopes(name: str) -> None:
    """And whoever has another secret is found out."""
    known = hand(name)
    (asked,) = handshakes(name, known.signs, verify_token=TOLD, path="/in", public_url=HOST)
    wire = await deliver(asking(name, known.secret), asked.request)
    assert asked.faults(wire.status, tuple(wire.headers.items()), wire.body) == []
    if provider(name).challenges[0].signed or name == "lark":
        wire = await deliver(asking(name, hand(name, 1).secret), asked.request)
        assert wire.status == 401


def asking(name: str, secret: str | None) -> Hooks:
    return hooks_of(Endpoint("/in", name, secrets=secret, verify_token=TOLD), public_url=HOST)


@pytest.mark.parametrize(("name", "sealed"), [("lark", True), ("wecom", True), ("wechat", False)])
def test_what_is_sent_in_an_envelope_says_nothing_outside_of_it(name: str, *, sealed: bool) -> None:
    (asked,) = handshakes(name, hand(name).signs, verify_token=TOLD)
    token = asked.reply.body.removeprefix(b'{"challenge":"').removesuffix(b'"}')
    sent = asked.request.query_string + asked.request.body
    assert (token not in sent) is sealed


def test_without_an_encrypt_key_lark_encrypts_nothing() -> None:
    (asked,) = handshakes("lark", verify_token=TOLD)
    assert b'"type":"url_verification"' in asked.request.body


@pytest.mark.anyio
async def test_an_endpoint_with_another_secret_is_found_out() -> None:
    (asked,) = handshakes("slack", "another-app", path="/in")
    wire = await deliver(receiving(by_name["slack"]), asked.request)
    status, body = asked.faults(wire.status, tuple(wire.headers.items()), wire.body)
    assert status == "the status must be 200, and is 401"
    assert body.startswith("the body must be '")
    assert body.endswith("', and is 'unauthorized'")


@pytest.mark.anyio
async def test_a_client_asks_too() -> None:
    hooks = receiving(by_name["dropbox"])
    asked = handshake("dropbox", path="/in")
    async with WebhookClient(hooks) as client:
        answer = await client.send(asked)
    assert answer.body.decode() in asked.query_string.decode()


def test_each_token_is_new() -> None:
    assert handshake("dropbox").query_string != handshake("dropbox").query_string


PLAIN: Headers = ((b"content-type", b"text/plain"),)


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (200, PLAIN, b"abc", None),
        (200, ((b"content-type", b"Text/Plain; charset=ascii"),), b"abc", None),
        (204, PLAIN, b"abc", "status must be 200"),
        (200, PLAIN, b'"abc"', "body must be 'abc'"),
        (200, PLAIN, b"", "and is empty"),
        (200, ((b"content-type", b"text/html"),), b"abc", "content-type must be 'text/plain'"),
        (200, (), b"abc", "content-type must be 'text/plain', and is empty"),
    ],
)
def test_faults(status: int, headers: Headers, body: bytes, words: str | None) -> None:
    asked = Handshake(request=SignedRequest("GET", "/", b"", (), b""), reply=Reply(200, b"abc"))
    found = asked.faults(status, headers, body)
    assert len(found) == (words is not None)
    assert words is None or words in found[0]


def test_a_header_of_the_answer_counts() -> None:
    asked, _ = handshakes("asana", SECRET)
    (fault,) = asked.faults(200, PLAIN, b"")
    token = asked.request.delivery().header(b"x-hook-secret")
    assert fault == f"the header x-hook-secret must be '{token}', and is empty"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slack", "pass secret="),
        ("meta", "pass verify_token="),
        ("github", "asks for no handshake"),
    ],
)
def test_what_is_missing_is_asked_for(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        handshake(name)
