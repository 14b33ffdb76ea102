"""Who signs a row in tests, and what the endpoint is told: made as the row itself asks."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from hookmw.catalog import provider
from hookmw.scheme import Scheme
from hookmw.verifiers.http_signatures import JOSE
from hookmw.verifiers.jose import HASHES
from hookmw.verifiers.json_signature import JSONSignature
from hookmw.verifiers.keys import key_name
from hookmw.verifiers.paypal import PayPal
from hookmw.verifiers.sns import SNS
from hookmw.verifiers.sorted_envelope import SortedEnvelope

__all__ = ["Hand", "certificate", "hand", "pem_of", "private_key", "public_pem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A provider's key, and what its receiver knows of it.

    Attributes:
        signs: what `sign` is given.
        secret: what the endpoint is given; None where it is given nothing.
        served: what stands at the address of its key; empty where nothing is fetched.
    """

    signs: str
    secret: str | None
    served: bytes = b""


SYMMETRIC: dict[str, tuple[str, str]] = {
    "base64": ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw"),
    "hex": ("00ff" * 16, "11ee" * 16),
    "nfkd_utf8": ("sécret of the tests", "another sécret"),
    "repeat32_seed": ("naOC0ocQE3shWLAfffVLB1rhYPG7", "DG5g3B4j9X2KOErG"),
    "v1_whsec_base64": (
        "v1,whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "v1,whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
    "whsec_base64": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
    "whsec_or_utf8": ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "just text"),
}
"""Two secrets in each form; every other form takes any text."""

TEXTS = ("user:pass-of-the-tests-that-is-long", "user:another-of-them-that-is-long-too")

CURVES: dict[str, Any] = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


@cache
def hand(name: str, number: int = 0) -> Hand:
    """The first or the second sender of a row."""
    scheme: Any = provider(name).scheme
    made = _SPECIAL.get(type(scheme))
    if made is not None:
        return made(number)
    if isinstance(scheme, Scheme):
        return _of_scheme(scheme, number)
    kind = _jose(scheme)
    if kind in HASHES:
        return _shared(getattr(scheme, "key", "utf8"), number)
    return _published(scheme, kind, number)


def _shared(key: str, number: int) -> Hand:
    text = SYMMETRIC.get(key, TEXTS)[number]
    return Hand(signs=text, secret=text)


def _of_scheme(scheme: Scheme, number: int) -> Hand:
    kind = str(scheme.algorithm).partition("-")[0]
    if kind not in {"ed25519", "rsa", "ecdsa"} or scheme.key in {"repeat32_seed", "whpk_base64"}:
        return _shared(scheme.key, number) if scheme.key != "whpk_base64" else _whpk(number)
    key = private_key(kind, number)
    if scheme.key == "utf8":
        return Hand(signs=pem_of(key), secret=public_pem(key))
    write = bytes.hex if scheme.key == "hex" else lambda raw: base64.b64encode(raw).decode()
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key()
    raw = (
        public.public_bytes_raw()
        if kind == "ed25519"
        else public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    return Hand(signs=write(der), secret=write(raw))


def _whpk(number: int) -> Hand:
    key = private_key("ed25519", number)
    seed, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    written = [base64.b64encode(raw).decode() for raw in (seed, public)]
    return Hand(signs=f"whsk_{written[0]}", secret=f"whpk_{written[1]}")


def _jose(scheme: Any) -> str:
    """The algorithm that a token of the row has; of no token, as if it were shared."""
    named = getattr(scheme, "algorithms", None)
    if named is not None:
        return named if isinstance(named, str) else str(named[0])
    return JOSE.get(getattr(scheme, "algorithm", ""), "HS256")


def _published(scheme: Any, kind: str, number: int) -> Hand:
    """A public key in the endpoint's settings, or at the provider's address."""
    key = private_key(kind, number)
    if not scheme.keys:
        return Hand(signs=pem_of(key), secret=public_pem(key))
    secret = f"client:secret-{number}" if getattr(scheme, "ask", {}) else None
    return Hand(signs=pem_of(key), secret=secret, served=_jwks(kind, key))


def _jwks(kind: str, key: Any) -> bytes:
    import json  # noqa: PLC0415

    from jwt.algorithms import get_default_algorithms  # noqa: PLC0415

    jwk: Any = get_default_algorithms()[kind].to_jwk(key.public_key(), as_dict=True)
    return json.dumps({"keys": [{**jwk, "kid": key_name(key)}]}).encode()


def _sns(number: int) -> Hand:
    key = private_key("rsa", number)
    arn = f"arn:aws:sns:us-east-1:123456789012:Topic{number}"
    return Hand(signs=pem_of(key), secret=arn, served=certificate("sns.amazonaws.com", key))


def _paypal(number: int) -> Hand:
    key = private_key("rsa", number)
    served = certificate("messageverificationcerts.paypal.com", key)
    return Hand(signs=f"WH-{number}\n{pem_of(key)}", secret=f"WH-{number}", served=served)


def _callbacks(number: int) -> Hand:
    """The token, the key of 43 characters and the id, of which each app has its own."""
    key = base64.b64encode(bytes(range(number, number + 32))).decode().rstrip("=")
    text = f"token{number}OfTheTests:{key}:corp{number}"
    return Hand(signs=text, secret=text)


def _elliptic(number: int) -> Hand:
    key = private_key("ecdsa", number)
    return Hand(signs=pem_of(key), secret=public_pem(key))


_SPECIAL: dict[type, Callable[[int], Hand]] = {
    JSONSignature: _elliptic,
    PayPal: _paypal,
    SNS: _sns,
    SortedEnvelope: _callbacks,
}


@cache
def private_key(kind: str, number: int = 0) -> Any:
    """A key of that kind: `ed25519`, `rsa`, `ecdsa`, or a name of JOSE."""
    del number
    if kind in {"ed25519", "EdDSA"}:
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "rsa" or kind[:2] in {"RS", "PS"}:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(CURVES.get(kind, ec.SECP256R1)())


def pem_of(key: Any) -> str:
    raw: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return raw.decode().strip()


def public_pem(key: Any) -> str:
    raw: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return raw.decode().strip()


def certificate(
    name: str,
    key: Any,
    *,
    issuer: tuple[str, Any] | None = None,
    authority: bool = False,
    days: tuple[float, float] = (-3650, 3650),
) -> bytes:
    """A certificate in PEM.

    Args:
        name: whose it is.
        key: its holder's.
        issuer: name and key; itself if None.
        authority: whether it may issue others.
        days: from now, when it begins and ends.
    """
    issuer_name, issuer_key = issuer or (name, key)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)
