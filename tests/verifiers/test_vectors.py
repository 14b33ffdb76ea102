"""What the providers' own SDKs accept and refuse, so do we."""

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.errors import BadSignature
from hookmw.secret import Secrets
from tests.verifiers.vectors import RecordingFetch, Vector, check, delivery_of, named, read

pytestmark = pytest.mark.anyio

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
SIMPLE = ("atlassian_connect", "contentful", "messagebird")


def verifier(name: str, **changes: Any) -> Any:
    made: Any = provider(name).scheme
    return replace(made, **changes) if changes else made


async def judge(vector: Vector, checker: Any, secret: str) -> None:
    if vector["expect"] == "accept":
        await check(checker, delivery_of(vector), Secrets(secret))
    else:
        with pytest.raises(BadSignature):
            await check(checker, delivery_of(vector), Secrets(secret))


@pytest.mark.parametrize("vector", [each for name in SIMPLE for each in read(name)], ids=named)
async def test_shared_secrets(vector: Vector) -> None:
    await judge(vector, verifier(vector["provider"]), vector["secret"])


@pytest.mark.parametrize("name", ["hook0", "coinbase_cdp"])
@pytest.mark.parametrize("vector", read("hook0"), ids=named)
async def test_hook0(name: str, vector: Vector) -> None:
    """v0, which signs the body alone, is not taken: whoever may choose the weaker will."""
    strict = {**vector, "expect": "reject"} if vector["scheme"] == "v0" else vector
    await judge(strict, verifier(name), vector["secret"])


@pytest.mark.parametrize("vector", read("aws_sns"), ids=named)
async def test_sns(vector: Vector) -> None:
    pem = (vector.get("extra") or read("aws_sns")[0]["extra"])["cert_pem"].encode()
    await judge(vector, verifier("aws_sns").with_fetch(RecordingFetch(pem)), TOPIC)


@pytest.mark.parametrize("vector", read("paypal"), ids=named)
async def test_paypal(vector: Vector) -> None:
    pem = vector["extra"]["cert_pem"].encode()
    await judge(vector, verifier("paypal").with_fetch(RecordingFetch(pem)), vector["secret"])


@pytest.mark.parametrize("vector", read("plaid"), ids=named)
async def test_plaid_asks_for_the_key(vector: Vector) -> None:
    jwk = (vector.get("extra") or read("plaid")[0]["extra"])["jwk"]
    fetch = RecordingFetch(json.dumps({"key": jwk, "request_id": "x"}).encode())
    await judge(vector, verifier("plaid").with_fetch(fetch), "client:secret")
    for url, body in fetch.asked:
        assert url == "https://production.plaid.com/webhook_verification_key/get"
        assert json.loads(body or b"") == {
            "client_id": "client",
            "secret": "secret",
            "key_id": jwk["kid"],
        }


@pytest.mark.parametrize("vector", read("plaid"), ids=named)
async def test_plaid_with_a_key_of_ones_own(vector: Vector) -> None:
    jwk = (vector.get("extra") or read("plaid")[0]["extra"])["jwk"]
    await judge(vector, verifier("plaid"), json.dumps(jwk))


@pytest.mark.parametrize("vector", read("saleor"), ids=named)
async def test_saleor(vector: Vector) -> None:
    jwks = (vector.get("extra") or read("saleor")[0]["extra"])["jwks"]
    await judge(vector, verifier("saleor"), jwks)
    url = "https://x.saleor.cloud/.well-known/jwks.json"
    fetch = RecordingFetch({url: jwks.encode()})
    await judge(vector, verifier("saleor").with_fetch(fetch), url)


@pytest.mark.parametrize("vector", read("truelayer"), ids=named)
async def test_truelayer(vector: Vector) -> None:
    as_the_sdk = verifier("truelayer", required=(), timestamp=None)
    await judge(vector, as_the_sdk, vector["secret"])
    fetch = RecordingFetch(vector["secret"].encode())
    await judge(vector, as_the_sdk.with_fetch(fetch), "none is asked for")
    strict = {**vector, "expect": "reject"} if vector["case"] == "no_signed_headers" else vector
    await judge(strict, verifier("truelayer"), vector["secret"])


RFC9421 = {
    "rfc9421_b25_hmac": {"algorithm": "hmac-sha256", "key": "base64"},
    "rfc9421_b26_ed25519": {"algorithm": "ed25519"},
}


@pytest.mark.parametrize(
    "vector",
    [each for each in read("http_message_signatures") if each["scheme"] in RFC9421],
    ids=named,
)
async def test_rfc_9421(vector: Vector) -> None:
    """The RFC's own examples cover no digest."""
    keywords = {**RFC9421[vector["scheme"]], "components": ("date", "@authority", "content-type")}
    made = verifier("http_message_signatures", **keywords, covers_body=False)
    await judge(vector, made, vector["secret"])
    await judge({**vector, "expect": "reject"}, replace(made, covers_body=True), vector["secret"])


@pytest.mark.parametrize(
    "vector",
    [each for each in read("http_message_signatures") if each["scheme"] not in RFC9421],
    ids=named,
)
async def test_rfc_9530(vector: Vector) -> None:
    """A digest that the signature covers must be that of the body."""
    delivery = delivery_of(vector)
    said = f'("content-digest");created={int(delivery.received_at)};keyid="k"'
    digest = vector["headers"].get("Content-Digest", "")
    base = f'"content-digest": {digest}\n"@signature-params": {said}'
    made_by_hand = base64.b64encode(hmac.digest(b"a-secret", base.encode(), "sha256")).decode()
    delivery.headers += (
        (b"signature-input", f"x={said}".encode()),
        (b"signature", f"x=:{made_by_hand}:".encode()),
    )
    made = verifier("http_message_signatures", components=("content-digest",))
    if vector["expect"] == "accept":
        await check(made, delivery, Secrets("a-secret"))
    else:
        with pytest.raises(BadSignature):
            await check(made, delivery, Secrets("a-secret"))
