"""The oracles on PyPI, and the requests that they are asked about."""

import base64
import datetime
import hashlib
import json
from urllib.parse import parse_qsl, urlencode

import jwt
import time_machine
from cryptography.hazmat.primitives import hashes

from tests.vectors.make import keys, python_judges as judges
from tests.vectors.make.cases import Recipe
from tests.vectors.make.request import NOW
from tests.vectors.make.signing import b64, in_list, mac, of_body, sha256_b64, standard

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_WHSEC = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def bodies(**fields: object) -> tuple[bytes, bytes, bytes]:
    """Of a shape that the oracle can read."""
    plain = json.dumps({**fields, "note": "number 1"}).encode()
    unicode = json.dumps({**fields, "note": "Zoë — 日本 🎣"}, ensure_ascii=False).encode()
    return plain, unicode, json.dumps({**fields, "note": "1"}, indent=2).encode() + b"\n"


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
        return {"Authorization": token.with_ttl(datetime.timedelta(minutes=5)).to_jwt()}


def mandrill(body: bytes, secret: str, _: int) -> dict[str, str]:
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    content = "https://hooks.example.com/in/provider" + "".join(k + v for k, v in fields)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Mandrill-Signature": b64(mac(secret, content.encode(), "sha1")),
    }


def postal(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"X-Postal-Signature": keys.rsa_sign(secret, body, hashes.SHA1())}  # noqa: S303


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


ULID = "01HRZ3NDEKTSV4RRFFQ69G5FAV"


def kick(body: bytes, secret: str, at: int) -> dict[str, str]:
    when = datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
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


def with_token(body: bytes, token: str) -> bytes:
    return json.dumps({**json.loads(body), "token": token}, ensure_ascii=False).encode()


FORMS = (
    urlencode({"mandrill_events": '[{"event":"open","n":1}]'}).encode(),
    urlencode({"mandrill_events": '[{"event":"open","who":"Zoë 🎣"}]', "a": "1"}).encode(),
    urlencode({"z": " b ", "mandrill_events": "[ ]", "A": "="}).encode(),
)

RECIPES = [
    Recipe(
        provider="dodo_payments",
        scheme="standard_webhooks",
        package="dodopayments",
        oracle="webhooks.unwrap",
        judge=judges.dodo_payments,
        sign=standard("webhook"),
        secret=WHSEC,
        other=OTHER_WHSEC,
        signature="webhook-signature",
        stamp="webhook-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
        empty=False,
        bodies=bodies(business_id="b", type="payment.succeeded", timestamp="2026-01-01T00:00:00Z"),
    ),
    Recipe(
        provider="fathom",
        scheme="standard_webhooks",
        package="fathom-python",
        oracle="Fathom.verify_webhook",
        judge=judges.fathom,
        sign=standard("webhook"),
        secret=WHSEC,
        other=OTHER_WHSEC,
        signature="webhook-signature",
        stamp="webhook-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
        empty=False,
    ),
    Recipe(
        provider="parallel_ai",
        scheme="standard_webhooks_raw_secret",
        package="langchain-parallel",
        oracle="verify_webhook",
        judge=judges.parallel_ai,
        sign=standard("webhook", decode=str.encode),
        signature="webhook-signature",
        stamp="webhook-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
    ),
    Recipe(
        provider="finch",
        scheme="v1",
        package="finch-api",
        oracle="Webhooks.verify_signature",
        judge=judges.finch,
        sign=lambda body, secret, at: {
            {"finch-id": "finch-event-id"}.get(name, name): text
            for name, text in standard("finch")(body, secret, at).items()
        },
        secret="MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        other="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        signature="finch-signature",
        stamp="finch-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
    ),
    Recipe(
        provider="elevenlabs",
        scheme="v0",
        package="elevenlabs",
        oracle="webhooks.construct_event",
        judge=judges.elevenlabs,
        sign=in_list("elevenlabs-signature", form="t=%s,v0=%s"),
        signature="elevenlabs-signature",
        window=1800,
        future=False,
        prefix="v0=",
        empty=False,
    ),
    Recipe(
        provider="fintoc",
        scheme="v1",
        package="fintoc",
        oracle="WebhookSignature.verify_header",
        judge=judges.fintoc,
        sign=in_list("fintoc-signature", form="t=%s,v1=%s"),
        signature="fintoc-signature",
        window=300,
        future=False,
        prefix="v1=",
    ),
    Recipe(
        provider="getstream",
        scheme="hmac_hex",
        package="getstream",
        oracle="webhook.verify_webhook_signature",
        judge=judges.getstream,
        sign=of_body("x-signature", write=bytes.hex),
        signature="x-signature",
    ),
    Recipe(
        provider="gocardless",
        scheme="hmac_hex",
        package="gocardless-pro",
        oracle="webhooks.parse",
        judge=judges.gocardless,
        sign=of_body("Webhook-Signature", write=bytes.hex),
        signature="Webhook-Signature",
        empty=False,
        bodies=bodies(events=[]),
    ),
    Recipe(
        provider="lark",
        scheme="sha256",
        package="lark-oapi",
        oracle="EventDispatcherHandler._verify_sign",
        judge=judges.lark,
        sign=lark,
        signature="X-Lark-Signature",
        stamp="X-Lark-Request-Timestamp",
        empty=False,
    ),
    Recipe(
        provider="livekit",
        scheme="jwt",
        package="livekit-api",
        oracle="AccessToken.to_jwt and WebhookReceiver.receive",
        judge=judges.livekit,
        sign=livekit,
        signature="Authorization",
        empty=False,
        bodies=bodies(event="room_started", id="EV_1"),
    ),
    Recipe(
        provider="mailtrap",
        scheme="hmac_hex",
        package="django-anymail",
        oracle="MailtrapTrackingWebhookView.validate_request",
        judge=judges.mailtrap,
        sign=of_body("Mailtrap-Signature", write=bytes.hex),
        signature="Mailtrap-Signature",
    ),
    Recipe(
        provider="mandrill",
        scheme="url_form_sha1",
        package="django-anymail",
        oracle="MandrillCombinedWebhookView.validate_request",
        judge=judges.mandrill,
        sign=mandrill,
        signature="X-Mandrill-Signature",
        bodies=FORMS,
    ),
    Recipe(
        provider="postal",
        scheme="rsa_sha1",
        package="django-anymail",
        oracle="PostalTrackingWebhookView.validate_request",
        judge=judges.postal,
        sign=postal,
        secret="one",
        other="two",
        verifier=lambda name: keys.rsa_public(name, keys.DER),
        signature="X-Postal-Signature",
    ),
    Recipe(
        provider="brevo",
        scheme="basic_auth",
        package="django-anymail",
        oracle="BrevoTrackingWebhookView.validate_request",
        judge=judges.brevo,
        sign=basic,
        secret="a-user:a-secret-of-nobody",
        other="a-user:b-secret-of-nobody",
        signature="Authorization",
        prefix="Basic ",
        body=False,
    ),
    Recipe(
        provider="onfido",
        scheme="hmac_hex",
        package="onfido-python",
        oracle="WebhookEventVerifier.read_payload",
        judge=judges.onfido,
        sign=of_body("X-SHA2-Signature", write=bytes.hex),
        signature="X-SHA2-Signature",
        empty=False,
        bodies=bodies(payload={"resource_type": "check", "action": "check.completed"}),
    ),
    Recipe(
        provider="paddle",
        scheme="h1",
        package="paddle-python-sdk",
        oracle="Notifications.Verifier.verify",
        judge=judges.paddle,
        sign=in_list("Paddle-Signature", form="ts=%s;h1=%s", between=":"),
        signature="Paddle-Signature",
        window=5,
        join=";",
        prefix="h1=",
    ),
    Recipe(
        provider="pusher",
        scheme="hmac_hex",
        package="pusher",
        oracle="Pusher.validate_webhook",
        judge=judges.pusher,
        sign=lambda body, secret, _: {
            "X-Pusher-Key": "appkey",
            "X-Pusher-Signature": mac(secret, body).hex(),
        },
        signature="X-Pusher-Signature",
        empty=False,
        bodies=bodies(time_ms=NOW * 1000 + 1, events=[{"name": "channel_occupied"}]),
    ),
    Recipe(
        provider="qstash",
        scheme="jwt",
        package="qstash",
        oracle="Receiver.verify",
        judge=judges.qstash,
        sign=qstash,
        signature="Upstash-Signature",
        window=300,
    ),
    Recipe(
        provider="razorpay",
        scheme="hmac_hex",
        package="razorpay",
        oracle="Utility.verify_webhook_signature",
        judge=judges.razorpay,
        sign=of_body("X-Razorpay-Signature", write=bytes.hex),
        signature="X-Razorpay-Signature",
    ),
    Recipe(
        provider="sinch_conversation",
        scheme="nonce_base64",
        package="sinch",
        oracle="validate_sinch_event_signature_with_nonce",
        judge=judges.sinch_conversation,
        sign=sinch,
        signature="x-sinch-webhook-signature",
        stamp="x-sinch-webhook-signature-timestamp",
    ),
    Recipe(
        provider="sinch_numbers",
        scheme="sha1_hex",
        package="sinch",
        oracle="validate_signature_header",
        judge=judges.sinch_numbers,
        sign=of_body("x-sinch-signature", algorithm="sha1", write=bytes.hex),
        signature="x-sinch-signature",
    ),
    Recipe(
        provider="terra",
        scheme="v1",
        package="terra-python",
        oracle="verify_terra_webhook_signature",
        judge=judges.terra,
        sign=in_list("terra-signature", form="t=%s,v1=%s"),
        signature="terra-signature",
        window=300,
        join=",",
        prefix="v1=",
        empty=False,
    ),
    Recipe(
        provider="viber",
        scheme="hmac_hex",
        package="viberbot",
        oracle="Api.verify_signature",
        judge=judges.viber,
        sign=of_body("X-Viber-Content-Signature", write=bytes.hex),
        signature="X-Viber-Content-Signature",
    ),
    Recipe(
        provider="vonage",
        scheme="jwt",
        package="vonage-jwt",
        oracle="verify_signature",
        judge=judges.vonage,
        sign=vonage,
        signature="Authorization",
        prefix="Bearer ",
        body=False,
    ),
    Recipe(
        provider="workos",
        scheme="v1",
        package="workos",
        oracle="Webhooks.verify_header",
        judge=judges.workos,
        sign=in_list("WorkOS-Signature", form="t=%s, v1=%s", unit=1000),
        signature="WorkOS-Signature",
        window=180,
        future=False,
        prefix="v1=",
    ),
    Recipe(
        provider="cloudinary",
        scheme="sha1",
        package="cloudinary",
        oracle="utils.verify_notification_signature",
        judge=judges.cloudinary,
        sign=cloudinary,
        signature="X-Cld-Signature",
        stamp="X-Cld-Timestamp",
        window=7200,
        future=False,
    ),
    Recipe(
        provider="clickup",
        scheme="hmac_hex",
        package="flyteplugins-clickup",
        oracle="verify",
        judge=judges.clickup,
        sign=of_body("X-Signature", write=bytes.hex),
        signature="X-Signature",
    ),
    Recipe(
        provider="kick",
        scheme="rsa_sha256",
        package="kicksdk-py",
        oracle="webhooks.verify",
        judge=judges.kick,
        sign=kick,
        secret="one",
        other="two",
        verifier=lambda name: keys.rsa_public(name, keys.PEM),
        signature="Kick-Event-Signature",
        stamp="Kick-Event-Message-Timestamp",
        window=300,
        empty=False,
    ),
    Recipe(
        provider="zulip",
        scheme="token",
        package="zulip-botserver",
        oracle="server.handle_bot",
        judge=judges.zulip,
        sign=unsigned,
        place=with_token,
        body=False,
        empty=False,
        bodies=bodies(bot_email="bot@example.com", trigger="none", message={"content": "x"}),
    ),
]
