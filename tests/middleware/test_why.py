"""The line in the log that says why a signature did not match."""

import logging
from typing import Any

import anyio
import pytest

from hookmw import Endpoint, Hooks, catalog
from hookmw.delivery import Delivery
from hookmw.explain import Explanation
from hookmw.explain.case import copy_of
from hookmw.inbox.memory import MemoryInbox
from hookmw.middleware.why import Why
from hookmw.testing import sign
from hookmw.verifiers import Unverified
from tests.middleware.asgi import Wire, call, deliver, http

pytestmark = pytest.mark.anyio

SECRET = "s3cret-s3cret"
GITHUB = catalog.provider("github")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def refused(body: bytes = b"{}\n", code: str = "signature_mismatch") -> Delivery:
    delivery = copy_of(sign("github", b"{}", SECRET).delivery(), body=body)
    delivery.refused = code
    return delivery


def whys(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [record.getMessage() for record in caplog.records]
    return [line for line in lines if line.startswith("why: ")]


def hooks_of(endpoint: Endpoint) -> Hooks:
    return Hooks([endpoint], inbox=MemoryInbox(), worker=False)


async def test_a_refusal_says_why_in_the_log_and_not_in_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hooks = hooks_of(Endpoint("/hook", "github", secrets=SECRET))
    request = sign("github", b"{}", SECRET, path="/hook")
    wire = await call(hooks, http(headers=request.headers), Wire(b"{}\n"))
    assert (wire.status, wire.body) == (401, b"unauthorized")
    (line,) = whys(caplog)
    assert line == (
        "why: body_newline: The signature is that of the body without the newline at its end."
        " Pass on the bytes as they came: an editor, a shell or a proxy has changed them."
    )
    assert caplog.records[-1].__dict__["code"] == "body_newline"
    assert caplog.records[-1].__dict__["endpoint"] == "hook"


async def test_the_answer_comes_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    request = sign("github", b"{}", "another", path="/hook")
    wire = Wire(request.body)
    sent: list[int] = []

    def explain(*_: Any, **__: Any) -> Explanation:
        sent.append(wire.status)
        return Explanation(verified=True)

    monkeypatch.setattr("hookmw.explain.explain", explain)
    hooks = hooks_of(Endpoint("/hook", "github", secrets=SECRET))
    await call(hooks, http(headers=request.headers), wire)
    assert sent == [401]


async def test_what_verifies_is_not_analysed(caplog: pytest.LogCaptureFixture) -> None:
    hooks = hooks_of(Endpoint("/hook", "github", secrets=SECRET))
    assert (await deliver(hooks, sign("github", {}, SECRET, path="/hook"))).status == 200
    assert whys(caplog) == []


async def test_nothing_is_read_for_it(caplog: pytest.LogCaptureFixture) -> None:
    hooks = hooks_of(Endpoint("/hook", "github", secrets=SECRET))
    wire = await call(hooks, http(), Wire(b"{}"))
    assert (wire.status, wire.receives, whys(caplog)) == (401, 0, [])


@pytest.mark.parametrize("code", ["", "rate_limited", "secret_unknown", "body_too_large"])
async def test_other_refusals_are_none_of_its_business(
    code: str, caplog: pytest.LogCaptureFixture
) -> None:
    await Why("hook", GITHUB, SECRET)(refused(code=code))
    assert whys(caplog) == []


async def test_one_a_second(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    why = Why("hook", GITHUB, SECRET, clock=clock)
    for _ in range(5):
        await why(refused())
    assert len(whys(caplog)) == 1
    clock.now += 0.99
    await why(refused())
    assert len(whys(caplog)) == 1
    clock.now += 0.02
    await why(refused())
    assert len(whys(caplog)) == 2


async def test_a_flood_of_other_refusals_takes_nobodys_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    why = Why("hook", GITHUB, SECRET, clock=Clock())
    unread = Delivery(method="POST", path="/", headers=(), received_at=0)
    unread.refused = "signature_missing"
    await why(unread)
    await why(refused(code="rate_limited"))
    await why(refused())
    assert len(whys(caplog)) == 1


async def test_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    waiting, release = anyio.Event(), anyio.Event()

    async def secrets(_: Delivery) -> str:
        waiting.set()
        await release.wait()
        return SECRET

    why = Why("hook", GITHUB, secrets, clock=clock)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(why, refused())
            await waiting.wait()
            clock.now += 60
            await why(refused())
            assert whys(caplog) == []
            release.set()
    assert len(whys(caplog)) == 1


async def test_it_never_raises(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def explain(*_: Any, **__: Any) -> None:
        raise RuntimeError

    async def unknown(_: Delivery) -> None:
        raise LookupError

    monkeypatch.setattr("hookmw.explain.explain", explain)
    clock = Clock()
    why = Why("hook", GITHUB, SECRET, clock=clock)
    await why(refused())
    await Why("hook", GITHUB, unknown)(refused())
    assert whys(caplog) == []
    assert caplog.text.count("no analysis at hook") == 2
    monkeypatch.undo()
    clock.now += 2
    await why(refused())
    assert len(whys(caplog)) == 1


async def test_there_is_nothing_to_say_about_what_is_no_scheme(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Why("hook", GITHUB, None)(refused())
    endpoint = Endpoint("/hook", "github", verifier=Unverified())
    await endpoint.why(refused())
    assert whys(caplog) == []


async def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    delivery = refused()
    await Why("hook", GITHUB, SECRET)(delivery)
    signature = delivery.header(b"x-hub-signature-256")
    assert signature is not None
    assert SECRET not in caplog.text
    assert signature[7:20] not in caplog.text
