"""A genuine delivery of each provider that encrypts, or signs inside of what it sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.middleware.signature import Signature
from hookmw.secret import SecretInput
from hookmw.testing import SignedRequest, sign
from tests.verifiers.vectors import NOW

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
XML = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[grüße]]></Content></xml>".encode()
ADYEN = {
    "notificationItems": [
        {
            "NotificationRequestItem": {
                "pspReference": "7914073381342284",
                "merchantAccountCode": "TestMerchant",
                "merchantReference": "order:1",
                "amount": {"value": 1130, "currency": "EUR"},
                "eventCode": "AUTHORISATION",
                "success": "true",
                "additionalData": {},
            }
        }
    ]
}
PRAXIS = {
    "merchant_id": "API-Tester",
    "application_key": "Sandbox",
    "customer": {"customer_token": "c1"},
    "session": {"order_id": "o1"},
    "transaction": {
        "tid": 756850,
        "currency": "USD",
        "amount": 100,
        "conversion_rate": None,
        "processed_currency": "USD",
        "processed_amount": 100,
        "transaction_status": "approved",
    },
}


@cache
def pem(kind: str, number: int) -> str:
    """A private key; another one for each number."""
    made: Any = rsa.generate_private_key(65537, 2048)
    if kind == "ec":
        made = ec.generate_private_key(ec.SECP256R1())
    encoded = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return str(encoded.decode().strip())


@cache
def public(secret: str) -> str:
    """What a receiver has of a key pair; a shared secret itself."""
    if not secret.startswith("-----BEGIN"):
        return secret
    key = serialization.load_pem_private_key(secret.encode(), None).public_key()
    written = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return written.decode().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """One provider.

    Attributes:
        secret: what it signs with.
        wrong: another.
        payload: what it has to say.
        opens: whether what arrives is an envelope around the payload.
        headers: that it sends besides.
    """

    secret: str
    wrong: str
    payload: bytes
    opens: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


def encoded(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


@cache
def kits() -> dict[str, Kit]:
    event = {"EventType": "user_add_org", "UserId": ["grüße"]}
    lark = {"header": {"event_id": "e1", "event_type": "im.x"}, "event": {"text": "grüße"}}
    wix = {"data": {"id": "e1", "text": "grüße"}, "eventType": "wix.x", "instanceId": "i1"}
    ebay = {"metadata": {"topic": "T"}, "notification": {"notificationId": "n1"}}
    sign_event = {"event": {"event_type": "signature_request_sent"}}
    texts = partial(Kit, secret=f"token:{KEY}:corp1", wrong=f"tokem:{KEY}:corp1")
    keys = partial(Kit, secret="s3cret-s3cret", wrong="s3cret-s3creu")
    return {
        "adyen": Kit(secret="00ff" * 16, wrong="00fe" * 16, payload=encoded(ADYEN), opens=False),
        "dingtalk": texts(payload=encoded(event)),
        "dropbox_sign": keys(payload=encoded(sign_event)),
        "ebay": Kit(secret=pem("ec", 1), wrong=pem("ec", 2), payload=encoded(ebay), opens=False),
        "lark": keys(payload=encoded(lark)),
        "praxis": keys(payload=encoded(PRAXIS), opens=False),
        "wechat": keys(payload=XML, opens=False),
        "wechat_safe": texts(payload=XML),
        "wecom": texts(payload=XML),
        "wix": Kit(secret=pem("rsa", 1), wrong=pem("rsa", 2), payload=encoded(wix)),
    }


NAMES = sorted(kits())
SEALED = [name for name in NAMES if kits()[name].opens]


@cache
def request(name: str, *, at: float = NOW, payload: bytes | None = None) -> SignedRequest:
    kit = kits()[name]
    said = kit.payload if payload is None else payload
    return sign(name, said, kit.secret, at=at, headers=kit.headers)


def arrived(name: str, **changes: Any) -> Delivery:
    return changed(request(name).delivery(NOW), **changes)


def changed(delivery: Delivery, **changes: Any) -> Delivery:
    """The same request, unread by anybody, but for the changes."""
    parts: dict[str, Any] = {
        "method": delivery.method,
        "path": delivery.path,
        "headers": delivery.headers,
        "query_string": delivery.query_string,
        "body": delivery.body,
        "received_at": delivery.received_at,
    }
    return Delivery(**{**parts, **changes})


def ours(name: str) -> str:
    return public(kits()[name].secret)


async def receive(name: str, delivery: Delivery, secrets: SecretInput | None = None) -> Delivery:
    """What the real stage makes of it."""
    await Signature(provider(name).scheme, ours(name) if secrets is None else secrets)(delivery)
    assert delivery.proof is not None
    return delivery
