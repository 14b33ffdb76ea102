"""Timing of small functions in turn, so that a machine that slows down slows down all of them."""

import time
from collections.abc import Callable, Mapping
from statistics import median

__all__ = ["Timing", "ratio", "time_in_turn"]

Timing = list[float]
"""Nanoseconds a call, round by round."""


def time_in_turn(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = 15, seconds: float = 0.02
) -> dict[str, Timing]:
    """Time each function once a round; all rounds with the same number of calls.

    Args:
        functions: by name; called without arguments.
        rounds: how many.
        seconds: about how long each is timed in a round.
    """
    calls = {name: _calls_in(function, seconds) for name, function in functions.items()}
    timings: dict[str, Timing] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            timings[name].append(_time(function, calls[name]) / calls[name])
    return timings


def ratio(one: Timing, other: Timing) -> float:
    """The median, over the rounds, of one to the other."""
    return median(a / b for a, b in zip(one, other, strict=True))


def _calls_in(function: Callable[[], object], seconds: float) -> int:
    calls = 1
    while (took := _time(function, calls)) < seconds * 1e8:  # a tenth, in nanoseconds
        calls *= 2
    return max(1, round(calls * seconds * 1e9 / took))


def _time(function: Callable[[], object], calls: int) -> int:
    numbers = range(calls)
    started = time.perf_counter_ns()
    for _ in numbers:
        function()
    return time.perf_counter_ns() - started
