"""`Fetcher`: keys and certificates over https, from pinned addresses only, and seldom.

What a stranger writes into a request may make us look for a key. So an address counts only as a
whole, over verified TLS; nothing is followed, little is read, what failed is not tried again for a
while, and there is a budget: more than `BUDGET` fetches a minute are refused, whoever asks.
"""

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import anyio
from anyio import to_thread

from hookmw.errors import BadSignature, ConfigError, KeyUnavailable, Rejected

__all__ = ["Fetcher", "with_fetcher"]

TIMEOUT = 3.0
"""Seconds for a whole answer."""

MAX_ANSWER = 65_536
"""Bytes; a JWKS is a few thousand."""

TTL = 3600.0
"""Seconds that an answer is taken for fresh."""

STALE = 86_400.0
"""Seconds that an old answer still counts where no new one can be had."""

COOLDOWN = 30.0
"""Seconds between two fetches of one key."""

BUDGET = 20
"""Fetches a minute, all keys together."""

MAX_KEPT = 256
"""Answers that are kept."""

_Key = tuple[str, bytes | None]
_NOTHING_THERE = {*range(400, 500)} - {401, 407, 408, 425, 429}
"""Answers that say something about the key; the others are about us, or about now."""


class _Answer:
    """What came of the last fetch of a key."""

    __slots__ = ("body", "failure", "fetched_at", "lock", "tried_at")

    def __init__(self) -> None:
        self.lock = anyio.Lock()
        self.body: bytes | None = None
        self.failure: Rejected | None = None
        self.fetched_at = self.tried_at = -float("inf")


class Fetcher:
    """Fetches and keeps.

    Args:
        allowed: regular expression for the whole of every URL that may be fetched.
        transport: of httpx, for tests.
        clock: in seconds, monotonic.

    Raises:
        ConfigError: httpx is not installed.
    """

    def __init__(
        self, allowed: str, *, transport: Any = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        try:
            import httpx  # noqa: PLC0415 - an extra
        except ImportError:
            raise ConfigError(
                'this provider\'s keys are fetched: pip install "hookmw[crypto]"'
            ) from None
        self._httpx = httpx
        self._allowed = re.compile(allowed, re.ASCII)
        self._transport = transport
        self._clock = clock
        self._trusted: Any = None
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._spent: deque[float] = deque()

    async def __call__(self, url: str, body: bytes | None = None, *, fresh: bool = False) -> bytes:
        """See `hookmw.verifiers.fetching.Fetch`."""
        if not url.startswith("https://") or not self._allowed.fullmatch(url):
            raise BadSignature("the address of the key is not pinned", code="url_not_pinned")
        answer = self._answer((url, body))
        async with answer.lock:
            if self._must_fetch(answer, fresh=fresh):
                await self._fetch(answer, url, body)
        return self._given(answer)

    def _answer(self, key: _Key) -> _Answer:
        answer = self._answers.setdefault(key, _Answer())
        self._answers.move_to_end(key)
        if len(self._answers) > MAX_KEPT:
            del self._answers[self._least()]
        return answer

    def _least(self) -> _Key:
        """What is forgotten first: names that nobody knows never drive a key out."""
        empty = (key for key, answer in self._answers.items() if answer.body is None)
        return next(empty, next(iter(self._answers)))

    def _must_fetch(self, answer: _Answer, *, fresh: bool) -> bool:
        now = self._clock()
        if now - answer.tried_at < COOLDOWN:
            return False
        return fresh or answer.body is None or now - answer.fetched_at > TTL

    def _given(self, answer: _Answer) -> bytes:
        """What is known, old as it may be; or why nothing is."""
        if answer.body is not None and self._clock() - answer.fetched_at < STALE:
            return answer.body
        raise answer.failure or KeyUnavailable("no key was fetched", retry_after=COOLDOWN)

    async def _fetch(self, answer: _Answer, url: str, body: bytes | None) -> None:
        if not self._may_spend():
            answer.failure = KeyUnavailable("too many keys were asked for", retry_after=COOLDOWN)
            return
        answer.tried_at = self._clock()
        try:  # shielded: whoever asks and hangs up would make everybody wait for the next try
            with anyio.fail_after(TIMEOUT, shield=True):
                answer.body = await self._get(url, body)
            answer.fetched_at, answer.failure = self._clock(), None
        except Rejected as error:
            answer.failure = error
        except (self._httpx.HTTPError, TimeoutError):
            answer.failure = KeyUnavailable("the key could not be fetched", retry_after=COOLDOWN)

    def _may_spend(self) -> bool:
        now = self._clock()
        while self._spent and now - self._spent[0] > 60:  # noqa: PLR2004 - a minute
            self._spent.popleft()
        if len(self._spent) >= BUDGET:
            return False
        self._spent.append(now)
        return True

    async def _get(self, url: str, body: bytes | None) -> bytes:
        headers = {"accept-encoding": "identity", "user-agent": "hookmw"}
        if body is not None:
            headers["content-type"] = "application/json"
        async with (
            self._httpx.AsyncClient(
                transport=self._transport,
                verify=await self._trust(),
                timeout=TIMEOUT,
                follow_redirects=False,
            ) as client,
            client.stream(
                "GET" if body is None else "POST", url, content=body, headers=headers
            ) as response,
        ):
            _check_status(response.status_code)
            return await _capped(response)

    async def _trust(self) -> Any:
        """Whose certificates count for TLS: read once, in a thread, for it takes a while."""
        if self._trusted is None and self._transport is None:
            self._trusted = await to_thread.run_sync(self._httpx.create_ssl_context)
        return self._trusted or True


def with_fetcher(verifier: Any) -> Any:
    """The verifier, able to fetch if it has to and nobody has bound it yet."""
    bind, allowed = getattr(verifier, "with_fetch", None), getattr(verifier, "fetches", "")
    if bind is None or not allowed or getattr(verifier, "fetch", None) is not None:
        return verifier
    return bind(Fetcher(allowed))


def _check_status(status: int) -> None:
    if status in _NOTHING_THERE:
        raise BadSignature("there is no key at its address", code="key_unknown")
    if status != 200:  # noqa: PLR2004 - redirects are refused too
        raise KeyUnavailable(f"the key's address answered {status}", retry_after=COOLDOWN)


async def _capped(response: Any) -> bytes:
    answer = bytearray()
    async for chunk in response.aiter_raw():
        answer += chunk
        if len(answer) > MAX_ANSWER:
            raise KeyUnavailable("the key is too large to be one", retry_after=COOLDOWN)
    return bytes(answer)
