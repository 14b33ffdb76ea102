"""`handshakes`: how a provider asks whether an endpoint is ours, and what it wants to hear."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from urllib.parse import urlencode

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery, Headers
from hookmw.errors import ConfigError
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft
from hookmw.secret import Secrets
from hookmw.testing.filling import write
from hookmw.testing.signing import Sender, SignedRequest, sender_of, sign
from hookmw.verifiers import Unverified

__all__ = ["Handshake", "handshake", "handshakes"]

ANYTHING = "hookmw"
"""Where any text will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A question, and the one right answer.

    Attributes:
        request: what the provider sends.
        reply: what it wants to hear.
    """

    request: SignedRequest
    reply: Reply

    def faults(self, status: int, headers: Headers, body: bytes) -> list[str]:
        """What is wrong with an answer, in words; empty if the provider would be content.

        Args:
            status: HTTP status.
            headers: names in lower case.
            body: the bytes.
        """
        given, found = dict(headers), []
        if status != self.reply.status:
            found.append(f"the status must be {self.reply.status}, and is {status}")
        if body != self.reply.body:
            found.append(f"the body must be {_shown(self.reply.body)}, and is {_shown(body)}")
        for name, text in self.reply.headers:
            if name not in {b"content-length", b"x-content-type-options"}:
                found += _header_fault(name, text, given.get(name))
        return found


def handshake(
    provider: Sender,
    secret: str | bytes = b"",
    *,
    verify_token: str | None = None,
    path: str = "/",
    public_url: str | None = None,
) -> SignedRequest:
    """The first handshake of a provider, as a request; see `handshakes`."""
    made = handshakes(provider, secret, verify_token=verify_token, path=path, public_url=public_url)
    if not made:
        raise ConfigError(f"provider {sender_of(provider).name!r} asks for no handshake")
    return made[0].request


def handshakes(
    provider: Sender,
    secret: str | bytes = b"",
    *,
    verify_token: str | None = None,
    path: str = "/",
    public_url: str | None = None,
) -> Sequence[Handshake]:
    """All handshakes of a provider, each with a token of its own, and signed where they are.

    Args:
        provider: a name of the catalogue, or a `Provider` of your own.
        secret: as the provider shows it; for handshakes that are signed or encrypted, or whose
            answer is. One that may come encrypted comes so if a secret is given.
        verify_token: what the provider was told, or shows.
        path: of the endpoint.
        public_url: scheme and host of the endpoint, where they are a part of the answer.

    Raises:
        ConfigError: a secret or the verify token is missing where one is needed.
    """
    sender = sender_of(provider)
    secrets = Secrets(secret, name="secret") if secret else None
    told = Secrets(verify_token, name="verify_token") if verify_token else None
    made = []
    for row in sender.challenges:
        _check(row, sender.name, secrets, told)
        request = _signed(row, sender, secret, _asking(row, path, verify_token or ""))
        delivery = request.delivery()
        delivery.public_url = public_url
        _open(row, sender, delivery, secrets)
        made.append(Handshake(request=request, reply=row.answer(delivery, secrets, told)))
    return made


def _check(row: Challenge, name: str, secrets: Secrets | None, told: Secrets | None) -> None:
    if row.needs_verify_token and told is None:
        raise ConfigError(f"{name} was told a verify token: pass verify_token=, or --verify-token")
    if (row.signed or row.signs) and secrets is None:
        raise ConfigError(f"a handshake of {name} is signed: pass secret=, or --secret")


def _open(row: Challenge, sender: Provider, delivery: Delivery, secrets: Secrets | None) -> None:
    """What the answer is about: where the question is in an envelope, what is in it."""
    way = getattr(sender.scheme, "open" if row.signed else "unsigned", None)
    plain = None if way is None or secrets is None else way(delivery, secrets)
    if plain is not None:
        delivery.open(plain)


def _signed(row: Challenge, sender: Provider, secret: str | bytes, draft: Draft) -> SignedRequest:
    """Signed where the provider signs it, and in an envelope where it is sent in one."""
    enclose = None if row.signed or not secret else getattr(sender.scheme, "enclose", None)
    if enclose is not None:
        enclose(draft, secret, time.time())
    query = f"?{urlencode(draft.query)}" if draft.query else ""
    return sign(
        sender if row.signed else replace(sender, scheme=Unverified()),
        draft.body,
        secret,
        headers=draft.headers,
        method=draft.method,
        path=draft.path + query,
    )


def _asking(row: Challenge, path: str, verify_token: str) -> Draft:
    """The question, unsigned."""
    token = _token(row.grammar)
    texts = {place: text if text != "*" else ANYTHING for place, text in row.when.items() if text}
    texts |= dict.fromkeys(re.findall(r"\{([^{}]+:[^{}]+)\}", row.content or ""), token)
    if row.guard:
        texts[row.guard] = verify_token
    if row.token:
        texts[row.token] = token
    draft = Draft(_body(texts), method=row.method, path=path)
    for where, text in texts.items():
        place = Place.of(where)
        if place.kind == "text":
            draft.body = text.encode()
        elif place.in_body:
            draft.body = write(draft.body, place, text)
        else:
            draft.put(place, text)
    return draft


def _body(texts: dict[str, str]) -> bytes:
    """An empty body, object or array, for what will be written into it."""
    inside = [place.name for place in map(Place.of, texts) if place.in_body]
    if not inside:
        return b""
    return b"[]" if inside[0].split(".")[0].isdigit() else b"{}"


def _token(grammar: str) -> str:
    """A new one that the row would take."""
    fresh = token_hex(16)
    for text in (fresh, str(int(fresh, 16))[:10], fresh[:10]):
        if re.fullmatch(grammar, text, re.ASCII):
            return text
    raise ConfigError(f"no token is known for the grammar {grammar!r}: write the request yourself")


def _header_fault(name: bytes, text: bytes, given: bytes | None) -> list[str]:
    if name == b"content-type":  # parameters, and their spelling, are of no account
        text, given = text.partition(b";")[0], (given or b"").partition(b";")[0].strip().lower()
    if given == text:
        return []
    return [f"the header {name.decode()} must be {_shown(text)}, and is {_shown(given or b'')}"]


def _shown(raw: bytes) -> str:
    return ascii(raw.decode("utf-8", "replace")[:200]) if raw else "empty"
