"""What the sender claims: the signatures at each of the places that may hold some."""

from functools import partial

from hookmw.delivery import Delivery
from hookmw.errors import MalformedSignature, MissingSignature
from hookmw.place import Place
from hookmw.scheme.encodings import Encoding
from hookmw.scheme.form import Form, read
from hookmw.scheme.parts import Text
from hookmw.scheme.timestamps import timestamp_reader

__all__ = ["Claim", "Claims", "Reader"]

MAX_SIGNATURE = 8192
"""Bytes; longer than any signature, shorter than any attack."""


class Claim:
    """What stands at one place: candidate signatures, and the items of its list.

    What is worked out from it is kept with it, so that it is worked out once a delivery.
    """

    __slots__ = ("content", "items", "sent_at", "sent_text", "signatures")

    def __init__(self, signatures: list[bytes], items: list[bytes]) -> None:
        self.signatures = signatures
        self.items = items
        self.content: bytes | None = None
        self.sent_at: float | None = None
        self.sent_text: bytes | None = None


class Claims:
    """The claims of one delivery, one for each place that holds what could be a signature.

    Attributes:
        owner: who has read them.
        found: at least one.
        chosen: the one that proved right; the first until then.
    """

    __slots__ = ("chosen", "found", "owner")

    def __init__(self, owner: "Reader", found: list[Claim]) -> None:
        self.owner = owner
        self.found = found
        self.chosen = found[0]


class Reader:
    """Reads claims, as strictly as a row says.

    Args:
        places: where signatures may be.
        forms: how they may be written.
        separator: between the items of a list; empty where there is none.
        encoding: of the signature's bytes.
        size: of a signature in bytes, where it is known.
        sent: where the time of sending is.
        unit: how it is written.
    """

    def __init__(
        self,
        *,
        places: list[Place],
        forms: tuple[Form, ...],
        separator: bytes,
        encoding: Encoding,
        size: int | None,
        sent: Text | None,
        unit: str,
    ) -> None:
        self.places = places
        self.forms = forms
        self._read = forms[0].read if len(forms) == 1 else partial(read, forms)
        self.separator = separator
        self.encoding = encoding
        self.size = size
        self.sent = sent
        self.read_time = timestamp_reader(unit)

    def claims(self, delivery: Delivery) -> Claims:
        """What the delivery claims.

        Raises:
            MissingSignature: nothing.
            MalformedSignature: nothing that could be right.
            Malformed: a header or query parameter of the claim is there twice.
        """
        known = delivery.claim
        if isinstance(known, Claims) and known.owner is self:
            return known
        claims = delivery.claim = Claims(self, self._found(delivery))
        return claims

    def sent_at(self, delivery: Delivery, claim: Claim) -> float:
        """The claimed time of sending, in seconds since the epoch.

        Raises:
            MalformedSignature: it is none.
        """
        if claim.sent_at is None:
            assert self.sent is not None  # noqa: S101 - callers have looked
            claim.sent_text = self.sent.read(delivery, claim.items)
            claim.sent_at = self.read_time(claim.sent_text.decode("latin-1"))
            if claim.sent_at is None:
                raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        return claim.sent_at

    def _found(self, delivery: Delivery) -> list[Claim]:
        """Each place is judged for itself: what is spoiled at one spoils no other."""
        found: list[Claim] = []
        refusal: MalformedSignature | None = None
        for place in self.places:
            raw = place.read_bytes(delivery) or b""
            if not raw.strip():
                continue
            try:
                found.append(self._claim(delivery, place, raw))
            except MalformedSignature as error:
                refusal = refusal or error
        if found:
            return found
        raise refusal or MissingSignature(f"no signature at {self.places[0]}")

    def _claim(self, delivery: Delivery, place: Place, raw: bytes) -> Claim:
        items = self._items(place, raw)
        claim = Claim(self._signatures(place, items), items)
        if self.sent is not None and not self.sent.in_body:
            self.sent_at(delivery, claim)
        return claim

    def _items(self, place: Place, raw: bytes) -> list[bytes]:
        if len(raw) > MAX_SIGNATURE:
            raise MalformedSignature(f"{place} is longer than {MAX_SIGNATURE} bytes")
        if not self.separator:
            return [raw]
        items = raw.split(self.separator)
        if b"" in items or [item.strip() for item in items] != items:
            raise MalformedSignature(f"{place} holds a list with blanks in it")
        return items

    def _signatures(self, place: Place, items: list[bytes]) -> list[bytes]:
        """One item that says it is a signature and cannot be one spoils the whole list."""
        found = []
        for item in items:
            text = self._read(item)
            if text is not None:
                found.append(self._decoded(text))
        if not found or not all(found):
            raise MalformedSignature(f"{place} holds no signature of this scheme")
        return found

    def _decoded(self, text: bytes) -> bytes:
        """The signature in a text; empty if it cannot be one."""
        try:
            raw = self.encoding.decode(text)
        except ValueError:
            return b""
        return raw if self.size is None or len(raw) == self.size else b""
