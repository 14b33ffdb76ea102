"""A small ASGI caller: one exchange, every message counted, no sockets."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.middleware import DELIVERY
from hookmw.testing import SignedRequest

PEER = ("140.82.112.1", 4711)

HeaderList = Iterable[tuple[bytes, bytes]]


class Wire:
    """The client's end of one request, and all that happened on it, in order."""

    def __init__(
        self,
        body: bytes | Iterable[bytes] = b"",
        *,
        gone: bool = False,
        stall: bool = False,
        on_receive: Callable[[], None] = lambda: None,
    ) -> None:
        self._chunks = _with_more([body] if isinstance(body, bytes) else body)
        self._gone = gone
        self._stall = stall
        self._on_receive = on_receive
        self.receives = 0
        self.trace: list[str] = []
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        self.receives += 1
        self.trace.append("receive")
        self._on_receive()
        await anyio.lowlevel.checkpoint()
        for chunk, more in self._chunks:
            return {
                "type": "http.request",
                "body": chunk,
                "more_body": more or self._stall or self._gone,
            }
        if self._stall:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.trace.append(message["type"].removeprefix("http.response."))
        self.sent.append(message)

    @property
    def starts(self) -> list[Message]:
        return [each for each in self.sent if each["type"] == "http.response.start"]

    @property
    def status(self) -> int:
        (start,) = self.starts
        status: int = start["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        (start,) = self.starts
        return dict(start["headers"])

    @property
    def body(self) -> bytes:
        assert self.sent, "no answer"
        assert not self.sent[-1].get("more_body", False), "the answer has no end"
        assert sum(not each.get("more_body") for each in self.sent[1:]) == 1, "two ends"
        return b"".join(each.get("body", b"") for each in self.sent[1:])

    @property
    def received_before_the_answer(self) -> int:
        return self.trace.index("start") if "start" in self.trace else self.receives


def _with_more(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each chunk, and whether another one comes."""
    iterator = iter(chunks)
    last = next(iterator, None)
    for chunk in iterator:
        assert last is not None
        yield last, True
        last = chunk
    if last is not None:
        yield last, False


def http(
    path: str = "/hook",
    *,
    method: str = "POST",
    headers: HeaderList = (),
    query: bytes = b"",
    client: tuple[str, int] | None = PEER,
    root_path: str = "",
    **more: Any,
) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": root_path,
        "headers": list(headers),
        "client": client,
        "server": ("testserver", 80),
        **more,
    }


async def call(app: ASGIApp, scope: Scope, wire: Wire | None = None) -> Wire:
    wire = wire or Wire()
    await app(scope, wire.receive, wire.send)
    return wire


async def deliver(
    app: ASGIApp, request: SignedRequest, *, path: str | None = None, **scope: Any
) -> Wire:
    asked = http(
        request.path if path is None else path,
        method=request.method,
        headers=request.headers,
        query=request.query_string,
        **scope,
    )
    return await call(app, asked, Wire(request.body))


async def websocket(app: ASGIApp, path: str = "/hook", **scope: Any) -> list[Message]:
    """What the app answers to a websocket's handshake."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asked = http(path, **scope)
    del asked["method"]
    await app({**asked, "type": "websocket"}, receive, send)
    return sent


class Spy:
    """An app that reads the body, if told to, and answers 200; it remembers what it saw."""

    def __init__(self, *, reads: bool = True) -> None:
        self.reads = reads
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []
        self.after: list[Message] = []

    @property
    def delivery(self) -> Any:
        return self.scopes[-1][DELIVERY]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "lifespan":
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        if self.reads:
            self.bodies.append(await self._body(receive))
            self.after.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    @staticmethod
    async def _body(receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client left, says the server")
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return bytes(body)
