"""The three texts that stand for one secret where callbacks are encrypted."""

import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from hookmw.errors import ConfigError

__all__ = ["CallbackSecret"]

_FORM = re.compile(
    rb"(?P<token>[^:\s]{1,64}):(?P<key>[A-Za-z0-9+/]{43})=?:(?P<owner>[A-Za-z0-9_@.-]{1,128})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSecret:
    """What a provider of encrypted callbacks and we agreed on.

    Attributes:
        token: goes into the hash.
        key: 32 bytes, for AES.
        owner: id of the app or company, in every envelope.
    """

    token: bytes
    key: bytes
    owner: bytes

    @staticmethod
    def of(secret: str | bytes) -> "CallbackSecret":
        """The parts of `token:key:owner`.

        Raises:
            ConfigError: it is not written so.
        """
        return _parsed(secret.encode() if isinstance(secret, str) else secret)

    def __repr__(self) -> str:
        """Nothing of it."""
        return "<CallbackSecret: hidden>"


@lru_cache(256)
def _parsed(secret: bytes) -> CallbackSecret:
    found = _FORM.fullmatch(secret)
    if found is None:
        raise ConfigError(
            "the secret must be token:key:owner with colons between: the token, the key of 43"
            " characters, and the id of your app or company"
        )
    key = binascii.a2b_base64(found["key"] + b"=")  # its last two bits may be any
    return CallbackSecret(token=found["token"], key=key, owner=found["owner"])
