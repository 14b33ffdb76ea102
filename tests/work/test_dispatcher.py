import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any

import anyio
import msgspec
import pytest

from hookmw.errors import ConfigError, Discard, RetryLater, Undecodable
from hookmw.event import Event
from hookmw.inbox import Attempt, Claim, Settlement
from hookmw.retry import Retry
from hookmw.router import Router
from hookmw.work.call import Caller
from hookmw.work.dispatcher import MAX_DELAY, Dispatcher, Source
from hookmw.work.verdict import MAX_ERROR
from tests.work.benchtop import make_claim, said

pytestmark = pytest.mark.anyio

Handle = Callable[[Event[Any]], Any]
CallNext = Callable[[Event[Any]], Awaitable[Any]]


def shop(*, retry: Retry | None = None, is_data: bool = True) -> Dispatcher:
    dispatcher = Dispatcher(Caller(), Random(1))
    router = Router(retry=retry or Retry(3, base=4), timeout=20)
    dispatcher.sources["shop"] = Source(name="shop", router=router, is_data=is_data)
    return dispatcher


def on(
    dispatcher: Dispatcher, function: Handle, name: str, pattern: str = "*", **more: Any
) -> None:
    dispatcher.sources["shop"].router.on(pattern, name=name, **more)(function)


def raising(error: BaseException) -> Handle:
    async def handler(event: Event[Any]) -> None:
        raise error

    return handler


def recorded(seen: list[Any], name: str, event: Event[Any]) -> None:
    seen.append(name)


async def fine(event: Event[Any]) -> None: ...


def outcomes(settlement: Settlement) -> list[tuple[str, str, str]]:
    return [(run.handler, run.outcome, run.error) for run in settlement.attempts]


def after(settlement: Settlement) -> Claim:
    """The claim that an inbox makes of it when it is due again."""
    earlier = settlement.claim.event
    return make_claim(
        earlier.type, earlier.body, attempt=earlier.attempt + 1, handled=list(settlement.handled)
    )


# which handlers run, and what is remembered


async def test_every_handler_runs_in_order() -> None:
    seen: list[Any] = []
    dispatcher = shop()
    dispatcher.router.on("*", name="global")(lambda event: seen.append("global"))
    for name, pattern in [("first", "thing.*"), ("other", "other"), ("second", "*")]:
        on(dispatcher, partial(recorded, seen, name), name, pattern)
    settlement = await dispatcher(make_claim())
    assert seen == ["first", "second", "global"]
    assert settlement.state == "done"
    assert settlement.handled == {"first", "second", "global"}
    assert [run.outcome for run in settlement.attempts] == ["succeeded"] * 3
    assert settlement.note == ""
    assert settlement.delay == 0


async def test_a_run_is_timed() -> None:
    dispatcher = shop()
    on(dispatcher, lambda event: anyio.sleep(0.05), "slow")
    (run,) = (await dispatcher(make_claim(attempt=2))).attempts
    assert isinstance(run, Attempt)
    assert run.number == 2
    assert run.seconds >= 0.04
    assert run.started_at > 1e9


async def test_a_retry_runs_only_what_has_not_succeeded() -> None:
    dispatcher, seen, broken = shop(), [], [True]

    async def flaky(event: Event[Any]) -> None:
        seen.append("flaky")
        if broken[0]:
            raise OSError("no")

    on(dispatcher, lambda event: seen.append("first"), "first")
    on(dispatcher, flaky, "flaky")
    on(dispatcher, lambda event: seen.append("last"), "last")
    settlement = await dispatcher(make_claim())
    assert seen == ["first", "flaky", "last"]  # one that fails does not stop the others
    assert settlement.state == "pending"
    assert settlement.handled == {"first", "last"}
    assert 0 <= settlement.delay <= 4
    assert outcomes(settlement)[1] == ("flaky", "failed", "OSError: no")
    broken[0] = False
    again = await dispatcher(after(settlement))
    assert seen == ["first", "flaky", "last", "flaky"]
    assert again.state == "done"
    assert again.handled == {"first", "flaky", "last"}
    assert again.note == ""


async def test_the_earliest_retry_counts() -> None:
    dispatcher = shop()
    on(dispatcher, raising(RetryLater(50)), "slow")
    on(dispatcher, raising(RetryLater(7)), "quick")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "pending"
    assert settlement.delay == 7
    assert settlement.note.startswith("slow failed: handler asked to be run again in 50 s; quick")


async def test_attempts_end() -> None:
    dispatcher = shop(retry=Retry(2))
    on(dispatcher, fine, "fine")
    on(dispatcher, raising(OSError("no")), "broken")
    first = await dispatcher(make_claim(attempt=1))
    assert first.state == "pending"
    last = await dispatcher(after(first))
    assert last.state == "dead"
    assert last.handled == {"fine"}
    assert last.note == "broken failed: OSError: no"
    assert outcomes(last) == [("broken", "failed", "OSError: no")]


async def test_each_handler_has_its_own_attempts() -> None:
    seen: list[Any] = []
    dispatcher = shop()

    async def once(event: Event[Any]) -> None:
        seen.append(event.attempt)
        raise OSError("once")

    on(dispatcher, once, "once", retry=Retry(1))
    on(dispatcher, raising(OSError("thrice")), "thrice", retry=Retry(3))
    first = await dispatcher(make_claim())
    second = await dispatcher(after(first))
    third = await dispatcher(after(second))
    assert [first.state, second.state, third.state] == ["pending", "pending", "dead"]
    assert seen == [1]
    assert third.note == "once has no attempts left; thrice failed: OSError: thrice"


async def test_an_event_that_has_succeeded_late_beside_one_that_never_did_is_dead() -> None:
    dispatcher, broken = shop(), [True]

    async def flaky(event: Event[Any]) -> None:
        if broken.pop():
            raise OSError("no")

    broken.insert(0, False)
    on(dispatcher, raising(OSError("once")), "once", retry=Retry(1))
    on(dispatcher, flaky, "flaky", retry=Retry(3))
    settlement = await dispatcher(after(await dispatcher(make_claim())))
    assert settlement.state == "dead"
    assert settlement.note == "once has no attempts left"
    assert settlement.handled == {"flaky"}


async def test_an_event_above_its_attempts_is_dead_without_running() -> None:
    seen: list[Any] = []
    dispatcher = shop(retry=Retry(3))
    on(dispatcher, seen.append, "poison")
    settlement = await dispatcher(make_claim(attempt=4))
    assert seen == []
    assert settlement.state == "dead"
    assert settlement.note == "poison has no attempts left"


async def test_what_has_succeeded_needs_no_attempts() -> None:
    dispatcher = shop(retry=Retry(3))
    on(dispatcher, raising(OSError()), "was fine")
    settlement = await dispatcher(make_claim(attempt=9, handled=["was fine"]))
    assert settlement.state == "done"


# signals


async def test_retry_later() -> None:
    dispatcher = shop(retry=Retry(2))
    on(dispatcher, raising(RetryLater(30, "busy")), "later")
    first = await dispatcher(make_claim())
    assert (first.state, first.delay) == ("pending", 30)
    assert outcomes(first) == [("later", "failed", "busy")]
    assert first.handled == frozenset()
    last = await dispatcher(after(first))
    assert last.state == "dead"
    assert last.note == "later failed: busy"


@pytest.mark.parametrize(
    ("asked", "delay"),
    [(0, 0), (-5, 0), (True, 1), ("3", 3), (1e300, MAX_DELAY)],
)
async def test_times_that_handlers_ask_for(asked: Any, delay: float) -> None:
    dispatcher = shop()
    on(dispatcher, raising(RetryLater(0, "why")), "later")
    signal = RetryLater(0, "why")
    signal.seconds = asked
    on(dispatcher, raising(signal), "odd", "odd")
    settlement = await dispatcher(make_claim())
    assert settlement.delay == 0
    dispatcher = shop()
    on(dispatcher, raising(signal), "odd")
    settlement = await dispatcher(make_claim())
    assert (settlement.state, settlement.delay) == ("pending", delay)


@pytest.mark.parametrize("asked", [math.nan, math.inf, "soon", None, 10**400])
async def test_what_is_no_time_is_an_ordinary_failure(asked: Any) -> None:
    signal = RetryLater(0, "why")
    signal.seconds = asked
    dispatcher = shop(retry=Retry(3, base=4))
    on(dispatcher, raising(signal), "odd")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "pending"
    assert 0 < settlement.delay <= 4


async def test_discard() -> None:
    seen: list[Any] = []
    dispatcher = shop(retry=Retry(3))

    async def discards(event: Event[Any]) -> None:
        seen.append(event.attempt)
        raise Discard("no such customer")

    on(dispatcher, discards, "discards")
    on(dispatcher, fine, "fine")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "dead"
    assert settlement.note == "discards discarded: no such customer"
    assert outcomes(settlement)[0] == ("discards", "discarded", "no such customer")
    assert "fine" in settlement.handled
    assert "discards" not in settlement.handled


async def test_a_handler_that_discarded_never_runs_again_and_the_end_is_a_dead_letter() -> None:
    dispatcher, seen, broken = shop(retry=Retry(3)), [], [True]

    async def discards(event: Event[Any]) -> None:
        seen.append("discards")
        raise Discard

    async def flaky(event: Event[Any]) -> None:
        seen.append("flaky")
        if broken[0]:
            raise OSError("no")

    on(dispatcher, discards, "discards")
    on(dispatcher, flaky, "flaky")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "pending"  # the other one goes on
    broken[0] = False
    settlement = await dispatcher(after(settlement))
    assert seen == ["discards", "flaky", "flaky"]
    assert settlement.state == "dead"
    assert settlement.note == "discards (discarded)"
    assert "flaky" in settlement.handled


# time


async def test_an_async_handler_that_is_too_slow() -> None:
    dispatcher = shop(retry=Retry(2))
    on(dispatcher, lambda event: anyio.sleep(60), "slow", timeout=0.02)
    on(dispatcher, fine, "fine")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "pending"
    assert settlement.handled == {"fine"}
    assert outcomes(settlement)[0] == ("slow", "timed out", "not over after 0.02 s")
    assert (await dispatcher(after(settlement))).state == "dead"


async def test_a_handlers_own_timeout_error_is_a_failure() -> None:
    dispatcher = shop()
    on(dispatcher, raising(TimeoutError("upstream")), "slow")
    settlement = await dispatcher(make_claim())
    assert outcomes(settlement) == [("slow", "failed", "TimeoutError: upstream")]


# what cannot be handled


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b'"\\ud800"', b"[" * 100_000])
async def test_an_undecodable_event_is_dead_at_once(body: bytes) -> None:
    seen: list[Any] = []
    dispatcher = shop()
    on(dispatcher, seen.append, "it")
    settlement = await dispatcher(make_claim(body=body))
    assert seen == []
    assert settlement.state == "dead"
    assert settlement.note.startswith("undecodable: ")
    ((handler, outcome, error),) = outcomes(settlement)
    assert (handler, outcome) == ("", "undecodable")
    assert error


async def test_a_body_that_is_no_data_is_no_fault_where_none_is_sent() -> None:
    seen: list[Any] = []
    dispatcher = shop(is_data=False)
    on(dispatcher, lambda event: seen.append(event.body), "it")
    settlement = await dispatcher(make_claim(body=b"\xff"))
    assert settlement.state == "done"
    assert seen == [b"\xff"]


class Total(msgspec.Struct):
    total: int


async def wants_total(event: Event[Total]) -> None:
    assert event.payload.total == 7


async def test_a_payload_that_does_not_fit_one_handler_is_not_tried_again() -> None:
    seen: list[Any] = []
    dispatcher = shop()
    on(dispatcher, wants_total, "typed")
    on(dispatcher, lambda event: seen.append(event.payload), "untyped")
    assert (await dispatcher(make_claim(body=b'{"total": 7}'))).state == "done"
    settlement = await dispatcher(make_claim(body=b'{"total": "x"}'))
    assert settlement.state == "dead"
    assert outcomes(settlement)[0][:2] == ("typed", "undecodable")
    assert "total" in settlement.note
    assert seen == [{"total": 7}, {"total": "x"}]


async def test_a_handler_that_says_undecodable_is_not_tried_again() -> None:
    dispatcher = shop()
    on(dispatcher, raising(Undecodable("no XML")), "xml")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "dead"
    assert settlement.note == "xml undecodable: no XML"


async def test_an_event_without_handlers_is_done() -> None:
    dispatcher = shop()
    on(dispatcher, fine, "it", "other")
    settlement = await dispatcher(make_claim())
    assert (settlement.state, settlement.note) == ("done", "unrouted")
    assert settlement.attempts == ()


async def test_an_event_of_an_endpoint_that_is_not_here_is_dead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settlement = await shop()(make_claim(endpoint="g\none", handled=["before"]))
    assert settlement.state == "dead"
    assert settlement.note == "no endpoint is named 'g\\none' in this program"
    assert settlement.handled == {"before"}
    assert len(said(caplog)) == 1


async def test_the_envelope_is_the_endpoints() -> None:
    seen: list[Any] = []
    dispatcher = shop()
    router = Router()
    router.on("*", name="it")(lambda event: seen.append(event.payload))
    dispatcher.sources["shop"] = Source(name="shop", router=router, envelope="wrapped")
    claim = make_claim(body=b"wrapped=%7B%22a%22%3A1%7D")
    claim.event.headers = ((b"content-type", b"application/x-www-form-urlencoded"),)
    assert (await dispatcher(claim)).state == "done"
    assert seen == [{"a": 1}]


async def test_two_handlers_of_one_name_are_found_before_and_after_the_start() -> None:
    seen: list[Any] = []
    dispatcher = shop()
    on(dispatcher, fine, "same")
    dispatcher.check()
    dispatcher.router.on("*", name="same")(seen.append)
    with pytest.raises(ConfigError, match="two handlers are named 'same'"):
        dispatcher.check()
    settlement = await dispatcher(make_claim())
    assert settlement.state == "dead"  # better than one of them never run
    assert "two handlers are named 'same'" in settlement.note


# use


async def test_wrappers_are_around_every_handler_in_order() -> None:
    seen: list[Any] = []
    dispatcher = shop()

    @dispatcher.use
    async def outer(event: Event[Any], call_next: CallNext) -> Any:
        seen.append("outer in")
        result = await call_next(event)
        seen.append(f"outer out {result}")
        return result

    @dispatcher.use
    def inner(event: Event[Any], call_next: CallNext) -> Awaitable[Any]:
        seen.append("inner")
        return call_next(event)

    on(dispatcher, lambda event: seen.append("one") or 1, "one")  # type: ignore[func-returns-value]
    on(dispatcher, lambda event: seen.append("two") or 2, "two")  # type: ignore[func-returns-value]
    assert (await dispatcher(make_claim())).state == "done"
    assert seen == [
        *["outer in", "inner", "one", "outer out 1"],
        *["outer in", "inner", "two", "outer out 2"],
    ]


async def test_functions_of_the_event_alone_run_before() -> None:
    seen: list[Any] = []
    dispatcher = shop()

    @dispatcher.use
    def first(event: Event[Any]) -> None:
        seen.append("first")

    @dispatcher.use
    async def second(event: Event[Any]) -> None:
        seen.append("second")

    on(dispatcher, lambda event: seen.append("handler"), "it")
    assert (await dispatcher(make_claim())).state == "done"
    assert seen == ["first", "second", "handler"]


@pytest.mark.parametrize("function", [lambda: None, lambda a, b, c: None])
async def test_a_wrapper_takes_one_or_two(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match=r"must take \(event, call_next\)"):
        shop().use(function)


async def test_a_wrapper_may_swallow() -> None:
    dispatcher = shop()

    @dispatcher.use
    async def swallow(event: Event[Any], call_next: CallNext) -> None:
        try:
            await call_next(event)
        except OSError:
            return

    on(dispatcher, raising(OSError("no")), "broken")
    settlement = await dispatcher(make_claim())
    assert settlement.state == "done"
    assert settlement.handled == {"broken"}


async def test_a_wrapper_that_raises_is_a_failed_attempt() -> None:
    seen: list[Any] = []
    dispatcher = shop()

    @dispatcher.use
    async def fail(event: Event[Any], call_next: CallNext) -> None:
        raise OSError("wrapper")

    on(dispatcher, seen.append, "it")
    settlement = await dispatcher(make_claim())
    assert seen == []
    assert settlement.state == "pending"
    assert outcomes(settlement) == [("it", "failed", "OSError: wrapper")]


async def test_a_sync_wrapper_that_forgets_to_call_is_a_failed_attempt() -> None:
    dispatcher = shop()
    dispatcher.use(lambda event, call_next: None)
    on(dispatcher, fine, "it")
    assert (await dispatcher(make_claim())).state == "pending"


async def test_signals_pass_wrappers() -> None:
    dispatcher = shop()

    @dispatcher.use
    def discard(event: Event[Any]) -> None:
        raise Discard("not ours")

    on(dispatcher, fine, "it")
    assert (await dispatcher(make_claim())).note == "it discarded: not ours"


# whatever handlers raise or return


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("not me")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SystemExit(1), "SystemExit: 1"),
        (KeyboardInterrupt(), "KeyboardInterrupt: "),
        (GeneratorExit("x"), "GeneratorExit: x"),
        (BaseException("base"), "BaseException: base"),
        (asyncio.CancelledError("stray"), "CancelledError: stray"),
        (StopAsyncIteration("x"), "StopAsyncIteration: x"),
        (MemoryError(), "MemoryError: "),
        (Unprintable(), "Unprintable: (its text cannot be read)"),
        (ExceptionGroup("many", [OSError()]), "ExceptionGroup: many (1 sub-exception)"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_whatever_is_raised_is_a_failed_attempt(
    error: BaseException,
    text: str,
    is_async: bool,  # noqa: FBT001
) -> None:
    def sync(event: Event[Any]) -> None:
        raise error

    dispatcher = shop()
    on(dispatcher, raising(error) if is_async else sync, "it")
    on(dispatcher, fine, "fine")
    settlement = await dispatcher(make_claim())
    assert outcomes(settlement)[0] == ("it", "failed", text)
    assert settlement.state == "pending"
    assert "fine" in settlement.handled
    await anyio.lowlevel.checkpoint()  # nobody is cancelled


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_handler_that_awaits_what_was_cancelled_has_failed() -> None:
    async def stray(event: Event[Any]) -> None:
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task

    dispatcher = shop()
    on(dispatcher, stray, "it")
    assert (await dispatcher(make_claim())).state == "pending"


@pytest.mark.parametrize("rubbish", [None, 7, "x", object(), Exception(), Exception, [1]])
async def test_what_handlers_return_does_not_matter(rubbish: Any) -> None:
    async def returns(event: Event[Any]) -> Any:
        return rubbish

    dispatcher = shop()
    on(dispatcher, lambda event: rubbish, "sync")
    on(dispatcher, returns, "async")
    assert (await dispatcher(make_claim())).state == "done"


@pytest.mark.parametrize(
    "error", [OSError("x" * 10**6), Discard("x" * 10**6), RetryLater(1, "x" * 10**6)]
)
async def test_errors_are_bounded(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    dispatcher = shop()
    for name in "abc":
        on(dispatcher, raising(error), name)
    settlement = await dispatcher(make_claim())
    assert all(100 < len(run.error) <= MAX_ERROR for run in settlement.attempts)
    assert 100 < len(settlement.note) <= MAX_ERROR
    (line,) = said(caplog)
    assert len(line) < MAX_ERROR + 200


async def test_a_failure_is_one_line_with_the_id_and_a_strangers_text_escaped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dispatcher = shop(retry=Retry(2, base=0))
    text = "bad\r\nforged line\x1b[31m\u2028\ud800"
    on(dispatcher, raising(ValueError(text)), "it")
    claim = make_claim()
    settlement = await dispatcher(claim)
    assert settlement.note == f"it failed: ValueError: {text}"  # kept as it was
    (line,) = said(caplog)
    escaped = r"bad\r\nforged line\x1b[31m\u2028\ud800"
    assert line == (
        f"event {claim.event.id} is due again in 0.0 s after attempt 1:"
        f" it failed: ValueError: {escaped}"
    )
    caplog.clear()
    again = after(settlement)
    await dispatcher(again)
    (line,) = said(caplog)
    assert line.startswith(f"event {again.event.id} is dead after attempt 2: it failed: ")


async def test_success_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher = shop()
    on(dispatcher, fine, "it")
    await dispatcher(make_claim())
    assert said(caplog, logging.INFO) == []


async def test_the_traceback_is_there_for_those_who_ask(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "hookmw")
    dispatcher = shop()
    on(dispatcher, raising(OSError("no")), "it")
    await dispatcher(make_claim())
    assert any(record.exc_info for record in caplog.records)


# cancellation


async def test_a_cancellation_from_outside_comes_through() -> None:
    dispatcher, settled = shop(), []
    on(dispatcher, lambda event: anyio.sleep(60), "slow")
    with anyio.move_on_after(0.02) as scope:
        settled.append(await dispatcher(make_claim()))
    assert scope.cancelled_caught
    assert settled == []


async def test_sys_exit_in_a_handler_that_is_cancelled_is_held_back() -> None:
    dispatcher, settled = shop(), []

    async def exits(event: Event[Any]) -> None:
        try:
            await anyio.sleep(60)
        finally:
            raise SystemExit

    on(dispatcher, exits, "it")
    with anyio.move_on_after(0.02):
        settled.append(await dispatcher(make_claim()))
    assert [each.state for each in settled] == ["pending"]


async def test_a_dispatcher_has_a_jitter_of_its_own() -> None:
    dispatcher = Dispatcher()
    router = Router(retry=Retry(2, base=1000))
    router.on("*", name="it")(raising(OSError()))
    dispatcher.sources["shop"] = Source(name="shop", router=router)
    delays = {(await dispatcher(make_claim())).delay for _ in range(5)}
    assert len(delays) == 5
