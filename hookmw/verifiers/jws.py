r"""`DetachedJWS`: a signed token without its payload, which is the request itself.

DetachedJWS(                                # TrueLayer
    signature="header:tl-signature",        # header..signature
    algorithms="ES512",
    payload="{method} {path}\n{headers}{body}",
    named="tl_headers",                     # the token says which headers are signed
    keys="https://webhooks.truelayer.com/.well-known/jwks",
)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from urllib.parse import quote, urlsplit

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MalformedSignature, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.encodings import encoding
from hookmw.scheme.timestamps import parse_timestamp, timestamp_unit, write_timestamp
from hookmw.scheme.urls import PATH_SAFE
from hookmw.secret import Secrets
from hookmw.verifiers.fetching import Fetch
from hookmw.verifiers.jose import Token, checked_algorithms, is_signed, read_token, write_token
from hookmw.verifiers.keys import Keys, key_name, private_key

__all__ = ["DetachedJWS"]

HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)

MAX_NAMED = 32
"""Headers that a token may name."""


@dataclass(frozen=True, slots=True)
class DetachedJWS:
    """A detached signature (RFC 7515, appendix F) of the body, or of more of the request.

    Attributes:
        signature: the place of the token.
        algorithms: the algorithms that it may have.
        payload: what is signed: braces hold `body`, `method`, `path` or `headers`, the lines of
            the headers that the token names.
        unencoded: whether the payload is signed as it stands (RFC 7797), not as base64url.
        named: the member of the token's header that names the signed headers, with commas.
        required: headers that must be among them.
        timestamp: where the time of sending is: a place, or `token:ts` for a member of the
            token's header; it must be signed. None where there is none.
        unit: how it is written: `s`, `ms` or `rfc3339`.
        tolerance: seconds that it may be from now, both ways.
        keys: URL of the provider's public keys; see `hookmw.verifiers.keys.Keys`.
        fetch: fetches them.

    Raises:
        ConfigError: the row cannot work.
    """

    signature: str
    _: KW_ONLY
    algorithms: str | Sequence[str]
    payload: str = "{body}"
    unencoded: bool = False
    named: str = ""
    required: Sequence[str] = ()
    timestamp: str | None = None
    unit: str = "s"
    tolerance: float = 300.0
    keys: str = ""
    fetch: Fetch | None = field(default=None, repr=False, compare=False)
    _algorithms: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _place: Place = field(init=False, repr=False, compare=False)
    _keys: Keys = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        object.__setattr__(self, "_algorithms", checked_algorithms(self.algorithms))
        object.__setattr__(self, "_place", Place.of(self.signature))
        object.__setattr__(self, "_keys", Keys(url=self.keys))
        timestamp_unit(self.unit)

    def precheck(self, delivery: Delivery) -> None:
        """Whether a signature is there and could be one; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it cannot be one of this row.
            Malformed: a header of the proof is there twice.
        """
        self._read(delivery)

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the signature is right and fresh.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
            KeyUnavailable: the key cannot be fetched now.
        """
        token = self._read(delivery)
        keys = await self._keys.find(token.algorithm, token.kid, secrets, self.fetch)
        payloads = self._payloads(delivery, self._named(token))
        if not any(is_signed(token, self._encoded(each), keys) for each in payloads):
            raise BadSignature("the signature does not match under any key")
        self._check_freshness(delivery, token)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys of this row.

        Raises:
            ConfigError: with the form that is asked for.
        """
        self._keys.check(self._algorithms, secrets)

    def signed_content(self, delivery: Delivery) -> bytes:
        """The bytes that the signature covers."""
        return next(self._payloads(delivery, self._named(self._read(delivery))))

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body or (place.kind == "header" and place.name.lower() in self.required)

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        named = f"; headers are those that {self.named} names" if self.named else ""
        required = f", {' and '.join(self.required)} among them" if self.required else ""
        return f"{self.payload!r}{named}{required}" if named else self.payload

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL."""
        return "{path}" in self.payload

    @property
    def needs_secrets(self) -> bool:
        """Whether the endpoint must be given any."""
        return not self.keys

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression."""
        return self._keys.fetches

    def with_fetch(self, fetch: Fetch) -> "DetachedJWS":
        """A copy that fetches its keys with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place; `secret` is a private key in PEM.

        Raises:
            ConfigError: it is none.
        """
        algorithm = self._algorithms[0]
        raw = secret.encode() if isinstance(secret, str) else secret
        header: dict[str, object] = {"b64": False, "crit": ["b64"]} if self.unencoded else {}
        if self.named:
            header[self.named] = ",".join(self.required)
        key = private_key(algorithm, raw, "utf8")
        if not isinstance(key, bytes):
            header["kid"] = key_name(key)
        self._date(draft, header, at)
        payload = next(self._payloads(draft.delivery(at), list(self.required)))
        token = write_token(algorithm, header, self._encoded(payload), key, detached=True)
        draft.put(self._place, token)

    def _date(self, draft: Draft, header: dict[str, object], at: float) -> None:
        if self.timestamp is None:
            return
        text = write_timestamp(at, self.unit)
        name = self.timestamp.partition(":")[2]
        if self.timestamp.startswith("token:"):
            header[name] = int(text) if text.isdecimal() else text
        else:
            draft.put(Place.of(self.timestamp), text)

    def _read(self, delivery: Delivery) -> Token:
        token = read_token(self._place.read_bytes(delivery) or b"", self._algorithms)
        if token.payload:
            raise MalformedSignature("the token is not detached: it brings a payload of its own")
        critical = token.header.get("crit", [])
        unencoded = token.header.get("b64", True) is False
        if unencoded != self.unencoded or critical != (["b64"] if unencoded else []):
            raise MalformedSignature("the token asks for another way to sign than this provider's")
        return token

    def _named(self, token: Token) -> list[str]:
        if not self.named:
            return []
        text = token.header.get(self.named)
        names = text.split(",") if isinstance(text, str) and text else []
        if len(names) > MAX_NAMED or not all(HEADER_NAME.fullmatch(name) for name in names):
            raise MalformedSignature("the token does not name the signed headers")
        missing = set(self.required) - {name.lower() for name in names}
        if missing:
            raise MalformedSignature(f"{min(missing)} is not among the signed headers")
        return names

    def _encoded(self, payload: bytes) -> bytes:
        return payload if self.unencoded else encoding("base64url").encode(payload)

    def _payloads(self, delivery: Delivery, names: Sequence[str]) -> Iterator[bytes]:
        """What may have been signed: a slash at the path's end counts for nothing here."""
        path = quote(
            urlsplit(delivery.public_url or "").path.rstrip("/") + delivery.path, PATH_SAFE
        )
        other = path[:-1] if path.endswith("/") else path + "/"
        lines = "".join(f"{name}: {_header(delivery, name)}\n" for name in names)
        for each in (path, other) if self.signs_url else (path,):
            values = {"method": delivery.method, "path": each, "headers": lines}
            yield b"".join(
                delivery.body if word == "body" else _bytes(values.get(word, word))
                for word in re.split(r"\{(\w+)\}", self.payload)
            )

    def _check_freshness(self, delivery: Delivery, token: Token) -> None:
        if self.timestamp is None:
            return
        name = self.timestamp.partition(":")[2]
        text = (
            token.header.get(name)
            if self.timestamp.startswith("token:")
            else Place.of(self.timestamp).read(delivery)
        )
        sent_at = parse_timestamp(str(text), self.unit)
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if abs(delivery.received_at - sent_at) > self.tolerance:
            raise StaleTimestamp(f"the timestamp is over {self.tolerance:g} s from now")


def _header(delivery: Delivery, name: str) -> str:
    text = delivery.header(name.lower().encode("ascii"))
    if text is None:
        raise MalformedSignature("a signed header is missing")
    return text


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")
