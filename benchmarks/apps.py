"""The apps that are compared: all answer 200 to the same signed delivery at the same path.

Each has the same shell around it, `Measured`, which shows at `/stats` what the process has used.
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.pool import PATH, SECRET
from hookmw import Endpoint, Event, Hooks, Limit
from hookmw.catalog import provider
from hookmw.middleware import (
    ChallengeMiddleware,
    IPAllowlistMiddleware,
    RateLimitMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)

__all__ = ["APPS", "HANDLING", "TITLES", "Measured", "Tally", "build"]

NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "192.30.252.0/22", "140.82.112.0/20", "2606:50c0::/32")
UNREACHED = Limit(600_000_000, burst_limit=1_000_000)


class Tally:
    """How many events have reached a handler."""

    def __init__(self) -> None:
        self.handled = 0

    async def handle(self, event: Any) -> None:  # noqa: ARG002 - a handler that does nothing
        """Count."""
        self.handled += 1


class Measured:
    """An app, and `/stats` beside it: the CPU seconds of this process, and the events handled."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self.app = app
        self.tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] == "http" and scope["path"] == "/stats":
            stats = {"cpu": time.process_time(), "handled": self.tally.handled}
            answer = Response(msgspec.json.encode(stats), media_type="application/json")
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def build(name: str, directory: Path) -> ASGIApp:
    """The app of that name.

    Args:
        name: one of `APPS`.
        directory: for what it keeps on disk; empty at the start.
    """
    tally = Tally()
    return Measured(APPS[name](tally, directory), tally)


async def answer_bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, answer 200."""
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def bare(tally: Tally, directory: Path) -> ASGIApp:  # noqa: ARG001 - it has nothing to handle
    """What the server alone can do."""
    return answer_bare


def by_hand(tally: Tally, directory: Path) -> ASGIApp:  # noqa: ARG001 - it keeps nothing
    """What a good developer writes in Starlette: verify, parse, handle after the answer.

    A process that ends after the answer loses the event, and a duplicate is handled twice.
    """

    async def receive_delivery(request: Request) -> Response:
        body = await request.body()
        expected = "sha256=" + hmac.digest(SECRET, body, "sha256").hex()
        signature = request.headers.get("x-hub-signature-256", "")
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            return PlainTextResponse("unauthorized", status_code=401)
        task = BackgroundTask(tally.handle, json.loads(body))
        return PlainTextResponse("ok", background=task)

    return Starlette(routes=[Route(PATH, receive_delivery, methods=["POST"])])


def _hookmw(tally: Tally, inbox: str) -> ASGIApp:
    github = Endpoint(
        PATH,
        "github",
        secrets=SECRET,
        ip_allowlist=NETWORKS,
        rate_limit=UNREACHED,
        client_rate_limit=UNREACHED,
    )

    @github.on("*")
    async def handle(event: Event) -> None:
        await tally.handle(event)

    return Hooks([github], inbox=inbox)


def hookmw_memory(tally: Tally, directory: Path) -> ASGIApp:  # noqa: ARG001 - it is in memory
    """The whole stack, every stage of it, inbox and worker, nothing on disk."""
    return _hookmw(tally, "memory:")


def hookmw_sqlite(tally: Tally, directory: Path) -> ASGIApp:
    """The whole stack; 200 means: it is on disk."""
    return _hookmw(tally, f"sqlite:///{directory / 'hooks.db'}")


def five_middlewares(tally: Tally, directory: Path) -> ASGIApp:  # noqa: ARG001 - nothing is kept
    """The stages as five ASGI middlewares around the bare app; nothing is kept or handled."""
    app: ASGIApp = ChallengeMiddleware(answer_bare, provider("github").challenges)
    app = SignatureMiddleware(app, provider("github").scheme, SECRET)
    app = RateLimitMiddleware(RawBodyMiddleware(app), UNREACHED)
    return IPAllowlistMiddleware(app, NETWORKS)


APPS: Mapping[str, Callable[[Tally, Path], ASGIApp]] = {
    "bare": bare,
    "by-hand": by_hand,
    "memory": hookmw_memory,
    "sqlite": hookmw_sqlite,
    "middlewares": five_middlewares,
}
"""Apps by the name that `--only` takes."""

TITLES = {
    "bare": "bare ASGI app",
    "by-hand": "Starlette by hand, BackgroundTask",
    "memory": "hookmw, inbox in memory",
    "sqlite": "hookmw, inbox in SQLite",
    "middlewares": "five hookmw middlewares, no inbox",
}

HANDLING = frozenset({"by-hand", "memory", "sqlite"})
"""Apps that hand every event to a handler."""
