"""X.509 certificates that a provider publishes: whose they are, when they hold, what they sign.

What is proved: the certificate came from an address that was pinned, host and path, over TLS whose
own chain the machine's roots vouch for; it carries the provider's name; it is valid when the
delivery arrived; and its key signed the content. Where more certificates stand there, each was
issued by the next, which must be an authority, and all are valid.

What is not: that the last one is a root that anybody trusts. A root would prove no more than the
TLS does, to whoever can write to that address, and Amazon publishes no issuers beside its own. A
certificate that was revoked is one until the provider takes it away; a copy is kept for an hour.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from hookmw.errors import BadSignature, ConfigError, MalformedSignature
from hookmw.scheme.encodings import encoding

__all__ = ["check_signature", "make_signature"]

MIN_BITS = 2048
MAX_CHAIN = 8


def check_signature(
    certificates: bytes, *, names: str, at: float, content: bytes, signature: str, digest: str
) -> None:
    """Whether the holder of a certificate signed the content (RSA, PKCS #1 v1.5).

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


def make_signature(secret: str | bytes, content: bytes, digest: str) -> str:
    """What the holder of a certificate would write, in base64; for tests.

    Args:
        secret: the certificate's private key, RSA, in PEM.
        content: what is signed.
        digest: `sha1` or `sha256`.

    Raises:
        ConfigError: the secret is no such key.
    """
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 - an extra

    raw = secret.encode() if isinstance(secret, str) else secret
    try:
        key = serialization.load_pem_private_key(raw, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigError("to sign, the secret must be a certificate's private key (RSA) in PEM")
    algorithm = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}[digest]()
    return encoding("base64").encode(key.sign(content, padding.PKCS1v15(), algorithm)).decode()


@lru_cache(64)
def _chain(certificates: bytes) -> tuple[Any, ...]:
    """The certificates, each proved to be issued by the next, which is an authority."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - an extra

    try:
        chain = load_pem_x509_certificates(certificates)
    except (ValueError, TypeError):
        raise _refused("what stands at its address is none") from None
    if len(chain) > MAX_CHAIN:
        raise _refused(f"it has more than {MAX_CHAIN - 1} issuers")
    try:
        for issued, issuer in pairwise(chain):
            issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise _refused("it is not issued by the one that stands after it") from None
    if not all(map(_is_authority, chain[1:])):
        raise _refused("its issuer may issue none")
    return tuple(chain)


def _is_authority(certificate: Any) -> bool:
    """Whether it may issue others: else whoever has any certificate could."""
    from cryptography import x509  # noqa: PLC0415 - an extra

    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return bool(found.value.ca)


def _key(chain: tuple[Any, ...], names: str, at: float) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import (  # noqa: PLC0415 - an extra
        RSAPublicKey,
    )

    now = datetime.fromtimestamp(at, UTC)
    if any(now > each.not_valid_after_utc for each in chain):
        raise _refused("it, or an issuer of it, has expired")
    if any(now < each.not_valid_before_utc for each in chain):
        raise _refused("it, or an issuer of it, is not valid yet")
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
