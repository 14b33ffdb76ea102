"""X.509 certificates that a provider publishes: whose they are, when they hold, what they sign."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from hookmw.errors import BadSignature, MalformedSignature
from hookmw.scheme.encodings import encoding

__all__ = ["check_signature"]

MIN_BITS = 2048
MAX_CHAIN = 8


def check_signature(
    certificates: bytes, *, names: str, at: float, content: bytes, signature: str, digest: str
) -> None:
    """Whether the holder of a certificate signed the content (RSA, PKCS #1 v1.5).

    Where certificates came with their issuers, each must be signed by the next. Whom the last one
    trusts is not asked: what vouches for the certificate is the TLS of the pinned host.

    Args:
        certificates: PEM, the signer's first.
        names: regular expression for the name that the certificate must carry.
        at: when it must be valid, in seconds since the epoch.
        content: what was signed.
        signature: base64.
        digest: `sha1` or `sha256`.

    Raises:
        MalformedSignature: the signature is no base64.
        BadSignature: the certificate does not hold, or the signature does not match.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - an extra

    try:
        raw = encoding("base64").decode(signature.encode("utf-8", "replace"))
    except ValueError:
        raise MalformedSignature("the signature is not base64") from None
    key = _key(_chain(certificates), names, at)
    algorithm = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}[digest]()
    try:
        key.verify(raw, content, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise BadSignature("the signature does not match under the certificate") from None


@lru_cache(64)
def _chain(certificates: bytes) -> tuple[Any, ...]:
    """The certificates, each proved to be issued by the next."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - an extra

    try:
        chain = load_pem_x509_certificates(certificates)
        for issued, issuer in pairwise(chain[:MAX_CHAIN]):
            issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise _refused("what stands at its address is none") from None
    return tuple(chain[:MAX_CHAIN])


def _key(chain: tuple[Any, ...], names: str, at: float) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import (  # noqa: PLC0415 - an extra
        RSAPublicKey,
    )

    now = datetime.fromtimestamp(at, UTC)
    if not all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
        raise _refused("it is not valid at this time")
    if not any(re.fullmatch(names, name) for name in _names(chain[0])):
        raise _refused("it carries another name")
    key = chain[0].public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_BITS:
        raise _refused(f"its key is no RSA key of {MIN_BITS} bits")
    return key


def _names(certificate: Any) -> list[str]:
    """Its common names, and the host names that it is for."""
    from cryptography import x509  # noqa: PLC0415 - an extra

    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    found = [str(each.value) for each in common]
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return found
    return found + list(alternative.value.get_values_for_type(x509.DNSName))


def _refused(reason: str) -> BadSignature:
    return BadSignature(f"the certificate is refused: {reason}", code="certificate_refused")
