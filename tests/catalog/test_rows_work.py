"""The rows of work, customers, Microsoft and venues: their vectors, and what each must refuse."""

import json
from functools import cache
from typing import Any

import pytest

from hookmw.catalog import customers, microsoft, venues, work
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

NOW = 1_780_000_000.0
ROWS = {**customers.ROWS, **microsoft.ROWS, **venues.ROWS, **work.ROWS}


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


# where type and id are

EXAMPLES: dict[str, tuple[Any, dict[str, str], str, str | None]] = {
    "attio": (
        {"webhook_id": "w", "events": [{"event_type": "record.created", "id": {}}]},
        {"idempotency-key": "k1"},
        "record.created",
        "k1",
    ),
    "aurinko": (
        {"subscription": 1, "resource": "/email/messages", "accountId": 2, "payloads": []},
        {},
        "/email/messages",
        None,
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
