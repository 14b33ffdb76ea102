"""`SealedScheme`: what is encrypted but not signed, and what is signed but not encrypted."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MissingSignature
from hookmw.middleware.signature import Signature
from hookmw.secret import Secrets
from tests.verifiers.envelopes import changed, receive
from tests.verifiers.vectors import NOW

pytestmark = pytest.mark.anyio


def lark(event: Any, *, key: str = "s3cret-s3cret", signed: bool = False) -> Delivery:
    text = json.dumps(event).encode()
    text += bytes([16 - len(text) % 16]) * (16 - len(text) % 16)
    sealed = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(b"i" * 16))
    encryptor = sealed.encryptor()
    made = b"i" * 16 + encryptor.update(text) + encryptor.finalize()
    body = json.dumps({"encrypt": base64.b64encode(made).decode()}).encode()
    sent = str(int(NOW))
    proof = hashlib.sha256(f"{sent}n{key}".encode() + body).hexdigest()
    headers = {"x-lark-signature": proof, "x-lark-request-timestamp": sent} if signed else {}
    headers["x-lark-request-nonce"] = "n"
    return Delivery(
        method="POST",
        path="/",
        headers=tuple((k.encode(), v.encode()) for k, v in headers.items()),
        body=body,
        received_at=NOW,
    )


HANDSHAKE = {"type": "url_verification", "challenge": "abc", "token": "told"}


async def test_an_encrypted_handshake_needs_no_signature() -> None:
    stage = Signature(provider("lark").scheme, ["another-one", "s3cret-s3cret"])
    delivery = lark(HANDSHAKE)
    await stage(delivery)
    assert json.loads(delivery.body) == HANDSHAKE


async def test_and_proves_nothing() -> None:
    scheme: Any = provider("lark").scheme
    delivery = lark(HANDSHAKE)
    with pytest.raises(MissingSignature):
        scheme.verify(delivery, Secrets("s3cret-s3cret"))
    await Signature(scheme, "s3cret-s3cret")(delivery)
    assert (delivery.opened, delivery.proof) == (True, None)


async def test_a_signed_one_is_proved() -> None:
    assert json.loads((await receive("lark", lark(HANDSHAKE, signed=True))).body) == HANDSHAKE


@pytest.mark.parametrize(
    "delivery",
    [
        lark({"type": "event_callback"}),
        lark([HANDSHAKE]),
        lark(HANDSHAKE, key="another-key"),
        changed(lark(HANDSHAKE), body=json.dumps(HANDSHAKE).encode()),
        changed(lark(HANDSHAKE), body=b'{"encrypt":"AAAA"}'),
        changed(lark(HANDSHAKE), body=b'{"encrypt":"' + b"A" * 64 + b'"}'),
    ],
)
async def test_everything_else_without_a_signature_hears_the_same(delivery: Delivery) -> None:
    with pytest.raises(BadSignature) as caught:
        await receive("lark", delivery)
    assert caught.value.code == "signature_missing"
    assert caught.value.reason == "no signature at header:x-lark-signature"


async def test_a_signed_body_that_is_not_encrypted_is_taken_as_it_is() -> None:
    delivery = lark({}, signed=True)
    body = b'{"header":{"event_type":"x"}}'
    sent = str(int(NOW))
    proof = hashlib.sha256(f"{sent}ns3cret-s3cret".encode() + body).hexdigest()
    headers = [(k, proof.encode() if k == b"x-lark-signature" else v) for k, v in delivery.headers]
    assert (
        await receive("lark", changed(delivery, body=body, headers=tuple(headers)))
    ).body == body
