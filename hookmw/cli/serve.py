"""`hookmw serve`: run an app with uvicorn, set as a webhook receiver wants it."""

import importlib
from typing import Annotated, Any

import typer

from hookmw.cli.target import load
from hookmw.cli.terminal import err, plain
from hookmw.endpoint import Endpoint
from hookmw.errors import ConfigError

__all__ = ["serve"]

GRACE = 5
"""Seconds that open requests are given at the end; without it uvicorn waits for ever."""


def serve(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="module:attribute, such as main:app.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen at.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve an app with uvicorn.

    Forwarded headers are left to hookmw's own trusted_proxies. There is no access log, since URLs
    may hold secrets: hookmw logs what it refuses, and the inbox holds the rest.

    $ hookmw serve main:app
    $ hookmw serve main:app --host 0.0.0.0 --port 8080 --workers 2
    """
    uvicorn = _uvicorn()
    app = load(target)
    _announce(app, host, port)
    uvicorn.run(
        target if workers > 1 else app,
        host=host,
        port=port,
        workers=workers,
        proxy_headers=False,
        server_header=False,
        access_log=False,  # a URL may hold a secret: /telegram/{token}
        timeout_graceful_shutdown=GRACE,
    )


def _uvicorn() -> Any:
    try:
        return importlib.import_module("uvicorn")
    except ImportError:
        raise ConfigError('serving needs uvicorn: pip install "hookmw[server]"') from None


def _announce(app: Any, host: str, port: int) -> None:
    """Where its endpoints are, if it is a `Hooks`, one around another app, or an `Endpoint`."""
    origin = f"http://{f'[{host}]' if ':' in host else host}:{port}{getattr(app, 'prefix', '')}"
    hooks = getattr(app, "hooks", app)
    for endpoint in (app,) if isinstance(app, Endpoint) else getattr(hooks, "endpoints", ()):
        line = plain(f"{endpoint.provider.name:<20} ", "bold cyan")
        err().print(line.append(plain(f"{origin}{endpoint.path}", "not bold default")))
