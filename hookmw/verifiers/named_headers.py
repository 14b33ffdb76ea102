"""`NamedHeaders`: a MAC over the request and the headers that the sender names."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MalformedSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.claim import Claim, Reader
from hookmw.scheme.encodings import encoding
from hookmw.scheme.form import forms
from hookmw.scheme.parts import Text
from hookmw.scheme.timestamps import timestamp_unit, write_timestamp
from hookmw.scheme.urls import Path
from hookmw.secret import Secrets

__all__ = ["NamedHeaders"]

NAME = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
MAX_NAMED = 32
SIZE = 32


@dataclass(frozen=True, slots=True)
class NamedHeaders:
    """HMAC-SHA256 in hex over a canonical request.

    Attributes:
        signature: the place of the signature.
        separator: between items, where that place holds a list; empty where it holds one.
        form: the text around the signature.
        named: the place of the signed headers' names, or `field:x` of the signature's own list.
        between: what stands between the names.
        in_order: whether they are signed as they are named, not sorted.
        required: headers that must be among them.
        content: what is signed: braces hold `timestamp`, `method`, `path` (with its query),
            `names`, `headers` or `body`.
        pair: how a header is written: `{name}` and `{value}`.
        joined: what stands between them.
        timestamp: place of the time of sending, or `field:x`; a header must be among those
            required.
        unit: how it is written: `s`, `ms`, `rfc3339`, ...
        tolerance: seconds that it may be from now, both ways.
        body_starts: what every body starts with, where a header's value stands before it.
        tells_apart: whether `pair` and `joined` leave no doubt which header a value is of; if not,
            what a header says is not covered.

    Raises:
        ConfigError: the row cannot work.
    """

    signature: str
    _: KW_ONLY
    separator: str = ""
    form: str = "{signature}"
    named: str
    between: str = ","
    in_order: bool = False
    required: Sequence[str]
    content: str
    pair: str = "{name}:{value}"
    joined: str = ";"
    timestamp: str
    unit: str = "s"
    tolerance: float = 300.0
    body_starts: str = ""
    tells_apart: bool = True
    _names_at: Text = field(init=False, repr=False, compare=False)
    _reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        separator = self.separator.encode()
        reader = Reader(
            places=[Place.of(self.signature)],
            forms=forms(self.form),
            separator=separator,
            encoding=encoding("hex"),
            size=SIZE,
            sent=Text(self.timestamp, separator),
            unit=timestamp_unit(self.unit),
        )
        object.__setattr__(self, "_names_at", Text(self.named, separator))
        object.__setattr__(self, "_reader", reader)

    def precheck(self, delivery: Delivery) -> None:
        """Whether the signature is there, could be one, and is fresh; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it, or what it covers, cannot be of this row.
            StaleTimestamp: it is too old, or from the future.
            Malformed: a header of the proof is there twice.
        """
        claim = self._reader.claims(delivery).chosen
        self._values(delivery, self._names(delivery, claim))
        if abs(delivery.received_at - self._reader.sent_at(delivery, claim)) > self.tolerance:
            raise StaleTimestamp(f"the timestamp is over {self.tolerance:g} s from now")

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the signature is right and fresh.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        self.precheck(delivery)
        if not delivery.body.startswith(self.body_starts.encode()):
            raise MalformedSignature("the body does not start as this provider's bodies do")
        given, content = self._reader.claims(delivery).chosen, self.signed_content(delivery)
        if not self._is_right(secrets, content, given.signatures):
            raise BadSignature("the signature does not match under any secret")

    def signed_content(self, delivery: Delivery) -> bytes:
        """The canonical request."""
        return self._filled(delivery, self._reader.claims(delivery).chosen)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        named = self.tells_apart and place.kind == "header" and place.name.lower() in self.required
        return place.in_body or named

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        required = " and ".join(self.required)
        return f"{self.content!r}; headers are those that are named, {required} among them"

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL."""
        return "{path}" in self.content

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would."""
        for header in self.required:
            draft.headers.setdefault(header, "1")
        names = self.between.join(sorted(self.required) or sorted(draft.headers)[:1])
        items = self._write(draft, self.timestamp, write_timestamp(at, self.unit))
        items += self._write(draft, self.named, names)
        content = self._filled(draft.delivery(at), Claim([], [each.encode() for each in items]))
        mac = hmac.digest(Secrets(secret).keys("utf8")[0], content, "sha256").hex()
        text = self._reader.forms[0].write(mac.encode()).decode()
        draft.put(Place.of(self.signature), self.separator.join([*items, text]))

    def _is_right(self, secrets: Secrets, content: bytes, signatures: Sequence[bytes]) -> bool:
        found = False
        for key in secrets:
            mac = hmac.digest(key, content, "sha256")
            for signature in signatures:
                found |= hmac.compare_digest(mac, signature)
        return found

    def _write(self, draft: Draft, written: str, text: str) -> list[str]:
        """The item of the signature's list, where it belongs there."""
        kind, _, name = written.partition(":")
        if kind == "field":
            return [f"{name}={text}"]
        draft.put(Place.of(written), text)
        return []

    def _filled(self, delivery: Delivery, claim: Claim) -> bytes:
        names = self._names(delivery, claim)
        sent = self._reader.sent
        assert sent is not None  # noqa: S101 - every row has one
        parts = {
            "timestamp": sent.read(delivery, claim.items),
            "method": delivery.method.encode("utf-8", "replace"),
            "names": self.between.join(names).encode(),
            "headers": self.joined.encode().join(self._values(delivery, names)),
            "body": delivery.body,
        }
        if self.signs_url:
            parts["path"] = Path(query=True).read(delivery, [], b"")
        words = re.split(r"\{(\w+)\}", self.content)
        return b"".join(parts.get(word, word.encode()) for word in words)

    def _names(self, delivery: Delivery, claim: Claim) -> list[str]:
        written = self._names_at.read(delivery, claim.items).decode("latin-1").lower()
        names = written.split(self.between)
        if len(names) > MAX_NAMED or not all(NAME.fullmatch(name) for name in names):
            raise MalformedSignature(f"{self.named} does not name the signed headers")
        if missing := set(self.required) - set(names):
            raise MalformedSignature(f"{min(missing)} is not among the signed headers")
        if len(set(names)) != len(names):
            raise MalformedSignature(f"{self.named} names a header twice")
        return names if self.in_order else sorted(names)

    def _values(self, delivery: Delivery, names: Sequence[str]) -> list[bytes]:
        return [self._pair(delivery, name) for name in names]

    def _pair(self, delivery: Delivery, name: str) -> bytes:
        value = delivery.header(name.encode())
        if value is None:
            raise MalformedSignature("a signed header is missing")
        if self.body_starts and self.joined + self.body_starts in f"{self.joined}{value}":
            raise MalformedSignature("a signed header could hold the start of a body")
        return self.pair.replace("{name}", name).replace("{value}", value.strip()).encode()
