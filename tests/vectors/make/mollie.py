"""Vectors of Mollie's next-gen webhooks, judged by its own `SignatureValidator`."""

from mollie.utils.webhooks.signature_validator import (
    InvalidSignatureException,
    SignatureValidator,
)

from tests.vectors.make.made import BODY, oracle, vector, write

SECRET = "mollie-signing-secret"
MAC = SignatureValidator.create_signature(BODY.decode(), SECRET)


def judged(case: str, signature: str, body: bytes = BODY, secret: str = SECRET) -> object:
    """The verdict of the SDK, whose False (a classic webhook) is no acceptance."""
    try:
        accepted = SignatureValidator.validate(body.decode(), secret, signature)
    except InvalidSignatureException:
        accepted = False
    return vector(
        case,
        "accept" if accepted else "reject",
        body,
        {"X-Mollie-Signature": signature, "content-type": "application/json"},
        provider="mollie",
        scheme="sha256",
        secret=secret,
        made_by=oracle("mollie-api-py", "SignatureValidator.validate"),
    )


write(
    [
        judged("valid", f"sha256={MAC}"),
        judged("without_prefix", MAC),
        judged("tampered_body", f"sha256={MAC}", BODY.replace(b"evt_1", b"evt_2")),
        judged("space_appended", f"sha256={MAC}", BODY + b" "),
        judged("wrong_secret", f"sha256={MAC}", secret="other"),
        judged("truncated_signature", f"sha256={MAC[:-2]}"),
        judged("other_prefix", f"sha1={MAC}"),
        judged("empty_signature", ""),
    ]
)
