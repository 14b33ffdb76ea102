"""What can be suspected where no guess has verified; said with a `may`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hookmw.explain.case import Case
from hookmw.explain.finding import Finding

__all__ = ["hints"]

ENOUGH = 4
"""Keys: so many in order are seldom there by chance."""

_SORTED = Finding(
    "json_sorted",
    "The keys of this JSON are in alphabetical order: something may have parsed it and written it"
    " anew, and in which order they were signed cannot be told any more.",
    "Let hookmw see the raw bytes, and capture the request before anything has parsed it.",
)
_URL = Finding(
    "url_unsure",
    "This provider signs the URL that it was told, which may be another than the one this was"
    " checked with.",
    "Pass public_url= (to `hookmw explain`: --public-url) with the scheme, host and prefix that"
    " stand in the provider's settings.",
)


def hints(case: Case, largest: int) -> Iterator[Finding]:
    """What may be the reason.

    Args:
        case: what came, and what no guess has explained.
        largest: bytes; a larger body is not looked at.
    """
    if getattr(case.scheme, "signs_url", False):
        yield _URL
    covers_nothing = getattr(case.scheme, "covers_nothing", False)
    body = case.delivery.body
    if not covers_nothing and len(body) <= largest and _is_sorted_anew(body):
        yield _SORTED


def _is_sorted_anew(body: bytes) -> bool:
    try:
        found: Any = msgspec.json.decode(body)
        objects = list(_objects(found))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    in_order = all(list(each) == sorted(each) for each in objects)
    return in_order and any(len(each) >= ENOUGH for each in objects)


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, dict):
        yield found
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _objects(each)
