"""The requests of one `hookmw send`, each signed only when it is taken."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from uuid import uuid4

import msgspec

from hookmw.cli.samples import Sample, sample_for
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.testing import SignedRequest, sign
from hookmw.testing.filling import first_places, write

__all__ = ["Order", "requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send.

    Attributes:
        provider: who sends.
        secret: as the provider shows it.
        path: of the URL, percent-decoded, with its query.
        type: of the event; that of the provider's sample if None.
        body: the bytes; the provider's sample if None.
        id: the provider's id of the event, the same in all; a new one in each if None.
        count: how many.
        age: seconds that each was signed ago.
        headers: more headers.
    """

    provider: Provider
    secret: str
    path: str
    type: str | None = None
    body: bytes | None = None
    id: str | None = None
    count: int = 1
    age: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


def requests(order: Order) -> Iterator[SignedRequest]:
    """The requests, one after the other.

    Raises:
        ConfigError: the secret, the type, the id or the body cannot be signed.
    """
    sample = sample_for(order.provider, order.type)
    for _ in range(order.count):
        yield _request(order, sample)


def _request(order: Order, sample: Sample) -> SignedRequest:
    id_ = order.id or _new_id(order, sample)
    sampled = order.body is None
    return sign(
        order.provider,
        _body(order, sample, id_),
        order.secret,
        id=id_,
        type=sample.type if sampled and order.provider.type else order.type,
        at=time.time() - order.age,
        headers={**(sample.headers if sampled else {}), **order.headers},
        path=order.path,
    )


def _new_id(order: Order, sample: Sample) -> str | None:
    """None where the provider has no ids, or the user's own body shall stay as it is."""
    place = _id_place(order.provider)
    if place is None or (place.in_body and order.body is not None and order.count == 1):
        return None
    number = str(time.time_ns() // 1000)
    return sample.id.format(uuid=uuid4(), hex=token_hex(12), number=number)


def _body(order: Order, sample: Sample, id_: str | None) -> bytes:
    place = _id_place(order.provider)
    body = msgspec.json.encode(sample.payload) if order.body is None else order.body
    if order.body is None and order.id is None and sample.vary:
        body = write(body, Place.of(sample.vary), uuid4().hex)
    if id_ is not None and place is not None and place.in_body:
        body = write(body, place, id_)
    return body


def _id_place(provider: Provider) -> Place | None:
    return next(iter(first_places(provider.id)), None)
