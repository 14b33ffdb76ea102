"""What the next app sees of an envelope, and what its sender hears."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.event import Reply
from hookmw.middleware.challenge import ChallengeMiddleware, is_unproved, unanswered
from hookmw.middleware.shell import DELIVERY, log_refusal, refusal, respond

__all__ = ["OpenedExchange"]

ACCEPTED = range(200, 300)


class OpenedExchange:
    """Hands on what was in an envelope; seals what is answered, where the provider asks for that.

    A parser of the app's own would find in the envelope what its signature does not cover, so it
    never sees the envelope. An envelope that nobody signed is for a `ChallengeMiddleware` alone.

    Args:
        app: the next app.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        delivery: Delivery | None = scope.get(DELIVERY)
        if delivery is None:
            await self.app(scope, receive, send)
            return
        if is_unproved(delivery) and not isinstance(self.app, ChallengeMiddleware):
            error = unanswered()
            log_refusal(error, delivery)
            await respond(send, refusal(error), receive)
            return
        if delivery.opened:
            receive = _Opened(delivery.body, receive)
        if delivery.proof is not None and delivery.proof.ack is not None:
            send = _Sealed(delivery.proof.ack, send, receive)
        await self.app(scope, receive, send)


class _Opened:
    """ASGI's `receive`: the opened body as one message, then whatever else happens."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._body = self._body, None
        if body is None:
            return await self._after()
        return {"type": "http.request", "body": body, "more_body": False}

    async def _after(self) -> Message:
        """What comes once the envelope, which nobody downstream is to see, has come."""
        message = await self._receive()
        while message["type"] == "http.request":
            message = await self._receive()
        return message


class _Sealed:
    """ASGI's `send`: the sealed acknowledgement instead of any 2xx."""

    def __init__(self, ack: Reply, send: Send, receive: Receive) -> None:
        self._ack = ack
        self._send = send
        self._receive = receive
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._replaced = message["status"] in ACCEPTED
        if not self._replaced:
            await self._send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await respond(self._send, self._ack, self._receive)
