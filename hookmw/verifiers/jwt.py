"""`JWT`: a signed token beside the body, whose claims hold hashes of what was sent.

JWT(                                        # Vonage
    token="header:authorization",           # where the token is
    prefix="Bearer ",
    algorithms="HS256",                     # pinned: the token has no say in it
    body_hash="payload_hash",               # the claim that holds the body's SHA-256, in hex
    tolerance=300,                          # how far `iat` may be from now
)
"""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MalformedSignature
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.encodings import encoding
from hookmw.secret import Secrets
from hookmw.verifiers import claims as claim
from hookmw.verifiers.fetching import Fetch
from hookmw.verifiers.jose import (
    Token,
    checked_algorithms,
    is_signed,
    read_object,
    read_token,
    write_token,
)
from hookmw.verifiers.keys import Keys, key_name, private_key

__all__ = ["JWT"]

LIFETIME = 60
"""Seconds that a token lives that we write."""


@dataclass(frozen=True, slots=True)
class JWT:
    """A signed token (RFC 7519) whose claims say what was sent.

    Attributes:
        token: the place of the token; several, separated by ` | `: the first that holds one counts.
        algorithms: the algorithms that it may have: all with shared secrets, or all with public
            keys.
        prefix: what stands before it in a header: `Bearer `.
        claims: claims and the text that each must say.
        required: claims that must be there.
        leeway: seconds that `exp` and `nbf` may be passed by.
        tolerance: seconds that `iat` may be from now; None where the provider writes none.
        body_hash: the claim that holds the SHA-256 of the body; it may be missing where there is
            no body. Without one the body is not covered at all.
        body_encoding: of that hash: `hex`, `base64` or `base64url`.
        url: the claim that holds the public URL.
        url_hash: the claim that holds its SHA-256, in hex.
        query_hash: the claim that holds Atlassian's hash of method, path and query.
        key: how a shared secret becomes key bytes.
        keys: URL of the provider's public keys; see `hookmw.verifiers.keys.Keys`.
        ask: what to POST there, where it gives one key at a time.
        fetch: fetches them.

    Raises:
        ConfigError: the row cannot work.
    """

    token: str
    _: KW_ONLY
    algorithms: str | Sequence[str]
    prefix: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()
    leeway: float = 5.0
    tolerance: float | None = None
    body_hash: str = ""
    body_encoding: str = "hex"
    url: str = ""
    url_hash: str = ""
    query_hash: str = ""
    key: str = "utf8"
    keys: str = ""
    ask: Mapping[str, str] = field(default_factory=dict)
    fetch: Fetch | None = field(default=None, repr=False, compare=False)
    _algorithms: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _places: tuple[Place, ...] = field(init=False, repr=False, compare=False)
    _keys: Keys = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        places = tuple(Place.of(text.strip()) for text in self.token.split("|"))
        keys = Keys(url=self.keys, ask=self.ask, decoder=self.key)
        object.__setattr__(self, "_algorithms", checked_algorithms(self.algorithms))
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "_keys", keys)
        encoding(self.body_encoding)

    def precheck(self, delivery: Delivery) -> None:
        """Whether a token is there and could be one; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it cannot be one of this row.
            Malformed: a header or query parameter of the proof is there twice.
        """
        if not any(place.in_body for place in self._places):
            self._read(delivery)

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the token is genuine, valid now, and says what was sent.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
            KeyUnavailable: the key cannot be fetched now.
        """
        token = self._read(delivery)
        said = read_object(token.payload)
        keys = await self._keys.find(token.algorithm, token.kid, secrets, self.fetch)
        if not is_signed(token, encoding("base64url").encode(token.payload), keys):
            raise BadSignature("the token's signature does not match under any key")
        claim.check_times(said, delivery.received_at, self.leeway, self.tolerance)
        self._check(said, delivery)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys of this row.

        Raises:
            ConfigError: with the form that is asked for.
        """
        self._keys.check(self._algorithms, secrets)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body and bool(self.body_hash)

    @property
    def covers_nothing(self) -> bool:
        """Whether the proof says nothing about the body."""
        return not self.body_hash

    @property
    def signed(self) -> str:
        """What the token vouches for, in words."""
        held = {
            "the body": self.body_hash,
            "the URL": self.url or self.url_hash,
            "method, path and query": self.query_hash,
        }
        parts = [f"{what} (claim {name})" for what, name in held.items() if name]
        return ", ".join(["the claims of the token", *parts])

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL."""
        return bool(self.url or self.url_hash or self.query_hash)

    @property
    def needs_secrets(self) -> bool:
        """Whether the endpoint must be given any."""
        return not self.keys or bool(self.ask)

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression; empty if nothing."""
        return "" if self._algorithms[0].startswith("HS") else self._keys.fetches

    def with_fetch(self, fetch: Fetch) -> "JWT":
        """A copy that fetches its keys with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would.

        Args:
            draft: gets its token.
            secret: the shared secret, or a private key in PEM.
            at: the time of sending, in seconds since the epoch.

        Raises:
            ConfigError: the secret is no key of this row.
        """
        algorithm = self._algorithms[0]
        raw = secret.encode() if isinstance(secret, str) else secret
        said = msgspec.json.encode(self._written(draft.delivery(at), int(at)))
        key = private_key(algorithm, raw, self.key)
        named = {} if isinstance(key, bytes) else {"kid": key_name(key)}
        token = write_token(
            algorithm, {"typ": "JWT", **named}, encoding("base64url").encode(said), key
        )
        place = self._places[0]
        draft.put(place, self.prefix + token if place.kind == "header" else token)

    def _read(self, delivery: Delivery) -> Token:
        for place in self._places:
            raw = place.read_bytes(delivery) or b""
            if raw.strip():
                return read_token(self._bare(place, raw), self._algorithms)
        return read_token(b"", self._algorithms)

    def _bare(self, place: Place, raw: bytes) -> bytes:
        prefix = self.prefix.encode()
        if place.kind != "header" or not prefix:
            return raw
        if raw[: len(prefix)].lower() != prefix.lower():
            raise MalformedSignature(f"{place} does not start with {self.prefix.strip()}")
        return raw[len(prefix) :]

    def _check(self, said: Mapping[str, Any], delivery: Delivery) -> None:
        for name, text in self.claims.items():
            claim.check_text(said, name, text)
        if any(said.get(name) is None for name in self.required):
            raise BadSignature("a claim that must be there is missing", code="claim_missing")
        if self.url:
            claim.check_url(said, self.url, delivery)
        for name, expected in self._hashes(delivery).items():
            if name != self.body_hash or delivery.body or said.get(name) is not None:
                claim.check_hash(said, name, expected)

    def _hashes(self, delivery: Delivery) -> dict[str, bytes]:
        hashes = {}
        if self.body_hash:
            hashes[self.body_hash] = claim.body_hash(delivery, self.body_encoding)
        if self.url_hash:
            hashes[self.url_hash] = claim.url_hash(delivery)
        if self.query_hash:
            hashes[self.query_hash] = claim.query_hash(delivery)
        return hashes

    def _written(self, delivery: Delivery, at: int) -> dict[str, Any]:
        """The claims of a token that we write."""
        said: dict[str, Any] = dict.fromkeys(self.required, "x")
        said |= {**self.claims, "iat": at, "nbf": at, "exp": at + LIFETIME}
        if self.url:
            said[self.url] = claim.url_of(delivery).decode("utf-8", "replace")
        return said | {name: text.decode() for name, text in self._hashes(delivery).items()}
