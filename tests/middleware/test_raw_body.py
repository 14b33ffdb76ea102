from collections.abc import Iterator

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookmw.delivery import Delivery
from hookmw.errors import BodyTooLarge, ConfigError, Rejected
from hookmw.event import Reply
from hookmw.middleware import DELIVERY, RawBodyMiddleware
from hookmw.middleware.raw_body import BodyStageShell
from tests.middleware.asgi import Spy, Wire, call, http, websocket

pytestmark = pytest.mark.anyio

CAP = 10


def length(value: bytes | int) -> list[tuple[bytes, bytes]]:
    return [(b"Content-Length", value if isinstance(value, bytes) else str(value).encode())]


async def refused(app: ASGIApp, scope: Scope, wire: Wire, status: int, word: bytes) -> Wire:
    await call(app, scope, wire)
    assert (wire.status, wire.body) == (status, word)
    assert wire.headers[b"connection"] == b"close"
    return wire


# what passes


@pytest.mark.parametrize(
    "chunks",
    [
        [b""],
        [b"x" * CAP],
        [b"ab", b"", b"\x00\xff", b"c"],
        [b"x"] * CAP,
        [b"x" * CAP, b""],
        [],
    ],
)
async def test_the_body_comes_through_byte_for_byte(chunks: list[bytes]) -> None:
    spy = Spy()
    wire = await call(RawBodyMiddleware(spy, max_body=CAP), http(), Wire(chunks or b""))
    assert (wire.status, spy.bodies) == (200, [b"".join(chunks)])


async def test_the_receive_after_the_body_is_the_servers_own() -> None:
    spy = Spy()
    wire = await call(RawBodyMiddleware(spy), http(), Wire([b"a", b"b"]))
    assert spy.after == [{"type": "http.disconnect"}]
    assert wire.receives == 3


async def test_nothing_is_read_where_nobody_asks() -> None:
    wire = await call(RawBodyMiddleware(Spy(reads=False)), http(), Wire(b"abc"))
    assert (wire.status, wire.receives) == (200, 0)


async def test_downstream_finds_the_delivery_and_reads_twice() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        delivery: Delivery = scope[DELIVERY]
        assert delivery.armed
        first = await delivery.read()
        request = Request(scope, receive)
        body = first + await delivery.read() + await request.body() + delivery.body
        await Response(body)(scope, receive, send)

    wire = await call(RawBodyMiddleware(app), http(), Wire([b"a", b"b"]))
    assert wire.body == b"abababab"
    assert wire.received_before_the_answer == 2


async def test_a_gone_client_is_a_disconnect_for_the_app() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"
        assert (await receive())["type"] == "http.disconnect"

    wire = await call(RawBodyMiddleware(app), http(), Wire([b"abc"], gone=True))
    assert wire.sent == []


@pytest.mark.parametrize("value", [b"", b"-1", b"abc", b"+999999", b"99 ", b"9e9", b"\xb2\xb2"])
async def test_a_content_length_that_is_garbage_is_no_reason(value: bytes) -> None:
    app = RawBodyMiddleware(Spy(), max_body=CAP)
    assert (await call(app, http(headers=length(value)), Wire(b"x" * CAP))).status == 200
    await refused(app, http(headers=length(value)), Wire(b"x" * 11), 413, b"too large")


# 413


@pytest.mark.parametrize("value", [b"11", b"1" * 5000, b"0011"])
async def test_too_large_by_its_own_word_is_refused_unread(value: bytes) -> None:
    spy = Spy()
    app = RawBodyMiddleware(spy, max_body=CAP)
    wire = await refused(app, http(headers=length(value)), Wire(b"x" * 11), 413, b"too large")
    assert wire.received_before_the_answer == 0
    assert spy.scopes == []


async def test_exactly_the_cap_passes() -> None:
    wire = Wire(b"x" * CAP)
    await call(RawBodyMiddleware(Spy(), max_body=CAP), http(headers=length(CAP)), wire)
    assert wire.status == 200


async def test_one_of_two_content_lengths_is_enough() -> None:
    headers = [*length(1), *length(11)]
    app = RawBodyMiddleware(Spy(), max_body=CAP)
    await refused(app, http(headers=headers), Wire(b"x" * 11), 413, b"too large")


@pytest.mark.parametrize("headers", [[], length(1), [(b"transfer-encoding", b"chunked")]])
async def test_a_length_that_lies_is_found_while_counting(
    headers: list[tuple[bytes, bytes]],
) -> None:
    app = RawBodyMiddleware(Spy(), max_body=CAP)
    wire = await refused(app, http(headers=headers), Wire([b"x" * 6] * 2), 413, b"too large")
    assert wire.received_before_the_answer == 2


async def test_a_body_without_end_is_read_up_to_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookmw.middleware.shell.LINGER_BYTES", 100_000)

    def without_end() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    app = RawBodyMiddleware(Spy(), max_body=10_000)
    wire = await refused(app, http(), Wire(without_end()), 413, b"too large")
    assert wire.received_before_the_answer == 11
    assert wire.receives <= 11 + 100


@pytest.mark.parametrize("after", ["nothing", "an exception", "an answer"])
async def test_we_answer_whatever_the_app_does_after_its_pull_was_refused(after: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"
        assert (await receive())["type"] == "http.disconnect"
        if after == "an exception":
            raise ValueError("the app")
        if after == "an answer":
            await Response(b"the app", 500)(scope, receive, send)

    await refused(RawBodyMiddleware(app, max_body=1), http(), Wire(b"abc"), 413, b"too large")


async def test_starlettes_own_pull() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(await Request(scope, receive).body())(scope, receive, send)

    await refused(RawBodyMiddleware(app, max_body=1), http(), Wire(b"abc"), 413, b"too large")


async def test_an_exception_of_the_app_is_its_own() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("the app")

    with pytest.raises(ValueError, match="the app"):
        await call(RawBodyMiddleware(app), http())


async def test_a_response_that_has_started_is_not_started_again() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"of a body that was refused"})
        raise ValueError("the app")

    wire = await call(RawBodyMiddleware(app, max_body=1), http(), Wire(b"abc"))
    assert wire.trace.count("start") == 1
    assert "body" not in wire.trace  # the server ends a response without an end


class Swallows:
    """A stage that makes light of a refusal."""

    async def __call__(self, delivery: Delivery) -> Reply | None:
        for _ in range(2):
            with pytest.raises(BodyTooLarge):
                await delivery.read()
        return None


async def test_a_refused_body_is_not_served_in_part_to_whoever_asks_again() -> None:
    spy = Spy()
    wire = Wire([b"xxxx", b"yyyy", b"zzzz"])
    await refused(
        RawBodyMiddleware(BodyStageShell(spy, Swallows()), max_body=6),
        http(), wire, 413, b"too large",
    )  # fmt: skip
    assert spy.bodies == []
    assert wire.received_before_the_answer == 2


class Pulls:
    """A stage that needs the body."""

    async def __call__(self, delivery: Delivery) -> Reply | None:
        await delivery.read()
        return None


@pytest.mark.parametrize("chunks", [[b"x" * 11], [b"x" * 6] * 9, [b"x" * 11, b"", b"x"]])
async def test_a_stage_that_pulls_too_much_answers_once_and_to_the_end(
    chunks: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    spy = Spy()
    app = RawBodyMiddleware(BodyStageShell(spy, Pulls()), max_body=CAP)
    wire = await refused(app, http(), Wire(chunks), 413, b"too large")
    assert spy.scopes == []
    assert wire.receives >= len(chunks)  # the sender gets to the end of what it has to say
    assert len(caplog.records) == 1


# one in another


@pytest.mark.parametrize(("outer", "inner"), [(100, CAP), (CAP, 100), (CAP, CAP)])
@pytest.mark.parametrize("pulls", [True, False])
async def test_one_in_another_the_smaller_cap_counts(outer: int, inner: int, pulls: bool) -> None:  # noqa: FBT001
    spy = Spy()
    core = BodyStageShell(spy, Pulls()) if pulls else spy
    app = RawBodyMiddleware(RawBodyMiddleware(core, max_body=inner), max_body=outer)
    assert (await call(app, http(), Wire([b"xxxxx"] * 2))).status == 200
    assert spy.bodies == [b"x" * CAP]
    await refused(app, http(), Wire([b"xxxxx"] * 3), 413, b"too large")


async def test_a_body_that_was_read_outside_is_measured_inside() -> None:
    spy = Spy()
    app = RawBodyMiddleware(BodyStageShell(RawBodyMiddleware(spy, max_body=1), Pulls()))
    await refused(app, http(), Wire([b"ab"]), 413, b"too large")


# 408


async def test_a_body_that_does_not_come_is_408() -> None:
    app = RawBodyMiddleware(Spy(), timeout=0.02)
    with anyio.fail_after(5):
        await refused(app, http(), Wire([b"ab"], stall=True), 408, b"timeout")


async def test_a_stage_that_waits_in_vain_is_408() -> None:
    spy = Spy()
    app = RawBodyMiddleware(BodyStageShell(spy, Pulls()), timeout=0.02)
    with anyio.fail_after(5):
        await refused(app, http(), Wire([b"ab"], stall=True), 408, b"timeout")
    assert spy.scopes == []


async def test_the_deadline_is_for_the_body_not_for_the_app() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await anyio.sleep(0.05)
        await Response(b"late")(scope, receive, send)

    assert (await call(RawBodyMiddleware(app, timeout=0.02), http(), Wire(b"a"))).body == b"late"


async def test_a_body_that_drips_is_408() -> None:
    wire = Wire(b"x" for _ in range(1_000_000))

    async def slow() -> Message:
        await anyio.sleep(0.002)
        return await wire.receive()

    with anyio.fail_after(5):
        await RawBodyMiddleware(Spy(), timeout=0.05)(http(), slow, wire.send)
    assert (wire.status, wire.body) == (408, b"timeout")


# compression


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"identity, gzip", b"GZIP"])
async def test_a_compressed_body_is_refused_unread(encoding: bytes) -> None:
    wire = Wire(b"x")
    await call(RawBodyMiddleware(Spy()), http(headers=[(b"Content-Encoding", encoding)]), wire)
    assert (wire.status, wire.body, wire.receives) == (400, b"malformed", 0)


@pytest.mark.parametrize("encoding", [b"", b"identity", b" Identity "])
async def test_an_encoding_that_is_none_passes(encoding: bytes) -> None:
    headers = [(b"content-encoding", encoding)]
    assert (await call(RawBodyMiddleware(Spy()), http(headers=headers))).status == 200


# the rest


async def test_the_headers_are_those_from_before_the_body() -> None:
    scope = http(headers=[(b"X-Id", b"1")])
    spy = Spy()
    trailers: list[tuple[bytes, bytes]] = scope["headers"]
    wire = Wire(b"abc", on_receive=lambda: trailers.append((b"x-id", b"2")))
    await call(RawBodyMiddleware(spy), scope, wire)
    assert len(trailers) > 1
    assert spy.delivery.headers == ((b"x-id", b"1"),)
    assert spy.scopes[-1]["headers"] == [(b"x-id", b"1")]


async def test_a_websocket_passes() -> None:
    assert await websocket(RawBodyMiddleware(Spy())) == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_body": 0}, "at least 1 byte"),
        ({"timeout": 0}, "more than 0 seconds"),
        ({"timeout": float("nan")}, "more than 0 seconds"),
    ],
)
def test_numbers_that_cannot_work(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RawBodyMiddleware(Spy(), **settings)


def test_a_refusal_of_the_body_ends_the_connection() -> None:
    assert isinstance(BodyTooLarge(), Rejected)
    assert (b"connection", b"close") in BodyTooLarge().headers
