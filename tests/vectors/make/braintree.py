"""Vectors of Braintree, judged by its own `webhook_notification.parse`."""

from urllib.parse import parse_qs, urlencode

import braintree

from tests.vectors.make.made import oracle, vector, write

PRIVATE = "integration_private_key"
GATEWAY = braintree.BraintreeGateway(
    braintree.Configuration(
        environment=braintree.Environment.Sandbox,
        merchant_id="m",
        public_key="integration_public_key",
        private_key=PRIVATE,
    )
)
KIND = braintree.WebhookNotification.Kind.SubscriptionWentPastDue
SAMPLE = GATEWAY.webhook_testing.sample_notification(KIND, "my_id")
SIGNATURE, PAYLOAD = SAMPLE["bt_signature"], SAMPLE["bt_payload"].decode()


def judged(case: str, signature: str, payload: str) -> object:
    """The verdict of the SDK on a form."""
    body = urlencode({"bt_signature": signature, "bt_payload": payload}).encode()
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    try:
        GATEWAY.webhook_notification.parse(fields.get("bt_signature"), fields.get("bt_payload"))
        expect = "accept"
    except braintree.exceptions.invalid_signature_error.InvalidSignatureError:
        expect = "reject"
    return vector(
        case,
        expect,
        body,
        {"content-type": "application/x-www-form-urlencoded"},
        provider="braintree",
        scheme="form",
        secret=PRIVATE,
        made_by=oracle("braintree", "webhook_notification.parse"),
    )


write(
    [
        judged("valid", SIGNATURE, PAYLOAD),
        judged("second_of_two_pairs", f"other_key|{'0' * 40}&{SIGNATURE}", PAYLOAD),
        judged("tampered_payload", SIGNATURE, "AAAA" + PAYLOAD[4:]),
        judged("wrong_signature", SIGNATURE[:-1] + ("0" if SIGNATURE[-1] != "0" else "1"), PAYLOAD),
        judged("truncated_signature", SIGNATURE[:-2], PAYLOAD),
        judged("no_public_key", SIGNATURE.partition("|")[2], PAYLOAD),
        judged("empty_signature", "", PAYLOAD),
        judged("empty_payload", SIGNATURE, ""),
    ]
)
