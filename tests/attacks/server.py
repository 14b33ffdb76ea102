"""A real server for the attacks over a socket: `python -m tests.attacks.server HTTP FD DB HANDLED`.

It answers at `/hook` and, mounted in a Starlette app, at `/m/hook`; everything else falls through
to an app that says so with 418, and writes down what it saw.
"""

import logging
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, WebSocketRoute
from starlette.types import Receive, Scope, Send

from hookmw import Endpoint, Hooks
from tests.attacks.senders import GITHUB

MAX_BODY = 256 * 1024
BODY_TIMEOUT = 0.5
UNGUARDED = 418

logger = logging.getLogger("app behind")


async def teapot(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] in {"/hook", "/hook/", "/m/hook", "/m/hook/"}:
        logger.error("a guarded path has reached the app behind: %r", scope["path"])
    await Response("unguarded", UNGUARDED)(scope, receive, send)


async def unguarded_socket(websocket: Any) -> None:
    logger.error("a websocket has reached the app behind")


def build(database: str, handled: Path) -> Any:
    endpoint = Endpoint(
        "/hook", "github", secrets=GITHUB.secret, max_body=MAX_BODY, body_timeout=BODY_TIMEOUT
    )

    @endpoint.on("*")
    def count(event: Any) -> None:
        with handled.open("a") as file:
            file.write(f"{event.id} {event.type}\n")

    hooks = Hooks([endpoint], inbox=f"sqlite:///{database}")
    outer = Starlette(
        routes=[
            Mount("/m", app=hooks),
            WebSocketRoute("/hook", unguarded_socket),
            Mount("/", app=teapot),
        ]
    )
    return hooks.wrap(outer, prefix="")


def main(http: str, fd: str, database: str, handled: str) -> None:
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    config = uvicorn.Config(
        build(database, Path(handled)),
        http=http,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(fd))])


if __name__ == "__main__":
    main(*sys.argv[1:])
