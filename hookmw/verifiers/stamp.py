"""SHA-1 over sorted texts, as WeChat, WeCom and DingTalk sign.

Nothing stands between the texts, so what is one may also be read as another. The time is digits
alone, and a digit more or less moves it by years; the nonce is too short to hold as much of the
ciphertext as would leave whole blocks of the rest.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hookmw.delivery import Delivery
from hookmw.errors import MalformedSignature, MissingSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme.timestamps import parse_timestamp

__all__ = ["Stamp", "read_stamp", "sorted_hash"]

NONCE = re.compile(rb"[A-Za-z0-9_-]{1,48}", re.ASCII)
HASH = re.compile(rb"[0-9a-f]{40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What stands beside the envelope, as it was sent.

    Attributes:
        signature: the 20 bytes of the hash.
        sent: the text of the time.
        nonce: the nonce.
    """

    signature: bytes
    sent: bytes
    nonce: bytes

    def check_freshness(self, unit: str, now: float, tolerance: float) -> None:
        """Whether the time is one, and near.

        Args:
            unit: how it is written.
            now: in seconds since the epoch.
            tolerance: seconds that it may be from now, both ways.

        Raises:
            MalformedSignature: it is none.
            StaleTimestamp: it is too old, or from the future.
        """
        sent_at = parse_timestamp(self.sent.decode("latin-1"), unit)
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if now - sent_at > tolerance:
            raise StaleTimestamp(f"the timestamp is {now - sent_at:.0f} s old")
        if sent_at - now > tolerance:
            raise StaleTimestamp(
                f"the timestamp is {sent_at - now:.0f} s in the future", code="timestamp_future"
            )


def read_stamp(
    delivery: Delivery, signatures: Sequence[Place], timestamp: Place, nonce: Place
) -> Stamp:
    """The stamp of a delivery; it has been compared with nothing yet.

    Raises:
        MissingSignature: there is no hash.
        MalformedSignature: a part of it cannot be one.
        Malformed: a part of it is there twice.
    """
    texts = [place.read_bytes(delivery) for place in signatures]
    signature = next((text for text in texts if text), None)
    if signature is None:
        raise MissingSignature(f"no hash at {signatures[0]}")
    if not HASH.fullmatch(signature):
        raise MalformedSignature(f"{signatures[0]} holds no SHA-1 in lower-case hex")
    chance = nonce.read_bytes(delivery) or b""
    if not NONCE.fullmatch(chance):
        raise MalformedSignature("the nonce is none")
    sent = timestamp.read_bytes(delivery) or b""
    return Stamp(signature=bytes.fromhex(signature.decode()), sent=sent, nonce=chance)


def sorted_hash(*texts: bytes) -> bytes:
    """SHA-1 of the texts, sorted by code point, nothing between them."""
    return hashlib.sha1(b"".join(sorted(texts)), usedforsecurity=False).digest()
