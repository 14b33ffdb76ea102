import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


class Receiver:
    """An ASGI app that remembers what it got and answers as told."""

    def __init__(self) -> None:
        self.seen: list[Scope] = []
        self.bodies: list[bytes] = []
        self.status = 200
        self.delay = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.seen.append(scope)
        self.bodies.append(body)
        await anyio.sleep(self.delay)
        headers = [(b"location", b"/elsewhere")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok" * 500})


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, lifespan="off", ws="none", log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
