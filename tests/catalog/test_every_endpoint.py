"""Every row through the whole stack: an endpoint of it, and deliveries over ASGI."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hookmw import Endpoint, Event, Hooks
from hookmw.catalog import provider
from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.testing import Response, SignedRequest, WebhookClient
from tests.catalog.hands import Hand, hand
from tests.catalog.sending import (
    HOST,
    NAMES,
    Serving,
    bound,
    covers_body,
    is_timed,
    path_of,
    signed,
    type_of,
)

pytestmark = pytest.mark.anyio

YEAR = 31_557_600.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def endpoint_of(row: Provider, name: str, *hands: Hand) -> Endpoint:
    secrets = [each.secret for each in hands if each.secret is not None]
    guarded = any(each.needs_verify_token for each in row.challenges)
    return Endpoint(
        path_of(name),
        row,
        secrets=secrets or None,
        verify_token="verify-token-of-the-tests" if guarded else None,
    )


@asynccontextmanager
async def receiving(
    row: Provider, name: str, *hands: Hand
) -> AsyncIterator[tuple[WebhookClient, list[Event[Any]]]]:
    """A client of an app with that endpoint; its events are there once the client is left."""
    endpoint, seen = endpoint_of(row, name, *hands), list[Event[Any]]()

    @endpoint.on("*")
    def keep(event: Event[Any]) -> None:
        seen.append(event)

    hooks = Hooks([endpoint], inbox="memory:", public_url=HOST)
    async with WebhookClient(hooks) as client:
        yield client, seen
        await hooks.drain()


async def answer_to(
    request: SignedRequest, row: Provider, name: str, *hands: Hand
) -> tuple[Response, list[Event[Any]]]:
    async with receiving(row, name, *hands) as (client, seen):
        answer = await client.send(request)
    return answer, seen


def refusal_of(name: str) -> int:
    return provider(name).refusals.get(401, 401)


@pytest.mark.parametrize("name", NAMES)
async def test_a_signed_delivery_is_stored_and_handled(name: str) -> None:
    row, mine = bound(name, hand(name)), hand(name)
    answer, (event,) = await answer_to(signed(name, at=time.time()), row, name, mine)
    assert 200 <= answer.status < 300
    assert event.type == (type_of(name) if row.type else "")
    assert event.provider == name


@pytest.mark.parametrize("name", NAMES)
async def test_another_secret_is_refused_and_nothing_stored(name: str) -> None:
    other = hand(name, 1)
    request = signed(name, at=time.time())
    answer, seen = await answer_to(request, bound(name, other), name, other)
    assert (answer.status, seen) == (refusal_of(name), [])


@pytest.mark.parametrize("name", [name for name in NAMES if covers_body(name)])
async def test_another_body_is_refused(name: str) -> None:
    request = signed(name, at=time.time())
    middle = len(request.body) // 2
    body = request.body[:middle] + bytes([request.body[middle] ^ 1]) + request.body[middle + 1 :]
    async with receiving(bound(name, hand(name)), name, hand(name)) as (client, seen):
        answer = await client.request(
            "POST", request.path, headers=request.headers, query=request.query_string, body=body
        )
    assert (answer.status, seen) == (refusal_of(name), [])


@pytest.mark.parametrize("name", [name for name in NAMES if is_timed(name)])
@pytest.mark.parametrize("late", [YEAR, -YEAR], ids=["stale", "future"])
async def test_an_old_one_is_refused(name: str, late: float) -> None:
    request = signed(name, at=time.time() - late)
    answer, seen = await answer_to(request, bound(name, hand(name)), name, hand(name))
    assert (answer.status, seen) == (refusal_of(name), [])


@pytest.mark.parametrize("name", NAMES)
async def test_the_older_of_two_secrets_still_counts(name: str) -> None:
    mine, newer = hand(name), hand(name, 1)
    request = signed(name, at=time.time())
    answer, seen = await answer_to(request, bound(name, mine), name, newer, mine)
    assert (answer.status // 100, len(seen)) == (2, 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("secret", ["", b"", [], [""], "   ", "None"])
def test_an_empty_secret_is_refused_at_once(name: str, secret: Any) -> None:
    with pytest.raises(ConfigError):
        Endpoint(path_of(name), name, secrets=secret)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_secret_is_refused_unless_its_keys_are_published(name: str) -> None:
    if getattr(provider(name).scheme, "needs_secrets", True):
        with pytest.raises(ConfigError):
            Endpoint(path_of(name), name)
    else:
        Endpoint(path_of(name), name)


@pytest.mark.parametrize("name", [name for name in NAMES if hand(name).served])
async def test_nothing_is_fetched_but_what_is_pinned(name: str) -> None:
    import re  # noqa: PLC0415

    row = bound(name, hand(name))
    scheme: Any = row.scheme
    await answer_to(signed(name, at=time.time()), row, name, hand(name))
    serving: Serving = scheme.fetch
    assert serving.asked
    assert all(re.fullmatch(scheme.fetches, url, re.ASCII) for url in serving.asked)
