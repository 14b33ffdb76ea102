"""What `hookmw send` does, without the terminal: send signed requests over HTTP and time them."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio
from anyio.abc import TaskGroup

from hookmw.delivery import Headers
from hookmw.errors import ConfigError
from hookmw.testing.signing import SignedRequest

if TYPE_CHECKING:
    import httpx

__all__ = ["Sent", "send"]

MAX_ANSWER = 200
"""Bytes of an answer that are kept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one request.

    Attributes:
        status: HTTP status; None where there was no answer.
        seconds: from the first byte sent to the last byte received.
        answer: the first 200 bytes of the answer.
        headers: of the answer, names in lower case.
        error: why there was no answer, in a sentence; `""` if there was one.
    """

    status: int | None
    seconds: float
    answer: bytes = b""
    error: str = ""
    headers: Headers = ()

    @property
    def acknowledged(self) -> bool:
        """Whether the answer was a 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx


async def send(
    requests: Iterable[SignedRequest],
    origin: str,
    *,
    rate: float | None = None,
    concurrency: int = 8,
    timeout: float = 30.0,  # noqa: ASYNC109 - of one request, not of this call
    on_sent: Callable[[Sent], object] | None = None,
) -> list[Sent]:
    """Send requests, and return what came of each, in the order of the answers.

    A redirect is not followed: to a provider it is a failure.

    Args:
        requests: each is taken only when it is due, so that what signs lazily signs the time of
            its sending.
        origin: scheme, host and port of the receiver: `http://localhost:8000`.
        rate: requests a second; as fast as `concurrency` allows if None.
        concurrency: how many may wait for their answer at once.
        timeout: seconds to wait for an answer.
        on_sent: called after each.

    Raises:
        ConfigError: the origin is none, a number is not above 0, or httpx is not installed.
    """
    run = _Run(_origin(origin), _gap(rate), timeout, on_sent or (lambda _: None))
    return await run.all(requests, _client(concurrency, timeout), concurrency)


class _Run:
    def __init__(
        self, origin: str, gap: float, timeout: float, on_sent: Callable[[Sent], object]
    ) -> None:
        self._origin = origin
        self._gap = gap
        self._timeout = timeout
        self._on_sent = on_sent
        self._sent: list[Sent] = []

    async def all(
        self, requests: Iterable[SignedRequest], client: "httpx.AsyncClient", concurrency: int
    ) -> list[Sent]:
        slots = anyio.Semaphore(concurrency)
        failure: Exception | None = None
        async with client, anyio.create_task_group() as tasks:
            try:
                await self._feed(iter(requests), client, slots, tasks)
            except Exception as error:
                failure = error
        if failure is not None:
            raise failure
        return self._sent

    async def _feed(
        self,
        requests: Iterable[SignedRequest],
        client: "httpx.AsyncClient",
        slots: anyio.Semaphore,
        tasks: TaskGroup,
    ) -> None:
        due = time.perf_counter()
        waiting = iter(requests)
        while True:
            await slots.acquire()
            await anyio.sleep(max(0.0, due - time.perf_counter()))
            request = next(waiting, None)
            if request is None:
                return
            due += self._gap
            tasks.start_soon(self._one, client, request, slots)

    async def _one(
        self, client: "httpx.AsyncClient", request: SignedRequest, slots: anyio.Semaphore
    ) -> None:
        try:
            sent = await self._exchange(client, request)
        finally:
            slots.release()
        self._sent.append(sent)
        self._on_sent(sent)

    async def _exchange(self, client: "httpx.AsyncClient", request: SignedRequest) -> Sent:
        import httpx  # noqa: PLC0415 - an extra

        started = time.perf_counter()
        try:
            answer = await client.request(
                request.method,
                self._origin + _target(request),
                headers=list(request.headers),
                content=request.body,
            )
        except httpx.HTTPError as error:
            return Sent(None, time.perf_counter() - started, error=self._explain(error))
        seconds = time.perf_counter() - started
        said = answer.content[:MAX_ANSWER]
        headers = tuple((name.lower(), value) for name, value in answer.headers.raw)
        return Sent(answer.status_code, seconds, said, headers=headers)

    def _explain(self, error: "httpx.HTTPError") -> str:
        import httpx  # noqa: PLC0415 - an extra

        if isinstance(error, httpx.ConnectError):
            return f"nothing answers at {self._origin}: is the receiver running?"
        if isinstance(error, httpx.TimeoutException):
            return f"no answer from {self._origin} within {self._timeout:g} s"
        return f"{self._origin}: {str(error) or type(error).__name__}"


def _client(concurrency: int, timeout: float) -> "httpx.AsyncClient":
    if concurrency < 1 or not timeout > 0:
        raise ConfigError("concurrency and timeout must be above 0")
    try:
        import httpx  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError('sending needs httpx: pip install "hookmw[cli]"') from None
    return httpx.AsyncClient(
        timeout=timeout,
        limits=httpx.Limits(max_connections=concurrency),
        headers={"user-agent": "hookmw"},
    )


def _origin(text: str) -> str:
    scheme, _, host = text.rstrip("/").partition("://")
    if scheme not in {"http", "https"} or not host or set(host) & set("/?# "):
        raise ConfigError(f"origin {text!r} must be a scheme and a host: http://localhost:8000")
    return f"{scheme}://{host}"


def _gap(rate: float | None) -> float:
    """Seconds between two requests."""
    if rate is None:
        return 0.0
    if not (rate > 0 and math.isfinite(rate)):
        raise ConfigError("rate must be a number of requests a second, above 0")
    return 1 / rate


def _target(request: SignedRequest) -> str:
    path = quote(request.path, safe="/:@!$&'()*+,;=~-._")
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path
