"""What is to be run for an event, and what shall become of it afterwards."""

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, TypeVar

from anyio import get_cancelled_exc_class

from hookmw.errors import ConfigError, Discard, RetryLater, Undecodable
from hookmw.event import Event
from hookmw.inbox import Attempt, Claim, Inbox, Settlement
from hookmw.loop import being_cancelled
from hookmw.router import Handler, Router, distinct
from hookmw.work.call import Caller, CallNext, TimedOut
from hookmw.work.effects import Effects
from hookmw.work.verdict import (
    GIVEN_UP,
    MAX_ERROR,
    Outcomes,
    asked_delay,
    dead,
    settlement,
    text_of,
)

__all__ = ["Dispatcher", "Source"]

logger = logging.getLogger("hookmw")

Around = Callable[[Event[Any], CallNext], Awaitable[Any]]
A = TypeVar("A", bound=Callable[..., Any])

MAX_DELAY = 365 * 86400.0
EVENT, EVENT_AND_NEXT = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the dispatcher must know of an endpoint.

    Attributes:
        name: the endpoint's.
        router: its handlers.
        is_data: whether a body that cannot be decoded makes the event a dead letter.
        envelope: the form field that holds the JSON.
        skips_stale: whether an event that is older than one of its order key that is done is done
            without its handlers.
    """

    name: str
    router: Router
    is_data: bool = True
    envelope: str = "payload"
    skips_stale: bool = True


class Dispatcher:
    """Runs an event's handlers and says what shall become of it.

    Args:
        call: how a handler is run.
        random: the source of the jitter between attempts.
        inbox: in whose database handlers may write.
    """

    def __init__(
        self,
        call: Caller | None = None,
        random: Random | None = None,
        *,
        inbox: Inbox | None = None,
    ) -> None:
        self.sources: dict[str, Source] = {}
        self.router = Router()
        self._around: list[Around] = []
        self._call = call or Caller()
        self._inbox = inbox
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
            return dead(claim, f"no endpoint is named {event.endpoint!r} in this program")
        event.envelope, event.stale = source.envelope, claim.stale
        if claim.stale and source.skips_stale:
            return Settlement(claim=claim, state="done", note="stale")
        if source.is_data:
            try:
                _ = event.payload
            except Undecodable as error:
                return self._undecodable(claim, str(error))
        try:
            handlers = self.handlers(source, event)
        except ConfigError as error:
            return dead(claim, str(error))
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
        return dead(claim, f"undecodable: {error}", (run,))

    async def _run_all(self, claim: Claim, handlers: Sequence[Handler]) -> Settlement:
        claim.finished.update(claim.handled)
        outcomes = Outcomes(finished=claim.finished)
        outcomes.notes += sorted(name for name in claim.handled if name.endswith(GIVEN_UP))
        for handler in handlers:
            if not {handler.name, handler.name + GIVEN_UP} & outcomes.finished:
                self._offer_transaction(claim, handler)
                await self._run_one(handler, claim.event, outcomes)
        return settlement(claim, outcomes)

    def _offer_transaction(self, claim: Claim, handler: Handler) -> None:
        if self._inbox is not None:
            claim.event.offer_transaction(partial(Effects, self._inbox, claim, handler.name))

    async def _run_one(self, handler: Handler, event: Event[Any], outcomes: Outcomes) -> None:
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
        self, handler: Handler, event: Event[Any], outcomes: Outcomes
    ) -> tuple[Any, str]:
        try:
            await self._chain(handler)(event)
        except (Discard, Undecodable) as error:
            outcomes.finished.add(handler.name + GIVEN_UP)
            return "discarded" if isinstance(error, Discard) else "undecodable", text_of(error)
        except TimedOut as error:
            self._later(handler, event, outcomes)
            return "timed out", text_of(error)
        except RetryLater as signal:
            self._later(handler, event, outcomes, asked_delay(signal))
            return "failed", text_of(signal)
        except BaseException as error:  # a handler may raise SystemExit, or a stray cancellation
            if isinstance(error, get_cancelled_exc_class()) and being_cancelled():
                raise
            if handler.name in outcomes.finished:  # its transaction has committed: it is done
                logger.warning("event %s: %s failed after its success", event.id, handler.name)
                return "succeeded", ""
            logger.debug("event %s: %s failed", event.id, handler.name, exc_info=True)
            self._later(handler, event, outcomes)
            return "failed", f"{type(error).__name__}: {text_of(error)}"[:MAX_ERROR]
        outcomes.finished.add(handler.name)
        return "succeeded", ""

    def _later(
        self,
        handler: Handler,
        event: Event[Any],
        outcomes: Outcomes,
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
