"""What the tests of the app share: endpoints, inboxes that can be watched, and a way to look."""

from collections.abc import Sequence
from typing import Any

import anyio

from hookmw import Endpoint, Event, Hooks, Unverified
from hookmw.errors import InboxUnavailable
from hookmw.inbox import Arrival, Entry, Order, Query
from hookmw.inbox.memory import MemoryInbox
from hookmw.provider import Provider

SECRET = "s3cret-s3cret"
PLAIN = Provider("plain", scheme=Unverified(), body="raw", id="header:x-id", type="body:type")


class WatchedInbox(MemoryInbox):
    """Remembers what was put; can be made to wait, or to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[tuple[bytes, bytes | None]] = []
        self.gate: anyio.Event | None = None
        self.reached = anyio.Event()
        self.error: Exception | None = None
        self.opened = 0

    async def open(self) -> None:
        self.opened += 1
        await super().open()

    async def put(
        self,
        event: Event[Any],
        *,
        dedupe: bytes,
        alias: bytes | None = None,
        order: Order | None = None,
    ) -> Arrival:
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        arrival = await super().put(event, dedupe=dedupe, alias=alias, order=order)
        self.puts.append((dedupe, alias))
        return arrival


class BrokenInbox(MemoryInbox):
    """Cannot be opened as long as it is told so."""

    broken = True
    tries = 0

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error or InboxUnavailable("the disk is gone")

    async def open(self) -> None:
        self.tries += 1
        if self.broken:
            raise self.error
        await super().open()


def github(path: str = "/hook", **settings: Any) -> Endpoint:
    return Endpoint(path, "github", secrets=SECRET, **settings)


def plain(path: str = "/hook", **settings: Any) -> Endpoint:
    return Endpoint(path, PLAIN, **settings)


def hooks_of(*endpoints: Endpoint, worker: bool = False, **settings: Any) -> Hooks:
    settings.setdefault("inbox", MemoryInbox())
    return Hooks(endpoints, worker=worker, **settings)


async def stored(hooks: Hooks) -> Sequence[Entry]:
    """All events, oldest first."""
    inbox = await hooks.runtime.ready()
    return (await inbox.find(Query()))[::-1]
