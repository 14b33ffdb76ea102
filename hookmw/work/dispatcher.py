"""What is to be run for an event, and what shall become of it afterwards."""

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, TypeVar

from hookmw.errors import ConfigError, Discard, RetryLater, Undecodable
from hookmw.event import Event
from hookmw.inbox import Attempt, Claim, Settlement
from hookmw.loop import being_cancelled
from hookmw.router import Handler, Router
from hookmw.work.call import Caller, CallNext, TimedOut

__all__ = ["Dispatcher", "Source"]

logger = logging.getLogger("hookmw")

Around = Callable[[Event[Any], CallNext], Awaitable[Any]]
A = TypeVar("A", bound=Callable[..., Any])

MAX_ERROR = 2000
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
    note: str = ""


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

        A function of the event alone, sync or async, runs before every handler instead.
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
        handlers = self.handlers(source, event)
        if not handlers:
            return Settlement(claim=claim, state="done", note="unrouted")
        return await self._run_all(claim, handlers)

    def handlers(self, source: Source, event: Event[Any]) -> list[Handler]:
        """All handlers of the event: its endpoint's, then those that span endpoints."""
        found = source.router.match(event.type) + self.router.match(event.type)
        return list({handler.name: handler for handler in found}.values())

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
        outcomes = _Outcomes(finished=set(claim.handled))
        for handler in handlers:
            if not {handler.name, handler.name + GIVEN_UP} & outcomes.finished:
                await self._run_one(handler, claim.event, outcomes)
        return _settlement(claim, outcomes)

    async def _run_one(self, handler: Handler, event: Event[Any], outcomes: _Outcomes) -> None:
        if event.attempt > handler.retry.attempts:
            outcomes.note = f"{handler.name} was interrupted in its last attempt"
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
            outcomes.note = f"{handler.name} {outcome}: {error}"
            logger.warning("event %s: %s", event.id, ascii(outcomes.note)[1:-1])

    async def _outcome(
        self, handler: Handler, event: Event[Any], outcomes: _Outcomes
    ) -> tuple[Any, str]:
        try:
            await self._chain(handler)(event)
        except Discard as signal:
            outcomes.finished.add(handler.name + GIVEN_UP)
            return "discarded", str(signal)
        except TimedOut as error:
            self._later(handler, event, outcomes)
            return "timed out", str(error)
        except RetryLater as signal:
            self._later(handler, event, outcomes, signal.seconds)
            return "failed", str(signal)
        except BaseException as error:  # a handler may raise SystemExit, or a stray cancellation
            if being_cancelled():
                raise
            logger.debug("event %s: %s failed", event.id, handler.name, exc_info=True)
            self._later(handler, event, outcomes)
            return "failed", f"{type(error).__name__}: {error}"[:MAX_ERROR]
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
        outcomes.delays.append(seconds)

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


def _settlement(claim: Claim, outcomes: _Outcomes) -> Settlement:
    failed = any(run.outcome not in {"succeeded", "discarded"} for run in outcomes.attempts)
    given_up = any(name.endswith(GIVEN_UP) for name in outcomes.finished)
    if outcomes.delays:
        state, delay = "pending", min(outcomes.delays)
    else:
        state, delay = "dead" if failed or given_up or outcomes.note else "done", 0.0
    return Settlement(
        claim=claim,
        state=state,  # type: ignore[arg-type] # one of the three by construction
        delay=delay,
        handled=frozenset(outcomes.finished),
        attempts=tuple(outcomes.attempts),
        note=outcomes.note,
    )


def _dead(claim: Claim, note: str, attempts: tuple[Attempt, ...] = ()) -> Settlement:
    logger.warning("event %s is dead: %s", claim.event.id, ascii(note)[1:-1])
    return Settlement(
        claim=claim, state="dead", handled=claim.handled, attempts=attempts, note=note
    )
