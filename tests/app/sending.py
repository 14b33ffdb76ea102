"""Sending what providers sign in ways of their own, and looking at what came of it."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookmw import Endpoint, Event, Hooks
from hookmw.testing import Response, SignedRequest, WebhookClient, sign
from tests.app.receiving import hooks_of, stored
from tests.verifiers.envelopes import kits, public

NOW = 1_780_000_000.0
VECTORS = Path(__file__).parents[1] / "vectors"


def receiving(name: str, secret: str | None = None, **settings: Any) -> Hooks:
    ours = public(kits()[name].secret) if secret is None else secret
    endpoint = Endpoint("/in", name, secrets=ours, **settings)
    return hooks_of(endpoint, public_url="https://hooks.example.com")


def sent(name: str, payload: Any, at: float = NOW, **more: Any) -> SignedRequest:
    return sign(name, payload, kits()[name].secret, at=at, path="/in", **more)


async def send(hooks: Hooks, *requests: SignedRequest) -> list[Response]:
    client = WebhookClient(hooks)
    return [await client.send(each) for each in requests]


async def told(hooks: Hooks) -> Sequence[Event[Any]]:
    """All events, oldest first."""
    return [entry.event for entry in await stored(hooks)]


def pair(provider: str, case: str | None = None) -> dict[str, Any]:
    pairs = json.loads((VECTORS / "handshakes.json").read_bytes())
    found = (e for e in pairs if (e["provider"], e.get("case")) == (provider, case))
    made: dict[str, Any] = next(found)
    return made


async def ask(hooks: Hooks, asked: dict[str, Any]) -> Response:
    url = urlsplit(asked["url"])
    return await WebhookClient(hooks).request(
        asked["method"],
        "/in",
        query=url.query,
        headers=asked["headers"],
        body=base64.b64decode(asked["body"]),
    )
