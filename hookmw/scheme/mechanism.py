"""A `Scheme` row taken apart: what is needed at every request, found once."""

import hmac
import math
import re
from typing import TYPE_CHECKING

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, MalformedSignature, MissingSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme.algorithms import Hash, SharedToken, algorithm
from hookmw.scheme.asymmetric import PublicKeyAlgorithm
from hookmw.scheme.content import Content
from hookmw.scheme.draft import Draft
from hookmw.scheme.encodings import Encoding, encoding
from hookmw.scheme.parts import Text
from hookmw.scheme.timestamps import timestamp_reader, timestamp_unit, write_timestamp
from hookmw.secret import key_decoder

if TYPE_CHECKING:
    from hookmw.scheme.row import Scheme

__all__ = ["Mechanism"]

MAX_SIGNATURE = 8192
"""Bytes; longer than any signature, shorter than any attack."""


class Claim:
    """What the sender says: candidate signatures, and the items of its list.

    What is worked out from it is kept with it, so that it is worked out once a delivery.
    """

    __slots__ = ("content", "items", "owner", "sent_at", "sent_text", "signatures")

    def __init__(self, owner: "Mechanism", signatures: list[bytes], items: list[bytes]) -> None:
        self.owner = owner
        self.signatures = signatures
        self.items = items
        self.content: bytes | None = None
        self.sent_at: float | None = None
        self.sent_text: bytes | None = None


class Mechanism:
    """The working parts of a row.

    Args:
        row: checked here.

    Raises:
        ConfigError: the row cannot work.
    """

    def __init__(self, row: "Scheme") -> None:
        self.places = [Place.of(text.strip()) for text in row.signature.split("|")]
        self.place = self.places[0]
        self.in_body = any(place.in_body for place in self.places)
        named = row.algorithm
        self.algorithm = algorithm(named) if isinstance(named, str) else named
        self.encoding: Encoding = encoding(row.encoding)
        self.prefix, self.suffix = _split_form(row.form)
        self.separator = row.separator.encode()
        self.body_starts = row.body_starts.encode()
        self.digest_size: int | None = getattr(self.algorithm, "digest_size", None)
        self.recomputes = self.digest_size is not None or isinstance(self.algorithm, SharedToken)
        self.unit = timestamp_unit(row.unit)
        self.read_time = timestamp_reader(self.unit)
        self.tolerance = _checked_tolerance(row.tolerance)
        self.sent = Text(row.timestamp, self.separator) if row.timestamp else None
        self.content = Content(
            row.content,
            self.sent,
            self.separator,
            self.body_starts,
            unambiguous=row.unambiguous,
        )
        if self.sent is not None and not _covers(row.content, self.sent):
            raise ConfigError(
                "the content does not contain the timestamp, so anybody could write a fresh one:"
                " leave timestamp= out, or put {timestamp} into content="
            )
        if isinstance(self.algorithm, Hash) and not self.content.has_secret:
            raise ConfigError("a plain hash proves nothing without {secret} in its content")
        key_decoder(row.key)

    def check_keys(self, keys: tuple[bytes, ...]) -> None:
        """Refuse keys that the algorithm cannot use.

        Raises:
            ConfigError: with the form that it asks for.
        """
        if isinstance(self.algorithm, PublicKeyAlgorithm):
            for key in keys:
                self.algorithm.check_key(key)

    # reading what the sender claims

    def claim(self, delivery: Delivery) -> Claim:
        known = delivery.claim
        if isinstance(known, Claim) and known.owner is self:
            return known
        claim = delivery.claim = self._read_claim(delivery)
        return claim

    def _read_claim(self, delivery: Delivery) -> Claim:
        items: list[bytes] = []
        for place in self.places:
            items += self._items(place.read_bytes(delivery) or b"")
        if not items:
            raise MissingSignature(f"no signature at {self.place}")
        claim = Claim(self, self._signatures(items), items)
        if self.sent is not None and not self.sent.in_body:
            self.sent_at(delivery, claim)
        return claim

    def _items(self, raw: bytes) -> list[bytes]:
        if not raw.strip():
            return []
        if len(raw) > MAX_SIGNATURE:
            raise MalformedSignature(f"{self.place} is longer than {MAX_SIGNATURE} bytes")
        if not self.separator:
            return [raw]
        items = raw.split(self.separator)
        if b"" in items or [item.strip() for item in items] != items:
            raise MalformedSignature(f"{self.place} holds a list with blanks in it")
        return items

    def _signatures(self, items: list[bytes]) -> list[bytes]:
        """One item that says it is a signature and cannot be one spoils the whole list."""
        prefix, suffix = self.prefix, self.suffix
        found = [
            self._signature(item)
            for item in items
            if item.startswith(prefix) and item.endswith(suffix)
        ]
        if not found or not all(found):
            raise MalformedSignature(f"{self.place} holds no signature of this scheme")
        return found

    def _signature(self, item: bytes) -> bytes:
        """The signature in an item; empty if it cannot be one."""
        try:
            raw = self.encoding.decode(item[len(self.prefix) : len(item) - len(self.suffix)])
        except ValueError:
            return b""
        size = self.digest_size
        return raw if size is None or len(raw) == size else b""

    # checking it

    def matches(self, delivery: Delivery, claim: Claim, keys: tuple[bytes, ...]) -> bool:
        """Whether a signature is right under one of the keys; all are tried, whichever it is."""
        found = False
        for key in keys:
            if self.content.has_secret:
                content = self.content.fill(delivery, claim.items, key, claim.sent_text)
            else:
                content = self.signed(delivery, claim)
            found |= self._matches(key, content, claim.signatures)
        return found

    def _matches(self, key: bytes, content: bytes, signatures: list[bytes]) -> bool:
        found = False
        if self.recomputes:
            expected = self.algorithm.get_signature(key, content)
            for signature in signatures:
                found |= hmac.compare_digest(expected, signature)
        else:
            for signature in signatures:
                found |= self.algorithm.verify_signature(key, content, signature)
        return found

    def signed(self, delivery: Delivery, claim: Claim) -> bytes:
        if claim.content is None:
            claim.content = self.content.fill(delivery, claim.items, b"", claim.sent_text)
        return claim.content

    def check_freshness(self, delivery: Delivery, claim: Claim) -> None:
        if self.sent is None:
            return
        sent_at = claim.sent_at
        if sent_at is None:
            sent_at = self.sent_at(delivery, claim)
        age = delivery.received_at - sent_at
        if age > self.tolerance:
            raise StaleTimestamp(
                f"the timestamp is {age:.0f} s old, tolerance {self.tolerance:g} s"
            )
        if -age > self.tolerance:
            raise StaleTimestamp(
                f"the timestamp is {-age:.0f} s in the future, tolerance {self.tolerance:g} s",
                code="timestamp_future",
            )

    def sent_at(self, delivery: Delivery, claim: Claim) -> float:
        if claim.sent_at is None:
            claim.sent_at = self._read_sent_at(delivery, claim)
        return claim.sent_at

    def _read_sent_at(self, delivery: Delivery, claim: Claim) -> float:
        assert self.sent is not None  # noqa: S101 - callers have looked
        claim.sent_text = self.sent.read(delivery, claim.items)
        text = claim.sent_text.decode("latin-1")
        seconds = self.read_time(text)
        if seconds is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        return seconds

    # writing it

    def sign(self, draft: Draft, key: bytes, at: float) -> None:
        items = []
        if self.sent is not None:
            text = write_timestamp(at, self.unit)
            if self.sent.field is not None:
                items.append(self.sent.field + text.encode())
            else:
                draft.put(self.sent.place, int(text) if text.isdecimal() else text)
        delivery = draft.delivery(at)
        signature = self.algorithm.get_signature(key, self.content.fill(delivery, items, key))
        items.append(self.prefix + self.encoding.encode(signature) + self.suffix)
        draft.put(self.place, self.separator.join(items).decode("utf-8", "surrogateescape"))


def _covers(content: str, sent: Text) -> bool:
    names = ("timestamp", "body") if sent.in_body else ("timestamp",)
    return re.search(r"\{(" + "|".join(names) + r")[|}]", content) is not None


def _split_form(form: str) -> tuple[bytes, bytes]:
    before, found, after = form.partition("{signature}")
    if not found:
        raise ConfigError(f"form={form!r} must contain {{signature}}")
    return before.encode(), after.encode()


def _checked_tolerance(seconds: object) -> float:
    if not isinstance(seconds, int | float) or math.isnan(seconds) or seconds <= 0:
        raise ConfigError(
            "tolerance must be a number of seconds above 0; math.inf switches the check off"
        )
    return float(seconds)
