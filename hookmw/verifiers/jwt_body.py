"""`JWTBody`: the whole body is a signed token, and the event is one of its claims.

JWTBody(                                    # Wix
    algorithms="RS256",
    claim="data",                           # JSON in a text
    nested=("data", "identity"),            # members of it that are JSON in a text once more
)
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

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
from hookmw.verifiers.keys import Keys, private_key

__all__ = ["JWTBody"]

LIFETIME = 3600
"""Seconds that a token of ours is valid."""

MAX_TOKEN = 1 << 24
"""Bytes; the body was capped before."""


@dataclass(frozen=True, slots=True)
class JWTBody:
    """A signed token (RFC 7519) that is the whole body; what it says is the body then.

    Attributes:
        algorithms: the algorithms that it may have: the token has no say in it.
        claim: the claim that holds the event as JSON in a text.
        nested: members of the event that hold JSON in a text: that JSON takes their place.
        leeway: seconds that `exp` and `nbf` may be passed by.
        tolerance: seconds that `iat` may be from now; None where the provider sends a token again
            as it was.
        keys: URL of the provider's public keys; see `hookmw.verifiers.keys.Keys`.
        fetch: fetches them.

    Raises:
        ConfigError: the row cannot work.
    """

    _: KW_ONLY
    algorithms: str | Sequence[str]
    claim: str
    nested: Sequence[str] = ()
    leeway: float = 5.0
    tolerance: float | None = None
    keys: str = ""
    fetch: Fetch | None = field(default=None, repr=False, compare=False)
    _algorithms: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _keys: Keys = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        object.__setattr__(self, "_algorithms", checked_algorithms(self.algorithms))
        object.__setattr__(self, "_keys", Keys(url=self.keys))

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the body is a genuine token, valid now.

        Raises:
            BadSignature: or one of its kin.
            KeyUnavailable: the key cannot be fetched now.
        """
        token = self._read(delivery)
        keys = await self._keys.find(token.algorithm, token.kid, secrets, self.fetch)
        if not is_signed(token, encoding("base64url").encode(token.payload), keys):
            raise BadSignature("the token's signature does not match under any key")
        said = read_object(token.payload)
        claim.check_times(said, delivery.received_at, self.leeway, self.tolerance)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys of this row.

        Raises:
            ConfigError: with the form that is asked for.
        """
        self._keys.check(self._algorithms, secrets)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return f"the body, which is a token; the event is its claim {self.claim}"

    def open(self, delivery: Delivery, secrets: Secrets) -> bytes:  # noqa: ARG002 - no secret needed
        """The event.

        Raises:
            MalformedSignature: the token does not hold one.
        """
        said = read_object(self._read(delivery).payload).get(self.claim)
        if not isinstance(said, str):
            raise MalformedSignature(f"claim {self.claim} is no text")
        return self._unnested(said.encode("utf-8", "surrogatepass"))

    @property
    def needs_secrets(self) -> bool:
        """Whether the endpoint must be given any."""
        return not self.keys

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression; empty if nothing."""
        return self._keys.fetches

    def with_fetch(self, fetch: Fetch) -> "JWTBody":
        """A copy that fetches its keys with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Make a token of the body; `secret` is a private key in PEM.

        Raises:
            ConfigError: it is none.
        """
        algorithm = self._algorithms[0]
        raw = secret.encode() if isinstance(secret, str) else secret
        times = {"iat": int(at), "nbf": int(at), "exp": int(at) + LIFETIME}
        said = {self.claim: self._nested(draft.body), **times}
        payload = encoding("base64url").encode(msgspec.json.encode(said))
        key = private_key(algorithm, raw, "utf8")
        draft.body = write_token(algorithm, {"typ": "JWT"}, payload, key).encode()
        draft.headers["content-type"] = "text/plain"

    def _read(self, delivery: Delivery) -> Token:
        return read_token(delivery.body.strip(), self._algorithms, limit=MAX_TOKEN)

    def _unnested(self, event: bytes) -> bytes:
        """The event; members that are JSON in a text are that JSON, byte for byte."""
        try:
            members = msgspec.json.decode(event, type=dict[str, msgspec.Raw])
            for name in self.nested:
                if bytes(memoryview(members.get(name, b""))[:1]) == b'"':
                    text = msgspec.json.decode(members[name], type=str).encode()
                    msgspec.json.decode(text)
                    members[name] = msgspec.Raw(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise MalformedSignature("the event in the token is not the JSON it must be") from None
        return msgspec.json.encode(members)

    def _nested(self, event: bytes) -> str:
        members = msgspec.json.decode(event, type=dict[str, msgspec.Raw])
        for name in self.nested:
            if name in members:
                text = bytes(memoryview(members[name])).decode()
                members[name] = msgspec.Raw(msgspec.json.encode(text))
        return msgspec.json.encode(members).decode()
