"""What the sender hears, when, and what the log says."""

import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from hookmw import BadSignature, Delivery, Endpoint, Hooks, Reply, Secrets
from hookmw.errors import InboxUnavailable
from hookmw.event import Event
from hookmw.middleware.receiver import Receiver, Replies
from hookmw.router import Router
from hookmw.testing import sign
from hookmw.work.call import Caller
from tests.app.receiving import PLAIN, SECRET, WatchedInbox, github, hooks_of, plain, stored
from tests.middleware.asgi import Spy, Wire, call, deliver, http

pytestmark = pytest.mark.anyio

PING = sign("github", {"zen": "x"}, SECRET, type="ping", path="/hook")


# 200 means committed


async def test_nothing_is_answered_before_the_commit() -> None:
    inbox = WatchedInbox()
    inbox.gate = anyio.Event()
    hooks = hooks_of(github(), inbox=inbox)
    wire = Wire(PING.body)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, hooks, http(headers=PING.headers), wire)
            await inbox.reached.wait()
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            assert wire.sent == []
            assert inbox.puts == []
            inbox.gate.set()
    assert (wire.status, wire.body, len(inbox.puts)) == (200, b"ok", 1)


async def test_a_commit_that_fails_is_503(caplog: pytest.LogCaptureFixture) -> None:
    inbox = WatchedInbox()
    inbox.error = InboxUnavailable("disk full", retry_after=7.2)
    hooks = hooks_of(github(), inbox=inbox)
    wire = await deliver(hooks, PING)
    assert (wire.status, wire.body) == (503, b"unavailable")
    assert wire.headers[b"retry-after"] == b"8"
    assert "disk full (inbox_unavailable)" in caplog.text
    assert (await deliver(hooks, sign("github", {}, "other", path="/hook"))).status == 401
    inbox.error = None
    assert (await deliver(hooks, PING)).status == 200
    assert len(await stored(hooks)) == 1


async def test_what_nobody_foresaw_is_500_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    inbox = WatchedInbox()
    inbox.error = OSError("the password is hunter2")
    wire = await deliver(hooks_of(github(), inbox=inbox), PING)
    assert (wire.status, wire.body) == (500, b"error")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "endpoint hook failed"
    assert record.exc_info is not None


async def test_a_client_that_leaves_is_not_answered_and_leaves_nothing() -> None:
    hooks = hooks_of(github())
    wire = await call(hooks, http(headers=PING.headers), Wire([PING.body], gone=True))
    assert wire.sent == []
    assert await stored(hooks) == []


async def test_a_body_that_does_not_come_is_408() -> None:
    hooks = hooks_of(github(body_timeout=0.02))
    with anyio.fail_after(10):
        wire = await call(hooks, http(headers=PING.headers), Wire([b"{"], stall=True))
    assert (wire.status, wire.body, wire.headers[b"connection"]) == (408, b"timeout", b"close")
    assert await stored(hooks) == []


# fail closed


class Own:
    def __init__(self, verify: Callable[[], Any]) -> None:
        self._verify = verify

    def verify(self, delivery: Delivery, secrets: Secrets) -> Any:
        return self._verify()


def returns_true() -> bool:
    return True


async def _later(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def _raise(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("verify", "status"),
    [
        (lambda: None, 200),
        (lambda: _later(None), 200),
        (lambda: True, 500),
        (lambda: False, 500),
        (lambda: _later(returns_true()), 500),
        (lambda: _raise(RuntimeError("bug")), 500),
        (lambda: _later(RuntimeError("bug")), 500),
        (lambda: _raise(BadSignature("no")), 401),
        (lambda: _later(BadSignature("no")), 401),
    ],
)
async def test_a_verifier_that_is_not_content_stores_nothing(verify: Any, status: int) -> None:
    hooks = hooks_of(Endpoint("/hook", "github", secrets=SECRET, verifier=Own(verify)))
    wire = await call(hooks, http(), Wire(b"{}"))
    assert wire.status == status
    assert wire.body == {200: b"ok", 500: b"error", 401: b"unauthorized"}[status]
    assert len(await stored(hooks)) == (1 if status == 200 else 0)


async def test_a_search_for_secrets_that_fails_is_500() -> None:
    async def find(delivery: Delivery) -> str:
        raise OSError("the vault is closed")

    hooks = hooks_of(Endpoint("/hook", "github", secrets=find))
    wire = await deliver(hooks, PING)
    assert (wire.status, wire.body) == (500, b"error")
    assert await stored(hooks) == []


async def test_a_receiver_takes_nothing_that_nobody_verified() -> None:
    hooks = hooks_of(github())
    replies = Replies(Router(), Caller())
    receiver = Receiver("x", PLAIN, hooks.runtime.ready, replies=replies)
    delivery = Delivery(method="POST", path="/", headers=(), received_at=0, body=b"{}")
    with pytest.raises(BadSignature, match="nobody has verified it"):
        await receiver(delivery)
    assert await stored(hooks) == []


async def test_an_endpoint_that_nobody_gave_an_inbox_stores_nothing() -> None:
    signed = PING.delivery()
    assert (await github().answer(signed)).status == 500


async def test_a_stack_that_answers_nothing_is_500() -> None:
    endpoint = github()
    endpoint.stages = ()
    assert (await endpoint.answer(PING.delivery())).status == 500


# before the signature


async def test_the_unsigned_cost_nothing() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(github(), inbox=inbox)
    for _ in range(50):
        wire = await call(hooks, http(), Wire(b"x" * 1000))
        assert (wire.status, wire.receives) == (401, 0)
    assert (inbox.opened, inbox.puts) == (0, [])


async def test_headers_are_those_from_before_the_body() -> None:
    hooks = hooks_of(github())
    scope = http(headers=PING.headers)
    trailers: list[tuple[bytes, bytes]] = scope["headers"]
    wire = Wire(PING.body, on_receive=lambda: trailers.append((b"x-github-delivery", b"forged")))
    assert (await call(hooks, scope, wire)).status == 200
    (entry,) = await stored(hooks)
    assert entry.event.headers == PING.headers
    assert len(trailers) > len(PING.headers)


# the log


async def test_the_log_keeps_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram = Endpoint("/telegram/{token}", "telegram_path", secrets="the-token", max_body=100)
    inbox = WatchedInbox()
    hooks = hooks_of(telegram, github(max_body=100), inbox=inbox)
    body = b'{"update_id": 1, "note": "the body"}'
    path = "/telegram/the-token"
    assert (await call(hooks, http("/telegram/a-wrong-token"), Wire(body))).status == 401
    assert (await call(hooks, http(path), Wire(body * 10))).status == 413
    for error, status in ((InboxUnavailable("full"), 503), (OSError("odd"), 500)):
        inbox.error = error
        assert (await call(hooks, http(path), Wire(body))).status == status
    forged = sign("github", body, "other", path="/hook")
    assert (await deliver(hooks, forged)).status == 401
    signature = dict(forged.headers)[b"x-hub-signature-256"].decode()
    logged = caplog.text
    assert "/telegram/{token}" in logged
    for secret in ("the-token", "a-wrong-token", SECRET, signature, signature[7:], "the body"):
        assert secret not in logged


async def test_a_refusal_is_one_line_with_its_code(caplog: pytest.LogCaptureFixture) -> None:
    hooks = hooks_of(github(name="code"))
    peer = "1.2.3.4\nERROR all is lost\x1b[31m"
    await call(hooks, http(client=(peer, 1)))
    (record,) = caplog.records
    line = record.getMessage()
    assert line.startswith("refused POST '/hook' from 1.2.3.4\\nERROR all is lost\\x1b[31m at code")
    assert line.endswith("at header:x-hub-signature-256 (signature_missing)")
    assert record.__dict__["endpoint"] == "code"
    assert (record.__dict__["code"], record.__dict__["status"]) == ("signature_missing", 401)


async def test_every_refusal_of_a_signature_reads_the_same() -> None:
    hooks = hooks_of(Endpoint("/hook", "stripe", secrets=SECRET))
    stale = sign("stripe", b"{}", SECRET, at=1_700_000_000, path="/hook")
    forged = sign("stripe", b"{}", "other", path="/hook")
    answers = [await deliver(hooks, each) for each in (stale, forged)]
    answers.append(await call(hooks, http(), Wire(b"{}")))
    answers.append(await call(hooks, http(headers=[(b"stripe-signature", b"v1=")])))
    assert len({(each.status, each.body, tuple(each.headers.items())) for each in answers}) == 1


# answers in the request


def replying(function: Any, **settings: Any) -> tuple[Hooks, Endpoint]:
    endpoint = plain()
    endpoint.reply("*", **settings)(function)
    return hooks_of(endpoint), endpoint


@pytest.mark.parametrize(
    ("answer", "status", "body", "content_type"),
    [
        (None, 200, b"ok", b"text/plain; charset=utf-8"),
        ("grüße", 200, "grüße".encode(), b"text/plain; charset=utf-8"),
        (b"\x00", 200, b"\x00", b"application/octet-stream"),
        ({"text": "hi"}, 200, b'{"text":"hi"}', b"application/json"),
        ([], 200, b"[]", b"application/json"),
        (Reply(202, b"<x/>", "text/xml"), 202, b"<x/>", b"text/xml"),
        (object(), 200, b"ok", b"text/plain; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_what_a_function_answers(
    answer: Any, status: int, body: bytes, content_type: bytes, *, is_async: bool
) -> None:
    def function(event: Event[Any]) -> Any:
        return answer

    async def coroutine(event: Event[Any]) -> Any:
        return answer

    hooks, _ = replying(coroutine if is_async else function, name="answer")
    wire = await call(hooks, http(), Wire(b"{}"))
    assert (wire.status, wire.body) == (status, body)
    assert wire.headers[b"content-type"] == content_type
    assert len(await stored(hooks)) == 1


async def test_a_function_that_fails_is_acknowledged(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(event: Event[Any]) -> None:
        raise ValueError("odd")

    hooks, _ = replying(fails)
    wire = await call(hooks, http(), Wire(b"{}"))
    assert (wire.status, wire.body) == (200, b"ok")
    assert "fails gave no answer" in caplog.text
    assert len(await stored(hooks)) == 1


async def test_a_function_that_is_slow_is_not_waited_for() -> None:
    async def slow(event: Event[Any]) -> str:
        await anyio.sleep_forever()
        return "late"

    hooks, _ = replying(slow, timeout=0.02)
    with anyio.fail_after(10):
        wire = await call(hooks, http(), Wire(b"{}"))
    assert (wire.status, wire.body) == (200, b"ok")


async def test_the_first_function_that_matches_answers_after_the_commit() -> None:
    endpoint = plain()
    inbox = WatchedInbox()

    @endpoint.reply("b")
    async def never(event: Event[Any]) -> str:
        return "never"

    @endpoint.reply("a.*")
    async def first(event: Event[Any]) -> str:
        return f"first, after {len(inbox.puts)}"

    @endpoint.reply("*")
    async def second(event: Event[Any]) -> str:
        return "second"

    hooks = hooks_of(endpoint, inbox=inbox)
    assert (await call(hooks, http(), Wire(b'{"type":"a.b"}'))).body == b"first, after 1"
    assert (await call(hooks, http(), Wire(b'{"type":"c"}'))).body == b"second"


async def test_where_the_commit_fails_nobody_answers() -> None:
    called: list[Any] = []
    endpoint = plain()
    endpoint.reply("*", name="answer")(called.append)
    inbox = WatchedInbox()
    inbox.error = InboxUnavailable("full")
    wire = await call(hooks_of(endpoint, inbox=inbox), http(), Wire(b"{}"))
    assert (wire.status, called) == (503, [])


async def test_a_spy_behind_nothing() -> None:
    """The caller of these tests itself."""
    wire = await call(Spy(), http(), Wire([b"a", b"b"]))
    assert wire.trace == ["receive", "receive", "receive", "start", "body"]
