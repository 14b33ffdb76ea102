"""Candidates of the schemes that are no MAC of time and body in a header."""

import base64
import datetime as dt
import hashlib
from urllib.parse import parse_qsl

import jwt
import time_machine
from cryptography.hazmat.primitives import hashes

from tests.vectors.make import keys
from tests.vectors.make.signing import b64, mac, sha256_b64

URL = "https://hooks.example.com/in/provider"
ULID = "01HRZ3NDEKTSV4RRFFQ69G5FAV"


def lark(body: bytes, secret: str, at: int) -> dict[str, str]:
    content = f"{at}nonce-1{secret}".encode() + body
    return {
        "X-Lark-Request-Timestamp": str(at),
        "X-Lark-Request-Nonce": "nonce-1",
        "X-Lark-Signature": hashlib.sha256(content).hexdigest(),
    }


def livekit(body: bytes, secret: str, at: int) -> dict[str, str]:
    from livekit.api import AccessToken

    with time_machine.travel(at, tick=False):
        token = AccessToken("devkey", secret).with_sha256(sha256_b64(body))
        return {"Authorization": token.with_ttl(dt.timedelta(minutes=5)).to_jwt()}


def mandrill(body: bytes, secret: str, _: int) -> dict[str, str]:
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    content = "https://hooks.example.com/in/provider" + "".join(k + v for k, v in fields)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Mandrill-Signature": b64(mac(secret, content.encode(), "sha1")),
    }


def postal(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"X-Postal-Signature": keys.rsa_sign(secret, body, hashes.SHA1())}


def basic(_: bytes, secret: str, __: int) -> dict[str, str]:
    return {"Authorization": f"Basic {b64(secret.encode())}"}


def qstash(body: bytes, secret: str, at: int) -> dict[str, str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    claims = {"iss": "Upstash", "sub": "https://hooks.example.com/in/provider", "body": digest}
    times = {"nbf": at, "iat": at, "exp": at + 300}
    return {"Upstash-Signature": jwt.encode({**claims, **times}, secret, "HS256")}


def sinch(body: bytes, secret: str, at: int) -> dict[str, str]:
    content = body + f".nonce-1.{at}".encode()
    return {
        "x-sinch-webhook-signature": b64(mac(secret, content)),
        "x-sinch-webhook-signature-nonce": "nonce-1",
        "x-sinch-webhook-signature-timestamp": str(at),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }


def vonage(body: bytes, secret: str, at: int) -> dict[str, str]:
    digest = hashlib.sha256(body).hexdigest()
    claims = {"iss": "Vonage", "iat": at, "payload_hash": digest, "api_key": "a1b2c3d"}
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, 'HS256')}"}


def cloudinary(body: bytes, secret: str, at: int) -> dict[str, str]:
    digest = hashlib.sha1(body + f"{at}{secret}".encode()).hexdigest()
    return {"X-Cld-Signature": digest, "X-Cld-Timestamp": str(at)}


def kick(body: bytes, secret: str, at: int) -> dict[str, str]:
    when = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = f"{ULID}.{when}.".encode() + body
    return {
        "Kick-Event-Message-Id": ULID,
        "Kick-Event-Subscription-Id": ULID,
        "Kick-Event-Message-Timestamp": when,
        "Kick-Event-Type": "livestream.metadata.updated",
        "Kick-Event-Version": "1",
        "Kick-Event-Signature": keys.rsa_sign(secret, content, hashes.SHA256()),
    }


def unsigned(_: bytes, __: str, ___: int) -> dict[str, str]:
    return {}


def trello(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"X-Trello-Webhook": b64(mac(secret, body + URL.encode(), "sha1"))}


def netlify(body: bytes, secret: str, _: int) -> dict[str, str]:
    claims = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()}
    return {"X-Webhook-Signature": jwt.encode(claims, secret, "HS256")}


def turnkey(body: bytes, secret: str, at: int) -> dict[str, str]:
    content = f"v1.ed25519.key-1.{at * 1000}.evt-1.".encode() + body
    return {
        "X-Turnkey-Timestamp": str(at * 1000),
        "X-Turnkey-Event-Id": "evt-1",
        "X-Turnkey-Signature-Key-Id": "key-1",
        "X-Turnkey-Signature-Algorithm": "ed25519",
        "X-Turnkey-Signature-Version": "v1",
        "X-Turnkey-Signature": keys.ed25519_key(secret).sign(content).hex(),
    }


def rfc3339(at: int) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(at: int) -> str:
    return str(at * 1000)


def pusher(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"X-Pusher-Key": "appkey", "X-Pusher-Signature": mac(secret, body).hex()}
