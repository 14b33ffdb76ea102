"""The requests of one `hookmw send`, each signed only when it is taken."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from uuid import uuid4

import msgspec

from hookmw.cli.samples import Sample, sample_for
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.testing import SignedRequest, sign
from hookmw.testing.filling import first_places, write

__all__ = ["Order", "payload_of", "requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send.

    Attributes:
        provider: who sends.
        secret: as the provider shows it.
        path: of the URL, percent-decoded, with its query.
        public_url: scheme, host and prefix that the provider was told.
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
    public_url: str = "http://localhost"
    type: str | None = None
    body: bytes | None = None
    id: str | None = None
    count: int = 1
    age: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


def requests(order: Order) -> Iterator[SignedRequest]:
    """The requests, one after the other.

    Raises:
        ConfigError: the secret, the type, the id or the body cannot be signed.
    """
    sample = sample_for(order.provider, order.type)
    for _ in range(order.count):
        yield _request(order, sample)


def payload_of(order: Order) -> Any:
    """A body: the one that was given, or a sample."""
    return _body(order, sample_for(order.provider, order.type), None)


def _request(order: Order, sample: Sample) -> SignedRequest:
    id_ = order.id or _new_id(order, sample)
    sampled = order.body is None
    return sign(
        order.provider,
        _body(order, sample, id_),
        order.secret,
        id=id_,
        type=_type(order, sample) if sampled else order.type,
        at=time.time() - order.age,
        headers={**(sample.headers if sampled else {}), **order.headers},
        path=order.path,
        public_url=order.public_url,
    )


def _type(order: Order, sample: Sample) -> str | None:
    """That of the sample, where the provider has types at all."""
    return sample.type if order.type or first_places(order.provider.type) else None


def _new_id(order: Order, sample: Sample) -> str | None:
    """None where the provider has no ids, or the user's own body shall stay as it is."""
    place = _id_place(order.provider)
    if place is None or (place.in_body and order.body is not None and order.count == 1):
        return None
    number = str(time.time_ns() // 1000)
    return sample.id.format(uuid=uuid4(), hex=token_hex(12), number=number)


def _body(order: Order, sample: Sample, id_: str | None) -> Any:
    """A sample as data, so that signing writes it as the provider would: as JSON, or as a form."""
    if order.body is None:
        vary = sample.vary if order.id is None else ""
        if sample.body is not None:
            return write(sample.body, Place.of(vary), uuid4().hex) if vary else sample.body
        return _varied(sample.payload, Place.of(vary)) if vary else sample.payload
    place = _id_place(order.provider)
    if id_ is not None and place is not None and place.in_body:
        return write(order.body, place, id_, order.provider.envelope)
    return order.body


def _varied(payload: Any, place: Place) -> Any:
    return msgspec.json.decode(write(msgspec.json.encode(payload), place, uuid4().hex))


def _id_place(provider: Provider) -> Place | None:
    return next(iter(first_places(provider.id)), None)
