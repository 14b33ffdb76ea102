"""Payments and finance: their rows against themselves."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from hookmw.catalog import finance, payments
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, Malformed
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft, Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign
from tests.pure.rows import NOW, changed, with_headers

HOST = "https://hooks.example.com"
ROWS = {**payments.ROWS, **finance.ROWS}
NAMES = sorted(ROWS)

FORM = "application/x-www-form-urlencoded"
BODY_UNSIGNED = {"chargebee", "flutterwave_v3", "mercado_pago", "moyasar", "xendit"}
PARTLY_SIGNED = {"braintree", "openpay", "treezor"}
"""Rows that sign one value of the body: what stands beside it may change."""


@cache
def provider(name: str) -> Provider:
    row: Mapping[str, Any] = ROWS[name]
    return Provider(name, **{**row, "scheme": Scheme(**row["scheme"])})


def scheme_of(name: str) -> Scheme:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme


def check(name: str, delivery: Delivery, secret: str | list[str]) -> None:
    scheme_of(name).precheck(delivery)
    scheme_of(name).verify(delivery, Secrets(secret))


# what the rows say of themselves

SECRETS = {
    "sha1": ("a-private-key", "another"),
    "base64": ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw"),
    "hex": ("00ff" * 16, "11ee" * 16),
    "utf8": ("user:pass:word", "user:another"),
    "whsec_base64": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
    "whsec_or_utf8": ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "polar_whs_another"),
}
BODY = b'{"id":"evt_1","type":"thing.created","data":{"name":"Zo\xc3\xab","n":1.50}}'
BODIES = {
    "braintree": b"bt_payload=PD94bWw%2BCg%3D%3D%0A1.50",
    "treezor": b'{"webhook":"user.create","object_payload":{"a/b":"Zo\xc3\xab","n":"1.50"}}',
    "openpay": b'{"id":"evt_1","webhook_id":"w1","data":"{\\"id\\":\\"cus_1\\",\\"n\\":1.50}"}',
}
PATHS = {"mercado_pago": "/in?data.id=123&type=payment"}
HEADERS = {
    "braintree": {"content-type": FORM},
    "integrated_finance": {
        "x-webhook-event-timestamp": "2026-05-28T20:26:40Z",
        "x-webhook-request-id": "req-1",
        "x-webhook-key-version": "1",
    },
    "mercado_pago": {"x-request-id": "bb56a2f1"},
    "solidgate": {"merchant": "wh_pk_x"},
}


@cache
def key_pair(kind: str, number: int) -> tuple[str, str]:
    """A private and a public key, as the row wants them written."""
    del number
    if kind == "ed25519":
        seed = ed25519.Ed25519PrivateKey.generate()
        raw = (seed.private_bytes_raw(), seed.public_key().public_bytes_raw())
        return base64.b64encode(raw[0]).decode(), base64.b64encode(raw[1]).decode()
    private = rsa.generate_private_key(65537, 2048)
    written = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return written.decode().strip(), public.decode().strip()


def secrets_for(name: str) -> tuple[str, str, str]:
    """What signs, what verifies it, and what does not."""
    kind = str(scheme_of(name).algorithm)
    if kind.startswith(("ed25519", "rsa")):
        return *key_pair(kind, 1), key_pair(kind, 2)[1]
    secret, other = SECRETS[scheme_of(name).key]
    return secret, secret, other


def signed(name: str, at: float = NOW) -> Delivery:
    request = sign(
        provider(name),
        BODIES.get(name, BODY),
        secrets_for(name)[0],
        at=NOW,
        headers=HEADERS.get(name, {}),
        path=PATHS.get(name, "/in"),
    )
    delivery = request.delivery(at)
    delivery.public_url = HOST
    return delivery


def with_body(delivery: Delivery, body: bytes) -> Delivery:
    return changed(delivery, body=body, public_url=HOST)


@pytest.mark.parametrize("name", NAMES)
def test_signed_is_accepted(name: str) -> None:
    _, secret, other = secrets_for(name)
    check(name, signed(name), secret)
    check(name, signed(name), [other, secret])


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_is_refused(name: str) -> None:
    with pytest.raises(BadSignature):
        check(name, signed(name), secrets_for(name)[2])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BODY_UNSIGNED])
def test_a_changed_body_is_refused(name: str) -> None:
    delivery = signed(name)
    for body in (delivery.body.replace(b"1.50", b"2.50"), b"", b"{}", b'{"data":""}'):
        with pytest.raises(BadSignature):
            check(name, with_body(delivery, body), secrets_for(name)[1])


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in {*BODY_UNSIGNED, *PARTLY_SIGNED}]
)
def test_every_byte_of_the_body_counts(name: str) -> None:
    delivery = signed(name)
    spaced = [delivery.body + b" ", delivery.body[:-1], delivery.body.replace(b",", b", ")]
    for body in spaced[1:2] if "sorted" in scheme_of(name).content else spaced:
        with pytest.raises(BadSignature):
            check(name, with_body(delivery, body), secrets_for(name)[1])


@pytest.mark.parametrize("name", sorted(BODY_UNSIGNED))
def test_what_signs_no_body_says_so(name: str) -> None:
    assert any(word in provider(name).notes for word in ("Nothing is signed", "NOT signed"))


GARBAGE = [None, b"", b" ", b"garbage", b"\xff\xfe", b"t=1,v1=", b"v1,", b"Basic ", b"=" * 99]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", NAMES)
def test_no_signature_is_refused(name: str, garbage: bytes | None) -> None:
    delivery = signed(name)
    place = scheme_of(name).signature
    if place.startswith("body:"):
        draft = Draft(delivery.body, headers=HEADERS.get(name))
        draft.put(Place.of(place), "" if garbage is None else garbage.decode("latin-1"))
        spoilt = with_body(delivery, draft.body)
    else:
        header = place.removeprefix("header:").encode()
        spoilt = changed(with_headers(delivery, {header: garbage}), public_url=HOST)
    with pytest.raises((BadSignature, Malformed)):
        check(name, spoilt, secrets_for(name)[1])


@pytest.mark.parametrize("name", [name for name in NAMES if scheme_of(name).timestamp])
def test_stale_and_future_are_refused(name: str) -> None:
    tolerance, secret = scheme_of(name).tolerance, secrets_for(name)[1]
    for age in (tolerance + 2, -tolerance - 2):
        with pytest.raises(BadSignature):
            check(name, signed(name, NOW + age), secret)
    check(name, signed(name, NOW + tolerance - 2), secret)


@pytest.mark.parametrize("family", [payments.ROWS, finance.ROWS], ids=["payments", "finance"])
def test_every_row_is_told(family: Mapping[str, Any]) -> None:
    assert list(family) == sorted(family)
    for name in family:
        row = provider(name)
        assert row.title
        assert row.docs.startswith("https://")
        assert row.env.isupper()
        assert row.notes.endswith(".") or not row.notes


def test_bad_signatures_get_the_status_that_gocardless_asks_for() -> None:
    assert provider("gocardless").refusals == {401: 498}


def test_square_signs_the_public_url() -> None:
    delivery = signed("square")
    delivery.public_url = "https://proxy.internal"
    with pytest.raises(BadSignature):
        check("square", changed(delivery, public_url="https://proxy.internal"), "user:pass:word")


@pytest.mark.parametrize("change", [{"x-request-id": "other"}, {"query": b"data.id=124"}])
def test_mercado_pago_signs_what_names_the_resource(change: dict[str, Any]) -> None:
    delivery = signed("mercado_pago")
    query = change.pop("query", delivery.query_string)
    headers = {key.encode(): value.encode() for key, value in change.items()}
    with pytest.raises(BadSignature):
        check(
            "mercado_pago",
            changed(with_headers(delivery, headers), query_string=query),
            secrets_for("mercado_pago")[1],
        )


def test_integrated_finance_computes_the_digest_itself() -> None:
    """Whatever the header says: a captured one does not make another body genuine."""
    delivery = signed("integrated_finance")
    digest = base64.b64encode(hashlib.sha512(delivery.body).digest())
    forged = with_headers(delivery, {b"x-webhook-content-digest": digest})
    with pytest.raises(BadSignature):
        check("integrated_finance", with_body(forged, b"{}"), secrets_for("integrated_finance")[1])


# ids and types of deliveries as they are sent

SHAPES: list[tuple[str, dict[str, str], str, str, tuple[str | None, bool]]] = [
    (
        "adyen_payload",
        {},
        '{"data":{"id":"PA1"},"environment":"test","type":"balancePlatform.transfer.updated"}',
        "balancePlatform.transfer.updated",
        (None, False),
    ),
    (
        "airwallex",
        {},
        '{"id":"evt_100","name":"payment_attempt.authorized","account_id":"1","data":{}}',
        "payment_attempt.authorized",
        ("evt_100", True),
    ),
    (
        "chargebee",
        {},
        '{"id":"ev_1","occurred_at":1702578601,"event_type":"payment_succeeded","content":{}}',
        "payment_succeeded",
        ("ev_1", False),
    ),
    (
        "chargify",
        {},
        "id=123&event=payment_success&payload%5Bsite%5D%5Bid%5D=1",
        "payment_success",
        ("123", True),
    ),
    (
        "coinbase_commerce",
        {},
        '{"id":1,"scheduled_for":"2018","event":{"id":"24934862","type":"charge:confirmed"}}',
        "charge:confirmed",
        ("24934862", True),
    ),
    (
        "coinify",
        {},
        '{"id":"aeb7475b","time":"2020-04-01T12:47:02.147Z","event":"payment-intent.completed"}',
        "payment-intent.completed",
        ("aeb7475b", True),
    ),
    (
        "flutterwave_v3",
        {},
        '{"event":"charge.completed","data":{"id":285959875,"tx_ref":"Links-616626414629"}}',
        "charge.completed",
        (None, False),
    ),
    (
        "gocardless",
        {},
        '{"events":[{"action":"cancelled","resource_type":"mandates"}],"meta":{"webhook_id":"WB1"}}',
        "mandates.cancelled",
        ("WB1", True),
    ),
    (
        "increase",
        {"webhook-id": "msg_1"},
        '{"id":"event_1","category":"account.created","type":"event"}',
        "account.created",
        ("msg_1", True),
    ),
    (
        "klarna",
        {},
        '{"metadata":{"event_type":"payment.request.state-change.completed","event_id":"d9f9"}}',
        "payment.request.state-change.completed",
        ("d9f9", True),
    ),
    (
        "lemon_squeezy",
        {"x-event-name": "forged"},
        '{"meta":{"event_name":"order_created"},"data":{"type":"orders","id":"1"}}',
        "order_created",
        (None, False),
    ),
    (
        "mercado_pago",
        {"x-request-id": "bb56"},
        '{"id":12345,"type":"payment","action":"payment.updated","data":{"id":"999"}}',
        "payment.updated",
        ("bb56", True),
    ),
    (
        "modern_treasury",
        {"x-webhook-id": "w-1"},
        '{"event":"created","data":{"id":"c6a5f3","object":"payment_order"}}',
        "payment_order.created",
        ("w-1", False),
    ),
    (
        "paddle",
        {},
        '{"event_id":"evt_01","event_type":"transaction.billed","notification_id":"ntf_01"}',
        "transaction.billed",
        ("evt_01", True),
    ),
    ("polar", {"webhook-id": "m1"}, '{"type":"order.paid"}', "order.paid", ("m1", True)),
    (
        "razorpay",
        {"x-razorpay-event-id": "e1"},
        '{"entity":"event","event":"payment.authorized","payload":{}}',
        "payment.authorized",
        ("e1", False),
    ),
    (
        "revolut",
        {},
        '{"event":"TransactionStateChanged","timestamp":"2023-05-09T16:36:38.028960Z","data":{}}',
        "TransactionStateChanged",
        (None, False),
    ),
    (
        "square",
        {},
        '{"merchant_id":"6S","type":"payment.updated","event_id":"e-1","data":{}}',
        "payment.updated",
        ("e-1", True),
    ),
    (
        "transfi",
        {},
        '{"entityId":"OR-1","entityType":"order","status":"fund_settled"}',
        "order.fund_settled",
        (None, False),
    ),
    (
        "xendit",
        {"webhook-id": "w-1"},
        '{"event":"payment.succeeded","data":{"id":"py-1"}}',
        "payment.succeeded",
        ("w-1", False),
    ),
]


@pytest.mark.parametrize(
    ("name", "headers", "body", "event_type", "event_id"), SHAPES, ids=[each[0] for each in SHAPES]
)
def test_ids_and_types(
    name: str,
    headers: dict[str, str],
    body: str,
    event_type: str,
    event_id: tuple[str | None, bool],
) -> None:
    delivery = Delivery(
        method="POST",
        path="/in",
        headers=tuple((key.encode(), value.encode()) for key, value in headers.items()),
        body=body.encode(),
        received_at=NOW,
    )
    assert provider(name).event_type(delivery) == event_type
    assert provider(name).event_id(delivery) == event_id
