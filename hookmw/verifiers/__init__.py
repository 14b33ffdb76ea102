"""Who says that a delivery is genuine: the protocol, and the few verifiers that no row can say.

| file | kind | holds |
|---|---|---|
| `jwt.py` | `jwt` | `JWT`: a token beside the body, whose claims hold hashes of what was sent |
| `jws.py` | `jws` | `DetachedJWS`: a token without its payload, which is the request itself |
| `sns.py` | `sns` | `SNS`: Amazon's messages, signed by a certificate that they point to |
| `paypal.py` | `paypal` | `PayPal`: likewise, with the webhook's id and a checksum of the body |
| `http_signatures.py` | `http_signatures` | `HTTPSignatures`: RFC 9421 with RFC 9530 |
| `named_headers.py` | `named_headers` | `NamedHeaders`: a MAC over headers that a header names |
| `jose.py`, `keys.py`, `claims.py`, `certificates.py`, `fetching.py` | | what they are made of |
| `new_keys.py` | | keys that nobody knows, to forge with |
"""

from importlib import import_module
from typing import Any

from hookmw.errors import ConfigError
from hookmw.verifiers.unverified import Unverified
from hookmw.verifiers.verifier import Verifier

__all__ = ["Unverified", "Verifier", "build"]

_KINDS = {
    "http_signatures": "HTTPSignatures",
    "jws": "DetachedJWS",
    "jwt": "JWT",
    "named_headers": "NamedHeaders",
    "paypal": "PayPal",
    "sns": "SNS",
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
