"""What the tests of the workroom share."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw.event import Event, new_event_id
from hookmw.inbox import Claim, Entry, Inbox, Query, Settlement
from hookmw.inbox.memory import MemoryInbox
from hookmw.inbox.sqlite import SQLiteInbox

PATIENCE = 20.0
"""Seconds; only a test that fails waits so long."""


def make_inbox(kind: str, folder: Path) -> Inbox:
    return MemoryInbox() if kind == "memory" else SQLiteInbox(folder / "hooks.db")


def make_event(
    type_: str = "thing.made", body: bytes = b"{}", *, endpoint: str = "shop", attempt: int = 0
) -> Event[Any]:
    now = time.time()
    return Event(
        id=new_event_id(now),
        endpoint=endpoint,
        provider="test",
        type=type_,
        key=None,
        body=body,
        headers=((b"content-type", b"application/json"),),
        received_at=now,
        attempt=attempt,
    )


def make_claim(
    type_: str = "thing.made",
    body: bytes = b"{}",
    *,
    endpoint: str = "shop",
    attempt: int = 1,
    handled: Sequence[str] = (),
) -> Claim:
    event = make_event(type_, body, endpoint=endpoint, attempt=attempt)
    return Claim(event=event, handled=frozenset(handled), token=1)


async def put(inbox: Inbox, event: Event[Any]) -> Event[Any]:
    await inbox.put(event, dedupe=blake2b(event.id.bytes, digest_size=16).digest())
    return event


async def fill(inbox: Inbox, many: int) -> list[Event[Any]]:
    events = [make_event(f"n.{number}") for number in range(many)]
    async with anyio.create_task_group() as tasks:
        for event in events:
            tasks.start_soon(put, inbox, event)
    return events


async def entry_of(inbox: Inbox, event: Event[Any]) -> Entry:
    entry = await inbox.get(event.id)
    assert entry is not None
    return entry


async def until(holds: Callable[[], bool]) -> None:
    async def look() -> bool:
        return holds()

    await until_so(look)


async def until_so(holds: Callable[[], Awaitable[bool]]) -> None:
    with anyio.fail_after(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - what is waited for knows nothing of us
            await anyio.sleep(0.01)


async def until_state(inbox: Inbox, event: Event[Any], state: str) -> Entry:
    async def look() -> bool:
        return (await entry_of(inbox, event)).state == state

    await until_so(look)
    return await entry_of(inbox, event)


async def until_counted(inbox: Inbox, **counts: int) -> None:
    async def look() -> bool:
        found = await inbox.count()
        return all(found[state] == many for state, many in counts.items())  # type: ignore[index]

    await until_so(look)


async def all_entries(inbox: Inbox) -> Sequence[Entry]:
    return [await entry_of(inbox, each.event) for each in await inbox.find(Query(limit=10_000))]


@asynccontextmanager
async def opened(inbox: Inbox) -> AsyncIterator[Inbox]:
    await inbox.open()
    try:
        yield inbox
    finally:
        with anyio.CancelScope(shield=True):
            await inbox.aclose()


def done(claim: Claim) -> Settlement:
    return Settlement(claim=claim, state="done")


def doing(act: Callable[[Claim], Awaitable[None]]) -> Callable[[Claim], Awaitable[Settlement]]:
    """What a worker calls: acts, and is content."""

    async def handle(claim: Claim) -> Settlement:
        await act(claim)
        return done(claim)

    return handle


def said(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]
