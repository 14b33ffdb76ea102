"""`hookmw.testing.handshakes` asks as every provider does, and knows a wrong answer."""

import pytest

from hookmw.delivery import Headers
from hookmw.errors import ConfigError
from hookmw.event import Reply
from hookmw.testing import Handshake, SignedRequest, WebhookClient, handshake, handshakes
from tests.handshakes.asking import HOST
from tests.handshakes.cases import SECRET, TOLD
from tests.handshakes.receiving import ALL_NAMES, by_name, keys, provider_of, receiving
from tests.middleware.asgi import deliver


@pytest.mark.anyio
@pytest.mark.parametrize("name", [name for name in ALL_NAMES if name != "wecom"])  # in an envelope
async def test_every_handshake_is_asked_and_answered(name: str) -> None:
    provider = provider_of(name)
    signer, _ = keys(provider.scheme)
    made = handshakes(provider, signer, verify_token=TOLD, path="/in", public_url=HOST)
    hooks = receiving(by_name[name], secrets=keys(provider.scheme)[1])
    assert len(made) == len(provider.challenges)
    for each, row in zip(made, provider.challenges, strict=True):
        assert row.asked_by(each.request.delivery())
        wire = await deliver(hooks, each.request)
        assert each.faults(wire.status, tuple(wire.headers.items()), wire.body) == []


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
