"""`WebhookClient`: posts signed deliveries to an ASGI app, in-process, on asyncio or trio."""

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Scope

from hookmw.delivery import Headers
from hookmw.testing.exchange import Response, exchange
from hookmw.testing.lifespan import Lifespan
from hookmw.testing.signing import PUBLIC_URL, Sender, SignedRequest, sign

__all__ = ["WebhookClient"]

HeadersInput = Mapping[str, str] | Iterable[tuple[bytes, bytes]]


class WebhookClient:
    """A provider's side of an ASGI app.

    As an async context manager it runs the app's lifespan too. What the app raises comes through.

    Args:
        app: any ASGI app: a `Hooks`, an `Endpoint`, or whatever they are mounted in.
        base_path: put in front of every path: where the app is mounted.
        peer: address of the client, as the app sees it; None is a unix socket.
    """

    def __init__(
        self, app: ASGIApp, *, base_path: str = "", peer: str | None = "127.0.0.1"
    ) -> None:
        self.app = app
        self.base_path = base_path.rstrip("/")
        self.peer = peer
        self._lifespan: Lifespan | None = None

    async def post(
        self,
        path: str,
        provider: Sender,
        payload: Any,
        secret: str | bytes,
        *,
        id: str | None = None,  # noqa: A002 - the contract's name
        type: str | None = None,  # noqa: A002 - the contract's name
        at: float | None = None,
        headers: Mapping[str, str] | None = None,
        public_url: str = PUBLIC_URL,
    ) -> Response:
        """Sign a delivery and post it; the arguments are those of `hookmw.testing.sign`.

        Raises:
            ConfigError: see `sign`.
        """
        signed = sign(
            provider,
            payload,
            secret,
            id=id,
            type=type,
            at=at,
            headers=headers,
            path=path,
            public_url=public_url,
        )
        return await self.send(signed)

    async def send(self, request: SignedRequest) -> Response:
        """Send a request that was signed before; sending it twice is what a replay attack does."""
        return await self.request(
            request.method,
            request.path,
            headers=request.headers,
            body=request.body,
            query=request.query_string,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: HeadersInput = (),
        body: bytes | Sequence[bytes] = b"",
        query: str | bytes | Mapping[str, str] = b"",
    ) -> Response:
        """Send any request at all.

        Args:
            method: HTTP method.
            path: below `base_path`, percent-decoded.
            headers: `Host` and the length of the body are added where they are missing.
            body: bytes with a `Content-Length`, or chunks, one message each, without it.
            query: what follows `?`.
        """
        chunks = [body] if isinstance(body, bytes) else list(body)
        fields = _completed(_as_headers(headers), body)
        scope = self._scope(method, self.base_path + path, fields, _as_query(query))
        return await exchange(self.app, scope, chunks)

    def _scope(self, method: str, path: str, headers: Headers, query: bytes) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method.upper(),
            "scheme": "http",
            "path": path,
            "raw_path": quote(path, safe="/:@!$&'()*+,;=~-._").encode("ascii"),
            "query_string": query,
            "root_path": "",
            "headers": list(headers),
            "client": None if self.peer is None else (self.peer, 50_000),
            "server": ("testserver", 80),
            "state": {} if self._lifespan is None else self._lifespan.state.copy(),
        }

    async def __aenter__(self) -> Self:
        """Start the app up.

        Raises:
            RuntimeError: it says that it cannot.
        """
        self._lifespan = Lifespan(self.app)
        await self._lifespan.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Shut it down.

        Raises:
            RuntimeError: it says that it cannot, and nothing else went wrong.
        """
        lifespan, self._lifespan = self._lifespan, None
        assert lifespan is not None  # noqa: S101 - it was entered
        await lifespan.end()
        if error is None and lifespan.failure is not None:
            raise RuntimeError(f"the app did not shut down: {lifespan.failure}")


def _as_headers(headers: HeadersInput) -> Headers:
    if isinstance(headers, Mapping):
        return tuple((k.lower().encode("ascii"), v.encode("utf-8")) for k, v in headers.items())
    return tuple((name.lower(), value) for name, value in headers)


def _as_query(query: str | bytes | Mapping[str, str]) -> bytes:
    if isinstance(query, bytes):
        return query
    return (query if isinstance(query, str) else urlencode(query)).encode("ascii")


def _completed(headers: Headers, body: bytes | Sequence[bytes]) -> Headers:
    """With what every client sends: `Host`, and how long the body is."""
    names = {name for name, _ in headers}
    added: Headers = () if b"host" in names else ((b"host", b"testserver"),)
    if not names & {b"content-length", b"transfer-encoding"}:
        added += (_framing(body),)
    return added + headers


def _framing(body: bytes | Sequence[bytes]) -> tuple[bytes, bytes]:
    if isinstance(body, bytes):
        return b"content-length", str(len(body)).encode()
    return b"transfer-encoding", b"chunked"
