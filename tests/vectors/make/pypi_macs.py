"""The oracles on PyPI whose providers sign the body, or the time and the body."""

from tests.vectors.make import pypi_judges as judges, pypi_tokens as tokens
from tests.vectors.make.bodies import bodies
from tests.vectors.make.kinds import body_mac, standard_webhooks, time_and_mac
from tests.vectors.make.signing import standard


def finch(body: bytes, secret: str, at: int) -> dict[str, str]:
    """Its id has another name than the dialect would give it."""
    headers = standard("finch")(body, secret, at)
    return {"finch-event-id": headers.pop("finch-id"), **headers}


RECIPES = [
    body_mac("clickup", "X-Signature", ("flyteplugins-clickup", "verify"), judges.clickup),
    standard_webhooks(
        "dodo_payments",
        "webhook",
        ("dodopayments", "webhooks.unwrap"),
        judges.dodo_payments,
        empty=False,
        bodies=bodies(business_id="b", type="payment.succeeded", timestamp="2026-01-01T00:00:00Z"),
    ),
    time_and_mac(
        "elevenlabs",
        "elevenlabs-signature",
        ("elevenlabs", "webhooks.construct_event"),
        judges.elevenlabs,
        form="t=%s,v0=%s",
        window=1800,
        future=False,
        empty=False,
    ),
    standard_webhooks(
        "fathom",
        "webhook",
        ("fathom-python", "Fathom.verify_webhook"),
        judges.fathom,
        empty=False,
    ),
    standard_webhooks(
        "finch",
        "finch",
        ("finch-api", "Webhooks.verify_signature"),
        judges.finch,
        scheme="v1",
        sign=finch,
        secret="MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        other="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
    time_and_mac(
        "fintoc",
        "fintoc-signature",
        ("fintoc", "WebhookSignature.verify_header"),
        judges.fintoc,
        window=300,
        future=False,
    ),
    body_mac(
        "getstream",
        "x-signature",
        ("getstream", "webhook.verify_webhook_signature"),
        judges.getstream,
    ),
    body_mac(
        "gocardless",
        "Webhook-Signature",
        ("gocardless-pro", "webhooks.parse"),
        judges.gocardless,
        empty=False,
        bodies=bodies(events=[]),
    ),
    body_mac(
        "mailtrap",
        "Mailtrap-Signature",
        ("django-anymail", "MailtrapTrackingWebhookView.validate_request"),
        tokens.mailtrap,
    ),
    body_mac(
        "onfido",
        "X-SHA2-Signature",
        ("onfido-python", "WebhookEventVerifier.read_payload"),
        judges.onfido,
        empty=False,
        bodies=bodies(payload={"resource_type": "check", "action": "check.completed"}),
    ),
    time_and_mac(
        "paddle",
        "Paddle-Signature",
        ("paddle-python-sdk", "Notifications.Verifier.verify"),
        judges.paddle,
        form="ts=%s;h1=%s",
        between=":",
        window=5,
        join=";",
    ),
    standard_webhooks(
        "parallel_ai",
        "webhook",
        ("langchain-parallel", "verify_webhook"),
        judges.parallel_ai,
        scheme="standard_webhooks_raw_secret",
        sign=standard("webhook", decode=str.encode),
        secret="a-secret-of-nobody-0123456789abcd",
        other="b-secret-of-nobody-0123456789abcd",
    ),
    body_mac(
        "razorpay",
        "X-Razorpay-Signature",
        ("razorpay", "Utility.verify_webhook_signature"),
        judges.razorpay,
    ),
    body_mac(
        "sinch_numbers",
        "x-sinch-signature",
        ("sinch", "validate_signature_header"),
        judges.sinch_numbers,
        algorithm="sha1",
    ),
    time_and_mac(
        "terra",
        "terra-signature",
        ("terra-python", "verify_terra_webhook_signature"),
        judges.terra,
        window=300,
        join=",",
        empty=False,
    ),
    body_mac(
        "viber", "X-Viber-Content-Signature", ("viberbot", "Api.verify_signature"), judges.viber
    ),
    time_and_mac(
        "workos",
        "WorkOS-Signature",
        ("workos", "Webhooks.verify_header"),
        judges.workos,
        form="t=%s, v1=%s",
        unit=1000,
        window=180,
        future=False,
    ),
]
