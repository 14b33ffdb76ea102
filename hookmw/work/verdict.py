"""What shall become of an event after its handlers have run."""

import logging
import math
from dataclasses import dataclass, field
from typing import Literal

from hookmw.errors import RetryLater
from hookmw.inbox import Attempt, Claim, Settlement

__all__ = ["GIVEN_UP", "MAX_ERROR", "Outcomes", "asked_delay", "dead", "settlement", "text_of"]

logger = logging.getLogger("hookmw")

MAX_ERROR = 2000
GIVEN_UP = " (discarded)"
"""What a handler's name ends with among the finished ones, where it finished by giving up."""


@dataclass(slots=True)
class Outcomes:
    """What has come of the handlers of one event so far.

    Attributes:
        finished: names of those that need not run again.
        attempts: their runs.
        delays: seconds after which those that failed are due again.
        notes: what went wrong.
    """

    finished: set[str]
    attempts: list[Attempt] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def settlement(claim: Claim, outcomes: Outcomes) -> Settlement:
    """Done, dead, or due again when the first of those that failed is."""
    note, delay = "; ".join(outcomes.notes)[:MAX_ERROR], min(outcomes.delays, default=0.0)
    state: Literal["pending", "done", "dead"] = "dead" if note else "done"
    if outcomes.delays:
        state = "pending"
        _log(claim, f"is due again in {delay:.1f} s", note)
    elif note:
        _log(claim, "is dead", note)
    return Settlement(
        claim=claim,
        state=state,
        delay=delay,
        handled=frozenset(outcomes.finished),
        attempts=tuple(outcomes.attempts),
        note=note,
    )


def dead(claim: Claim, note: str, attempts: tuple[Attempt, ...] = ()) -> Settlement:
    """Dead at once."""
    _log(claim, "is dead", note)
    return Settlement(
        claim=claim, state="dead", handled=claim.handled, attempts=attempts, note=note
    )


def text_of(error: BaseException) -> str:
    """What an error says, if it can say it."""
    try:
        return str(error)[:MAX_ERROR]
    except Exception:
        return "(its text cannot be read)"


def asked_delay(signal: RetryLater) -> float | None:
    """The seconds that a handler asked for; None if that is no time."""
    try:
        seconds = float(signal.seconds)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _log(claim: Claim, fate: str, note: str) -> None:
    """One line; what strangers may have written in it is escaped."""
    event = claim.event
    logger.warning(
        "event %s %s after attempt %d: %s", event.id, fate, event.attempt, ascii(note)[1:-1]
    )
