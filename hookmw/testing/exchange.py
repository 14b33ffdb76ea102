"""One request to an ASGI app, as a server would make it, without a socket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import msgspec
from starlette.types import ASGIApp, Message, Scope

from hookmw.delivery import Headers

__all__ = ["Response", "exchange"]


@dataclass(frozen=True, slots=True)
class Response:
    """What an app answered.

    Attributes:
        status: HTTP status.
        headers: as they were sent, names in lower case.
        body: the bytes.
    """

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 shows as U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as data.

        Raises:
            msgspec.DecodeError: it is not JSON.
        """
        return msgspec.json.decode(self.body)

    def header(self, name: str) -> str | None:
        """The value of the first header of that name, in any case, or None."""
        wanted = name.lower().encode("latin-1")
        return next((v.decode("latin-1") for k, v in self.headers if k == wanted), None)


async def exchange(app: ASGIApp, scope: Scope, chunks: Sequence[bytes]) -> Response:
    """The app's answer to one request; returns when the app does.

    Args:
        app: its exceptions come through.
        scope: of the request.
        chunks: the body, as many messages as chunks.

    Raises:
        RuntimeError: the app ended without a whole answer.
    """
    connection = _Connection(chunks)
    await app(scope, connection.receive, connection.send)
    return connection.response()


class _Connection:
    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._waiting = list(chunks) or [b""]
        self._answered = anyio.Event()
        self._status = 0
        self._headers: Headers = ()
        self._body = bytearray()

    async def receive(self) -> Message:
        if self._waiting:
            chunk = self._waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(self._waiting)}
        await self._answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple((bytes(k), bytes(v)) for k, v in message.get("headers", ()))
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._answered.set()

    def response(self) -> Response:
        if not self._status or not self._answered.is_set():
            raise RuntimeError("the app ended without a whole answer")
        return Response(self._status, self._headers, bytes(self._body))
