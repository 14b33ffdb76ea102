"""One runner for every handshake: the provider, its endpoint, and an exchange over ASGI."""

import time
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hookmw import Endpoint, Hooks, Provider
from hookmw.catalog import FAMILY_OF, provider
from hookmw.catalog.handshakes import ACKS, HANDSHAKES
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import Malformed
from hookmw.scheme import Draft, Scheme
from tests.app.receiving import hooks_of
from tests.catalog.hands import pem_of, private_key, public_pem
from tests.handshakes.asking import HOST
from tests.handshakes.cases import CASES, SECRET, TOLD, Case
from tests.middleware.asgi import Wire, call, http

SEED = bytes(range(32))

ALL_NAMES = sorted({*HANDSHAKES, *(each for each in FAMILY_OF if provider(each).challenges)})

STAND_INS = {"braintree": Scheme("header:x-mac", algorithm="hmac-sha1", key="sha1")}
"""Schemes of those that have no row yet, where any would not do."""


IN_ARRAYS = {"business_central", "microsoft_graph"}
"""Whose proof is in an array, where a draft does not write; the tests of their rows have it."""

SIGNED_HEADERS = {
    "ce-connectionid": "c-1",
    "twitch-eventsub-message-id": "m-1",
    "x-lark-request-nonce": "n",
}
"""What some sign besides the body."""


ELSEWHERE = {"ebay", "wechat", "wechat_safe", "wecom"}
"""Whose verifier is no scheme: another scheme stands for theirs where strangers and attackers ask;
`test_asking.py` and `tests/app/test_envelopes.py` have the real ones."""


@cache
def provider_of(name: str) -> Provider:
    """The provider, whether or not the catalogue has its scheme already."""
    if name in FAMILY_OF and name not in ELSEWHERE:
        return provider(name)
    rows = tuple(Challenge(**row) for row in HANDSHAKES.get(name, ()))
    scheme = STAND_INS.get(name, Scheme("header:x-mac"))
    return Provider(name, scheme=scheme, challenges=rows, ack=ACKS.get(name))


def rows_of(name: str) -> tuple[Challenge, ...]:
    return provider_of(name).challenges


def row_for(case: Case) -> Challenge:
    """The one row that this request asks."""
    (row,) = (each for each in rows_of(case.name) if each.asked_by(case.asked))
    return row


def asks(name: str, delivery: Delivery) -> bool:
    """Whether the request asks any handshake of the provider, or cannot say what it asks."""
    try:
        return any(each.asked_by(delivery) for each in rows_of(name))
    except Malformed:
        return True


def keys(scheme: object, secret: str = SECRET) -> tuple[str, str]:
    """What signs, and what the endpoint is given."""
    if isinstance(scheme, Scheme) and str(scheme.algorithm).startswith("rsa"):
        pair = private_key("rsa", int(secret != SECRET))
        return pem_of(pair), public_pem(pair)
    if isinstance(scheme, Scheme) and (scheme.algorithm, scheme.key) == ("ed25519", "hex"):
        public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
        return SEED.hex(), public.hex()
    return secret, secret


def proved(name: str, asked: Delivery, secret: str = SECRET) -> Delivery:
    """The same request, signed now as the provider does it."""
    scheme = provider_of(name).scheme
    assert isinstance(scheme, Scheme)
    headers = {key.decode(): value.decode() for key, value in asked.headers}
    draft = Draft(asked.body, method=asked.method, path=asked.path, headers=headers)
    draft.query.update(parse_qsl(asked.query_string.decode()))
    scheme.sign(draft, keys(scheme, secret)[0], time.time())
    return draft.delivery(time.time())


def as_sent(case: Case, asked: Delivery | None = None) -> Delivery:
    """The request of the case, or another of its kind, signed where the provider signs it."""
    sent = asked or case.asked
    return proved(case.name, sent, case.secret) if row_for(case).signed else sent


def receiving(case: Case, **settings: Any) -> Hooks:
    """An endpoint that was told what this provider was told."""
    provider_ = provider_of(case.name)
    told: dict[str, Any] = {"verify_token": TOLD, "secrets": keys(provider_.scheme, case.secret)[1]}
    if row_for(case).registers:
        told |= {"registering": always, "on_secret": forget}
    return hooks_of(Endpoint("/in", provider_, **{**told, **settings}), public_url=HOST)


async def always(_: Delivery) -> bool:
    """A registration without an end."""
    return True


async def forget(_: Delivery, secret: str) -> None:
    """Takes any secret of a registration."""


async def ask(hooks: Hooks, delivery: Delivery) -> Wire:
    scope = http(
        delivery.path,
        method=delivery.method,
        headers=delivery.headers,
        query=delivery.query_string,
    )
    return await call(hooks, scope, Wire(delivery.body))


def is_answered(wire: Wire, case: Case) -> None:
    """Exactly this, and no header more."""
    body = case.answer.body.encode()
    expected = {
        b"content-type": case.answer.content_type.encode(),
        b"x-content-type-options": b"nosniff",
        **{name.encode(): value.encode() for name, value in case.answer.headers},
    }
    if case.answer.status != 204:
        expected[b"content-length"] = str(len(body)).encode()
    assert (wire.status, wire.body) == (case.answer.status, body)
    assert wire.headers == expected


by_name: dict[str, Case] = {case.name: case for case in reversed(CASES)}
"""The first case of each."""
