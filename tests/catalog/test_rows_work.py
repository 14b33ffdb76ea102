"""The rows of work, customers, Microsoft and venues: their vectors, and what each must refuse."""

import base64
import json
import re
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from hookmw.catalog import customers, microsoft, venues, work
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, StaleTimestamp
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign
from hookmw.testing.signing import SignedRequest
from tests.vectors.reading import delivery_of, read

NOW = 1_780_000_000.0
ROWS = {**customers.ROWS, **microsoft.ROWS, **venues.ROWS, **work.ROWS}

PUBLIC_KEYS = {name for name, row in ROWS.items() if row["scheme"].get("algorithm") == "ed25519"}

TOKENS = {
    *("adobe_sign", "business_central", "clover", "documenso", "google_health"),
    *("meraki_scanning", "microsoft_graph", "moneybird", "office365_management", "pipedrive"),
    *("ringcentral", "zulip"),
}

GARBAGE = [None, b"", b" ", b"garbage", b"v1=", b"sha256=", b"v1,", b"t=1,v1=x", b"\xff\xfe", b"="]

BODY: dict[str, Any] = {"id": "evt_1", "type": "thing.created", "data": {"name": "Zoë", "n": 1.5}}

SECRETS = {
    "utf8": ("a-secret-of-the-tests", "another-secret-of-them"),
    "sha256": ("a-secret-of-the-tests", "another-secret-of-them"),
    "hex": ("00ff" * 16, "11ee" * 16),
    "base64": ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw"),
    "whsec_base64": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
}


@cache
def provider(name: str) -> Provider:
    row = ROWS[name]
    challenges = tuple(Challenge(**each) for each in row.get("challenges", ()))
    parts: dict[str, Any] = {**row, "scheme": Scheme(**row["scheme"]), "challenges": challenges}
    return Provider(name, **parts)


def scheme(name: str) -> Scheme:
    found = provider(name).scheme
    assert isinstance(found, Scheme)
    return found


def check(name: str, delivery: Delivery, secrets: Secrets) -> None:
    scheme(name).precheck(delivery)
    scheme(name).verify(delivery, secrets)


# every row


def key_pair() -> tuple[str, str]:
    """A private key in PEM, and the raw public one in base64."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return pem.strip(), base64.urlsafe_b64encode(raw).decode().rstrip("=")


def public_pem(private: str) -> str:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    public = load_pem_private_key(private.encode(), None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()


@cache
def keys(name: str) -> tuple[str, str, str]:
    """What signs, what verifies it, and what must not."""
    if name not in PUBLIC_KEYS:
        right, wrong = SECRETS[scheme(name).key]
        return right, right, wrong
    (private, raw), (other, other_raw) = key_pair(), key_pair()
    if scheme(name).key == "base64":
        der = re.sub(r"-----[^-]+-----|\s", "", private)
        return der, raw, other_raw
    return private, public_pem(private), public_pem(other)


def signed(name: str, at: float = NOW) -> SignedRequest:
    headers = dict.fromkeys(re.findall(r"\{header:([^}]+)\}", scheme(name).content), "msg_1")
    if name == "hygraph":
        return hygraph()
    if name in {"business_central", "microsoft_graph"}:
        return notification(name)
    if name == "wrike":
        return sign(provider(name), [BODY], keys(name)[0], at=at, path="/hook")
    return sign(provider(name), BODY, keys(name)[0], at=at, headers=headers, path="/hook")


def notification(name: str) -> SignedRequest:
    """`sign` can not write into an array."""
    sent = {"changeType": "created", "clientState": keys(name)[0]}
    body = json.dumps({"value": [sent]}, separators=(",", ":")).encode()
    return SignedRequest("POST", "/hook", b"", (), body)


def hygraph() -> SignedRequest:
    """`sign` can not write the environment, a field of the list that is signed as well."""
    made = delivery_of(read("hygraph")[0])
    return SignedRequest("POST", made.path, b"", made.headers, made.body)


def received(request: SignedRequest, at: float = NOW) -> Delivery:
    return changed(request.delivery(at))


def changed(delivery: Delivery, **parts: Any) -> Delivery:
    kept: dict[str, Any] = {
        name: getattr(delivery, name)
        for name in ("method", "path", "headers", "query_string", "path_params", "body")
    }
    kept["received_at"] = delivery.received_at
    return Delivery(**{**kept, "public_url": "https://hooks.example.com", **parts})


def right(name: str) -> Secrets:
    if name == "hygraph":
        return Secrets(read("hygraph")[0]["secret"])
    return Secrets(keys(name)[1])


def spoilt(name: str, text: bytes | None) -> Delivery:
    """The delivery with another text where signatures are, or without one."""
    delivery = received(signed(name))
    places = [each.strip() for each in scheme(name).signature.split("|")]
    if places[0].startswith("body:"):
        field = places[0].rpartition(".")[2].removeprefix("body:").encode()
        value = b'"' + (text or b"") + b'"'
        body = re.sub(rb'"' + field + rb'":"[^"]*"', b'"' + field + b'":' + value, delivery.body)
        return changed(delivery, body=body if text is not None else b"{}")
    headers = {place.removeprefix("header:").encode() for place in places}
    kept = [each for each in delivery.headers if each[0] not in headers]
    added = [(places[0].removeprefix("header:").encode(), text)] if text is not None else []
    return changed(delivery, headers=(*kept, *added))


@pytest.mark.parametrize("name", ROWS)
def test_signed_by_us_is_accepted(name: str) -> None:
    scheme(name).check_secrets(right(name))
    check(name, received(signed(name)), right(name))


@pytest.mark.parametrize("name", ROWS)
def test_another_secret_is_refused_and_a_second_one_is_tried(name: str) -> None:
    wrong = keys(name)[2]
    with pytest.raises(BadSignature):
        check(name, received(signed(name)), Secrets(wrong))
    check(name, received(signed(name)), Secrets([wrong, *right(name)]))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("text", GARBAGE)
def test_no_signature_is_none(name: str, text: bytes | None) -> None:
    if text == b"\xff\xfe" and scheme(name).signature.startswith("body:"):
        text = b"\xc3\xbf"
    with pytest.raises(BadSignature):
        check(name, spoilt(name, text), right(name))


@pytest.mark.parametrize("name", sorted(set(ROWS) - TOKENS - {"azure_web_pubsub"}))
def test_each_byte_of_the_body_is_signed(name: str) -> None:
    delivery = received(signed(name))
    for index in range(len(delivery.body)):
        body = bytearray(delivery.body)
        body[index] ^= 1
        with pytest.raises(BadSignature):
            check(name, changed(delivery, body=bytes(body)), right(name))
    for other in (delivery.body + b"\n", delivery.body[:-1], b""):
        with pytest.raises(BadSignature):
            check(name, changed(delivery, body=other), right(name))


def test_tokens_are_those_that_cover_nothing() -> None:
    assert {name for name in ROWS if scheme(name).covers_nothing} == TOKENS


def test_web_pubsub_signs_the_connection_and_nothing_else() -> None:
    request, name = signed("azure_web_pubsub"), "azure_web_pubsub"
    delivery, headers = received(request), dict(request.headers)
    check(name, changed(delivery, body=b"another"), right(name))
    both = b"sha256=" + b"0" * 64 + b"," + headers[b"ce-signature"]
    check(
        name,
        changed(delivery, headers=(*(headers | {b"ce-signature": both}).items(),)),
        right(name),
    )
    other = headers | {b"ce-connectionid": b"msg_2"}
    with pytest.raises(BadSignature):
        check(name, changed(delivery, headers=(*other.items(),)), right(name))


def test_wrikes_bodies_are_arrays() -> None:
    """Else the answer to its handshake, an HMAC of any word, would sign that word as a body."""
    delivery = sign(provider("wrike"), {"a": 1}, keys("wrike")[0], at=NOW).delivery(NOW)
    with pytest.raises(BadSignature, match="does not start"):
        check("wrike", delivery, right("wrike"))


@pytest.mark.parametrize("name", [name for name in ROWS if scheme(name).timestamp])
def test_the_time_is_looked_at_both_ways(name: str) -> None:
    tolerance = scheme(name).tolerance
    if name == "plain":
        return  # its time is in the body, where `sign` puts it: see below
    request = signed(name)
    check(name, received(request, NOW + tolerance - 1), right(name))
    check(name, received(request, NOW - tolerance + 1), right(name))
    for age in (tolerance + 1, -tolerance - 1):
        with pytest.raises(StaleTimestamp):
            check(name, received(request, NOW + age), right(name))


def test_plains_time_stands_in_the_body() -> None:
    request = signed("plain")
    assert b'"webhookDeliveryAttemptTimestamp":"2026-05-28T20:26:40.000Z"' in request.body
    with pytest.raises(StaleTimestamp):
        check("plain", received(request, NOW + 301), right("plain"))


@pytest.mark.parametrize("name", ["hubspot_v2", "hubspot_v3"])
def test_url_and_method_are_signed(name: str) -> None:
    delivery = received(signed(name))
    others: tuple[dict[str, Any], ...] = (
        {"method": "PUT"},
        {"path": "/other"},
        {"query_string": b"x=1"},
        {"public_url": "http://hooks.example.com"},
        {"public_url": None},
    )
    for parts in others:
        with pytest.raises(BadSignature):
            check(name, changed(delivery, **parts), right(name))


@pytest.mark.parametrize("number", range(1, 11))
def test_any_of_docusigns_headers_may_match(number: int) -> None:
    request = signed("docusign")
    [(_, text)] = [each for each in request.headers if each[0] == b"x-docusign-signature-1"]
    wrong = base64.b64encode(bytes(32))
    headers = [(b"x-docusign-signature-1", wrong)] if number > 1 else []
    headers.append((f"x-docusign-signature-{number}".encode(), text))
    check("docusign", changed(received(request), headers=tuple(headers)), right("docusign"))


def test_hygraph_signs_what_is_no_ascii_as_it_is_and_refuses_what_is_no_text() -> None:
    delivery = received(signed("hygraph"))
    for body in (b"\xff", b'{"a":"\xed\xa0\x80"}'):
        with pytest.raises(BadSignature):
            check("hygraph", changed(delivery, body=body), right("hygraph"))


def test_turnkeys_key_and_event_are_signed() -> None:
    delivery = received(signed("turnkey"))
    for spoil in (b"x-turnkey-event-id", b"x-turnkey-signature-key-id"):
        headers = tuple((k, b"other" if k == spoil else v) for k, v in delivery.headers)
        with pytest.raises(BadSignature):
            check("turnkey", changed(delivery, headers=headers), right("turnkey"))


# where type and id are

EXAMPLES: dict[str, tuple[Any, dict[str, str], str, str | None]] = {
    "attio": (
        {"webhook_id": "w", "events": [{"event_type": "record.created", "id": {}}]},
        {"idempotency-key": "k1"},
        "record.created",
        "k1",
    ),
    "box": (
        {"type": "webhook_event", "id": "e", "trigger": "FILE.UPLOADED", "source": {}},
        {"box-delivery-id": "d1"},
        "FILE.UPLOADED",
        "e",
    ),
    "cal_com": (
        {"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "b1"}},
        {},
        "BOOKING_CREATED",
        None,
    ),
    "calendly": ({"event": "invitee.created", "payload": {}}, {}, "invitee.created", None),
    "customer_io": (
        {"event_id": "01E4", "object_type": "email", "metric": "sent", "data": {}},
        {},
        "email.sent",
        "01E4",
    ),
    "docusign": ({"event": "envelope-completed", "data": {}}, {}, "envelope-completed", None),
    "dropbox": (
        {"list_folder": {"accounts": ["dbid:A"]}, "delta": {"users": [1]}},
        {},
        "list_folder",
        None,
    ),
    "enode": (
        [{"event": "user:vehicle:updated", "user": {}}],
        {"x-enode-delivery": "d1"},
        "user:vehicle:updated",
        "d1",
    ),
    "front": (
        {"type": "inbound", "payload": {"id": "evt_1", "type": "inbound"}},
        {},
        "inbound",
        "evt_1",
    ),
    "hubspot_v3": (
        [{"eventId": 100, "subscriptionType": "contact.creation", "objectId": 1}],
        {},
        "contact.creation",
        None,
    ),
    "intercom": (
        {"type": "notification_event", "id": "notif_1", "topic": "contact.created"},
        {},
        "contact.created",
        "notif_1",
    ),
    "klaviyo": (
        {"data": [{"topic": "event:klaviyo.sent_sms", "external_id": "x"}], "meta": {}},
        {},
        "event:klaviyo.sent_sms",
        None,
    ),
    "kontent_ai": (
        {"notifications": [{"message": {"object_type": "content_item", "action": "published"}}]},
        {},
        "content_item.published",
        None,
    ),
    "lark": (
        {"schema": "2.0", "header": {"event_id": "e1", "event_type": "im.message.receive_v1"}},
        {},
        "im.message.receive_v1",
        "e1",
    ),
    "microsoft_graph": (
        {"value": [{"changeType": "created", "clientState": "s", "resource": "me/events"}]},
        {},
        "created",
        None,
    ),
    "notion": ({"id": "e1", "type": "page.created", "entity": {}}, {}, "page.created", "e1"),
    "oura": (
        {"event_type": "update", "data_type": "sleep", "object_id": "o"},
        {},
        "sleep.update",
        None,
    ),
    "persona": (
        {"data": {"type": "event", "id": "evt_1", "attributes": {"name": "inquiry.completed"}}},
        {},
        "inquiry.completed",
        "evt_1",
    ),
    "pipedrive": (
        {"meta": {"action": "create", "entity": "deal", "id": "m1"}, "data": {}},
        {},
        "create.deal",
        "m1",
    ),
    "sanity": (
        {"_id": "doc"},
        {"idempotency-key": "k1", "sanity-operation": "update"},
        "update",
        "k1",
    ),
    "smartcar": (
        {"eventId": "e1", "eventType": "VEHICLE_STATE", "data": {}},
        {},
        "VEHICLE_STATE",
        "e1",
    ),
    "smartsheet": (
        {"nonce": "n1", "events": [{"objectType": "row", "eventType": "created", "id": 1}]},
        {},
        "row.created",
        "n1",
    ),
    "typeform": (
        {"event_id": "e1", "event_type": "form_response", "form_response": {}},
        {},
        "form_response",
        "e1",
    ),
    "webex": (
        {"id": "webhook", "resource": "messages", "event": "created", "data": {}},
        {},
        "messages.created",
        None,
    ),
    "webflow": ({"triggerType": "form_submission", "payload": {}}, {}, "form_submission", None),
    "xero": (
        {"events": [{"eventCategory": "INVOICE", "eventType": "UPDATE"}], "lastEventSequence": 1},
        {},
        "INVOICE.UPDATE",
        None,
    ),
    "zendesk": (
        {"type": "zen:event-type:user.created", "id": "e"},
        {"x-zendesk-webhook-invocation-id": "i1"},
        "zen:event-type:user.created",
        "i1",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_type_and_id_are_found(name: str) -> None:
    payload, headers, type_, id_ = EXAMPLES[name]
    delivery = Delivery(
        method="POST",
        path="/",
        headers=tuple((key.encode(), value.encode()) for key, value in headers.items()),
        body=json.dumps(payload).encode(),
        received_at=NOW,
    )
    assert provider(name).event_type(delivery) == type_
    assert provider(name).event_id(delivery)[0] == id_


def test_a_time_that_is_not_signed_is_still_read() -> None:
    delivery = received(signed("signable"))
    assert provider("signable").event_timestamp(delivery) == NOW
