"""`NamedHeaders`: a MAC over the request and the headers that one of its headers names."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import quote, urlsplit

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MalformedSignature, MissingSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.encodings import encoding
from hookmw.scheme.parts import PATH_SAFE
from hookmw.scheme.timestamps import parse_timestamp, timestamp_unit, write_timestamp
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
        named: the place of the signed headers' names, with commas between.
        required: headers that must be among them.
        content: what is signed: braces hold `method`, `path` (with its query), `headers` or `body`.
        pair: how a header is written: `{name}` and `{value}`.
        joined: what stands between them.
        timestamp: place of the time of sending; its header must be among those required.
        unit: how it is written: `s`, `ms` or `rfc3339`.
        tolerance: seconds that it may be from now, both ways.

    Raises:
        ConfigError: the row cannot work.
    """

    signature: str
    _: KW_ONLY
    named: str
    required: Sequence[str]
    content: str
    pair: str = "{name}:{value}"
    joined: str = ";"
    timestamp: str
    unit: str = "s"
    tolerance: float = 300.0
    _places: tuple[Place, Place, Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        places = (Place.of(self.signature), Place.of(self.named), Place.of(self.timestamp))
        object.__setattr__(self, "_places", places)
        timestamp_unit(self.unit)

    def precheck(self, delivery: Delivery) -> None:
        """Whether the signature is there, could be one, and is fresh; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it, or what it covers, cannot be of this row.
            StaleTimestamp: it is too old, or from the future.
            Malformed: a header of the proof is there twice.
        """
        self._signature(delivery)
        self._names(delivery)
        sent_at = parse_timestamp(self._places[2].read(delivery) or "", self.unit)
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if abs(delivery.received_at - sent_at) > self.tolerance:
            raise StaleTimestamp(f"the timestamp is over {self.tolerance:g} s from now")

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the signature is right and fresh.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        self.precheck(delivery)
        given, content = self._signature(delivery), self.signed_content(delivery)
        if not sum(hmac.compare_digest(hmac.digest(k, content, "sha256"), given) for k in secrets):
            raise BadSignature("the signature does not match under any secret")

    def signed_content(self, delivery: Delivery) -> bytes:
        """The canonical request."""
        names = self._names(delivery)
        prefix = urlsplit(delivery.public_url or "").path.rstrip("/")
        query = "?" + delivery.query_string.decode("latin-1") if delivery.query_string else ""
        values = {
            "method": delivery.method,
            "path": quote(prefix + delivery.path, PATH_SAFE) + query,
            "headers": self.joined.join(self._pair(delivery, name) for name in names),
        }
        return b"".join(
            delivery.body if word == "body" else values.get(word, word).encode("utf-8", "replace")
            for word in re.split(r"\{(\w+)\}", self.content)
        )

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body or (place.kind == "header" and place.name.lower() in self.required)

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL."""
        return "{path}" in self.content

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would."""
        draft.put(self._places[2], write_timestamp(at, self.unit))
        draft.put(self._places[1], ",".join(sorted(self.required)))
        content = self.signed_content(draft.delivery(at))
        key = Secrets(secret).keys("utf8")[0]
        draft.put(self._places[0], hmac.digest(key, content, "sha256").hex())

    def _signature(self, delivery: Delivery) -> bytes:
        text = self._places[0].read_bytes(delivery) or b""
        if not text.strip():
            raise MissingSignature(f"no signature at {self._places[0]}")
        try:
            raw = encoding("hex").decode(text)
        except ValueError:
            raw = b""
        if len(raw) != SIZE:
            raise MalformedSignature(f"{self._places[0]} holds no signature of this scheme")
        return raw

    def _names(self, delivery: Delivery) -> list[str]:
        names = (self._places[1].read(delivery) or "").lower().split(",")
        if len(names) > MAX_NAMED or not all(NAME.fullmatch(name) for name in names):
            raise MalformedSignature(f"{self._places[1]} does not name the signed headers")
        if missing := set(self.required) - set(names):
            raise MalformedSignature(f"{min(missing)} is not among the signed headers")
        return sorted(names)

    def _pair(self, delivery: Delivery, name: str) -> str:
        value = delivery.header(name.encode())
        if value is None:
            raise MalformedSignature("a signed header is missing")
        return self.pair.replace("{name}", name).replace("{value}", value.strip())
