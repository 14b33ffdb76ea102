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

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import ChallengeRefused, ConfigError, Malformed
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.scheme.encodings import encoding
from hookmw.secret import Secrets

__all__ = ["Challenge"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """One handshake.

    Attributes:
        token: the place of the text to answer with.
        signed: whether the provider signs it; if so it is answered only after verification.
        when: places and the text that must stand there for this to be the handshake.
        method: HTTP method, upper case.
        guard: the place of the verify token that we told the provider; None where there is none.
        grammar: regular expression for the whole token; anything else is refused.
        text: the answer as plain text; braces hold `token`, or `hex` or `base64` for the token's
            HMAC-SHA256 under the newest secret.
        json: the answer as JSON: a string, or an object of strings, with the same braces.

    Raises:
        ConfigError: neither or both of `text` and `json` are given, or a place or the grammar
            is not written as one.
    """

    token: str
    _: KW_ONLY
    signed: bool
    when: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    guard: str | None = None
    grammar: str = r"[A-Za-z0-9+/=_.~-]{1,512}"
    text: str | None = None
    json: str | Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Check the row."""
        if (self.text is None) == (self.json is None):
            raise ConfigError("a challenge answers with either text or json")
        for place in (self.token, self.guard or self.token, *self.when):
            Place.of(place)
        try:
            re.compile(self.grammar)
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
            verify_token: what the guard must hold.

        Raises:
            Malformed: the token is missing or not of the grammar.
            ChallengeRefused: the guard does not hold the verify token.
        """
        if self.guard is not None:
            self._check_guard(Place.of(self.guard).read_bytes(delivery), verify_token)
        token = Place.of(self.token).read(delivery)
        if token is None or not re.fullmatch(self.grammar, token, re.ASCII):
            raise Malformed("the challenge's token is not one", code="challenge_malformed")
        return self._reply(token, _mac(token, secrets) if self.signs else b"")

    @property
    def signs(self) -> bool:
        """Whether the answer is signed with the endpoint's secret."""
        answer = self.text if self.text is not None else str(self.json)
        return any(name in answer for name in ("{hex}", "{base64}"))

    @property
    def in_body(self) -> bool:
        """Whether the body must be read to see what is asked."""
        places = (*self.when, self.token, *([self.guard] if self.guard is not None else ()))
        return any(Place.of(text).in_body for text in places)

    def asked_by(self, delivery: Delivery) -> bool:
        """Whether the delivery is this handshake."""
        return delivery.method == self.method and all(
            _stands(Place.of(place), expected, delivery) for place, expected in self.when.items()
        )

    def _check_guard(self, told: bytes | None, verify_token: Secrets | None) -> None:
        if verify_token is None:
            raise ChallengeRefused(
                "no verify token is configured: pass verify_token= to the endpoint",
                code="challenge_not_configured",
            )
        given = told or b""
        if not sum(hmac.compare_digest(given, ours) for ours in verify_token):
            raise ChallengeRefused(f"{self.guard} does not hold the verify token")

    def _reply(self, token: str, mac: bytes) -> Reply:
        fill = partial(_fill, token=token, mac=mac)
        if self.text is not None:
            return Reply(200, fill(self.text).encode())
        if isinstance(self.json, str):
            return Reply(200, msgspec.json.encode(fill(self.json)), "application/json")
        answer = {key: fill(value) for key, value in (self.json or {}).items()}
        return Reply(200, msgspec.json.encode(answer), "application/json")


def _mac(token: str, secrets: Secrets | None) -> bytes:
    if secrets is None:
        raise ConfigError("this handshake's answer is signed: pass secrets")
    return hmac.digest(next(iter(secrets)), token.encode(), "sha256")


def _fill(template: str, *, token: str, mac: bytes) -> str:
    for name in ("hex", "base64"):
        template = template.replace("{" + name + "}", encoding(name).encode(mac).decode())
    return template.replace("{token}", token)


def _stands(place: Place, expected: str, delivery: Delivery) -> bool:
    # Most bodies do not even contain the text, which costs less to see than to parse.
    if place.kind == "body" and expected.encode() not in delivery.body:
        return False
    return place.read(delivery) == expected
