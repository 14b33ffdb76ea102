"""At most so many, in process and in memory.

GCRA (the leaky bucket as a meter): one float per key, no timers. A budget is kept per process: four
workers let four times as many through.

Source: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from ipaddress import IPv6Address
from itertools import islice
from typing import Any

from starlette.types import ASGIApp

from hookmw.address import Networks, client_address
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, RateLimited
from hookmw.middleware.shell import StageShell

__all__ = ["Limit", "RateLimit", "RateLimitMiddleware"]

MAX_KEYS = 65_536
RESOLUTION = 1e-6
"""Seconds; a shorter wait is a rounding error, and must not cost the last one of a burst."""

SCANNED = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests.

    Attributes:
        requests_per_minute: sustained.
        burst_limit: at once; a second's worth (at least one) if None.

    Raises:
        ConfigError: a number is not above 0.
    """

    requests_per_minute: float
    _: KW_ONLY
    burst_limit: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        rate, burst = self.requests_per_minute, self.burst_limit
        if not isinstance(rate, int | float) or not 0 < rate < math.inf:
            raise ConfigError(
                f"rate limit: requests_per_minute must be a number above 0, not {rate!r}"
            )
        if burst is not None and (not isinstance(burst, int) or burst < 1):
            raise ConfigError(f"rate limit: burst_limit must be 1 or more, not {burst!r}")

    @classmethod
    def of(cls, value: "Limit | float | Mapping[str, Any]") -> "Limit":
        """A limit from a number per minute, or from the keys of a configuration file."""
        if isinstance(value, Limit):
            return value
        return cls(**_checked_keys(value)) if isinstance(value, Mapping) else cls(value)

    @property
    def interval(self) -> float:
        """Seconds between two requests at the sustained rate."""
        return 60 / self.requests_per_minute

    @property
    def burst(self) -> int:
        """How many may come at once."""
        return self.burst_limit or max(1, round(self.requests_per_minute / 60))


def _checked_keys(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {"requests_per_minute", "burst_limit"}
    if unknown := sorted(set(settings) - known):
        raise ConfigError(f"rate limit: {unknown[0]} is unknown; known are {sorted(known)}")
    if "requests_per_minute" not in settings:
        raise ConfigError("rate limit: requests_per_minute is missing")
    return settings


class Buckets:
    """The state of a limit for many keys; bounded, and what is limited stays limited.

    Args:
        limit: the same for each key.
        clock: seconds that never step back.
        max_keys: where there are more, one that is not being limited is forgotten.
    """

    def __init__(
        self,
        limit: Limit,
        clock: Callable[[], float] = time.monotonic,
        max_keys: int = MAX_KEYS,
    ) -> None:
        self.interval = limit.interval
        self.slack = limit.interval * (limit.burst - 1)
        self.clock = clock
        self.max_keys = max_keys
        self._full_at: OrderedDict[object, float] = OrderedDict()  # a dict is slow at its head

    def take(self, key: object) -> float:
        """Take one from the key's budget: 0, or the seconds until there is one again."""
        now = self.clock()
        due = max(self._full_at.pop(key, now), now)
        wait = due - now - self.slack
        if wait <= RESOLUTION:
            due, wait = due + self.interval, 0.0
            if len(self._full_at) >= self.max_keys:
                self._forget_one(now)
        self._full_at[key] = due
        return wait

    def _forget_one(self, now: float) -> None:
        """Forget the oldest that is not being limited; those that are go to the end of the line."""
        limited = now + self.slack + RESOLUTION
        scanned = list(islice(self._full_at, SCANNED))
        for key in scanned:
            due = self._full_at.pop(key)
            if due <= limited:
                return
            self._full_at[key] = due
        del self._full_at[min(scanned, key=self._full_at.__getitem__)]


class RateLimit:
    """Refuses what is over the limit.

    Args:
        limit: a `Limit`, a number per minute, or its fields.
        per_client: one budget for each client (an IPv4 address, or an IPv6 /64) instead of one
            for all.
        trusted_proxies: see `IPAllowlist`.
        clock: seconds that never step back.
    """

    def __init__(
        self,
        limit: Limit | float | Mapping[str, Any],
        *,
        per_client: bool = True,
        trusted_proxies: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = Limit.of(limit)
        self.per_client = per_client
        self.trusted = Networks(trusted_proxies)
        self.buckets = Buckets(self.limit, clock)

    async def __call__(self, delivery: Delivery) -> None:
        """Pass, or raise `RateLimited`."""
        key = self._key(delivery) if self.per_client else None
        wait = self.buckets.take(key)
        if wait:
            raise RateLimited(self.limit.requests_per_minute, self.limit.burst, retry_after=wait)

    def _key(self, delivery: Delivery) -> object:
        address = client_address(delivery, self.trusted)
        return int(address) >> 64 if isinstance(address, IPv6Address) else address


class RateLimitMiddleware(StageShell):
    """Answers 429 with `Retry-After` to what is over the limit.

    Args:
        app: the next app.
        limit: a `Limit`, a number per minute, or `{"requests_per_minute": 60, "burst_limit": 10}`.
        per_client: one budget for each client instead of one for all.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed.
        clock: seconds that never step back.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: Limit | float | Mapping[str, Any],
        *,
        per_client: bool = True,
        trusted_proxies: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        stage = RateLimit(
            limit, per_client=per_client, trusted_proxies=trusted_proxies, clock=clock
        )
        super().__init__(app, stage, websockets=True)
