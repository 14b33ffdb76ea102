"""Secrets that come over the hook: one is taken while a registration is pending, and no other."""

import logging
import sqlite3

import anyio
import pytest

from hookmw import Endpoint
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ChallengeRefused, ConfigError
from hookmw.middleware import ChallengeMiddleware
from tests.app.receiving import github, hooks_of, stored
from tests.handshakes.asking import post, with_text
from tests.handshakes.cases import CODE, SECRET, TOLD
from tests.handshakes.receiving import (
    ALL_NAMES,
    ask,
    by_name,
    is_answered,
    proved,
    receiving,
    rows_of,
)
from tests.middleware.asgi import Spy, Wire, call, http

pytestmark = pytest.mark.anyio

REGISTERS = ["asana", "clover", "gusto", "notion", "salesforce_mc_ens"]

who_registers = pytest.mark.parametrize("name", REGISTERS)


class Keeper:
    """Keeps one secret, and says whether it is awaited; may be slow, or fail."""

    def __init__(self, *, pending: bool = True, error: Exception | None = None) -> None:
        self.pending = pending
        self.error = error
        self.kept: list[tuple[str, str]] = []
        self.gate: anyio.Event | None = None

    async def awaits(self, _: Delivery) -> bool:
        await anyio.lowlevel.checkpoint()
        return self.pending

    async def take(self, delivery: Delivery, secret: str) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.kept.append((delivery.path, secret))
        self.pending = False


def another(asked: Delivery) -> Delivery:
    """The same handshake with another secret."""
    return Delivery(
        method="POST",
        path="/in",
        headers=tuple((k, v.replace(CODE.encode(), b"another")) for k, v in asked.headers),
        body=asked.body.replace(b"secret_", b"other_").replace(CODE.encode(), b"another"),
        received_at=0,
    )


def is_forbidden(wire: Wire) -> None:
    assert (wire.status, wire.body) == (403, b"forbidden")
    assert b"x-hook-secret" not in wire.headers


def test_who_registers() -> None:
    assert [n for n in ALL_NAMES if any(row.registers for row in rows_of(n))] == REGISTERS


@who_registers
async def test_nobody_awaits_one(name: str, caplog: pytest.LogCaptureFixture) -> None:
    keeper, case = Keeper(pending=False), by_name[name]
    never = {"registering": False, "on_secret": None}
    for settings in (never, {"registering": keeper.awaits, "on_secret": keeper.take}):
        hooks = receiving(case, **settings)
        with caplog.at_level(logging.DEBUG):
            is_forbidden(await ask(hooks, case.asked))
        assert await stored(hooks) == []
    assert keeper.kept == []
    assert "registration_not_pending" in caplog.text
    assert "pass registering=" in caplog.text
    assert CODE not in caplog.text


@who_registers
@pytest.mark.parametrize("asked_each_time", [True, False])
async def test_one_is_taken_and_no_second(
    name: str,
    asked_each_time: bool,  # noqa: FBT001 - a parameter of the test
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeper, case = Keeper(), by_name[name]
    registering = keeper.awaits if asked_each_time else True
    hooks = receiving(case, registering=registering, on_secret=keeper.take)
    with caplog.at_level(logging.DEBUG):
        is_answered(await ask(hooks, case.asked), case)
        is_forbidden(await ask(hooks, another(case.asked)))
        is_forbidden(await ask(hooks, case.asked))
    ((path, secret),) = keeper.kept
    assert path == "/in"
    assert secret.encode() in case.asked.body + b"".join(v for _, v in case.asked.headers)
    assert secret not in caplog.text
    assert await stored(hooks) == []


@who_registers
@pytest.mark.parametrize("asked_each_time", [True, False])
async def test_of_two_at_once_one_is_taken(
    name: str,
    asked_each_time: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    keeper, case, wires = Keeper(), by_name[name], list[Wire]()
    keeper.gate = anyio.Event()
    registering = keeper.awaits if asked_each_time else True
    hooks = receiving(case, registering=registering, on_secret=keeper.take)

    async def one(asked: Delivery) -> None:
        wires.append(await ask(hooks, asked))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, case.asked)
        tasks.start_soon(one, another(case.asked))
        await anyio.wait_all_tasks_blocked()
        assert (keeper.kept, wires) == ([], [])
        keeper.gate.set()
    assert sorted(wire.status for wire in wires) == [200, 403]
    assert len(keeper.kept) == 1


@who_registers
async def test_a_secret_that_stands_in_the_body_is_not_echoed(name: str) -> None:
    case = by_name[name]
    if name != "asana":
        assert (await ask(receiving(case), case.asked)).body == b""


async def test_who_cannot_keep_it_does_not_confirm_it(caplog: pytest.LogCaptureFixture) -> None:
    keeper, case = Keeper(error=sqlite3.Error(f"UNIQUE failed: {CODE}")), by_name["asana"]
    hooks = receiving(case, registering=True, on_secret=keeper.take)
    wire = await ask(hooks, case.asked)
    assert (wire.status, wire.body) == (500, b"error")
    assert b"x-hook-secret" not in wire.headers
    assert "on_secret= failed with Error" in caplog.text
    assert "in take" in caplog.text, "the place of the failure"
    assert CODE not in caplog.text
    keeper.error = None
    is_answered(await ask(hooks, case.asked), case)
    assert keeper.kept == [("/in", CODE)]


async def test_on_secret_may_refuse_one() -> None:
    keeper, case = Keeper(error=ChallengeRefused("there is one already")), by_name["asana"]
    hooks = receiving(case, registering=True, on_secret=keeper.take)
    is_forbidden(await ask(hooks, case.asked))
    keeper.error = None
    is_answered(await ask(hooks, case.asked), case)


async def test_a_malformed_secret_reaches_nobody() -> None:
    keeper, asked = Keeper(), by_name["asana"].asked
    hooks = receiving(by_name["asana"], registering=True, on_secret=keeper.take)
    malformed = [with_text(asked, "header:x-hook-secret", text) for text in ("a b", "é", "a" * 513)]
    for each in (*malformed, with_text(asked, "header:x-hook-secret", "a", 2)):
        assert (await ask(hooks, each)).status == 400
    assert keeper.kept == []


async def test_a_secret_with_the_wrong_verify_token_reaches_nobody() -> None:
    keeper = Keeper()
    row = Challenge("body:s", signed=False, guard="body:t", registers=True, text="")
    endpoint = Endpoint(
        "/in",
        "github",
        secrets=SECRET,
        challenges=[row],
        verify_token=TOLD,
        registering=True,
        on_secret=keeper.take,
    )
    is_forbidden(await ask(hooks_of(endpoint), post({"s": CODE, "t": "wrong"})))
    assert keeper.kept == []


async def test_events_are_verified_while_a_registration_is_pending() -> None:
    keeper = Keeper()
    hooks = receiving(by_name["asana"], registering=True, on_secret=keeper.take)
    event = post({"events": [{"action": "changed"}]})
    assert (await ask(hooks, event)).status == 401
    assert (await ask(hooks, proved("asana", event))).status == 200
    assert keeper.kept == []
    assert len(await stored(hooks)) == 1


def test_a_registration_needs_somebody_to_take_the_secret() -> None:
    with pytest.raises(ConfigError, match="on_secret="):
        github(registering=True)


async def test_the_middleware_alone_registers_too() -> None:
    keeper, spy, rows = Keeper(), Spy(), rows_of("asana")
    scope = http(headers=[(b"x-hook-secret", b"abc")])
    app = ChallengeMiddleware(spy, rows, registering=keeper.awaits, on_secret=keeper.take)
    wire = await call(app, scope)
    assert (wire.status, wire.headers[b"x-hook-secret"]) == (200, b"abc")
    assert (await call(app, scope)).status == 403
    assert (await call(ChallengeMiddleware(spy, rows), scope)).status == 403
    assert keeper.kept == [("/hook", "abc")]
    assert spy.scopes == []
