"""Shops, mail, telephony, chat and AI: their rows against themselves."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, Malformed
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.scheme.algorithms import algorithm
from hookmw.secret import Secrets, key_decoder
from hookmw.testing import SignedRequest, sign
from tests.pure.rows import changed, with_headers

NOW = 1_780_000_000.0
HOST = "https://hooks.example.com"

NAMES = {
    "commerce": (
        *("aftership", "aftership_legacy", "akeneo", "commercelayer", "easypost", "fourthwall"),
        *("guesty", "jobber", "london_theatre_direct", "oracle_commerce", "recharge"),
        *("recharge_legacy", "salesforce_mc_ens", "shopline", "shoplineapp", "tiktok_shop"),
        *("woocommerce", "youcan"),
    ),
    "mail": (
        *("beehiiv", "brevo", "mailersend", "mailgun", "mailgun_form", "mailtrap", "mandrill"),
        *("postal", "postmark", "resend", "sendgrid", "unisender_go"),
    ),
    "telephony": (
        *("bandwidth", "bland_ai", "plivo", "retell", "sinch_conversation", "sinch_numbers"),
        *("sinch_voice", "sinch_voice_v2", "telnyx", "twilio", "twilio_shared_key", "vapi"),
        *("viber", "vonage_sms"),
    ),
    "chat": ("chatwork", "discord", "discord_webhook_events", "line", "mattermost", "qq_bot"),
    "ai": (
        *("alchemy", "deepgram", "elevenlabs", "fal", "firecrawl", "higgsfield", "openai"),
        *("parallel_ai", "pyannote", "replicate"),
    ),
}
ALL_NAMES = sorted(name for names in NAMES.values() for name in names)

TOKEN_ROWS = {"bandwidth", "brevo", "deepgram", "mattermost", "postmark", "vapi"}
BODY_UNSIGNED = {*TOKEN_ROWS, "mailgun", "mailgun_form"}
FORM_ROWS = {
    *("mailgun_form", "mandrill", "mattermost", "plivo", "twilio", "twilio_shared_key"),
    "vonage_sms",
}


def scheme_of(name: str) -> Scheme:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme


def check(name: str, delivery: Delivery, secret: str) -> None:
    scheme_of(name).precheck(delivery)
    scheme_of(name).verify(delivery, Secrets(secret))


# what the rows say of themselves


@cache
def key_pair(algorithm_name: str, key: str, number: int) -> tuple[str, str]:
    """A private and a public key, as the row wants them written."""
    del number
    if algorithm_name == "ed25519":
        private: Any = ed25519.Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        write = bytes.hex if key == "hex" else lambda raw: base64.b64encode(raw).decode()
        return write(private.private_bytes_raw()), write(public)
    if algorithm_name.startswith("rsa"):
        private = rsa.generate_private_key(65537, 2048)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    assert key == "base64"
    der = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode(), base64.b64encode(public).decode()


SYMMETRIC = {
    "base64": ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw"),
    "nfkd_utf8": ("sécret of the tests", "another sécret"),
    "repeat32_seed": ("naOC0ocQE3shWLAfffVLB1rhYPG7", "DG5g3B4j9X2KOErG"),
    "utf8": ("user:pass:word", "user:another"),
    "whsec_base64": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
    "whsec_or_utf8": ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "just text"),
}


def secrets_for(name: str) -> tuple[str, str, str]:
    """What signs, what verifies it, and what does not."""
    scheme = scheme_of(name)
    kind = str(scheme.algorithm)
    if kind.startswith(("ed25519", "rsa", "ecdsa")) and scheme.key != "repeat32_seed":
        private, public = key_pair(kind, scheme.key, 1)
        return private, public, key_pair(kind, scheme.key, 2)[1]
    secret, other = SYMMETRIC[scheme.key]
    return secret, secret, other


JSON_BODIES: Mapping[str, bytes] = {
    "mailgun": b'{"signature":{"token":"abcdef"},"event-data":{"event":"opened"}}',
    "mailtrap": b'{"events":[{"event":"open"}]}',
}
FORM_BODIES: Mapping[str, Mapping[str, str]] = {
    "mandrill": {"mandrill_events": '[{"event":"open"}]'},
    "plivo": {"To": "1555", "From": "1666", "Text": "hi there"},
    "twilio": {"CallSid": "CA1", "CallStatus": "ringing", "From": "+1555"},
    "twilio_shared_key": {"CallSid": "CA1", "CallStatus": "ringing", "From": "+1555"},
    "vonage_sms": {"msisdn": "1555", "text": "hi = there & 1", "nonce": "n"},
}
BODY = b'{"id":"evt_1","type":"thing.created","data":{"name":"Zo\xc3\xab","n":1.50}}'
PATH = {"tiktok_shop": "/in?app_key=29a39d"}
HEADERS = {
    "fal": {"x-fal-webhook-user-id": "user-1"},
    "plivo": {"x-plivo-signature-v3-nonce": "12345678901234567890"},
}
SIGNED_IN_FORM = {"mailgun_form", "mattermost"}
"""Forms that hold their own signature: `Draft` writes only into JSON, which these read as well."""


def body_of(name: str) -> bytes:
    if name in FORM_BODIES:
        return urlencode(FORM_BODIES[name]).encode()
    if name == "mailgun_form":
        return b'{"token":"abcdef","event":"opened"}'
    return JSON_BODIES.get(name, BODY)


def request_of(name: str, secret: str, body: bytes | None = None) -> SignedRequest:
    headers = dict(HEADERS.get(name, {}))
    if name in FORM_ROWS - SIGNED_IN_FORM:
        headers["content-type"] = "application/x-www-form-urlencoded"
    return sign(
        name,
        body_of(name) if body is None else body,
        secret,
        at=NOW,
        headers=headers,
        path=PATH.get(name, "/in"),
    )


def received(request: SignedRequest, at: float = NOW) -> Delivery:
    return Delivery(
        method=request.method,
        path=request.path,
        query_string=request.query_string,
        headers=request.headers,
        body=request.body,
        received_at=at,
        public_url=HOST,
    )


@pytest.mark.parametrize("name", ALL_NAMES)
def test_signed_is_accepted(name: str) -> None:
    signer, secret, _ = secrets_for(name)
    check(name, received(request_of(name, signer)), secret)


@pytest.mark.parametrize("name", ALL_NAMES)
def test_another_secret_is_refused(name: str) -> None:
    signer, secret, other = secrets_for(name)
    delivery = received(request_of(name, signer))
    with pytest.raises(BadSignature):
        check(name, delivery, other)
    scheme_of(name).verify(received(request_of(name, signer)), Secrets([other, secret]))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_a_changed_body_is_refused(name: str) -> None:
    signer, secret, _ = secrets_for(name)
    delivery = received(request_of(name, signer))
    for body in (delivery.body.replace(b"1", b"2", 1), delivery.body + b"&x=1", b"", b"{}"):
        other = changed(delivery, body=body, public_url=HOST)
        if name in BODY_UNSIGNED or body == delivery.body:
            continue
        with pytest.raises(BadSignature):
            check(name, other, secret)


@pytest.mark.parametrize("name", sorted(BODY_UNSIGNED))
def test_what_signs_no_body_says_so(name: str) -> None:
    notes = provider(name).notes.lower()
    assert "nothing is signed" in notes or "only timestamp and token" in notes


@pytest.mark.parametrize("name", ALL_NAMES)
@pytest.mark.parametrize("garbage", [None, b"", b" ", b"garbage", b"\xff\xfe", b"v1,", b"=" * 99])
def test_no_signature_is_refused(name: str, garbage: bytes | None) -> None:
    signer, secret, _ = secrets_for(name)
    delivery = received(request_of(name, signer))
    places = [text.strip() for text in scheme_of(name).signature.split("|")]
    if places[0].startswith("body:"):
        spoilt = changed(delivery, body=b'{"token":"abcdef"}', public_url=HOST)
    elif places[0].startswith("query:"):
        said = {} if garbage is None else {places[0].removeprefix("query:"): garbage}
        spoilt = changed(delivery, query_string=urlencode(said).encode(), public_url=HOST)
    else:
        header = {place.removeprefix("header:").encode(): None for place in places}
        spoilt = with_headers(delivery, {**header, next(iter(header)): garbage})
        spoilt = changed(spoilt, public_url=HOST)
    with pytest.raises((BadSignature, Malformed)):
        check(name, spoilt, secret)


@pytest.mark.parametrize("name", [name for name in ALL_NAMES if scheme_of(name).timestamp])
def test_stale_and_future_are_refused(name: str) -> None:
    signer, secret, _ = secrets_for(name)
    tolerance = scheme_of(name).tolerance
    for age in (tolerance + 2, -tolerance - 2):
        with pytest.raises(BadSignature):
            check(name, received(request_of(name, signer), NOW + age), secret)
    check(name, received(request_of(name, signer), NOW + tolerance - 2), secret)


@pytest.mark.parametrize("name", ALL_NAMES)
def test_each_further_header_is_enough(name: str) -> None:
    signer, secret, _ = secrets_for(name)
    first, *further = [text.strip() for text in scheme_of(name).signature.split("|")]
    if not first.startswith("header:"):
        return
    delivery = received(request_of(name, signer))
    for place in further:
        old, new = (each.removeprefix("header:").encode() for each in (first, place))
        moved = with_headers(delivery, {old: None, new: dict(delivery.headers)[old]})
        check(name, changed(moved, public_url=HOST), secret)


@pytest.mark.parametrize(("family", "names"), NAMES.items())
def test_every_row_is_told(family: str, names: tuple[str, ...]) -> None:
    rows = import_module(f"hookmw.catalog.{family}").ROWS
    assert list(rows) == sorted(rows)
    assert set(names) <= set(rows)
    for name in names:
        row: Provider = provider(name)
        assert row.title
        assert row.docs.startswith("https://")
        assert row.env.isupper()
        assert row.notes.endswith(".")


# ids and types of deliveries as they are sent

JSON = "application/json"
SHAPES: list[tuple[str, dict[str, str], str, str, str | None]] = [
    (
        "woocommerce",
        {"x-wc-webhook-topic": "order.created", "x-wc-webhook-delivery-id": "0d2b"},
        '{"id":727}',
        "order.created",
        None,
    ),
    (
        "commercelayer",
        {"x-commercelayer-topic": "orders.place"},
        '{"data":{"id":"wBXVhKzrnq","type":"orders"}}',
        "orders.place",
        None,
    ),
    ("easypost", {}, '{"id":"evt_1","description":"tracker.updated"}', "tracker.updated", "evt_1"),
    ("aftership", {}, '{"event":"tracking_update","event_id":"e-1"}', "tracking_update", "e-1"),
    ("jobber", {}, '{"data":{"webHookEvent":{"topic":"CLIENT_CREATE"}}}', "CLIENT_CREATE", None),
    ("tiktok_shop", {}, '{"type":1,"tts_notification_id":"732"}', "1", "732"),
    (
        "akeneo",
        {},
        '{"events":[{"action":"product.created","event_id":"a"}]}',
        "product.created",
        None,
    ),
    ("resend", {"svix-id": "msg_1"}, '{"type":"email.sent"}', "email.sent", "msg_1"),
    (
        "mailgun",
        {},
        '{"signature":{"token":"t1"},"event-data":{"event":"opened","id":"e1"}}',
        "opened",
        "t1",
    ),
    ("postmark", {}, '{"RecordType":"Bounce","MessageID":"m"}', "Bounce", None),
    ("sendgrid", {}, '[{"event":"dropped","sg_event_id":"x"}]\r\n', "dropped", None),
    ("mandrill", {}, "mandrill_events=%5B%7B%22event%22%3A%22open%22%7D%5D", "open", None),
    (
        "twilio",
        {"i-twilio-idempotency-token": "i-1"},
        "SmsStatus=received&Body=hi",
        "received",
        "i-1",
    ),
    ("plivo", {}, "Event=StartApp&CallUUID=c", "StartApp", None),
    ("telnyx", {}, '{"data":{"event_type":"call.initiated","id":"0c"}}', "call.initiated", "0c"),
    ("bandwidth", {}, '[{"type":"message-delivered"}]', "message-delivered", None),
    (
        "sinch_conversation",
        {"x-sinch-webhook-signature-nonce": "n"},
        '{"app_id":"a","accepted_time":"t","message_delivery_report":{}}',
        "message_delivery_report",
        "n",
    ),
    ("retell", {}, '{"event":"call_ended","call":{"call_id":"c"}}', "call_ended", None),
    ("vapi", {}, '{"message":{"type":"end-of-call-report"}}', "end-of-call-report", None),
    ("viber", {}, '{"event":"delivered","message_token":1}', "delivered", None),
    ("discord", {}, '{"id":"1","type":2,"data":{"name":"blep"}}', "2.blep", "1"),
    ("discord", {}, '{"id":"2","type":1}', "1", "2"),
    (
        "discord_webhook_events",
        {},
        '{"type":1,"event":{"type":"ENTITLEMENT_CREATE"}}',
        "ENTITLEMENT_CREATE",
        None,
    ),
    ("line", {}, '{"events":[{"type":"message","webhookEventId":"01"}]}', "message", "01"),
    ("mattermost", {}, "token=t&command=%2Fweather&trigger_id=x", "/weather", "x"),
    ("qq_bot", {}, '{"op":0,"id":"e","t":"C2C_MESSAGE_CREATE","d":{}}', "C2C_MESSAGE_CREATE", "e"),
    (
        "openai",
        {"webhook-id": "wh_1"},
        '{"type":"response.completed"}',
        "response.completed",
        "wh_1",
    ),
    ("replicate", {"webhook-id": "msg_1"}, '{"status":"succeeded"}', "succeeded", "msg_1"),
    ("fal", {"x-fal-webhook-request-id": "r"}, '{"status":"OK"}', "OK", "r"),
    ("elevenlabs", {}, '{"type":"post_call_transcription"}', "post_call_transcription", None),
    ("alchemy", {}, '{"id":"whevt_1","type":"ADDRESS_ACTIVITY"}', "ADDRESS_ACTIVITY", "whevt_1"),
    ("deepgram", {}, '{"metadata":{"request_id":"r"}}', "", "r"),
]


@pytest.mark.parametrize(("name", "headers", "body", "type_", "id_"), SHAPES)
def test_type_and_id(
    name: str, headers: dict[str, str], body: str, type_: str, id_: str | None
) -> None:
    row = provider(name)
    delivery = Delivery(
        method="POST",
        path="/in",
        headers=tuple((key.encode(), value.encode()) for key, value in headers.items()),
        body=body.encode(),
        received_at=NOW,
        envelope=row.envelope,
    )
    assert row.event_type(delivery) == type_
    assert row.event_id(delivery)[0] == id_


def test_only_ids_that_are_signed_count_as_such() -> None:
    token = Delivery(
        method="POST",
        path="/in",
        headers=((b"x-shopify-webhook-id", b"d"),),
        body=b'{"signature":{"token":"t"}}',
        received_at=NOW,
    )
    assert provider("mailgun").event_id(token) == ("t", True)
    assert provider("shopify").event_id(token) == ("d", False)


# how secrets become keys


def test_the_answer_that_qq_publishes() -> None:
    key = key_decoder("repeat32_seed")(b"DG5g3B4j9X2KOErG")
    signature = bytes.fromhex(
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
        "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    )
    signed = b"1725442341Arq0D5A61EgUu4OxUvOp"
    assert algorithm("ed25519").verify_signature(key, signed, signature)
    assert algorithm("ed25519").get_signature(key, signed) == signature


def test_the_signature_over_qqs_token_is_none_of_an_event() -> None:
    """Else whoever has us answer the check of the URL could sign what he likes."""
    secret = SYMMETRIC["repeat32_seed"][0]
    answered = scheme_of("qq_bot").algorithm
    assert answered == "ed25519"
    signature = algorithm("ed25519").get_signature(
        key_decoder("repeat32_seed")(secret.encode()), b'1780000000{"op":0}'
    )
    headers = {"x-signature-ed25519": signature.hex(), "x-signature-timestamp": "178000000"}
    delivery = Delivery(
        method="POST",
        path="/in",
        headers=tuple((key.encode(), value.encode()) for key, value in headers.items()),
        body=b'0{"op":0}',
        received_at=178000000.0,
    )
    with pytest.raises(BadSignature):
        check("qq_bot", delivery, secret)


def test_secrets_in_form_nfkd() -> None:
    decode = key_decoder("nfkd_utf8")
    assert decode("\u212bn".encode()) == decode("A\u030an".encode()) == "A\u030an".encode()
    with pytest.raises(ConfigError, match="UTF-8"):
        decode(b"\xff\xfe")


def test_secrets_with_and_without_whsec() -> None:
    decode = key_decoder("whsec_or_utf8")
    assert decode(b"whsec_MDEy") == b"012"
    assert decode(b"MDEy") == b"MDEy"
    with pytest.raises(ConfigError, match="base64"):
        decode(b"whsec_!")


def test_mailgun_signs_with_the_key_of_the_parent_account() -> None:
    signature = json.loads(request_of("mailgun", "parent-key").body)["signature"]
    signature |= {"parent-signature": signature["signature"], "signature": "00" * 32}
    body = json.dumps({"signature": signature, "event-data": {"event": "opened"}}).encode()
    delivery = Delivery(method="POST", path="/in", headers=(), body=body, received_at=NOW)
    check("mailgun", delivery, "parent-key")


def test_plivo_signs_for_account_and_subaccount() -> None:
    signer, secret, _ = secrets_for("plivo")
    delivery = received(request_of("plivo", signer))
    header = b"x-plivo-signature-v3"
    both = base64.b64encode(bytes(32)) + b"," + dict(delivery.headers)[header]
    check("plivo", changed(with_headers(delivery, {header: both}), public_url=HOST), secret)


def test_an_app_key_of_tiktok_holds_no_body() -> None:
    signer, secret, _ = secrets_for("tiktok_shop")
    delivery = received(request_of("tiktok_shop", signer))
    query, body = b"app_key=29a39d%7B", delivery.body[1:]
    with pytest.raises(BadSignature):
        check("tiktok_shop", changed(delivery, query_string=query, body=body), secret)
    with pytest.raises(BadSignature):
        check("tiktok_shop", changed(delivery, query_string=b""), secret)
