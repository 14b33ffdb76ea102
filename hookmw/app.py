"""A set of endpoints with one inbox and one worker: an ASGI app, a mount, or a wrapper."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from hookmw.address import network_list
from hookmw.endpoint import Endpoint
from hookmw.errors import ConfigError
from hookmw.inbox import Inbox, Query, State
from hookmw.inbox.urls import inbox_from_url
from hookmw.middleware.apart import Quarantine
from hookmw.middleware.health import HealthRoute
from hookmw.middleware.lifespan import SharedLifespan, run_lifespan
from hookmw.middleware.shell import refuse_unknown, route_path
from hookmw.retry import Retry
from hookmw.work.engine import Engine
from hookmw.work.retention import Retention
from hookmw.work.runtime import Runtime

__all__ = ["Hooks"]

F = TypeVar("F", bound=Callable[..., Any])

DRAIN_LOOK = 0.01
MAX_LOOKED_AT = 1000


class Hooks:
    """Endpoints that share one inbox, one worker and one lifespan; an ASGI app.

    Served whole (`uvicorn main:app`), mounted (`Mount("/webhooks", hooks)`), or put around another
    app (`hooks.wrap(app)`). Where the outer app never runs our lifespan, as with `Mount`, inbox and
    worker start at the first delivery.

    Where the inbox is out of reach at the start it is opened as soon as it is there, and deliveries
    are refused with 503 until then. What only a human can put right fails the start, in one line.

    Args:
        endpoints: their names and paths must differ.
        inbox: an inbox, or its URL: `sqlite:///hooks.db`, `memory:`.
        public_url: scheme and host that providers were told, for schemes that sign the URL.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed.
        worker: whether to handle events in this process; else `hookmw worker` must run elsewhere.
        concurrency: how many events are handled at once.
        lease: seconds after which a worker that died loses its events to another.
        drain: seconds that running handlers are given when the process must stop.
        retention: for how long settled events are kept; for ever if None.
        quarantine: keep apart, within bounds, what failed verification; see `reverify`.
        health: a path below the mount point where `GET` tells how the inbox is; none if None.
        engine: `CeleryEngine(app)` or `TaskiqEngine(broker)`: handlers run in its workers, and this
            process only tells them of events. How many run at once is then set there.

    Raises:
        ConfigError: anything that cannot work, with the remedy.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        *,
        inbox: str | Inbox = "sqlite:///hooks.db",
        public_url: str | None = None,
        trusted_proxies: Iterable[str] = (),
        worker: bool = True,
        concurrency: int = 32,
        lease: float = 30.0,
        drain: float = 8.0,
        retention: Retention | None = None,
        quarantine: Quarantine | None = None,
        health: str | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.endpoints = _unlike(endpoints)
        self.inbox = inbox_from_url(inbox) if isinstance(inbox, str) else inbox
        self.runtime = Runtime(
            self.inbox,
            work=worker,
            concurrency=concurrency,
            lease=lease,
            drain=drain,
            retention=retention,
            engine=engine,
        )
        trusted = network_list(trusted_proxies)
        for endpoint in self.endpoints:
            endpoint.bind(
                self.runtime,
                trusted_proxies=trusted,
                public_url=public_url,
                quarantine=quarantine,
            )
        self._fixed = {each.path: each for each in self.endpoints if each.template.is_fixed}
        self._templates = [each for each in self.endpoints if not each.template.is_fixed]
        self._health = None if health is None else HealthRoute(health, self.runtime.ready)
        if self._health is not None and self.find(self._health.path) is not None:
            raise ConfigError(f"health={health!r} is the path of an endpoint")

    # what its owner writes

    def on(
        self,
        pattern: str,
        *,
        retry: Retry | None = None,
        timeout: float | None = None,
        name: str | None = None,
    ) -> Callable[[F], F]:
        """Decorate a handler of the events of all endpoints; see `Router.on`."""
        return self.runtime.dispatcher.router.on(pattern, retry=retry, timeout=timeout, name=name)

    def use(self, function: F) -> F:
        """Wrap every handler of every endpoint: `async def log(event, call_next)`."""
        return self.runtime.dispatcher.use(function)

    # the three ways to serve it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] == "lifespan":
            await run_lifespan(self.runtime, receive, send)
        elif not await self._answered(scope, route_path(scope), receive, send):
            await refuse_unknown(scope, receive, send)

    def wrap(self, app: ASGIApp, prefix: str = "/webhooks") -> ASGIApp:
        """An ASGI app that answers the endpoints below `prefix` and leaves all else to `app`.

        Args:
            app: gets every other request, and the lifespan.
            prefix: a path without a trailing slash; `""` for none.

        Raises:
            ConfigError: the prefix does not begin with a slash.
        """
        return Wrapped(self, app, prefix)

    @asynccontextmanager
    async def lifespan(self, app: Any = None) -> AsyncIterator[None]:  # noqa: ARG002
        """For those who compose lifespans: `Starlette(lifespan=hooks.lifespan)`."""
        await self.runtime.start()
        try:
            yield
        finally:
            await self.runtime.stop()

    async def drain(self, seconds: float = 30.0) -> None:
        """Return when every event that is due has been handled; for tests and scripts.

        Raises:
            TimeoutError: that took longer than `seconds`.
        """
        inbox = await self.runtime.ready()
        with anyio.fail_after(seconds):
            while await _any_due(inbox):
                await inbox.wait(DRAIN_LOOK)
                await anyio.sleep(DRAIN_LOOK)

    async def _answered(self, scope: Scope, path: str, receive: Receive, send: Send) -> bool:
        found = self.find(path)
        if found is None:
            return await self._told_health(scope, path, receive, send)
        endpoint, parameters = found
        await endpoint.handle(scope, receive, send, parameters)
        return True

    async def _told_health(self, scope: Scope, path: str, receive: Receive, send: Send) -> bool:
        if self._health is None or not self._health.matches(path):
            return False
        await self._health(scope, receive, send)
        return True

    async def reverify(self, query: Query) -> dict[str, int]:
        """Look again at what was kept apart, oldest first, after a secret was put right.

        What is genuine now becomes an event, unless a copy of it has come since, and leaves the
        quarantine.

        Args:
            query: its `endpoint`, `since`, `until` and `limit` count.

        Returns:
            How many were `admitted`, and how many `refused` again.

        Raises:
            InboxUnavailable: some may have been admitted.
        """
        inbox = await self.runtime.ready()
        counts = {"admitted": 0, "refused": 0}
        by_name = {endpoint.name: endpoint for endpoint in self.endpoints}
        for refused in reversed(await inbox.quarantined(query)):
            endpoint = by_name.get(refused.endpoint)
            admitted = endpoint is not None and await endpoint.reverify(refused)
            if admitted:
                await inbox.discharge([refused.id])
            counts["admitted" if admitted else "refused"] += 1
        return counts

    def find(self, path: str) -> tuple[Endpoint, Mapping[str, str]] | None:
        """The endpoint at that path, below the mount point, and the path's parameters."""
        fixed = self._fixed.get(path.removesuffix("/") or "/")
        if fixed is not None:
            return fixed, {}
        for endpoint in self._templates:
            parameters = endpoint.match(path)
            if parameters is not None:
                return endpoint, parameters
        return None


class Wrapped:
    """See `Hooks.wrap`."""

    def __init__(self, hooks: Hooks, app: ASGIApp, prefix: str) -> None:
        if prefix and not prefix.startswith("/"):
            raise ConfigError(f"prefix {prefix!r} must begin with a slash")
        self.hooks = hooks
        self.app = app
        self.prefix = prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an endpoint's request, or hand it on untouched."""
        if scope["type"] == "lifespan":
            await SharedLifespan(self.hooks.runtime, receive, send).run(self.app, scope)
            return
        path = route_path(scope)
        if path == self.prefix or path.startswith(self.prefix + "/"):
            inner = {**scope, "root_path": scope.get("root_path", "").rstrip("/") + self.prefix}
            below = path[len(self.prefix) :]
            if await self.hooks._answered(inner, below, receive, send):  # noqa: SLF001
                return
        await self.app(scope, receive, send)


async def _any_due(inbox: Inbox) -> bool:
    unsettled: frozenset[State] = frozenset({"pending", "claimed"})
    counted = await inbox.count()
    total = sum(counted[state] for state in unsettled)
    if total > MAX_LOOKED_AT:
        return True
    entries = await inbox.find(Query(states=unsettled, limit=total + 1))
    now = time.time()
    return any(entry.due_at is None or entry.due_at <= now for entry in entries)


def _unlike(given: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """Endpoints of which no two have one name, or one path."""
    endpoints = tuple(given)
    if not endpoints:
        raise ConfigError("Hooks needs at least one endpoint")
    for what in ("name", "path"):
        seen: set[str] = set()
        for endpoint in endpoints:
            value = getattr(endpoint, what)
            if value in seen:
                raise ConfigError(f"two endpoints have the {what} {value!r}")
            seen.add(value)
    return endpoints
