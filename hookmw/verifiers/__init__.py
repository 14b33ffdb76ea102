"""Who says that a delivery is genuine: the protocol, and the few verifiers that no row can say.

| file | kind | holds |
|---|---|---|
| `jwt.py` | `jwt` | `JWT`: a token beside the body, whose claims hold hashes of what was sent |
| `jws.py` | `jws` | `DetachedJWS`: a token without its payload, which is the request itself |
| `sns.py` | `sns` | `SNS`: Amazon's messages, signed by a certificate that they point to |
| `paypal.py` | `paypal` | `PayPal`: likewise, with the webhook's id and a checksum of the body |
| `http_signatures.py` | `http_signatures` | `HTTPSignatures`: RFC 9421 with RFC 9530 |
| `named_headers.py` | `named_headers` | `NamedHeaders`: a MAC over headers that a header names |
| `signed_fields.py` | `signed_fields` | `SignedFields`: a MAC of listed fields of the body |
| `json_signature.py` | `json_signature` | `JSONSignature`: a signature in JSON in a header |
| `sealed_scheme.py` | `sealed_scheme` | `SealedScheme`: a signed body that is encrypted as well |
| `sorted_envelope.py` | `sorted_envelope` | `SortedEnvelope`: a hash over an encrypted body |
| `sorted_hash.py` | `sorted_hash` | `SortedHash`: the same hash over time and nonce alone |
| `jwt_body.py` | `jwt_body` | `JWTBody`: a token that is the whole body |
| `form_field.py` | `form_field` | `FormField`: signed JSON in a multipart form |
| `jose.py`, `keys.py`, `claims.py`, `certificates.py`, `fetching.py` | | what tokens are made of |
| `new_keys.py` | | keys that nobody knows, to forge with |
| `aes.py`, `stamp.py`, `callback_secret.py`, `multipart.py` | | what envelopes are made of |
"""

from importlib import import_module
from typing import Any

from hookmw.errors import ConfigError
from hookmw.verifiers.unverified import Unverified
from hookmw.verifiers.verifier import Verifier

__all__ = ["Unverified", "Verifier", "build"]

_KINDS = {
    "form_field": "FormField",
    "http_signatures": "HTTPSignatures",
    "json_signature": "JSONSignature",
    "jws": "DetachedJWS",
    "jwt": "JWT",
    "jwt_body": "JWTBody",
    "named_headers": "NamedHeaders",
    "paypal": "PayPal",
    "sealed_scheme": "SealedScheme",
    "signed_fields": "SignedFields",
    "sns": "SNS",
    "sorted_envelope": "SortedEnvelope",
    "sorted_hash": "SortedHash",
}


def build(kind: str, **keywords: Any) -> Verifier:
    """The verifier of that kind; its module is imported only now.

    Args:
        kind: a name from the table above.
        keywords: what the kind's class takes: plain data.

    Raises:
        ConfigError: there is no such kind, the keywords are not its own, or an extra is missing.
    """
    if kind not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise ConfigError(f"verifier kind={kind!r} is unknown; known are {known}")
    class_ = getattr(import_module(f"hookmw.verifiers.{kind}"), _KINDS[kind])
    try:
        verifier: Verifier = class_(**keywords)
    except TypeError as error:
        raise ConfigError(f"verifier kind={kind!r}: {error}") from None
    return verifier
