"""Requests that ask, and the same ones with one thing changed."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hookmw.delivery import Delivery
from hookmw.place import Place

NOW = 1_780_000_000.0
HOST = "https://hooks.example.com"

Texts = Mapping[str, str]


def request(
    method: str, query: Texts | None = None, headers: Texts | None = None, body: Any = b""
) -> Delivery:
    return Delivery(
        method=method,
        path="/in",
        query_string=urlencode(query or {}).encode(),
        headers=tuple((k.encode(), v.encode()) for k, v in (headers or {}).items()),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        public_url=HOST,
        received_at=NOW,
    )


def get(**query: str) -> Delivery:
    return request("GET", query)


def post(body: Any, **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request("POST", headers=named, body=body)


def changed(delivery: Delivery, **parts: Any) -> Delivery:
    """The same request, but for `parts`."""
    kept = ("method", "path", "query_string", "headers", "body", "public_url", "received_at")
    return Delivery(**{name: getattr(delivery, name) for name in kept} | parts)


def with_text(delivery: Delivery, where: str, value: str | None, times: int = 1) -> Delivery:
    """The same request with another text at that place, or none, or the text more than once."""
    place, values = Place.of(where), [] if value is None else [value] * times
    if place.kind == "query":
        pairs = [p for p in parse_qsl(delivery.query_string.decode()) if p[0] != place.name]
        query = urlencode([*pairs, *((place.name, each) for each in values)])
        return changed(delivery, query_string=query.encode())
    if place.kind == "header":
        name = place.name.encode()
        others = [pair for pair in delivery.headers if pair[0] != name]
        return changed(delivery, headers=(*others, *((name, each.encode()) for each in values)))
    if place.kind == "text":
        return changed(delivery, body=(value or "").encode())
    return changed(delivery, body=_with_field(delivery.body, place.name.split("."), value))


def _with_field(body: bytes, steps: list[str], value: str | None) -> bytes:
    document: Any = json.loads(body or b"{}")
    parent = document
    for step in steps[:-1]:
        parent = parent[int(step)] if isinstance(parent, list) else parent.setdefault(step, {})
    if value is None:
        del parent[steps[-1]]
    else:
        parent[steps[-1]] = value
    return json.dumps(document).encode()
