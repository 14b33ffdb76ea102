"""The body, once, byte for byte: capped while it streams, with a deadline, and kept for others."""

from collections.abc import Callable
from functools import partial

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.errors import BodyTimeout, BodyTooLarge, ClientGone, ConfigError, Malformed, Rejected
from hookmw.middleware.shell import (
    DELIVERY,
    Stage,
    StageShell,
    log_refusal,
    logger,
    refusal,
    respond,
)

__all__ = ["MAX_BODY", "TIMEOUT", "BodyCapture", "RawBody", "RawBodyMiddleware"]

MAX_BODY = 1 << 20
TIMEOUT = 10.0


class BodyCapture:
    """Reads a body once, when it is first asked for.

    Args:
        receive: ASGI's.
        max_body: bytes.
        timeout: seconds from the first look until the body must be whole.
    """

    def __init__(
        self, receive: Receive, *, max_body: int = MAX_BODY, timeout: float = TIMEOUT
    ) -> None:
        self._receive = receive
        self._max_body = max_body
        self._timeout = timeout
        self._body: bytes | None = None
        self._refusal: Callable[[], Rejected] | None = None
        self._replayed = False

    @property
    def refused(self) -> bool:
        """Whether somebody has asked for the body and was told that it is refused."""
        return self._refusal is not None

    async def read(self) -> bytes:
        """The whole body; a second call gives or raises the same again.

        Raises:
            BodyTooLarge: more than the cap has come; the rest is left unread.
            BodyTimeout: it was not whole at the deadline.
            ClientGone: the sender hung up.
        """
        if self._refusal is not None:
            raise self._refusal()
        if self._body is None:
            try:
                self._body = await self._read_in_time()
            except Rejected as error:
                self._refusal = partial(type(error), error.reason)
                raise
        return self._body

    async def _read_in_time(self) -> bytes:
        with anyio.move_on_after(self._timeout):
            return await self._read()
        raise BodyTimeout(f"the body was not whole after {self._timeout:g} s")

    async def _read(self) -> bytes:
        body = bytearray()  # a list of crumbs would cost a hundred times what is in them
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
            if len(body) + len(chunk) > self._max_body:
                raise BodyTooLarge(f"more than {self._max_body} bytes have come")
            whole = not message.get("more_body", False)
            if whole and not body:
                return bytes(chunk)  # the most common, and no copy
            body += chunk
            if whole:
                return bytes(body)

    async def replay(self) -> Message:
        """ASGI's `receive` for whoever is downstream: the same bytes again, as one message."""
        if self._replayed:
            return await self._receive()
        body = await self.read()
        self._replayed = True
        return {"type": "http.request", "body": body, "more_body": False}


class RawBody:
    """Refuses what says that it is too large, or is compressed; reads nothing.

    Nobody signs what a proxy inflated, and inflating a stranger's bytes is how memory ends.

    Args:
        max_body: bytes.

    Raises:
        ConfigError: `max_body` is not above 0.
    """

    def __init__(self, max_body: int = MAX_BODY) -> None:
        if max_body < 1:
            raise ConfigError("max_body must be at least 1 byte")
        self.max_body = max_body

    async def __call__(self, delivery: Delivery) -> None:
        """Pass, or raise `BodyTooLarge` or `Malformed`."""
        for name, value in delivery.headers:
            if name == b"content-length" and value.isdigit() and int(value[:20]) > self.max_body:
                raise BodyTooLarge(f"content-length is over {self.max_body} bytes")
            if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
                raise Malformed("the body is compressed", code="body_compressed")


class RawBodyMiddleware(StageShell):
    """Captures the body for the stages that need its bytes; answers 413 and 408.

    The body is not read here: the first stage, or the app, that wants it pulls it through the cap
    and the deadline. Whoever comes later can read it again.

    Args:
        app: the next app.
        max_body: bytes.
        timeout: seconds in which the body must be whole.

    Raises:
        ConfigError: a number is not above 0.
    """

    def __init__(self, app: ASGIApp, *, max_body: int = MAX_BODY, timeout: float = TIMEOUT) -> None:
        super().__init__(app, RawBody(max_body), websockets=True)
        self.max_body = max_body
        self.timeout = checked_timeout(timeout)

    async def forward(self, delivery: Delivery, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with the capture in place of `receive`."""
        capture = BodyCapture(receive, max_body=self.max_body, timeout=self.timeout)
        delivery.arm(capture.read)
        await CapturedExchange(delivery, capture, receive, send).run(self.app, scope)


class CapturedExchange:
    """One request whose body is captured: if the capture refuses it, we answer, not the app.

    The app might make a 500 of the exception that the refusal is, so it is told that the client
    left, and whatever it still wants to send or raise is dropped.
    """

    def __init__(
        self, delivery: Delivery, capture: BodyCapture, receive: Receive, send: Send
    ) -> None:
        self._delivery = delivery
        self._capture = capture
        self._outer_receive = receive
        self._outer_send = send
        self._started = False
        self._refused = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run the app."""
        try:
            await app(scope, self._receive, self._send)
        except Exception:
            if not self._refused:
                raise
            logger.debug("the app raised after its request was refused", exc_info=True)

    async def _receive(self) -> Message:
        if self._refused:
            return {"type": "http.disconnect"}
        if self._started and self._capture.refused:  # a stage has answered, and reads the rest
            return await self._outer_receive()
        try:
            return await self._capture.replay()
        except ClientGone:
            return {"type": "http.disconnect"}
        except Rejected as error:
            self._refused = True
            log_refusal(error, self._delivery)
            if not self._started:
                await respond(self._outer_send, refusal(error), self._outer_receive)
            return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if not self._refused:
            self._started = True
            await self._outer_send(message)


class BodyStageShell:
    """The shell of a stage that needs the body: where no capture is armed, it arms one.

    Args:
        app: the next app.
        stage: what decides; websockets are refused, since they have no body to judge.
    """

    def __init__(self, app: ASGIApp, stage: Stage) -> None:
        self._armed = StageShell(app, stage)
        self._alone = RawBodyMiddleware(self._armed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request; lifespan passes."""
        delivery = scope.get(DELIVERY)
        app = self._armed if delivery is not None and delivery.armed else self._alone
        await app(scope, receive, send)


def checked_timeout(seconds: float) -> float:
    """The seconds themselves.

    Raises:
        ConfigError: not above 0.
    """
    if not seconds > 0:
        raise ConfigError("the body's timeout must be more than 0 seconds")
    return seconds
