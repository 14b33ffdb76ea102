"""Signatures that only the provider can make: Ed25519, RSA and ECDSA, through `cryptography`.

The endpoint's secret is then the provider's public key, which is no secret at all. Keys are PEM or
DER (base64), or for Ed25519 the 32 raw bytes. To sign in tests, the private key takes its place.
"""

from functools import lru_cache
from typing import Any

from itsdangerous.signer import SigningAlgorithm

from hookmw.errors import ConfigError

__all__ = ["PublicKeyAlgorithm"]

RAW_ED25519 = 32


class PublicKeyAlgorithm(SigningAlgorithm):
    """A signature by a private key, checked with its public key.

    Args:
        kind: `ed25519`, `rsa` (PKCS #1 v1.5), `rsa-pss` or `ecdsa` (DER).
        digest: name of the hash; `""` for Ed25519, which has its own.
    """

    __slots__ = ("digest", "kind")

    def __init__(self, kind: str, digest: str = "") -> None:
        self.kind = kind
        self.digest = digest

    def check_key(self, key: bytes) -> None:
        """Refuse bytes that are no key of this kind.

        Raises:
            ConfigError: with the form that is asked for, or the extra that is missing.
        """
        _public_key(self.kind, key)

    def verify_signature(self, key: bytes, value: bytes, sig: bytes) -> bool:
        """Whether `sig` is the signature of `value` by the holder of the private key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

        try:
            _public_key(self.kind, key).verify(sig, value, *self._arguments())
        except (InvalidSignature, ValueError):
            return False
        return True

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The signature of `value`; `key` must be the private key."""
        made: bytes = _private_key(self.kind, key).sign(value, *self._arguments(signing=True))
        return made

    def _arguments(self, *, signing: bool = False) -> tuple[Any, ...]:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ec, padding  # noqa: PLC0415

        if self.kind == "ed25519":
            return ()
        digest = getattr(hashes, self.digest.upper())()
        if self.kind == "ecdsa":
            return (ec.ECDSA(digest),)
        if self.kind == "rsa-pss":
            size = padding.PSS.DIGEST_LENGTH if signing else padding.PSS.AUTO
            return (padding.PSS(padding.MGF1(digest), size), digest)
        return (padding.PKCS1v15(), digest)


@lru_cache(256)
def _public_key(kind: str, key: bytes) -> Any:
    """The public key, also of a private one."""
    loaded = _load(kind, key)
    public = loaded.public_key() if hasattr(loaded, "private_bytes") else loaded
    if not _fits(kind, public):
        raise ConfigError(f"the secret must be the provider's public key ({kind}), in PEM or DER")
    return public


@lru_cache(256)
def _private_key(kind: str, key: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - an extra
        Ed25519PrivateKey,
    )

    if kind == "ed25519" and len(key) == RAW_ED25519:
        return Ed25519PrivateKey.from_private_bytes(key)
    loaded = _load(kind, key)
    if not hasattr(loaded, "private_bytes"):
        raise ConfigError("to sign, the secret must be a private key")
    return loaded


def _load(kind: str, key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
    except ImportError:
        raise ConfigError(
            'this provider signs with a private key: pip install "hookmw[crypto]"'
        ) from None
    loaders = {
        True: (serialization.load_pem_public_key, serialization.load_pem_private_key),
        False: (serialization.load_der_public_key, serialization.load_der_private_key),
    }
    if kind == "ed25519" and len(key) == RAW_ED25519:
        return Ed25519PublicKey.from_public_bytes(key)
    public, private = loaders[key.startswith(b"-----BEGIN")]
    try:
        return private(key, password=None) if b"PRIVATE" in key else public(key)
    except (ValueError, TypeError):
        pass
    try:
        return private(key, password=None)
    except (ValueError, TypeError):
        raise ConfigError(f"the secret is no {kind} key, in PEM or DER") from None


def _fits(kind: str, key: Any) -> bool:
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415 - an extra
        ec,
        ed25519,
        rsa,
    )

    kinds = {
        "ed25519": ed25519.Ed25519PublicKey,
        "ecdsa": ec.EllipticCurvePublicKey,
        "rsa": rsa.RSAPublicKey,
        "rsa-pss": rsa.RSAPublicKey,
    }
    return isinstance(key, kinds[kind])
