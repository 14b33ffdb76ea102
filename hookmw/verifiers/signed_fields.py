"""`SignedFields`: a signature over listed fields of a JSON body, and over nothing else of it.

SignedFields(                               # Adyen
    signature="body:notificationItems.0.NotificationRequestItem.additionalData.hmacSignature",
    fields=(("pspReference", "originalReference", ...),),
    within="notificationItems.0.NotificationRequestItem",
    joined=":",
)
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import (
    BadSignature,
    MalformedSignature,
    MissingSignature,
    StaleTimestamp,
    Undecodable,
)
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.algorithms import Hash, algorithm
from hookmw.scheme.encodings import encoding
from hookmw.scheme.timestamps import parse_timestamp, timestamp_unit, write_timestamp
from hookmw.secret import Secrets

__all__ = ["SignedFields"]

MAX_SIGNATURE = 1024


@dataclass(frozen=True, slots=True)
class SignedFields:
    """A MAC, or a hash with the secret behind, of listed fields of the body.

    Attributes:
        signature: place of the signature.
        fields: lists of members; the first list whose first member is there counts, else the last.
            A member that is missing or null is signed as the empty text.
        within: where they are, with dots; at the top if empty. An array on the way there must
            hold nothing else: else more would be reported than was signed.
        joined: what stands between them.
        apart: members that must not hold what stands between, so that no value can be shifted
            into the next.
        algorithm: a name that `hookmw.scheme.algorithms.algorithm` knows.
        encoding: how the signature is written.
        key: how the secret becomes key bytes.
        timestamp: member that says when it was sent; it must be signed. None where there is none.
        unit: how it is written.
        tolerance: seconds that it may be from now, both ways.
        identifies: whether what is signed tells events apart. Where it does not, the whole body
            does: nothing genuine gets lost, and who replays one may change what is not signed.
        ack: members of the acknowledgement, where it must be signed, too.
        ack_signed: those of them that are, in that order; `timestamp` is ours.
        ack_headers: the headers that hold its signature.

    Raises:
        ConfigError: a name is unknown.
    """

    signature: str
    _: KW_ONLY
    fields: Sequence[Sequence[str]]
    within: str = ""
    joined: str = ""
    apart: Sequence[str] = ()
    algorithm: str = "hmac-sha256"
    encoding: str = "hex"
    key: str = "utf8"
    timestamp: str | None = None
    unit: str = "s"
    tolerance: float = 300.0
    identifies: bool = True
    ack: Mapping[str, str | int] = field(default_factory=dict)
    ack_signed: Sequence[str] = ()
    ack_headers: Sequence[str] = ()
    _place: Place = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row."""
        algorithm(self.algorithm)
        encoding(self.encoding)
        timestamp_unit(self.unit)
        object.__setattr__(self, "_place", Place.of(self.signature))

    def precheck(self, delivery: Delivery) -> None:
        """Whether a signature is there and could be one; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it cannot be one.
            Malformed: its header is there twice.
        """
        if not self._place.in_body:
            self._read(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the fields are signed, and fresh if they say when they were sent.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        signature, content = self._read(delivery), self._content(delivery)
        found = False
        for key in secrets.keys(self.key):
            found |= hmac.compare_digest(self._sign(key, content), signature)
        if not found:
            raise BadSignature(f"the fields do not match under any secret ({len(secrets)} tried)")
        self._check_freshness(delivery)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys.

        Raises:
            ConfigError: with the form that is asked for.
        """
        secrets.keys(self.key)

    def signed_content(self, delivery: Delivery) -> bytes:
        """The fields as they were signed, or the whole body where they tell no events apart."""
        return self._content(delivery) if self.identifies else delivery.body

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        steps = f"{self.within}." if self.within else ""
        return place.kind == "body" and any(
            place.name == steps + name for names in self.fields for name in names
        )

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        lists = " or ".join(f"{', '.join(names)}" for names in self.fields)
        return f"{lists}, of {self.within}" if self.within else lists

    def seal(self, delivery: Delivery, secrets: Secrets) -> Reply | None:
        """The acknowledgement, signed with the newest secret; None where it need not be."""
        if not self.ack:
            return None
        said = {**self.ack, "timestamp": int(delivery.received_at)}
        content = self.joined.join(str(said[name]) for name in self.ack_signed).encode()
        made = encoding(self.encoding).encode(self._sign(secrets.keys(self.key)[0], content))
        headers = tuple((name.encode(), made) for name in self.ack_headers)
        return Reply(200, msgspec.json.encode(said), "application/json", headers)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would.

        Raises:
            ConfigError: the body is no JSON object, or the secret no key.
        """
        if self.timestamp is not None:
            draft.put(self._at(self.timestamp), int(write_timestamp(at, self.unit)))
        key = Secrets(secret, name="secret").keys(self.key)[0]
        made = self._sign(key, self._content(draft.delivery(at)))
        draft.put(self._place, encoding(self.encoding).encode(made).decode())

    def _at(self, name: str) -> Place:
        return Place.of(f"body:{self.within}.{name}" if self.within else f"body:{name}")

    def _read(self, delivery: Delivery) -> bytes:
        text = self._place.read_bytes(delivery) or b""
        if not text.strip():
            raise MissingSignature(f"no signature at {self._place}")
        try:
            return encoding(self.encoding).decode(text[:MAX_SIGNATURE])
        except ValueError:
            raise MalformedSignature(f"{self._place} is not {self.encoding}") from None

    def _sign(self, key: bytes, content: bytes) -> bytes:
        used = algorithm(self.algorithm)
        return used.get_signature(key, content + key if isinstance(used, Hash) else content)

    def _content(self, delivery: Delivery) -> bytes:
        self._check_shape(delivery)
        there = (names for names in self.fields if self._at(names[0]).read(delivery))
        texts = {name: self._text(name, delivery) for name in next(there, self.fields[-1])}
        if any(self.joined in texts.get(name, "") for name in self.apart):
            raise MalformedSignature("a field holds what stands between the fields")
        return self.joined.join(texts.values()).encode("utf-8", "surrogatepass")

    def _text(self, name: str, delivery: Delivery) -> str:
        place = self._at(name)
        text = place.read(delivery)
        if text is None and not delivery.document.is_absent(place.name.split(".")):
            raise MalformedSignature(f"{place} is neither text nor a whole number")
        return text or ""

    def _check_shape(self, delivery: Delivery) -> None:
        """Whether it is JSON, and each array on the way to the fields has one item."""
        try:
            delivery.document.decode()
        except Undecodable:
            raise MalformedSignature("the body is no JSON") from None
        steps = self.within.split(".")
        for depth, step in enumerate(steps):
            if step.isdigit() and delivery.document.count(steps[:depth]) != 1:
                raise MalformedSignature(f"there is not one item in {'.'.join(steps[:depth])}")

    def _check_freshness(self, delivery: Delivery) -> None:
        if self.timestamp is None:
            return
        sent_at = parse_timestamp(self._at(self.timestamp).read(delivery) or "", self.unit)
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if abs(delivery.received_at - sent_at) > self.tolerance:
            raise StaleTimestamp(f"the timestamp is over {self.tolerance:g} s from now")
