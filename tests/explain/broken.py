"""A delivery that was really signed, and ways to break it."""

from typing import Any

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.explain import Explanation, explain
from hookmw.explain.case import copy_of
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign

AT = 1_760_000_000.0
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtMDEyMzQ1"
BODY = '{"name":"Zoë","url":"https://a.example/?b&c","a":[1,2]}'.encode()


def signed(
    provider: str | Provider | Scheme = "github",
    body: bytes = BODY,
    secret: str | bytes = SECRET,
    **options: Any,
) -> Delivery:
    return sign(provider, body, secret, at=AT, **options).delivery(AT)


def changed(delivery: Delivery, **changes: Any) -> Delivery:
    return copy_of(delivery, **changes)


def with_header(delivery: Delivery, name: str, value: str | bytes) -> Delivery:
    raw = value.encode() if isinstance(value, str) else value
    others = [pair for pair in delivery.headers if pair[0] != name.encode()]
    return copy_of(delivery, headers=(*others, (name.encode(), raw)))


def without(delivery: Delivery, name: str) -> Delivery:
    return copy_of(delivery, headers=tuple(p for p in delivery.headers if p[0] != name.encode()))


def value(delivery: Delivery, name: str) -> str:
    found = delivery.header(name.encode())
    assert found is not None
    return found


def explained(
    delivery: Delivery,
    provider: str | Provider | Scheme = "github",
    *secrets: str,
    **options: Any,
) -> Explanation:
    if isinstance(provider, str):
        provider = catalog.provider(provider)
    if isinstance(provider, Scheme):
        provider = Provider("mine", scheme=provider)
    return explain(delivery, provider, Secrets(list(secrets) or [SECRET]), **options)


def codes(explanation: Explanation) -> list[str]:
    return [each.code for each in explanation.findings]
