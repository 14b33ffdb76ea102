"""Handshakes as rows: how a provider asks whether an endpoint is ours, and what it wants to hear.

A handshake that is not signed is answered before the signature is looked at, a signed one only
after it. One that makes us sign the caller's text is a signing oracle: its grammar must share no
text with the content that the provider's scheme signs (a property test over all rows proves that).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import ChallengeRefused, ConfigError, Malformed
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.scheme.algorithms import Hash, algorithm
from hookmw.scheme.encodings import encoding
from hookmw.scheme.parts import parse_part
from hookmw.secret import Secrets, key_decoder

__all__ = ["Challenge"]

VISIBLE = re.compile(r"[\x21-\x7e]*")
"""What of a token may stand in a header of the answer."""


BRACES = frozenset({"token", "verify_token", "number", "hex", "base64"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """One handshake.

    Attributes:
        token: the place of the text to answer with; empty where the answer needs none.
        signed: whether the provider signs it; if so it is answered only after verification.
        when: places and the text that must stand there for this to be the handshake: `*` is any
            text, and the empty text says that nothing may stand there.
        method: HTTP method, upper case.
        guard: the place of the verify token that we told the provider; None where there is none.
        grammar: regular expression for the whole token; anything else is refused.
        text: the answer as plain text; braces hold `token`, `verify_token`, or `hex` or `base64`
            for what `algorithm` makes of `content`.
        json: the answer as JSON: a string, or an object of strings with the same braces, numbers,
            and `{number}`, the token as a number.
        headers: of the answer, with the same braces.
        status: of the answer.
        algorithm: a name that `hookmw.scheme.algorithms.algorithm` knows; whatever is no plain
            hash signs with the newest secret.
        key: how that secret becomes key bytes, as in a `Scheme`.
        content: what is hashed or signed, the token alone if None; braces hold `token`, or other
            places of the request, whose texts must be of the grammar too; for a plain hash also
            `verify_token` and `url` (the public one, without its query).
        registers: whether the token is a secret that we are to keep: answered only while a
            registration is pending.

    Raises:
        ConfigError: neither or both of `text` and `json` are given, the answer needs a token and
            none is named, or a place, the grammar or the algorithm is not written as one.
    """

    token: str = ""
    _: KW_ONLY
    signed: bool
    when: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    guard: str | None = None
    grammar: str = r"[A-Za-z0-9+/=_.~-]{1,512}"
    text: str | None = None
    json: str | Mapping[str, str | int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    algorithm: str = "hmac-sha256"
    key: str = "utf8"
    content: str | None = None
    registers: bool = False

    def __post_init__(self) -> None:
        """Check the row."""
        if (self.text is None) == (self.json is None):
            raise ConfigError("a challenge answers with either text or json")
        for place in filter(None, (self.token, self.guard, *self.when)):
            Place.of(place)
        if unknown := self._braces - BRACES:
            known = ", ".join(sorted(BRACES))
            raise ConfigError(f"no answer has {{{min(unknown)}}} in it; known are {known}")
        if not self.token and (self.registers or self.echoes):
            raise ConfigError("the answer needs a token: say token=, the place where it stands")
        hashed = isinstance(algorithm(self.algorithm), Hash)
        allowed = {"token", "verify_token", "url"} if hashed else {"token"}
        for part in self._parts:
            if ":" in part:
                Place.of(part)
            elif part not in allowed:
                raise ConfigError(f"only a plain hash is made of {part}")
        key_decoder(self.key)
        try:
            re.compile(self.grammar)
            re.compile(self._signable)
        except re.error as error:
            raise ConfigError(
                f"grammar={self.grammar!r} is no regular expression: {error}"
            ) from None

    def answer(
        self, delivery: Delivery, secrets: Secrets | None, verify_token: Secrets | None
    ) -> Reply:
        """The reply to this handshake.

        Args:
            delivery: one that asked it (`asked_by`).
            secrets: needed where the answer is signed (`signs`).
            verify_token: what the guard must hold, and what the answer holds as `verify_token`.

        Raises:
            Malformed: the token is missing or not of the grammar.
            ChallengeRefused: the guard does not hold the verify token, or none is configured.
        """
        if self.guard is not None:
            self._check_guard(Place.of(self.guard).read_bytes(delivery), verify_token)
        values = {"token": self.read_token(delivery)}
        if self.shows_verify_token:
            values["verify_token"] = next(iter(_configured(verify_token))).decode()
        if self.computes:
            values |= self._computed(delivery, values, secrets)
        return self._reply(values)

    def read_token(self, delivery: Delivery) -> str:
        """The text that stands at `token`; empty where the row names no place.

        Raises:
            Malformed: it is missing or not of the grammar.
        """
        if not self.token:
            return ""
        token = self._read(self.token, delivery)
        if self.headers and not VISIBLE.fullmatch(token):
            raise _no_token()
        return token

    def _read(self, where: str, delivery: Delivery) -> str:
        text = Place.of(where).read(delivery)
        if text is None or not re.fullmatch(self.grammar, text, re.ASCII):
            raise _no_token()
        return text

    @property
    def echoes(self) -> bool:
        """Whether the answer holds the token, or something that is made of it."""
        return self._uses("token", "number", "hex", "base64")

    @property
    def shows_verify_token(self) -> bool:
        """Whether the answer holds the verify token, or a hash of it."""
        return self._uses("verify_token") or "{verify_token}" in (self.content or "")

    @property
    def needs_verify_token(self) -> bool:
        """Whether the endpoint must be told what the provider was told."""
        return self.guard is not None or self.shows_verify_token

    @property
    def computes(self) -> bool:
        """Whether the answer holds a MAC or a hash."""
        return self._uses("hex", "base64")

    @property
    def signs(self) -> bool:
        """Whether the answer is signed with the endpoint's secret."""
        return self.computes and not isinstance(algorithm(self.algorithm), Hash)

    def could_sign(self, content: bytes) -> bool:
        """Whether an answer would be a signature of this content."""
        return self.signs and re.fullmatch(self._signable, content) is not None

    @property
    def _signable(self) -> bytes:
        """The regular expression of all that an answer may sign."""
        if self.content is None:
            return self.grammar.encode()
        literals = re.split(r"\{[^{}]+\}", self.content)
        return f"(?:{self.grammar})".join(map(re.escape, literals)).encode()

    @property
    def _parts(self) -> list[str]:
        return re.findall(r"\{([^{}]+)\}", self.content or "")

    @property
    def in_body(self) -> bool:
        """Whether the body must be read to see what is asked."""
        read = (*self.when, self.token, self.guard, *(part for part in self._parts if ":" in part))
        return any(Place.of(at).in_body for at in read if at)

    def may_be_asked_by(self, delivery: Delivery) -> bool:
        """Whether the delivery may be this handshake, as far as can be told without its body."""
        return delivery.method == self.method and self._stands_in(delivery, in_body=False)

    def asked_by(self, delivery: Delivery) -> bool:
        """Whether the delivery is this handshake."""
        return self.may_be_asked_by(delivery) and self._stands_in(delivery, in_body=True)

    def _stands_in(self, delivery: Delivery, *, in_body: bool) -> bool:
        places = [(Place.of(text), expected) for text, expected in self.when.items()]
        return all(
            _stands(place, expected, delivery)
            for place, expected in places
            if place.in_body == in_body
        )

    def _uses(self, *names: str) -> bool:
        return not self._braces.isdisjoint(names)

    @property
    def _braces(self) -> set[str]:
        """What stands in braces in the answer."""
        json = self.json.values() if isinstance(self.json, Mapping) else [self.json]
        answer = " ".join(map(str, (self.text, *json, *self.headers.values())))
        return {*re.findall(r"\{([^{}]+)\}", answer)}

    def _check_guard(self, told: bytes | None, verify_token: Secrets | None) -> None:
        given = told or b""
        if not sum(hmac.compare_digest(given, ours) for ours in _configured(verify_token)):
            raise ChallengeRefused(f"{self.guard} does not hold the verify token")

    def _computed(
        self, delivery: Delivery, values: Mapping[str, str], secrets: Secrets | None
    ) -> dict[str, str]:
        values = dict(values)
        for part in self._parts:
            if part == "url":
                url = parse_part("url", None, b"").read(delivery, [], b"")
                values[part] = url.partition(b"?")[0].decode()
            elif ":" in part:
                values[part] = self._read(part, delivery)
        content = _fill(self.content or "{token}", values).encode()
        raw = algorithm(self.algorithm).get_signature(self._key(secrets), content)
        return {name: encoding(name).encode(raw).decode() for name in ("hex", "base64")}

    def _key(self, secrets: Secrets | None) -> bytes:
        if not self.signs:
            return b""
        if secrets is None:
            raise ConfigError("this handshake's answer is signed: pass secrets")
        return secrets.keys(self.key)[0]

    def _reply(self, values: Mapping[str, str]) -> Reply:
        fill = partial(_fill, values=values)
        headers = tuple((n.encode(), fill(text).encode()) for n, text in self.headers.items())
        if self.text is not None:
            return Reply(self.status, fill(self.text).encode(), headers=headers)
        body = msgspec.json.encode(_filled(self.json, values))
        return Reply(self.status, body, "application/json", headers)


def _no_token() -> Malformed:
    return Malformed("the challenge's token is not one", code="challenge_malformed")


def _filled(answer: Any, values: Mapping[str, str]) -> Any:
    """The answer as data, all braces filled."""
    if isinstance(answer, Mapping):
        return {key: _filled(value, values) for key, value in answer.items()}
    if answer == "{number}":
        return int(values["token"])
    return _fill(answer, values) if isinstance(answer, str) else answer


def _fill(template: str, values: Mapping[str, str]) -> str:
    """The template in one pass: braces that a token brings with it are its own."""
    return re.sub(r"\{([^{}]+)\}", lambda found: values[found[1]], template)


def _configured(verify_token: Secrets | None) -> Secrets:
    if verify_token is None:
        raise ChallengeRefused(
            "no verify token is configured: pass verify_token= to the endpoint",
            code="challenge_not_configured",
        )
    return verify_token


def _stands(place: Place, expected: str, delivery: Delivery) -> bool:
    if expected in {"", "*"}:
        return bool(place.read(delivery)) is bool(expected)
    # Most bodies do not even contain the text, which costs less to see than to parse.
    if place.kind == "body" and expected.encode() not in delivery.body:
        return False
    return place.read(delivery) == expected
