"""What makes a signature out of key and content, in itsdangerous' vocabulary (`SigningAlgorithm`).

A scheme names its algorithm; anybody's own may be any `itsdangerous.signer.SigningAlgorithm`.
"""

import hashlib
from functools import lru_cache, partial
from typing import Any

from itsdangerous.signer import SigningAlgorithm

from hookmw.errors import ConfigError
from hookmw.scheme.asymmetric import PublicKeyAlgorithm

__all__ = ["HMAC", "Hash", "SharedToken", "algorithm"]


MAX_KEYS = 1024
"""Keys whose beginnings are remembered."""

INNER = bytes(byte ^ 0x36 for byte in range(256))
OUTER = bytes(byte ^ 0x5C for byte in range(256))


class HMAC(SigningAlgorithm):
    """HMAC (RFC 2104) over a hash of the standard library.

    What the key alone decides is hashed once and copied for each content, which makes a MAC of a
    small body a third cheaper than `hmac.digest`; a test holds the two to the same answers.

    Args:
        digest: name of the hash, e.g. `sha256`.
    """

    __slots__ = ("_begin", "_begun", "digest", "digest_size")

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self._begin = partial(hashlib.new, digest, usedforsecurity=False)
        self.digest_size = self._begin().digest_size
        self._begun = lru_cache(MAX_KEYS)(self._pads)

    def _pads(self, key: bytes) -> tuple[Any, Any]:
        block = self._begin().block_size
        if len(key) > block:
            key = self._begin(key).digest()
        padded = key.ljust(block, b"\0")
        return self._begin(padded.translate(INNER)), self._begin(padded.translate(OUTER))

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The MAC of `value` under `key`."""
        begun, ended = self._begun(key)
        inner, outer = begun.copy(), ended.copy()
        inner.update(value)
        outer.update(inner.digest())
        mac: bytes = outer.digest()
        return mac


class Hash(SigningAlgorithm):
    """A plain hash; a signature only where the secret is a part of the content.

    Args:
        digest: name of the hash, e.g. `sha256`.
    """

    __slots__ = ("digest", "digest_size")

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.digest_size = hashlib.new(digest, usedforsecurity=False).digest_size

    def get_signature(self, key: bytes, value: bytes) -> bytes:  # noqa: ARG002
        """The hash of `value`."""
        return hashlib.new(self.digest, value, usedforsecurity=False).digest()


class SharedToken(SigningAlgorithm):
    """No signature at all: the secret itself is sent. It proves who sends, not what is sent."""

    __slots__ = ()

    def get_signature(self, key: bytes, value: bytes) -> bytes:  # noqa: ARG002
        """The secret."""
        return key


def algorithm(name: str) -> SigningAlgorithm:
    """The algorithm of that name.

    `hmac-sha256` and its like are MACs, `sha256` a plain hash, `token` a shared token; `ed25519`,
    `rsa-sha256`, `rsa-pss-sha256` and `ecdsa-sha256` are checked with a public key.

    Raises:
        ConfigError: none has that name.
    """
    try:
        return _ALGORITHMS[name]
    except KeyError:
        known = ", ".join(sorted(_ALGORITHMS))
        raise ConfigError(f"algorithm={name!r} is unknown; known are {known}") from None


_ALGORITHMS: dict[str, SigningAlgorithm] = {
    "hmac-md5": HMAC("md5"),
    "hmac-sha1": HMAC("sha1"),
    "hmac-sha256": HMAC("sha256"),
    "hmac-sha384": HMAC("sha384"),
    "hmac-sha512": HMAC("sha512"),
    "md5": Hash("md5"),
    "sha1": Hash("sha1"),
    "sha256": Hash("sha256"),
    "sha384": Hash("sha384"),
    "sha512": Hash("sha512"),
    "token": SharedToken(),
    "ed25519": PublicKeyAlgorithm("ed25519"),
    "ecdsa-sha1": PublicKeyAlgorithm("ecdsa", "sha1"),
    "ecdsa-sha256": PublicKeyAlgorithm("ecdsa", "sha256"),
    "rsa-sha1": PublicKeyAlgorithm("rsa", "sha1"),
    "rsa-sha256": PublicKeyAlgorithm("rsa", "sha256"),
    "rsa-sha512": PublicKeyAlgorithm("rsa", "sha512"),
    "rsa-pss-sha256": PublicKeyAlgorithm("rsa-pss", "sha256"),
}
