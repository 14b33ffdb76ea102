"""How signature bytes are written as text.

They are read back so strictly that no signature has two spellings, but for the case of hex digits,
on which providers do not agree.
"""

import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Protocol

from hookmw.errors import ConfigError

__all__ = ["Encoding", "encoding"]


class Encoding(Protocol):
    """Bytes to text and back."""

    def encode(self, raw: bytes) -> bytes:
        """The text of `raw`."""
        ...

    def decode(self, text: bytes) -> bytes:
        """The bytes that `text` spells.

        Raises:
            ValueError: it spells none.
        """
        ...


class Hex:
    """Two hexadecimal digits a byte (RFC 4648, 8); either case is read."""

    def encode(self, raw: bytes) -> bytes:
        """Lower-case digits."""
        return binascii.hexlify(raw)

    def decode(self, text: bytes) -> bytes:
        """The bytes; `ValueError` for anything but pairs of digits."""
        return binascii.unhexlify(text)


@dataclass(frozen=True, slots=True)
class Base64:
    """Base64 (RFC 4648, 4 and 5).

    Attributes:
        urlsafe: `-` and `_` instead of `+` and `/`.
        padded: `=` at the end where the length asks for it.
    """

    urlsafe: bool = False
    padded: bool = True

    def encode(self, raw: bytes) -> bytes:
        """The text."""
        text = binascii.b2a_base64(raw, newline=False)
        if self.urlsafe:
            text = text.translate(_TO_URLSAFE)
        return text if self.padded else text.rstrip(b"=")

    def decode(self, text: bytes) -> bytes:
        """The bytes; `ValueError` for any text that `encode` would not have written."""
        plain = text.translate(_FROM_URLSAFE) if self.urlsafe else text
        if not self.padded:
            plain += b"=" * (-len(plain) % 4)
        raw = binascii.a2b_base64(plain, strict_mode=True)
        if not hmac.compare_digest(self.encode(raw), text):
            raise ValueError("not canonical base64")
        return raw


class AnyPaddingBase64:
    """Base64 for URLs (RFC 4648, 5), whether or not it is padded: where nobody says which."""

    def encode(self, raw: bytes) -> bytes:
        """The text, not padded."""
        return Base64(urlsafe=True, padded=False).encode(raw)

    def decode(self, text: bytes) -> bytes:
        """The bytes; `ValueError` for any other text."""
        return Base64(urlsafe=True, padded=text.endswith(b"=")).decode(text)


class HexInBase64:
    """Base64 of the hexadecimal digits, as some PHP code makes it."""

    def encode(self, raw: bytes) -> bytes:
        """The text."""
        return Base64().encode(binascii.hexlify(raw))

    def decode(self, text: bytes) -> bytes:
        """The bytes; `ValueError` for any other text."""
        return binascii.unhexlify(Base64().decode(text))


class Base64OrHex:
    """Base64, or hexadecimal digits where all characters are such.

    For providers whose pages contradict each other. A text can be read in one way only: who knows
    the signature's length refuses the rest.
    """

    def encode(self, raw: bytes) -> bytes:
        """Base64."""
        return Base64().encode(raw)

    def decode(self, text: bytes) -> bytes:
        """The bytes; `ValueError` for any other text."""
        return (Hex() if _HEX.fullmatch(text) else Base64()).decode(text)


class UpperHex(Hex):
    """Hexadecimal digits that are written in upper case; either case is read."""

    def encode(self, raw: bytes) -> bytes:
        """Upper-case digits."""
        return binascii.hexlify(raw).upper()


class Text:
    """The bytes are the text: shared tokens."""

    def encode(self, raw: bytes) -> bytes:
        """The same."""
        return raw

    def decode(self, text: bytes) -> bytes:
        """The same; `ValueError` if empty."""
        if not text:
            raise ValueError("empty")
        return text


def encoding(name: str) -> Encoding:
    """The encoding of that name.

    Known are `hex`, `hex_upper`, `base64`, `base64url` (unpadded), `base64url_any` (padded or not),
    `base64_hex` (hexadecimal digits in base64), `base64_or_hex` and `text`.

    Raises:
        ConfigError: none has that name.
    """
    try:
        return _ENCODINGS[name]
    except KeyError:
        known = ", ".join(sorted(_ENCODINGS))
        raise ConfigError(f"encoding={name!r} is unknown; known are {known}") from None


_HEX = re.compile(rb"[0-9A-Fa-f]+")
_TO_URLSAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URLSAFE = bytes.maketrans(b"-_", b"+/")

_ENCODINGS: dict[str, Encoding] = {
    "hex": Hex(),
    "base64": Base64(),
    "base64_hex": HexInBase64(),
    "base64_or_hex": Base64OrHex(),
    "hex_upper": UpperHex(),
    "base64url": Base64(urlsafe=True, padded=False),
    "base64url_any": AnyPaddingBase64(),
    "text": Text(),
}
