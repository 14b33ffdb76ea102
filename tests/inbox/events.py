"""Events and what is done with them, in few words."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from hookmw.delivery import Headers
from hookmw.event import Event, new_event_id
from hookmw.inbox import Arrival, Attempt, Claim, Inbox, Order, Settlement

NOON = 1_700_000_000.0


def new_event(
    *,
    endpoint: str = "github",
    type: str = "push",  # noqa: A002 - the event's name
    key: str | None = None,
    body: bytes = b"{}",
    headers: Headers = (),
    received_at: float = NOON,
    timestamp: float | None = None,
    path: str = "/github",
    query_string: bytes = b"",
    path_params: Mapping[str, str] | None = None,
    envelope: str = "payload",
) -> Event[Any]:
    return Event(
        id=new_event_id(received_at),
        endpoint=endpoint,
        provider="github",
        type=type,
        key=key,
        body=body,
        headers=headers,
        received_at=received_at,
        timestamp=timestamp,
        path=path,
        query_string=query_string,
        path_params=path_params,
        envelope=envelope,
    )


def digest(text: object) -> bytes:
    return sha256(repr(text).encode()).digest()


async def put(
    inbox: Inbox, event: Event[Any] | None = None, *, order: Order | None = None
) -> Event[Any]:
    """Put an event that is like no other."""
    event = event or new_event()
    assert await inbox.put(event, dedupe=digest(event.id), order=order) is Arrival.STORED
    return event


async def claim(inbox: Inbox, *, limit: int = 10, lease: float = 60) -> Sequence[Claim]:
    return await inbox.claim("worker", limit=limit, lease=lease)


async def claim_one(inbox: Inbox, *, lease: float = 60) -> Claim:
    (only,) = await claim(inbox, limit=1, lease=lease)
    return only


async def settle(
    inbox: Inbox,
    claim: Claim,
    state: Literal["pending", "done", "dead"] = "done",
    *,
    delay: float = 0.0,
    handled: frozenset[str] = frozenset(),
    attempts: tuple[Attempt, ...] = (),
    note: str = "",
) -> bool:
    return await inbox.settle(
        Settlement(
            claim=claim, state=state, delay=delay, handled=handled, attempts=attempts, note=note
        )
    )


async def put_settled(inbox: Inbox, state: Literal["done", "dead"]) -> Event[Any]:
    event = await put(inbox)
    assert await settle(inbox, await claim_one(inbox), state)
    return event


def parts(event: Event[Any]) -> tuple[Any, ...]:
    """All that came in."""
    return (
        event.id,
        event.endpoint,
        event.provider,
        event.type,
        event.key,
        event.body,
        event.headers,
        event.received_at,
        event.timestamp,
        event.path,
        event.query_string,
        dict(event.path_params),
        event.envelope,
    )
