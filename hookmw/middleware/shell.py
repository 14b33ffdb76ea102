"""Between ASGI and the stages: a scope becomes a `Delivery`, a `Reply` becomes messages."""

import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Protocol

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.errors import ClientGone, Rejected, UnknownEndpoint
from hookmw.event import Reply

__all__ = ["DELIVERY", "Stage", "StageShell", "delivery_from", "log_refusal", "refusal", "respond"]

DELIVERY = "hookmw.delivery"
"""The key in the ASGI scope under which downstream finds the `Delivery`."""

LINGER_BYTES = 16 << 20
LINGER_SECONDS = 1.0
MAX_LOGGED = 200
POLICY_VIOLATION = 1008

logger = logging.getLogger("hookmw")


class Stage(Protocol):
    """One step of the stack."""

    def __call__(self, delivery: Delivery) -> Awaitable[Reply | None]:
        """Let it pass (None), or answer it.

        Raises:
            Rejected: it is refused.
            ClientGone: there is nobody to answer.
        """
        ...


class StageShell:
    """A stage as an ASGI middleware.

    Args:
        app: the next app; it sees what the stage lets pass.
        stage: what decides.
        websockets: whether the stage can judge a websocket's handshake; where it cannot, the
            websocket is refused, so that none slips past.
    """

    def __init__(self, app: ASGIApp, stage: Stage, *, websockets: bool = False) -> None:
        self.app = app
        self.stage = stage
        self.websockets = websockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request; lifespan passes."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._judge(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._judge_websocket(scope, receive, send)
        else:
            await refuse_other(scope, receive, send)

    async def _judge(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivery = scope.get(DELIVERY) or delivery_from(scope)
        try:
            reply = await self.stage(delivery)
        except Rejected as error:
            log_refusal(error, delivery)
            reply = refusal(error)
        except ClientGone:
            return
        if reply is not None:
            await respond(send, reply, receive)
        else:
            seen = {**scope, "headers": list(delivery.headers), DELIVERY: delivery}
            await self.forward(delivery, seen, receive, send)

    async def forward(
        self,
        delivery: Delivery,  # noqa: ARG002 - for shells that have more to do with it
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Hand the request on."""
        await self.app(scope, receive, send)

    async def _judge_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.websockets:
            try:
                await self.stage(delivery_from(scope))
            except Rejected as error:
                log_refusal(error, delivery_from(scope))
            else:
                await self.app(scope, receive, send)
                return
        await refuse_websocket(receive, send)


async def refuse_websocket(receive: Receive, send: Send) -> None:
    """Answer a websocket's handshake with 403 (what servers make of an early close)."""
    await receive()
    await send({"type": "websocket.close", "code": POLICY_VIOLATION})


async def refuse_other(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse what is not HTTP.

    Raises:
        RuntimeError: nobody knows how: an unknown scope type.
    """
    if scope["type"] != "websocket":
        raise RuntimeError(f"unknown ASGI scope type {scope['type']!r}")
    await refuse_websocket(receive, send)


async def refuse_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that there is no such endpoint."""
    if scope["type"] == "http":
        await respond(send, refusal(UnknownEndpoint()), receive)
    else:
        await refuse_other(scope, receive, send)


def route_path(scope: Scope) -> str:
    """The path below the mount point; empty where the scope is of a type that has none."""
    path: str = scope.get("path", "")
    root = scope.get("root_path", "").rstrip("/")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
        return path[len(root) :]
    return path


def delivery_from(
    scope: Scope,
    *,
    path: str | None = None,
    path_params: Mapping[str, str] | None = None,
    public_url: str | None = None,
    envelope: str = "payload",
) -> Delivery:
    """The delivery that a scope describes; this is where the clock is read.

    The headers are copied: some servers append the trailers of a chunked body to the list in the
    scope while the body is being read, after the guards have looked.
    """
    client = scope.get("client")
    return Delivery(
        method=scope.get("method", "GET"),
        path=scope["path"] if path is None else path,
        path_params=_outer_params(scope) if path_params is None else path_params,
        headers=tuple([(name.lower(), value) for name, value in scope["headers"]]),
        query_string=scope.get("query_string", b""),
        peer=client[0] if client else None,
        received_at=time.time(),
        public_url=public_url,
        envelope=envelope,
    )


def _outer_params(scope: Scope) -> Mapping[str, str]:
    """What a router around us has matched; it may have turned the texts into other things."""
    return {name: str(value) for name, value in scope.get("path_params", {}).items()}


def refusal(error: Rejected, statuses: Mapping[int, int] | None = None) -> Reply:
    """The answer to a refused delivery: its status and one word.

    Args:
        error: why.
        statuses: status by our status, where a provider's contract wants another.
    """
    status = (statuses or {}).get(error.status, error.status)
    return Reply(status, error.word.encode(), headers=error.headers)


def log_refusal(
    error: Rejected, delivery: Delivery, endpoint: str = "", *, path: str | None = None
) -> None:
    """One line for the operator, with the code and the reason; nothing of it reaches the sender.

    Args:
        error: why.
        delivery: what is refused.
        endpoint: by which endpoint.
        path: instead of the delivery's own, which may hold a secret (`/telegram/{token}`).
    """
    logger.warning(
        "refused %s %s from %s%s: %s (%s)",
        shown(delivery.method)[1:-1],
        shown(delivery.path if path is None else path),
        shown(delivery.peer or "nobody knows where")[1:-1],
        f" at {endpoint}" if endpoint else "",
        error.reason or error.word,
        error.code,
        extra={"code": error.code, "status": error.status, "endpoint": endpoint},
    )


def shown(text: str) -> str:
    """A stranger's text as one short line of ASCII."""
    return ascii(text[:MAX_LOGGED])


async def respond(send: Send, reply: Reply, receive: Receive) -> None:
    """Send an answer.

    Where it ends the connection with a part of the body unread, the rest is read and dropped for a
    moment: a server that closes at once resets the connection, and most senders, who write all
    before they read, would never see why.
    """
    start: Message = {
        "type": "http.response.start",
        "status": reply.status,
        "headers": list(reply.headers),
    }
    await send(start)
    if reply.closes:
        await send({"type": "http.response.body", "body": reply.body, "more_body": True})
        await _linger(receive)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _linger(receive: Receive) -> None:
    dropped = 0
    with anyio.move_on_after(LINGER_SECONDS):
        while dropped < LINGER_BYTES:
            message = await receive()
            dropped += len(message.get("body", b""))
            if not message.get("more_body", False):
                return
