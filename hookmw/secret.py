"""The secrets of one endpoint: newest first, never empty, never printed."""

import binascii
import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from hookmw.errors import ConfigError

__all__ = ["KeyDecoder", "SecretInput", "Secrets", "key_decoder"]

SecretInput = str | bytes | Sequence[str | bytes]
"""What users may write for secrets: one, or several with the newest first."""

KeyDecoder = Callable[[bytes], bytes]
"""Turns a secret as the provider shows it into the bytes of the key."""


class Secrets:
    """One or more secrets of the same endpoint, newest first (rotation).

    Args:
        values: one secret or a sequence of them.
        name: what the error message calls them, e.g. the environment variable.

    Raises:
        ConfigError: none given, or one is empty, white space, the text `None`, or wrapped in white
            space (the classic trailing newline of a secret read from a file).
    """

    __slots__ = ("_keys", "_values")

    def __init__(self, values: SecretInput | None, *, name: str = "secrets") -> None:
        items = [values] if isinstance(values, str | bytes) else list(values or ())
        if not items:
            raise ConfigError(f"{name} is empty: is the environment variable set?")
        self._values = tuple(_checked(item, name) for item in items)
        self._keys: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def of(cls, values: "SecretInput | Secrets | None", *, name: str = "secrets") -> "Secrets":
        """`values` itself if they are `Secrets` already, else `Secrets(values)`."""
        return values if isinstance(values, Secrets) else cls(values, name=name)

    def keys(self, decoder: str) -> tuple[bytes, ...]:
        """The key bytes of every secret, newest first.

        Args:
            decoder: a name that `key_decoder` knows: how this provider writes keys as secrets.

        Raises:
            ConfigError: a secret is not in that form.
        """
        try:
            return self._keys[decoder]
        except KeyError:
            self._keys[decoder] = tuple(map(key_decoder(decoder), self._values))
            return self._keys[decoder]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._values)

    def __iter__(self) -> Iterator[bytes]:
        """The secrets as bytes, as the user gave them."""
        return iter(self._values)

    def __repr__(self) -> str:
        """How many there are; never what they are."""
        return f"<Secrets: {len(self)} hidden>"


def _checked(value: object, name: str) -> bytes:
    if not isinstance(value, str | bytes):
        raise ConfigError(f"{name}: a secret must be text or bytes, not {type(value).__name__}")
    raw = _raw(value, name) if isinstance(value, str) else value
    if raw.startswith(b"-----BEGIN"):
        raw = raw.strip()  # a PEM file ends with a line feed
    if not raw.strip() or raw == b"None":
        raise ConfigError(f"{name} is empty or the text 'None': is the environment variable set?")
    if raw != raw.strip():
        raise ConfigError(f"{name} begins or ends with white space: strip it where you read it")
    return raw


def _raw(text: str, name: str) -> bytes:
    try:  # os.environ holds bytes that are not UTF-8 as lone surrogates
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ConfigError(f"{name}: a secret must be text that UTF-8 can write") from None


def key_decoder(name: str) -> KeyDecoder:
    """The decoder of that name.

    `utf8`, `hex` and `base64` say themselves; `whsec_base64` is base64 behind an optional `whsec_`,
    `v1_whsec_base64` also behind `v1,whsec_`, `whpk_base64` behind `whpk_` or `whsk_` (Ed25519),
    `whsec_or_utf8` the text itself where that is missing, `nfkd_utf8` text in that Unicode form,
    `pem_or_base64` PEM as it stands and else base64, `repeat32_seed` the seed of an Ed25519 key
    pair; `sha1` and `sha256` hash the text.

    Raises:
        ConfigError: no decoder has that name.
    """
    try:
        return _DECODERS[name]
    except KeyError:
        known = ", ".join(sorted(_DECODERS))
        raise ConfigError(f"key={name!r} is unknown; known are {known}") from None


def _utf8(secret: bytes) -> bytes:
    return secret


def _hex(secret: bytes) -> bytes:
    try:
        key = binascii.unhexlify(secret)
    except ValueError:
        raise ConfigError("this provider's secret must be hexadecimal") from None
    return _nonempty(key)


def _base64(secret: bytes) -> bytes:
    text = secret.translate(_URLSAFE).rstrip(b"=")
    try:
        key = binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        raise ConfigError("this provider's secret must be base64") from None
    return _nonempty(key)


def _whsec_base64(secret: bytes) -> bytes:
    return _base64(secret.removeprefix(b"whsec_"))


def _whsec_or_utf8(secret: bytes) -> bytes:
    return _whsec_base64(secret) if secret.startswith(b"whsec_") else secret


def _nfkd_utf8(secret: bytes) -> bytes:
    try:
        return unicodedata.normalize("NFKD", secret.decode()).encode()
    except UnicodeDecodeError:
        raise ConfigError("this provider's secret must be UTF-8") from None


def _repeat32_seed(secret: bytes) -> bytes:
    """A private Ed25519 key in DER, whose seed is the secret repeated to 32 bytes."""
    return _ED25519_PKCS8 + (secret * 32)[:32]


def _pem_or_base64(secret: bytes) -> bytes:
    return secret if secret.startswith(b"-----BEGIN") else _base64(secret)


def _v1_whsec_base64(secret: bytes) -> bytes:
    return _whsec_base64(secret.removeprefix(b"v1,"))


def _whpk_base64(secret: bytes) -> bytes:
    return _base64(secret.removeprefix(b"whpk_").removeprefix(b"whsk_"))


def _sha1(secret: bytes) -> bytes:
    return hashlib.sha1(secret, usedforsecurity=False).digest()


def _sha256(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _nonempty(key: bytes) -> bytes:
    if not key:
        raise ConfigError("the secret decodes to an empty key")
    return key


_URLSAFE = bytes.maketrans(b"-_", b"+/")

_ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the seed (RFC 8410, 7)."""

_DECODERS: dict[str, KeyDecoder] = {
    "utf8": _utf8,
    "hex": _hex,
    "base64": _base64,
    "nfkd_utf8": _nfkd_utf8,
    "pem_or_base64": _pem_or_base64,
    "repeat32_seed": _repeat32_seed,
    "sha1": _sha1,
    "sha256": _sha256,
    "v1_whsec_base64": _v1_whsec_base64,
    "whpk_base64": _whpk_base64,
    "whsec_base64": _whsec_base64,
    "whsec_or_utf8": _whsec_or_utf8,
}
