from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hookmw.errors import ConfigError
from hookmw.middleware import Limit, RateLimitMiddleware
from hookmw.middleware.rate_limit import Buckets
from tests.middleware.asgi import Spy, Wire, call, http, websocket

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self, now: float = 98_765.4321) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class NaiveBucket:
    """Tokens in exact numbers: the textbook."""

    def __init__(self, per_minute: int, burst: int) -> None:
        self.rate, self.burst = Fraction(per_minute, 60), burst
        self.tokens = Fraction(burst)

    def take(self, passed: Fraction) -> Fraction:
        self.tokens = min(Fraction(self.burst), self.tokens + passed * self.rate)
        if self.tokens >= 1:
            self.tokens -= 1
            return Fraction(0)
        return (1 - self.tokens) / self.rate


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 2000),
    st.integers(1, 40),
    st.lists(st.integers(0, 100), max_size=80),
    st.sampled_from([0.0, 98_765.4321, 12_345_678.9]),
)
def test_a_budget_is_exact(per_minute: int, burst: int, eighths: list[int], start: float) -> None:
    clock = Clock(start)
    buckets = Buckets(Limit(per_minute, burst_limit=burst), clock)
    naive = NaiveBucket(per_minute, burst)
    passed = Fraction(0)
    for step in eighths:
        passed += Fraction(step, 8)
        clock.now = start + float(passed)
        expected = naive.take(Fraction(step, 8))
        wait = buckets.take("key")
        assert (wait == 0) == (expected == 0)
        assert wait == pytest.approx(float(expected), abs=1e-4)


@pytest.mark.parametrize("per_minute", [7, 60, 100, 601, 1999])
@pytest.mark.parametrize("burst", [1, 2, 7, 33])
def test_a_burst_is_as_large_as_it_says(per_minute: int, burst: int) -> None:
    buckets = Buckets(Limit(per_minute, burst_limit=burst), Clock())
    assert sum(buckets.take("key") == 0 for _ in range(burst + 5)) == burst


def test_a_clock_that_steps_back_gives_and_takes_nothing() -> None:
    clock = Clock(1000)
    buckets = Buckets(Limit(60, burst_limit=2), clock)
    assert [buckets.take("key") for _ in range(2)] == [0, 0]
    clock.now = 999
    assert buckets.take("key") == 2
    clock.now = 1001
    assert buckets.take("key") == 0


def test_the_table_is_bounded_and_the_limited_stay_limited() -> None:
    buckets = Buckets(Limit(1, burst_limit=3), Clock(), max_keys=100)
    assert [buckets.take("A") > 0 for _ in range(5)] == [False, False, False, True, True]
    for number in range(10_000):
        assert buckets.take(number) == 0
        assert len(buckets._full_at) <= 100
    assert buckets.take("A") > 0
    assert buckets.take("B") == 0


def test_where_all_are_limited_a_new_one_still_gets_in() -> None:
    buckets = Buckets(Limit(1), Clock(), max_keys=5)
    assert [buckets.take(key) for key in range(50)] == [0] * 50
    assert len(buckets._full_at) == 5


@pytest.mark.parametrize(
    ("limit", "burst"),
    [(Limit(60), 1), (Limit(600), 10), (Limit(1), 1), (Limit(60, burst_limit=5), 5)],
)
def test_a_burst_is_a_seconds_worth_unless_said(limit: Limit, burst: int) -> None:
    assert limit.burst == burst


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "above 0"),
        (-1, "above 0"),
        (float("nan"), "above 0"),
        (float("inf"), "above 0"),
        ("60", "above 0, not '60'"),
        ({"requests_per_minute": 60, "burst_limit": 0}, "burst_limit must be 1 or more"),
        ({"requests_per_minute": 60, "burst_limit": 1.5}, "burst_limit must be 1 or more"),
        ({"requests_per_minut": 60}, "requests_per_minut is unknown; known are"),
        ({"burst_limit": 60}, "requests_per_minute is missing"),
    ],
)
def test_limits_that_cannot_work(value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RateLimitMiddleware(Spy(), value)


@pytest.mark.parametrize("limit", [30, {"requests_per_minute": 30}, Limit(30)])
async def test_over_the_limit_is_429_and_says_when_to_come_back(limit: Any) -> None:
    clock, spy = Clock(), Spy()
    app = RateLimitMiddleware(spy, limit, clock=clock)
    assert (await call(app, http())).status == 200
    clock.now += 0.5
    wire = await call(app, http(), Wire(b"abc"))
    assert (wire.status, wire.body, wire.receives) == (429, b"slow down", 0)
    assert wire.headers[b"retry-after"] == b"2"
    assert wire.headers[b"ratelimit-policy"] == b'"default";q=30;w=60'
    assert wire.headers[b"ratelimit"] == b'"default";r=0;t=2'
    assert len(spy.scopes) == 1
    clock.now += 2
    assert (await call(app, http())).status == 200


async def statuses(app: RateLimitMiddleware, *clients: str | None) -> list[int]:
    scopes = [http(client=None if client is None else (client, 1)) for client in clients]
    return [(await call(app, scope)).status for scope in scopes]


async def test_each_client_has_a_budget() -> None:
    app = RateLimitMiddleware(Spy(), 1, clock=Clock())
    assert await statuses(app, "192.0.2.1", "192.0.2.2", "192.0.2.1") == [200, 200, 429]
    assert await statuses(app, "::ffff:192.0.2.1") == [429]


async def test_an_ipv6_client_has_a_whole_64() -> None:
    app = RateLimitMiddleware(Spy(), 1, clock=Clock())
    clients = ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::1"]
    assert await statuses(app, *clients) == [200, 429, 200]


async def test_clients_without_an_address_share_one() -> None:
    app = RateLimitMiddleware(Spy(), 1, clock=Clock())
    assert await statuses(app, None, "testclient", "192.0.2.1") == [200, 429, 200]


async def test_a_client_behind_a_trusted_proxy_is_told_from_others() -> None:
    app = RateLimitMiddleware(Spy(), 1, trusted_proxies=["10.0.0.1"], clock=Clock())

    async def status(forwarded: bytes) -> int:
        headers = [(b"x-forwarded-for", forwarded)]
        return (await call(app, http(client=("10.0.0.1", 1), headers=headers))).status

    assert [await status(b"192.0.2.1"), await status(b"192.0.2.2")] == [200, 200]
    assert await status(b"192.0.2.9, 192.0.2.1") == 429


async def test_or_all_have_one() -> None:
    app = RateLimitMiddleware(Spy(), 1, per_client=False, clock=Clock())
    assert await statuses(app, "192.0.2.1", "192.0.2.2") == [200, 429]


async def test_a_websocket_takes_from_the_same_budget() -> None:
    app = RateLimitMiddleware(Spy(), 1, clock=Clock())
    assert await websocket(app) == [{"type": "websocket.accept"}]
    assert await websocket(app) == [{"type": "websocket.close", "code": 1008}]
    assert (await call(app, http())).status == 429
