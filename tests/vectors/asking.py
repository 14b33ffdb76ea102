"""A vector as it comes in over ASGI, and what the real stage says to it."""

from dataclasses import dataclass

import anyio
from starlette.types import Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.middleware import DELIVERY, SignatureMiddleware
from tests.vectors.arrangements import Arrangement
from tests.vectors.reading import Vector, body_of, delivery_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The status of the answer, and what came through to the app behind the stage."""

    status: int
    passed: tuple[Delivery, bytes] | None


def ask(arranged: Arrangement, vector: Vector) -> Verdict:
    """Send it through `SignatureMiddleware`, chunk by chunk."""
    return anyio.run(_ask, arranged, vector)


async def _ask(arranged: Arrangement, vector: Vector) -> Verdict:
    passed: list[tuple[Delivery, bytes]] = []
    sent: list[Message] = []
    chunks = _chunks(body_of(vector))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append((scope[DELIVERY], (await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return chunks.pop(0) if chunks else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    stage = SignatureMiddleware(app, arranged.verifier, arranged.secrets)
    await stage(scope_of(vector), receive, send)
    return Verdict(status=sent[0]["status"], passed=passed[0] if passed else None)


def content_of(arranged: Arrangement, vector: Vector) -> bytes | None:
    """What the app is to read: the body, or what was in it where it was an envelope.

    None where nobody has written down what was in it (`exceptions.UNSAID`).
    """
    if not hasattr(arranged.verifier, "open"):
        return body_of(vector)
    opened = (vector.get("extra") or {}).get("opened")
    if opened is None:
        return None if body_of(vector) else b""
    return str(opened).encode()


def scope_of(vector: Vector) -> Scope:
    """An outer stage has read the clock and knows the URL; nobody has read the body."""
    read = delivery_of(vector)
    unread = Delivery(
        method=read.method,
        path=read.path,
        query_string=read.query_string,
        headers=read.headers,
        received_at=read.received_at,
        public_url=read.public_url,
    )
    return {
        "type": "http",
        "method": read.method,
        "path": read.path,
        "query_string": read.query_string,
        "headers": list(read.headers),
        DELIVERY: unread,
    }


def _chunks(body: bytes) -> list[Message]:
    """The body in two pieces, as it may come over a wire."""
    half = len(body) // 2
    return [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]
