"""AES-256-CBC with PKCS #7 padding, as envelopes use it.

A padding that is not one, decrypted before anything has proved who sent it, tells a patient
stranger what is in the ciphertext. So whoever opens has checked a signature before, and hears here
only that it did not work.
"""

import binascii
from typing import Any

from hookmw.errors import BadSignature

__all__ = ["decrypt", "encrypt", "not_opened", "read_base64"]

BLOCK = 16
"""Bytes of a block of AES; the padding may be of larger ones."""


def decrypt(key: bytes, iv: bytes, ciphertext: bytes, *, block: int = BLOCK) -> bytes:
    """What was encrypted, without its padding.

    Args:
        key: 32 bytes.
        iv: 16 bytes.
        ciphertext: whole blocks.
        block: what the text was padded to a multiple of, in bytes.

    Raises:
        BadSignature: it cannot be opened.
    """
    if not ciphertext or len(ciphertext) % BLOCK:
        raise not_opened()
    opened = _cipher(key, iv).decryptor()
    padded: bytes = opened.update(ciphertext) + opened.finalize()
    count = padded[-1]
    if not 1 <= count <= min(block, len(padded)) or padded[-count:] != bytes([count]) * count:
        raise not_opened()
    return padded[:-count]


def encrypt(key: bytes, iv: bytes, text: bytes, *, block: int = BLOCK) -> bytes:
    """The ciphertext; see `decrypt`."""
    count = block - len(text) % block
    sealed = _cipher(key, iv).encryptor()
    made: bytes = sealed.update(text + bytes([count]) * count) + sealed.finalize()
    return made


def read_base64(text: bytes) -> bytes:
    """The bytes that `text` spells, however many line ends its writer put into it.

    Raises:
        BadSignature: it spells none.
    """
    try:
        return binascii.a2b_base64(text.translate(None, b"\r\n"), strict_mode=True)
    except ValueError:
        raise not_opened() from None


def not_opened() -> BadSignature:
    """The one refusal of an envelope, whatever is wrong with it."""
    return BadSignature("the envelope cannot be opened", code="envelope_refused")


def _cipher(key: bytes, iv: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - an extra
        Cipher,
        algorithms,
        modes,
    )

    return Cipher(algorithms.AES(key), modes.CBC(iv))
