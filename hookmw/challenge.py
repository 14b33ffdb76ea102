"""Handshakes as rows: how a provider asks whether an endpoint is ours, and what it wants to hear.

A handshake that is not signed is answered before the signature is looked at, a signed one only
after it. One that makes us sign the caller's text is a signing oracle: its grammar must share no
text with the content that the provider's scheme signs (a property test over all rows proves that).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

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
        ConfigError: neither or both of `text` and `json` are given.
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
        re.compile(self.grammar)

    def answer(
        self, delivery: Delivery, secrets: Secrets, verify_token: Secrets | None
    ) -> Reply | None:
        """The reply to this handshake, or None if the delivery is not this handshake.

        Args:
            delivery: its body must have been read if a place of this row is in the body.
            secrets: for an answer that is signed.
            verify_token: what the guard must hold.

        Raises:
            Malformed: the token is missing or not of the grammar.
            ChallengeRefused: the guard does not hold the verify token.
        """
        if not self.asked_by(delivery):
            return None
        if self.guard is not None:
            self._check_guard(Place.of(self.guard).read(delivery), verify_token)
        token = Place.of(self.token).read(delivery)
        if token is None or not re.fullmatch(self.grammar, token, re.ASCII):
            raise Malformed("the challenge's token is not one", code="challenge_malformed")
        return self._reply(token, secrets)

    def asked_by(self, delivery: Delivery) -> bool:
        """Whether the delivery is this handshake."""
        return delivery.method == self.method and all(
            _stands(Place.of(place), expected, delivery) for place, expected in self.when.items()
        )

    def _check_guard(self, told: str | None, verify_token: Secrets | None) -> None:
        if verify_token is None:
            raise ChallengeRefused(
                "no verify token is configured: pass verify_token= to the endpoint",
                code="challenge_not_configured",
            )
        given = (told or "").encode()
        if not sum(hmac.compare_digest(given, ours) for ours in verify_token):
            raise ChallengeRefused(f"{self.guard} does not hold the verify token")

    def _reply(self, token: str, secrets: Secrets) -> Reply:
        if self.text is not None:
            return Reply(200, self._fill(self.text, token, secrets).encode())
        return Reply(
            200, msgspec.json.encode(self._filled_json(token, secrets)), "application/json"
        )

    def _filled_json(self, token: str, secrets: Secrets) -> str | dict[str, str]:
        if isinstance(self.json, str):
            return self._fill(self.json, token, secrets)
        return {key: self._fill(value, token, secrets) for key, value in (self.json or {}).items()}

    def _fill(self, template: str, token: str, secrets: Secrets) -> str:
        for name in ("hex", "base64"):
            if "{" + name + "}" in template:
                mac = hmac.digest(next(iter(secrets)), token.encode(), "sha256")
                return template.replace("{" + name + "}", encoding(name).encode(mac).decode())
        return template.replace("{token}", token)


def _stands(place: Place, expected: str, delivery: Delivery) -> bool:
    # Most bodies do not even contain the text, which costs less to see than to parse.
    if place.kind == "body" and expected.encode() not in delivery.body:
        return False
    return place.read(delivery) == expected
