"""One lifespan of an ASGI app, as a server would run it."""

from typing import Any

import anyio
from starlette.types import ASGIApp, Message

__all__ = ["Lifespan"]

PATIENCE = 10.0
"""Seconds for the app to shut down."""


class Lifespan:
    """Startup, and later shutdown, of an app in a task of its own.

    An app that has no lifespan (it raises at the first look at it) is left alone.

    Attributes:
        state: what the app keeps for its requests.
        failure: what the app could not do, or None.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.state: dict[str, Any] = {}
        self.failure: str | None = None
        self._app = app
        self._tasks = anyio.create_task_group()
        self._asked = False
        self._started = anyio.Event()
        self._ending = anyio.Event()
        self._ended = anyio.Event()

    async def start(self) -> None:
        """Return when the app has started up.

        Raises:
            RuntimeError: the app says that it cannot.
        """
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._run)
        await self._started.wait()
        if self.failure is not None:
            await self.end()
            raise RuntimeError(f"the app did not start up: {self.failure}")

    async def end(self) -> None:
        """Return when the app has shut down, or after ten seconds."""
        with anyio.move_on_after(PATIENCE, shield=True):
            self._ending.set()
            await self._ended.wait()
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            if self._asked and self.failure is None:
                self.failure = repr(error)
        finally:
            self._started.set()
            self._ended.set()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._ending.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        _, phase, *outcome = message["type"].split(".")
        if outcome == ["failed"]:
            self.failure = message.get("message") or "it did not say why"
        (self._started if phase == "startup" else self._ended).set()
