"""What vectors alone cannot say: what is asked for, and a digest with a signature over it."""

import base64
import hmac
import json
from contextlib import suppress
from dataclasses import replace

import pytest

from hookmw.catalog import provider
from hookmw.errors import BadSignature
from hookmw.secret import Secrets
from tests.verifiers.vectors import RecordingFetch, Vector, check, delivery_of, named, read

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("vector", read("plaid"), ids=named)
async def test_plaid_asks_for_the_key(vector: Vector) -> None:
    jwk = (vector.get("extra") or read("plaid")[0]["extra"])["jwk"]
    fetch = RecordingFetch(json.dumps({"key": jwk, "request_id": "x"}).encode())
    verifier = provider("plaid").scheme.with_fetch(fetch)  # type: ignore[attr-defined]
    with suppress(BadSignature):
        await check(verifier, delivery_of(vector), Secrets("client:secret"))
    assert fetch.asked or vector["expect"] == "reject"
    for url, body in fetch.asked:
        assert url == "https://production.plaid.com/webhook_verification_key/get"
        assert json.loads(body or b"") == {
            "client_id": "client",
            "secret": "secret",
            "key_id": jwk["kid"],
        }


@pytest.mark.parametrize(
    "vector",
    [
        each
        for each in read("http_message_signatures")
        if each["scheme"] == "rfc9530_content_digest"
    ],
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
    made = provider("http_message_signatures").scheme
    made = replace(made, components=("content-digest",))  # type: ignore[type-var]
    if vector["expect"] == "accept":
        await check(made, delivery, Secrets("a-secret"))
    else:
        with pytest.raises(BadSignature):
            await check(made, delivery, Secrets("a-secret"))
