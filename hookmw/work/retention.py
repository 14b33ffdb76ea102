"""How long events are kept after they are settled."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from hookmw.errors import ConfigError, InboxUnavailable
from hookmw.inbox import Inbox, State

__all__ = ["Retention", "keep_short", "prune"]

logger = logging.getLogger("hookmw")

DAY = 86400.0
ROUND = 60.0
"""Seconds between two looks."""

BATCH = 500
PAUSE = 0.05
"""Seconds between two batches, in which deliveries are received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Seconds for which settled events are kept; None is for ever.

    With an event goes the memory that it has come: a copy that a provider sends later than that is
    a new event. Most providers try for a few days. Nor is an older event stale beside it any more.

    Attributes:
        done: events that were handled.
        dead: dead letters.

    Raises:
        ConfigError: a number is not above 0.
    """

    done: float | None = 30 * DAY
    dead: float | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not all(seconds is None or seconds > 0 for seconds in (self.done, self.dead)):
            raise ConfigError("retention: done and dead are seconds above 0, or None for ever")

    @property
    def limits(self) -> dict[State, float]:
        """Seconds by state, of those that are not kept for ever."""
        both: dict[State, float | None] = {"done": self.done, "dead": self.dead}
        return {state: seconds for state, seconds in both.items() if seconds is not None}


async def prune(
    inbox: Inbox,
    *,
    before: float,
    states: frozenset[State],
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Delete all events that were settled before a time, a few at a time; how many there were.

    Args:
        inbox: open.
        before: seconds since the epoch.
        states: `done`, `dead`, or both.
        told: is told how many went, after each batch.

    Raises:
        InboxUnavailable: some may have gone.
    """
    total = 0
    while gone := await inbox.prune(before=before, states=states, limit=BATCH):
        total += gone
        told(gone)
        await anyio.sleep(PAUSE)
    return total


async def keep_short(
    inbox: Inbox,
    retention: Retention,
    *,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    clock: Callable[[], float] = time.time,
) -> None:
    """Prune now and then, for ever; an inbox that cannot be written is tried again later."""
    while True:
        try:
            for state, seconds in retention.limits.items():
                gone = await prune(inbox, before=clock() - seconds, states=frozenset({state}))
                if gone:
                    logger.info("%d %s events were older than %g s and went", gone, state, seconds)
        except InboxUnavailable as error:
            logger.warning("old events stay for now: %s", error.reason)
        except Exception:
            logger.exception("pruning failed; it is tried again")
        await sleep(ROUND)
