"""Which certificates are believed, and which are not, whatever they sign."""

import time
from typing import Any

import pytest

from hookmw.errors import BadSignature, ConfigError, MalformedSignature
from hookmw.verifiers.certificates import MAX_CHAIN, check_signature, make_signature
from tests.catalog.hands import certificate, pem_of, private_key

NAME = "signer.example.com"
NAMES = r"signer\.example\.com"
CONTENT = b"what was signed"

SIGNER, MIDDLE, ROOT = (private_key("rsa", number) for number in (10, 11, 12))

LEAF = certificate(NAME, SIGNER, issuer=("middle", MIDDLE))
AUTHORITY = certificate("middle", MIDDLE, issuer=("root", ROOT), authority=True)
ANCHOR = certificate("root", ROOT, authority=True)
ALONE = certificate(NAME, SIGNER)


def judge(pem: bytes, key: Any = SIGNER, content: bytes = CONTENT, at: float | None = None) -> None:
    check_signature(
        pem,
        names=NAMES,
        at=time.time() if at is None else at,
        content=content,
        signature=make_signature(pem_of(key), CONTENT, "sha256"),
        digest="sha256",
    )


@pytest.mark.parametrize("pem", [ALONE, LEAF, LEAF + AUTHORITY, LEAF + AUTHORITY + ANCHOR])
def test_a_certificate_with_and_without_its_issuers(pem: bytes) -> None:
    judge(pem)
    with pytest.raises(BadSignature, match="does not match"):
        judge(pem, content=CONTENT + b" ")
    with pytest.raises(BadSignature, match="does not match"):
        judge(pem, key=MIDDLE)


OLD, YOUNG = (-20.0, -10.0), (10.0, 20.0)

REFUSED = {
    "expired": (certificate(NAME, SIGNER, days=OLD), "has expired"),
    "not yet valid": (certificate(NAME, SIGNER, days=YOUNG), "not valid yet"),
    "another name": (certificate("signer.example.com.evil.test", SIGNER), "another name"),
    "a name around it": (certificate("x.signer.example.com", SIGNER), "another name"),
    "no RSA": (certificate(NAME, private_key("ecdsa")), "no RSA key"),
    "an expired issuer": (
        LEAF + certificate("middle", MIDDLE, issuer=("root", ROOT), authority=True, days=OLD),
        "has expired",
    ),
    "an issuer to come": (
        LEAF + certificate("middle", MIDDLE, issuer=("root", ROOT), authority=True, days=YOUNG),
        "not valid yet",
    ),
    "self-signed before a chain": (ALONE + AUTHORITY + ANCHOR, "not issued by"),
    "the issuer's name, not its key": (
        certificate(NAME, SIGNER, issuer=("middle", ROOT)) + AUTHORITY,
        "not issued by",
    ),
    "an issuer that is no authority": (
        LEAF + certificate("middle", MIDDLE, issuer=("root", ROOT)),
        "may issue none",
    ),
    "the wrong way round": (AUTHORITY + LEAF, "not issued by"),
    "without end": (LEAF + AUTHORITY + ANCHOR * MAX_CHAIN, "more than"),
    "nothing": (b"", "is none"),
    "a key": (pem_of(SIGNER).encode(), "is none"),
    "a page": (b"<html>not found</html>", "is none"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_certificate_that_is_refused(what: str) -> None:
    pem, reason = REFUSED[what]
    key = private_key("rsa", 10)
    with pytest.raises(BadSignature, match=reason) as refused:
        judge(pem, key)
    assert refused.value.code == "certificate_refused"


def test_it_is_asked_whether_it_was_valid_when_the_delivery_came() -> None:
    day = 86_400
    judge(ALONE, at=time.time() + 3649 * day)
    with pytest.raises(BadSignature, match="expired"):
        judge(ALONE, at=time.time() + 3651 * day)


def test_a_small_key_is_none() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    small = rsa.generate_private_key(65537, 1024)
    with pytest.raises(BadSignature, match="2048 bits"):
        judge(certificate(NAME, small), small)


@pytest.mark.parametrize("text", ["", "!", "AAA", "\ud800"])
def test_a_signature_that_is_none(text: str) -> None:
    with pytest.raises((MalformedSignature, BadSignature)):
        check_signature(
            ALONE, names=NAMES, at=time.time(), content=b"", signature=text, digest="sha256"
        )


@pytest.mark.parametrize("secret", ["", "text", pem_of(private_key("ecdsa"))])
def test_what_signs_must_be_a_certificates_key(secret: str) -> None:
    with pytest.raises(ConfigError, match="RSA"):
        make_signature(secret, CONTENT, "sha256")
