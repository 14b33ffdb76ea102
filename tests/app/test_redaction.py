"""A shared token is the secret itself: the inbox must not hold it."""

from typing import Any

import pytest

from hookmw import Endpoint, Provider, Scheme
from hookmw.testing import sign
from tests.app.receiving import hooks_of, stored
from tests.middleware.asgi import deliver

pytestmark = pytest.mark.anyio

TOKEN = "t0ken-that-is-the-secret"


def token_at(place: str) -> Provider:
    scheme = Scheme(place, algorithm="token", encoding="text")
    return Provider("tokens", scheme=scheme, type="body:type")


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("header:x-token", "/hook/a"),
        ("query:key", "/hook/a?b=%C3%A9&c="),
        ("path:tenant", "/hook/{tenant}"),
        ("header:x-token | query:key", "/hook/a"),
    ],
)
async def test_the_token_is_not_stored(place: str, path: str) -> None:
    provider = token_at(place)
    hooks = hooks_of(Endpoint("/hook/{tenant}", provider, secrets=TOKEN))
    request = sign(provider, {"type": "t"}, TOKEN, path=path)
    assert TOKEN in str((request.headers, request.path, request.query_string)), "it was sent"
    assert (await deliver(hooks, request)).status == 200

    (entry,) = await stored(hooks)
    event = entry.event
    kept = (event.headers, event.path, event.path_params, event.query_string, event.body)
    assert TOKEN not in str(kept)
    assert "***" in str(kept)
    assert event.body == b'{"type":"t"}'
    if "?" in path:
        assert event.query_string == b"b=%C3%A9&c=&key=***"


@pytest.mark.parametrize("provider", ["github", "standard_webhooks"])
async def test_a_signature_is_kept_as_it_came(provider: str) -> None:
    secret: Any = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    hooks = hooks_of(Endpoint("/hook", provider, secrets=secret))
    request = sign(provider, {"type": "t"}, secret, path="/hook")
    assert (await deliver(hooks, request)).status == 200
    (entry,) = await stored(hooks)
    assert set(request.headers) <= set(entry.event.headers)
