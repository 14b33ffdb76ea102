"""Shops, mail, telephony, chat and AI: their rows against themselves."""

import pytest

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

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


def scheme_of(name: str) -> Scheme:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme


def check(name: str, delivery: Delivery, secret: str) -> None:
    scheme_of(name).precheck(delivery)
    scheme_of(name).verify(delivery, Secrets(secret))


# what the rows say of themselves


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
