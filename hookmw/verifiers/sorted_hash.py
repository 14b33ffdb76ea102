"""`SortedHash`: a hash over a token, the time and a nonce, sorted; it covers no body."""

import hmac
from dataclasses import KW_ONLY, dataclass

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.timestamps import timestamp_unit, write_timestamp
from hookmw.secret import Secrets
from hookmw.verifiers.stamp import Stamp, read_stamp, sorted_hash

__all__ = ["SortedHash"]

NONCE = "hookmw"


@dataclass(frozen=True, slots=True)
class SortedHash:
    """SHA-1 of token, time and nonce, sorted: proves who sends and when, never what.

    Attributes:
        signature: place of the hash.
        timestamp: place of the time of sending.
        nonce: place of the nonce.
        unit: how the time is written: `s` or `ms`.
        tolerance: seconds that it may be from now, both ways.

    Raises:
        ConfigError: a place is none, or the unit is unknown.
    """

    signature: str
    _: KW_ONLY
    timestamp: str = "query:timestamp"
    nonce: str = "query:nonce"
    unit: str = "s"
    tolerance: float = 300.0

    covers_nothing = True

    def __post_init__(self) -> None:
        """Check the row."""
        timestamp_unit(self.unit)
        for place in (self.signature, self.timestamp, self.nonce):
            Place.of(place)

    def precheck(self, delivery: Delivery) -> None:
        """Whether hash, time and nonce are there and could be some, and the time is near.

        Raises:
            MissingSignature: there is no hash.
            MalformedSignature: it, the time or the nonce cannot be one.
            StaleTimestamp: it is too old, or from the future.
            Malformed: one of them is there twice.
        """
        self._stamp(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the hash is right and fresh.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        stamp, found = self._stamp(delivery), False
        for token in secrets:
            made = sorted_hash(token, stamp.sent, stamp.nonce)
            found |= hmac.compare_digest(made, stamp.signature)
        if not found:
            raise BadSignature(f"the hash does not match under any secret ({len(secrets)} tried)")

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return str(place) in {self.timestamp, self.nonce}

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return "the time and the nonce: whoever sees one delivery can send others with another body"

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would."""
        token = secret.encode() if isinstance(secret, str) else secret
        sent = write_timestamp(at, self.unit)
        draft.put(Place.of(self.timestamp), sent)
        draft.put(Place.of(self.nonce), NONCE)
        hashed = sorted_hash(token, sent.encode(), NONCE.encode())
        draft.put(Place.of(self.signature), hashed.hex())

    def _stamp(self, delivery: Delivery) -> Stamp:
        places = [Place.of(self.signature)]
        stamp = read_stamp(delivery, places, Place.of(self.timestamp), Place.of(self.nonce))
        stamp.check_freshness(self.unit, delivery.received_at, self.tolerance)
        return stamp
