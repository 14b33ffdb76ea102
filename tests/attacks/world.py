"""An app under attack: one endpoint, its inbox, its handlers, and everything that it logs."""

import logging
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp, Message, Scope

from hookmw import Endpoint, Event, Hooks
from hookmw.inbox import Entry, Query
from hookmw.testing.exchange import Response, exchange
from tests.attacks.senders import Request, Sender

ALLOWED = "140.82.112.0/20"
SHORTEST_SECRET = 8


class Clock:
    """Stands in for the module `time` where a delivery's arrival is timed."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def time(self) -> float:
        return self.now


class Watch(logging.Handler):
    """Every line that is logged while it is open, formatted as an operator would read it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("asyncio", "trio")) and record.levelno < logging.WARNING:
            return
        self.records.append(record)
        self.lines.append(self.format(record))

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._level)

    @property
    def errors(self) -> list[str]:
        """What pages an operator: errors, and tracebacks at any level that is shown."""
        return [
            line
            for record, line in zip(self.records, self.lines, strict=True)
            if record.levelno >= logging.ERROR
            or (record.exc_info is not None and record.levelno >= logging.INFO)
        ]

    def assert_holds_none_of(self, secrets: Iterable[bytes]) -> None:
        wanted = {each.decode("latin-1") for each in secrets if len(each) >= SHORTEST_SECRET}
        leaks = [line for line in self.lines if any(secret in line for secret in wanted)]
        assert leaks == []


class World:
    """A running app; `with` starts it.

    Args:
        sender: who sends to `/hook`.
        inbox: URL.
        handlers: the patterns under which one counting handler is registered.
        hooks: keywords of `Hooks`.
        endpoint: keywords of `Endpoint`, and `path`.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        inbox: str = "memory:",
        handlers: Iterable[str] = ("*",),
        hooks: dict[str, Any] | None = None,
        **endpoint: Any,
    ) -> None:
        self.sender = sender
        self.clock = Clock()
        self.watch = Watch()
        self.handled: list[Event[Any]] = []
        self.secrets = [sender.secret.encode(), b"0123456789abcdefghijklmn"]
        options: dict[str, Any] = {"path": "/hook", "secrets": sender.secret, **endpoint}
        if sender.verify_token is not None:
            options.setdefault("verify_token", sender.verify_token)
            self.secrets.append(sender.verify_token.encode())
        self.endpoint = Endpoint(options.pop("path"), sender.provider, **options)
        self.hooks = Hooks([self.endpoint], inbox=inbox, **(hooks or {}))
        self.app: ASGIApp = self.hooks
        handler = self._count
        for pattern in handlers:
            self.endpoint.on(pattern, name="count")(handler)
        self._open = AsyncExitStack()
        self._patch = pytest.MonkeyPatch()
        self._probes = 0

    async def _count(self, event: Event[Any]) -> None:
        self.handled.append(event)

    async def __aenter__(self) -> Self:
        self._patch.setattr("hookmw.middleware.shell.time", self.clock)
        self._open.callback(self._patch.undo)
        self._open.enter_context(self.watch)
        await self._open.enter_async_context(self.hooks.lifespan())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    @property
    def now(self) -> str:
        return str(int(self.clock.now))

    def request(self, body: bytes | None = None, **how: Any) -> Request:
        """A genuine one, of this moment."""
        return self.sender.request(body, **{"at": self.now, **how})

    async def send(self, request: Request) -> Response:
        """Send it as a server would hand it over; what the app raises comes through."""
        self.secrets.append(request.signature)
        answer = await exchange(self.app, scope_of(request), [request.body])
        assert answer.status != 500, self.watch.lines
        return answer

    async def rows(self) -> list[Entry]:
        """What is stored."""
        return list(await self.hooks.inbox.find(Query(limit=10_000)))

    async def settled(self) -> list[Event[Any]]:
        """What has been handled, once everything that is due has been."""
        await self.hooks.drain()
        return self.handled

    async def check_after(self) -> None:
        """The global conditions: lives, accepts, told nobody anything."""
        before = len(await self.rows())
        self._probes += 1
        probe = f"probe-{self._probes}"
        body = self.sender.payload(probe, probe=self._probes)
        answer = await self.send(self.request(body, event_id=probe.encode()))
        assert answer.status == 200, (answer, self.watch.lines)
        assert len(await self.rows()) == before + 1
        assert self.watch.errors == []
        self.watch.assert_holds_none_of(self.secrets)


def scope_of(request: Request, **other: Any) -> Scope:
    """The scope that a server would make of a request."""
    headers = [(_raw(name).lower(), value) for name, value in request.headers]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(request.body)).encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": quote(request.path).encode(),
        "query_string": request.query,
        "root_path": "",
        "headers": headers,
        "client": None if request.client is None else (request.client, 50_000),
        "server": ("testserver", 80),
    }
    return {**scope, **other}


def _raw(name: str) -> bytes:
    return name.encode("latin-1")


async def no_body() -> Message:
    """For requests that must be refused before anybody reads."""
    raise AssertionError("somebody reads the body")
