"""Payments and finance: their rows against themselves."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from hookmw.catalog import finance, payments
from hookmw.delivery import Delivery
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from tests.pure.rows import NOW

HOST = "https://hooks.example.com"
ROWS = {**payments.ROWS, **finance.ROWS}
NAMES = sorted(ROWS)


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
