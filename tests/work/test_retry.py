from random import Random

import pytest
from hypothesis import given, strategies as st

from hookmw.errors import ConfigError
from hookmw.retry import Retry

SECONDS = st.floats(min_value=0, max_value=1e9)


@given(attempt=st.integers(1, 10_000), base=SECONDS, more=SECONDS, seed=st.integers(0, 2**32))
def test_a_wait_is_between_nothing_and_what_is_due(
    attempt: int, base: float, more: float, seed: int
) -> None:
    cap = base + more
    delay = Retry(base=base, cap=cap).delay(attempt, Random(seed))
    assert 0 <= delay <= cap
    assert delay <= base * 2 ** min(attempt - 1, 60)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 4), (2, 8), (3, 16), (4, 20), (5, 20)])
def test_the_jitter_is_full(attempt: int, longest: float) -> None:
    random = Random(1)
    delays = [Retry(base=4, cap=20).delay(attempt, random) for _ in range(4000)]
    assert max(delays) <= longest
    assert max(delays) > 0.98 * longest
    assert min(delays) < 0.02 * longest
    assert sum(delays) / len(delays) == pytest.approx(longest / 2, rel=0.05)


def test_many_attempts_do_not_overflow() -> None:
    assert 0 <= Retry(attempts=10_000).delay(10_000, Random(1)) <= 3600


def test_nothing_waits_where_the_base_is_nothing() -> None:
    assert Retry(base=0).delay(7, Random(1)) == 0


@pytest.mark.parametrize("attempts", [0, -1])
def test_at_least_one_attempt(attempts: int) -> None:
    with pytest.raises(ConfigError, match="attempts must be at least 1"):
        Retry(attempts)


@pytest.mark.parametrize(
    ("base", "cap"),
    [(-1, 1), (2, 1), (float("nan"), 1), (1, float("nan")), (1, float("inf"))],
)
def test_base_and_cap_are_times(base: float, cap: float) -> None:
    with pytest.raises(ConfigError, match="base must be between 0 and cap"):
        Retry(base=base, cap=cap)
