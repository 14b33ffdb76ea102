"""Which events must wait for one another, and which of them is the newest."""

import math
import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Literal

from hookmw.errors import ConfigError
from hookmw.event import Event
from hookmw.inbox import Order
from hookmw.middleware.shell import logger
from hookmw.place import Place
from hookmw.scheme.timestamps import parse_timestamp

__all__ = ["Finder", "Ordering"]

Finder = str | Callable[[Event[Any]], object]
"""A place (`body:data.object.id`), or a function of the event."""

NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


class Ordering:
    """Finds an event's place among those of its endpoint that concern the same thing.

    Args:
        order_by: what the event concerns; an event where nothing is found waits for none.
        stale_by: how new the event says that it is: a number, or a time (RFC 3339).
        failed: `hold` if an event that waits for its next attempt, or is dead, holds back those
            that came after it; `step_aside` if they go on without it.
        stale: `skip` if no handler gets an event that is older than the newest one of its key that
            was handled; `report` if they do.

    Raises:
        ConfigError: a word is unknown, a place is none, or `stale_by` stands alone.
    """

    def __init__(
        self,
        order_by: Finder | None = None,
        stale_by: Finder | None = None,
        *,
        failed: Literal["hold", "step_aside"] = "hold",
        stale: Literal["skip", "report"] = "skip",
    ) -> None:
        if failed not in {"hold", "step_aside"}:
            raise ConfigError(f"order_failed={failed!r} is unknown; known are hold, step_aside")
        if stale not in {"skip", "report"}:
            raise ConfigError(f"stale={stale!r} is unknown; known are skip, report")
        if stale_by is not None and order_by is None:
            raise ConfigError("stale_by= compares events of one order key: pass order_by= too")
        self._order_by = None if order_by is None else _reader(order_by)
        self._stale_by = None if stale_by is None else _reader(stale_by)
        self._holds = failed == "hold"
        self.skips_stale = stale == "skip"

    def __call__(self, event: Event[Any]) -> Order | None:
        """Where the event stands; None where it waits for none.

        A function that fails is logged, and the event goes without: it is authentic, and must not
        be lost.
        """
        if self._order_by is None:
            return None
        key = _found(self._order_by, event)
        if not key:
            return None
        stamp = None if self._stale_by is None else _stamp(_found(self._stale_by, event))
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=b"order")
        return Order(key=digest.digest(), holds=self._holds, stamp=stamp)


def _reader(finder: Finder) -> Callable[[Event[Any]], object]:
    return Place.of(finder).read if isinstance(finder, str) else finder


def _found(read: Callable[[Event[Any]], object], event: Event[Any]) -> str:
    try:
        found = read(event)
    except Exception:
        logger.warning("event %s: its order cannot be read, it waits for none", event.id)
        logger.debug("event %s", event.id, exc_info=True)
        return ""
    return "" if found is None else str(found)


def _stamp(text: str) -> float | None:
    if NUMBER.fullmatch(text):
        return float(text)
    seconds = parse_timestamp(text, "rfc3339")
    return seconds if seconds is not None and math.isfinite(seconds) else None
