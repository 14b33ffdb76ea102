"""ASGI's lifespan protocol: for a service alone, or shared with the app that it is put around.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.errors import HookmwError
from hookmw.middleware.shell import logger

__all__ = ["Service", "SharedLifespan", "run_lifespan"]

STARTUP_COMPLETE = "lifespan.startup.complete"


class Service(Protocol):
    """What a lifespan starts and stops."""

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End."""
        ...


async def run_lifespan(service: Service, receive: Receive, send: Send) -> None:
    """The lifespan of something that starts and stops."""
    await receive()
    started = await _start(service)
    await send(started)
    if started["type"] == STARTUP_COMPLETE:
        await receive()
        await send(await _stop(service))


class SharedLifespan:
    """One lifespan for two: the app starts up before the service does, and shuts down after it.

    So handlers find what the app has made ready for them. Where the app knows no lifespan (it
    raises, or returns, without a look at it) the service has it alone.
    """

    def __init__(self, service: Service, receive: Receive, send: Send) -> None:
        self._service = service
        self._outer_receive = receive
        self._outer_send = send
        self._asked = False
        self._failed = False
        self._running = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run both."""
        try:
            await app(scope, self._receive, self._send)
        except Exception:
            if self._asked and not self._failed:
                raise
        finally:
            await self._end()
        if not self._asked:
            await run_lifespan(self._service, self._outer_receive, self._outer_send)

    async def _receive(self) -> Message:
        self._asked = True
        if self._failed:  # the server has been told; the app may clean up
            return {"type": "lifespan.shutdown"}
        message = await self._outer_receive()
        if message["type"] == "lifespan.shutdown":
            await self._end()
        return message

    async def _send(self, message: Message) -> None:
        if self._failed:
            return
        if message["type"] == STARTUP_COMPLETE:
            message = await _start(self._service)
            self._running = message["type"] == STARTUP_COMPLETE
            self._failed = not self._running
        await self._outer_send(message)

    async def _end(self) -> None:
        if self._running:
            self._running = False
            await _stop(self._service)


async def _start(service: Service) -> Message:
    try:
        await service.start()
    except HookmwError as error:  # a sentence that says it all, and the server prints it
        return {"type": "lifespan.startup.failed", "message": f"hookmw cannot start: {error}"}
    except Exception as error:
        logger.exception("hookmw cannot start")
        return {"type": "lifespan.startup.failed", "message": str(error)}
    return {"type": STARTUP_COMPLETE}


async def _stop(service: Service) -> Message:
    try:
        await service.stop()
    except Exception as error:
        logger.exception("hookmw cannot stop as it should")
        return {"type": "lifespan.shutdown.failed", "message": str(error)}
    return {"type": "lifespan.shutdown.complete"}
