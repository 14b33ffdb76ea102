"""What a verification costs, counted in calls: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.micro import BODY, SECRET
from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign

CALLS = {"github": 60, "stripe": 90}
"""At most so many calls of functions, Python's and C's; a MAC alone is about ten."""


@contextmanager
def counting() -> Iterator[list[str]]:
    """The names of all functions that are called meanwhile."""
    seen: list[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            seen.append(frame.f_code.co_qualname)
        elif event == "c_call":
            seen.append(argument.__qualname__)

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def verification(name: str, body: bytes = BODY) -> Callable[[], None]:
    scheme, secrets = catalog.provider(name).scheme, Secrets(SECRET)
    assert isinstance(scheme, Scheme)
    delivery: Delivery = sign(name, body, SECRET).delivery()

    def verify() -> None:
        delivery.claim = None
        scheme.precheck(delivery)
        scheme.verify(delivery, secrets)

    verify()  # what is kept of a key is kept now
    return verify


def calls_of(function: Callable[[], None]) -> list[str]:
    with counting() as seen:
        function()
    return seen


@pytest.mark.parametrize("name", CALLS)
def test_a_verification_is_a_handful_of_calls(name: str) -> None:
    seen = calls_of(verification(name))
    assert len(seen) <= CALLS[name], seen
    assert sum(each.endswith("get_signature") for each in seen) == 1


@pytest.mark.parametrize("name", CALLS)
def test_its_cost_does_not_grow_with_the_number_of_rows(name: str) -> None:
    verify = verification(name)
    before = calls_of(verify)
    for other in catalog.names():
        catalog.provider(other)
    assert calls_of(verify) == before


@pytest.mark.parametrize("name", CALLS)
def test_a_larger_body_is_no_more_calls(name: str) -> None:
    small, large = (len(calls_of(verification(name, b"x" * size))) for size in (10, 100_000))
    assert small == large
