"""Vectors of Vonage's signed SMS (SHA-256 HMAC), judged by `Auth.check_signature`."""

import json
from urllib.parse import urlencode

from vonage_http_client.auth import Auth

from tests.vectors.make.made import NOW, oracle, vector, write

SECRET = "vonage-signature-secret"
FORM = "application/x-www-form-urlencoded"
SENT = {
    "msisdn": "447700900001",
    "to": "447700900000",
    "messageId": "0A0000000123ABCD1",
    "text": "a=b & c_d, Zoë ☃",
    "type": "unicode",
    "keyword": "A=B",
    "message-timestamp": "2026-05-28 20:26:40",
    "nonce": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "timestamp": str(NOW),
}


def auth(secret: str) -> Auth:
    """Whoever signs or judges."""
    return Auth(api_key="key", signature_secret=secret, signature_method="sha256")


def judged(case: str, fields: dict[str, str], *, secret: str = SECRET, kind: str = FORM) -> object:
    """The verdict of the SDK on the fields."""
    body = urlencode(fields) if kind == FORM else json.dumps(fields, ensure_ascii=False)
    return vector(
        case,
        "accept" if auth(secret).check_signature(dict(fields)) else "reject",
        body.encode(),
        {"content-type": kind},
        provider="vonage_sms",
        scheme="sha256",
        secret=secret,
        now=NOW,
        made_by=oracle("vonage-http-client", "Auth.check_signature"),
    )


SIGNED = {**SENT, "sig": auth(SECRET).sign_params(dict(SENT))}
write(
    [
        judged("valid", SIGNED),
        judged("valid_json", SIGNED, kind="application/json"),
        judged("upper_case", {**SIGNED, "sig": SIGNED["sig"].upper()}),
        judged("tampered_text", {**SIGNED, "text": "other"}),
        judged("extra_field", {**SIGNED, "z": "1"}),
        judged("missing_field", {k: v for k, v in SIGNED.items() if k != "nonce"}),
        judged("another_time", {**SIGNED, "timestamp": str(NOW + 1)}),
        judged("wrong_secret", SIGNED, secret="other"),
        judged("truncated_signature", {**SIGNED, "sig": SIGNED["sig"][:-2]}),
        judged("no_signature", SENT),
    ]
)
