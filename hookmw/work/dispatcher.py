"""What is to be run for an event, and what shall become of it afterwards."""

import inspect
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Literal, TypeVar

from anyio import get_cancelled_exc_class

from hookmw.errors import ConfigError, Discard, RetryLater, Undecodable
from hookmw.event import Event
from hookmw.inbox import Attempt, Claim, Settlement
from hookmw.loop import being_cancelled
from hookmw.router import Handler, Router, distinct
from hookmw.work.call import Caller, CallNext, TimedOut

__all__ = ["Dispatcher", "Source"]

logger = logging.getLogger("hookmw")

Around = Callable[[Event[Any], CallNext], Awaitable[Any]]
A = TypeVar("A", bound=Callable[..., Any])

MAX_ERROR = 2000
MAX_DELAY = 365 * 86400.0
GIVEN_UP = " (discarded)"
EVENT, EVENT_AND_NEXT = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the dispatcher must know of an endpoint.

    Attributes:
        name: the endpoint's.
        router: its handlers.
        is_data: whether a body that cannot be decoded makes the event a dead letter.
        envelope: the form field that holds the JSON.
    """

    name: str
    router: Router
    is_data: bool = True
    envelope: str = "payload"


@dataclass(slots=True)
class _Outcomes:
    """What has come of the handlers of one event so far."""

    finished: set[str]
    attempts: list[Attempt] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Dispatcher:
    """Runs an event's handlers and says what shall become of it.

    Args:
        call: how a handler is run.
        random: the source of the jitter between attempts.
    """

    def __init__(self, call: Caller | None = None, random: Random | None = None) -> None:
        self.sources: dict[str, Source] = {}
        self.router = Router()
        self._around: list[Around] = []
        self._call = call or Caller()
        self._random = random or Random()  # noqa: S311 - spreads retries, guards nothing

    def use(self, function: A) -> A:
        """Wrap every handler: `async def log(event, call_next)`.

        A function of the event alone, sync or async, runs before every handler instead, in the
        event loop, where context variables that it sets are seen by the handler.

        Raises:
            ConfigError: the function takes anything else.
        """
        takes = len(inspect.signature(function).parameters)
        if takes not in {EVENT, EVENT_AND_NEXT}:
            raise ConfigError(f"{function!r} must take (event, call_next), or the event alone")
        self._around.append(function if takes == EVENT_AND_NEXT else _before(function))
        return function

    async def __call__(self, claim: Claim) -> Settlement:
        """Run what has still to be run for a claimed event; never raises but for cancellation."""
        event = claim.event
        source = self.sources.get(event.endpoint)
        if source is None:
            return _dead(claim, f"no endpoint is named {event.endpoint!r} in this program")
        event.envelope = source.envelope
        if source.is_data:
            try:
                _ = event.payload
            except Undecodable as error:
                return self._undecodable(claim, str(error))
        try:
            handlers = self.handlers(source, event)
        except ConfigError as error:
            return _dead(claim, str(error))
        if not handlers:
            return Settlement(claim=claim, state="done", note="unrouted")
        return await self._run_all(claim, handlers)

    def handlers(self, source: Source, event: Event[Any]) -> list[Handler]:
        """All handlers of the event: its endpoint's, then those that span endpoints.

        Raises:
            ConfigError: see `check`.
        """
        return distinct([*source.router.match(event.type), *self.router.match(event.type)])

    def check(self) -> None:
        """Find what cannot work before the first event does.

        Raises:
            ConfigError: a handler of an endpoint has the name of one that spans endpoints.
        """
        for source in self.sources.values():
            distinct([*source.router.handlers, *self.router.handlers])

    def _undecodable(self, claim: Claim, error: str) -> Settlement:
        run = Attempt(
            number=claim.event.attempt,
            handler="",
            outcome="undecodable",
            error=error,
            started_at=time.time(),
        )
        return _dead(claim, f"undecodable: {error}", (run,))

    async def _run_all(self, claim: Claim, handlers: Sequence[Handler]) -> Settlement:
        claim.finished.update(claim.handled)
        outcomes = _Outcomes(finished=claim.finished)
        outcomes.notes += sorted(name for name in claim.handled if name.endswith(GIVEN_UP))
        for handler in handlers:
            if not {handler.name, handler.name + GIVEN_UP} & outcomes.finished:
                await self._run_one(handler, claim.event, outcomes)
        return _settlement(claim, outcomes)

    async def _run_one(self, handler: Handler, event: Event[Any], outcomes: _Outcomes) -> None:
        if event.attempt > handler.retry.attempts:  # they failed, or ended with their process
            outcomes.notes.append(f"{handler.name} has no attempts left")
            return
        started_at, started = time.time(), time.monotonic()
        outcome, error = await self._outcome(handler, event, outcomes)
        run = Attempt(
            number=event.attempt,
            handler=handler.name,
            outcome=outcome,
            error=error,
            started_at=started_at,
            seconds=time.monotonic() - started,
        )
        outcomes.attempts.append(run)
        if outcome != "succeeded":
            outcomes.notes.append(f"{handler.name} {outcome}: {error}")

    async def _outcome(
        self, handler: Handler, event: Event[Any], outcomes: _Outcomes
    ) -> tuple[Any, str]:
        try:
            await self._chain(handler)(event)
        except (Discard, Undecodable) as error:
            outcomes.finished.add(handler.name + GIVEN_UP)
            return "discarded" if isinstance(error, Discard) else "undecodable", _text(error)
        except TimedOut as error:
            self._later(handler, event, outcomes)
            return "timed out", _text(error)
        except RetryLater as signal:
            self._later(handler, event, outcomes, _seconds(signal))
            return "failed", _text(signal)
        except BaseException as error:  # a handler may raise SystemExit, or a stray cancellation
            if isinstance(error, get_cancelled_exc_class()) and being_cancelled():
                raise
            logger.debug("event %s: %s failed", event.id, handler.name, exc_info=True)
            self._later(handler, event, outcomes)
            return "failed", f"{type(error).__name__}: {_text(error)}"[:MAX_ERROR]
        outcomes.finished.add(handler.name)
        return "succeeded", ""

    def _later(
        self,
        handler: Handler,
        event: Event[Any],
        outcomes: _Outcomes,
        seconds: float | None = None,
    ) -> None:
        if event.attempt >= handler.retry.attempts:
            return
        if seconds is None:
            seconds = handler.retry.delay(event.attempt, self._random)
        outcomes.delays.append(min(seconds, MAX_DELAY))

    def _chain(self, handler: Handler) -> CallNext:
        call: CallNext = partial(self._call, handler)
        for around in reversed(self._around):
            call = partial(_wrapped, around, call)
        return call


async def _wrapped(around: Around, call_next: CallNext, event: Event[Any]) -> Any:
    return await around(event, call_next)


def _before(function: Callable[..., Any]) -> Around:
    async def around(event: Event[Any], call_next: CallNext) -> Any:
        done = function(event)
        if inspect.isawaitable(done):
            await done
        return await call_next(event)

    return around


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_ERROR]
    except Exception:
        return "(its text cannot be read)"


def _seconds(signal: RetryLater) -> float | None:
    """What the handler asked for; None if that is no time."""
    try:
        seconds = float(signal.seconds)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _settlement(claim: Claim, outcomes: _Outcomes) -> Settlement:
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


def _dead(claim: Claim, note: str, attempts: tuple[Attempt, ...] = ()) -> Settlement:
    _log(claim, "is dead", note)
    return Settlement(
        claim=claim, state="dead", handled=claim.handled, attempts=attempts, note=note
    )


def _log(claim: Claim, fate: str, note: str) -> None:
    """One line; what strangers may have written in it is escaped."""
    event = claim.event
    logger.warning(
        "event %s %s after attempt %d: %s", event.id, fate, event.attempt, ascii(note)[1:-1]
    )
