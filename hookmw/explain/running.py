"""Running anybody's verifier inside an analysis: to its end, without a network, without a clock."""

import dataclasses
import math
from collections.abc import Coroutine
from typing import Any

from hookmw.errors import KeyUnavailable

__all__ = ["UNFETCHED", "bound", "finish", "timeless"]

UNFETCHED = "key_unfetched"
"""Code of the refusal where a key would have to be fetched."""


def bound(verifier: Any) -> Any:
    """The verifier, which fetches nothing unless somebody has bound it already."""
    unbound = getattr(verifier, "fetches", "") and getattr(verifier, "fetch", None) is None
    return verifier.with_fetch(_fetch_nothing) if unbound else verifier


def timeless(verifier: Any) -> Any:
    """The verifier, to which nothing is too old: guesses are about the signature."""
    if not dataclasses.is_dataclass(verifier) or isinstance(verifier, type):
        return verifier
    names = {field.name for field in dataclasses.fields(verifier)} & {"tolerance", "leeway"}
    endless = {name: math.inf for name in names if getattr(verifier, name) is not None}
    return dataclasses.replace(verifier, **endless) if endless else verifier


def finish(verdict: object) -> None:
    """Run a verification to its end, as long as it waits for nothing.

    Raises:
        Rejected: it refuses.
        NotImplementedError: it waits for something.
        TypeError: it is no verification.
    """
    if verdict is None:
        return
    if not isinstance(verdict, Coroutine):
        raise TypeError
    try:
        verdict.send(None)
    except StopIteration as done:
        if done.value is not None:
            raise TypeError from None
        return
    verdict.close()
    raise NotImplementedError


async def _fetch_nothing(*_: object, **__: object) -> bytes:
    error = KeyUnavailable("the key that it names was not fetched")
    error.code = UNFETCHED
    raise error
