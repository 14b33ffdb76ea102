"""A `Scheme` row taken apart: what is needed at every request, found once."""

import hmac
import math
from typing import TYPE_CHECKING

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, MalformedSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme.algorithms import Hash, SharedToken, algorithm
from hookmw.scheme.asymmetric import PublicKeyAlgorithm
from hookmw.scheme.claim import Claim, Claims, Reader
from hookmw.scheme.content import Content
from hookmw.scheme.draft import Draft
from hookmw.scheme.encodings import Encoding, encoding
from hookmw.scheme.filters import filter_named
from hookmw.scheme.form import forms
from hookmw.scheme.parts import Text
from hookmw.scheme.timestamps import timestamp_unit, write_timestamp
from hookmw.secret import key_decoder

if TYPE_CHECKING:
    from hookmw.scheme.row import Scheme

__all__ = ["Mechanism"]


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
        self.forms = forms(row.form)
        self.separator = row.separator.encode()
        self.body_starts = row.body_starts.encode()
        self.digest_size: int | None = getattr(self.algorithm, "digest_size", None)
        self.recomputes = self.digest_size is not None or isinstance(self.algorithm, SharedToken)
        self.hashed = filter_named(row.hashed) if row.hashed else None
        self.unit = timestamp_unit(row.unit)
        self.tolerance = _checked_tolerance(row.tolerance)
        self.sent = Text(row.timestamp, self.separator) if row.timestamp else None
        self.content = Content(
            row.content,
            self.sent,
            self.separator,
            self.body_starts,
            unit=self.unit,
        )
        self.reader = Reader(
            places=self.places,
            forms=self.forms,
            separator=self.separator,
            encoding=self.encoding,
            size=self.digest_size,
            sent=self.sent,
            unit=self.unit,
        )
        # Who knows the hash of `secret + body` knows that of it with more bytes after it. The first
        # of these bytes are no text, so that of texts nobody knows more than was sent.
        self.only_text = isinstance(self.algorithm, Hash) and not self.content.ends_with_secret
        self._check(row)

    def _check(self, row: "Scheme") -> None:
        covered = "{timestamp}" in row.content or "{timestamp|" in row.content
        if self.sent is not None and not covered and not self._covers_time():
            raise ConfigError(
                "the content does not contain the timestamp, so anybody could write a fresh one:"
                " leave timestamp= out, or put {timestamp} into content="
            )
        if isinstance(self.algorithm, Hash) and not self.content.has_secret:
            raise ConfigError("a plain hash proves nothing without {secret} in its content")
        key_decoder(row.key)

    def _covers_time(self) -> bool:
        return self.sent is not None and self.sent.in_body and self.content.covers(self.sent.place)

    def check_keys(self, keys: tuple[bytes, ...]) -> None:
        """Refuse keys that the algorithm cannot use.

        Raises:
            ConfigError: with the form that it asks for.
        """
        if isinstance(self.algorithm, PublicKeyAlgorithm):
            for key in keys:
                self.algorithm.check_key(key)

    def claims(self, delivery: Delivery) -> Claims:
        """What the delivery claims; see `Reader.claims`."""
        return self.reader.claims(delivery)

    # checking it

    def matches(self, delivery: Delivery, claims: Claims, keys: tuple[bytes, ...]) -> bool:
        """Whether a signature is right under one of the keys; all are tried, whichever it is."""
        right: list[Claim] = []
        refusal: MalformedSignature | None = None
        for claim in claims.found:
            try:
                if self._is_right(delivery, claim, keys):
                    right.append(claim)
            except MalformedSignature as error:
                refusal = refusal or error
        if right:
            claims.chosen = right[0]
        elif refusal is not None:
            raise refusal
        return bool(right)

    def _is_right(self, delivery: Delivery, claim: Claim, keys: tuple[bytes, ...]) -> bool:
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
        value = content if self.hashed is None else self.hashed(content)
        if self.recomputes:
            expected = self.algorithm.get_signature(key, value)
            for signature in signatures:
                found |= hmac.compare_digest(expected, signature)
        else:
            for signature in signatures:
                found |= self.algorithm.verify_signature(key, value, signature)
        return found

    def signed(self, delivery: Delivery, claim: Claim) -> bytes:
        """The content that a claim is about."""
        if claim.content is None:
            claim.content = self.content.fill(delivery, claim.items, b"", claim.sent_text)
        return claim.content

    def check_body(self, body: bytes) -> None:
        """Refuse a body that no genuine delivery could have.

        Raises:
            MalformedSignature: it is one.
        """
        if self.body_starts and not body.startswith(self.body_starts):
            raise MalformedSignature("the body does not start as this provider's bodies do")
        if self.only_text and not _is_text(body):
            raise MalformedSignature("the body is not text, so it could have been lengthened")

    def check_freshness(self, delivery: Delivery, claims: Claims) -> None:
        """Refuse what is too old, or from the future.

        Raises:
            StaleTimestamp: it is.
        """
        if self.sent is None:
            return
        age = delivery.received_at - self.reader.sent_at(delivery, claims.chosen)
        if age > self.tolerance:
            raise StaleTimestamp(
                f"the timestamp is {age:.0f} s old, tolerance {self.tolerance:g} s"
            )
        if -age > self.tolerance:
            raise StaleTimestamp(
                f"the timestamp is {-age:.0f} s in the future, tolerance {self.tolerance:g} s",
                code="timestamp_future",
            )

    # writing it

    def sign(self, draft: Draft, key: bytes, at: float) -> None:
        """Write time and signature as the provider would."""
        items = [
            f"{name}={draft.fields.get(name, int(at))}".encode() for name in self.content.fields
        ]
        if self.sent is not None:
            text = write_timestamp(at, self.unit)
            if self.sent.field is not None:
                items.append(self.sent.field + text.encode())
            else:
                draft.put(self.sent.place, int(text) if text.isdecimal() else text)
        self.content.prepare(draft, at)
        if self.place.in_body:  # so that the body is, but for these, as it will be sent
            self._write(draft, items, bytes(self.digest_size or 1))
        content = self.content.fill(draft.delivery(at), items, key)
        value = content if self.hashed is None else self.hashed(content)
        self._write(draft, items, self.algorithm.get_signature(key, value))

    def _write(self, draft: Draft, items: list[bytes], signature: bytes) -> None:
        text = self.forms[0].write(self.encoding.encode(signature))
        listed = self.separator.join([*items, text])
        draft.put(self.place, listed.decode("utf-8", "surrogateescape"))


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def _checked_tolerance(seconds: object) -> float:
    if not isinstance(seconds, int | float) or math.isnan(seconds) or seconds <= 0:
        raise ConfigError(
            "tolerance must be a number of seconds above 0; math.inf switches the check off"
        )
    return float(seconds)
