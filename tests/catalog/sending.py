"""A delivery of any row as its provider would send it, and ways to spoil it."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from hookmw import catalog
from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import SignedRequest, sign
from hookmw.testing.filling import first_places
from hookmw.testing.writing import FORM, written
from hookmw.verifiers.form_field import FormField
from hookmw.verifiers.multipart import read_field, write_field
from hookmw.verifiers.signed_fields import SignedFields
from hookmw.verifiers.sns import SNS
from tests.catalog.hands import Hand, hand

__all__ = [
    "HOST",
    "NAMES",
    "NOW",
    "Serving",
    "bound",
    "changed",
    "check",
    "covers_body",
    "is_timed",
    "opens",
    "path_of",
    "proof_places",
    "received",
    "secrets_of",
    "signed",
    "type_of",
    "with_proof",
]

NOW = 1_780_000_000.0
HOST = "https://hooks.example.com"

NAMES = catalog.names()

FIELDS: Mapping[str, str] = {"text": "gr\u00fc\u00dfe & co.", "n": "1.50"}

FORMS = {"chargify", "mailgun_form", "mattermost", "twilio", "plivo"}
"""Providers that send the fields of a form."""

PAYLOADS: Mapping[str, Any] = {
    "aws_sns": {"TopicArn": hand("aws_sns").secret, "Message": "gr\u00fc\u00dfe"},
    "openpay": {"webhook_id": "w1", "data": '{"id":"cus_1","n":1.50}'},
    **dict.fromkeys(
        ("wechat", "wechat_safe", "wecom"), "<xml><Content>gr\u00fc\u00dfe</Content></xml>"
    ),
}
TYPES: Mapping[str, str] = {"aws_sns": "Notification"}
HEADERS: Mapping[str, dict[str, str]] = {
    "paypal": {"paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-1"},
    "paypal_sandbox": {
        "paypal-cert-url": "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"
    },
    **{name: {"content-type": FORM} for name in FORMS},
}


class Serving:
    """Fetches nothing: what stands at each address is known, and what was asked for is kept."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, url: str, body: bytes | None = None, *, fresh: bool = False) -> bytes:
        self.asked.append(url)
        return self.answers[-1 if fresh else 0]


def bound(name: str, hand_: Hand) -> Provider:
    """The provider, its verifier able to see what the hand publishes."""
    row = provider(name)
    if not hand_.served:
        return row
    scheme: Any = row.scheme
    return replace(row, scheme=scheme.with_fetch(Serving(hand_.served)))


def secrets_of(*hands: Hand) -> Secrets:
    return Secrets([each.secret or "none is asked for" for each in hands])


def payload_of(name: str) -> Any:
    """Something of the shape that the row reads."""
    row = provider(name)
    if name in PAYLOADS:
        return PAYLOADS[name]
    first = next(iter([*first_places(row.type), *first_places(row.id)]), None)
    if first is not None and first.kind == "key":
        return {}  # whose first key is the type
    in_array = first is not None and first.in_body and first.name.partition(".")[0].isdigit()
    in_array |= getattr(row.scheme, "body_starts", "").startswith("[")
    return [dict(FIELDS)] if in_array else dict(FIELDS)


def type_of(name: str) -> str:
    return TYPES.get(name, "thing.created")


def path_of(name: str) -> str:
    """The endpoint's path: the secret may be a part of it."""
    places = [place for place in proof_places(name) if place.kind == "path"]
    return f"/hook/{{{places[0].name}}}" if places else "/hook"


def signed(name: str, hand_: Hand | None = None, at: float = NOW, **parts: Any) -> SignedRequest:
    """A request of the row, with an id and a type where it has places for them."""
    row, one = provider(name), hand_ or hand(name)
    given = {
        **({"id": "evt_81231"} if first_places(row.id) else {}),
        **({"type": type_of(name)} if first_places(row.type) else {}),
    }
    headers = HEADERS.get(name, {})
    keywords = {"at": at, "headers": headers, "path": path_of(name), **given, **parts}
    return sign(row, payload_of(name), one.signs, **keywords)


def received(name: str, request: SignedRequest | None = None, at: float = NOW) -> Delivery:
    """The request as the row's endpoint sees it."""
    delivery = (request or signed(name)).delivery(at)
    delivery.public_url, delivery.envelope = HOST, provider(name).envelope
    return delivery


def changed(delivery: Delivery, **parts: Any) -> Delivery:
    """The same, but for `parts`."""
    names = ("method", "path", "headers", "query_string", "path_params", "body", "received_at")
    kept = {name: getattr(delivery, name) for name in (*names, "public_url", "envelope")}
    return Delivery(**{**kept, **parts})


async def check(row: Provider, delivery: Delivery, secrets: Secrets) -> None:
    """What a receiver does: look at the headers, then at the body, and open what is an envelope."""
    verifier: Any = row.scheme
    if hasattr(verifier, "precheck"):
        verifier.precheck(delivery)
    verdict = verifier.verify(delivery, secrets)
    if verdict is not None:
        assert await verdict is None
    if hasattr(verifier, "open"):
        delivery.open(verifier.open(delivery, secrets))


@cache
def proof_places(name: str) -> tuple[Place, ...]:
    """Where the proof stands."""
    scheme: Any = provider(name).scheme
    written_as = getattr(scheme, "signature", "") or getattr(scheme, "token", "")
    found = _ELSEWHERE.get(type(scheme).__name__, written_as)
    return tuple(Place.of(text.strip()) for text in found.split("|"))


_ELSEWHERE = {
    "HTTPSignatures": "header:signature",
    "JWTBody": "text:body",
    "PayPal": "header:paypal-transmission-sig",
    "SNS": "body:Signature",
}


def with_proof(name: str, delivery: Delivery, text: bytes | None) -> Delivery:
    """The delivery with another text where the proof is, or without one."""
    places = proof_places(name)
    first = places[0]
    if first.kind == "header":
        names = {place.name.lower().encode() for place in places}
        kept = [each for each in delivery.headers if each[0] not in names]
        added = [] if text is None else [(first.name.lower().encode(), text)]
        return changed(delivery, headers=(*kept, *added))
    if first.kind == "query":
        return changed(delivery, query_string=_query_with(first.name, delivery, text))
    if first.kind == "path":
        value = "" if text is None else text.decode("latin-1")
        return changed(delivery, path_params={first.name: value})
    if first.kind == "text":
        return changed(delivery, body=text or b"")
    if isinstance(provider(name).scheme, FormField):
        return changed(delivery, body=_form_with(name, delivery, text))
    return changed(delivery, body=_spoilt(name, delivery.body, text))


def _query_with(name: str, delivery: Delivery, text: bytes | None) -> bytes:
    pairs = delivery.query_string.split(b"&") if delivery.query_string else []
    kept = [pair for pair in pairs if not pair.startswith(f"{name}=".encode())]
    return b"&".join([*kept, *([] if text is None else [f"{name}={quote_plus(text)}".encode()])])


def _form_with(name: str, delivery: Delivery, text: bytes | None) -> bytes:
    """The form around JSON with another text in it."""
    scheme: Any = provider(name).scheme
    inner = read_field(delivery.body, delivery.header(b"content-type") or "", scheme.field)
    return write_field(scheme.field, _spoilt(name, inner, text))


def _spoilt(name: str, body: bytes, text: bytes | None) -> bytes:
    value = "" if text is None else text.decode("latin-1")
    steps = proof_places(name)[0].name.split(".")
    return written(body, steps, value, content_type="", envelope=provider(name).envelope)


def covers_body(name: str) -> bool:
    """Whether a change of any byte of the body is seen."""
    scheme: Any = provider(name).scheme
    if not isinstance(scheme, Scheme):
        partly = (FormField, SignedFields, SNS)
        return not getattr(scheme, "covers_nothing", False) and not isinstance(scheme, partly)
    covered = _WHOLE.search(scheme.content) is not None and not scheme.covers_nothing
    return covered and (not proof_places(name)[0].in_body or "!" in scheme.content)


_WHOLE = re.compile(r"\{(body|form|form_or_digest:\w+|pairs|parameters|envelope)[|}!]")
"""Parts of a content that are made of all of the body."""


def is_timed(name: str) -> bool:
    """Whether the time of sending is signed, and may be only so far from now."""
    scheme: Any = provider(name).scheme
    endless = getattr(scheme, "tolerance", None) == math.inf
    return getattr(scheme, "timestamp", "always") is not None and not endless


def opens(name: str) -> bool:
    """Whether the body is an envelope, and what counts is in it."""
    return hasattr(provider(name).scheme, "open")
