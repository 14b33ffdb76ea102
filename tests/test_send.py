import sys
import time
from collections.abc import Iterator

import anyio
import pytest

from hookmw.errors import ConfigError
from hookmw.send import Sent, send
from hookmw.testing import SignedRequest, sign
from tests.cli.receiver import Receiver, served


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def origin(receiver: Receiver) -> Iterator[str]:
    with served(receiver) as origin:
        yield origin


def requests(count: int, path: str = "/in") -> Iterator[SignedRequest]:
    return (sign("github", {"n": n}, "s3cret", path=path) for n in range(count))


@pytest.mark.anyio
async def test_a_request_arrives_as_it_was_signed(receiver: Receiver, origin: str) -> None:
    request = sign("github", {"n": 1}, "s3cret", path="/a ü/{b}?c=d e")
    (sent,) = await send([request], origin)
    assert sent.acknowledged
    assert (sent.status, sent.answer, sent.error) == (200, b"ok" * 100, "")
    assert 0 < sent.seconds < 30
    (scope,) = receiver.seen
    assert (scope["method"], scope["path"]) == ("POST", "/a ü/{b}")
    assert scope["query_string"] == b"c=d+e"
    assert receiver.bodies == [request.body]
    assert set(request.headers) <= set(scope["headers"])


@pytest.mark.anyio
async def test_many_are_sent_and_each_is_told(receiver: Receiver, origin: str) -> None:
    told: list[Sent] = []
    sent = await send(requests(20), origin, concurrency=4, on_sent=told.append)
    assert told == sent
    assert [each.status for each in sent] == [200] * 20
    assert len(set(receiver.bodies)) == 20


@pytest.mark.anyio
@pytest.mark.parametrize("status", [302, 401, 503])
async def test_an_answer_that_is_no_2xx_is_no_ack(
    receiver: Receiver, origin: str, status: int
) -> None:
    receiver.status = status
    (sent,) = await send(requests(1), origin)
    assert (sent.status, sent.acknowledged) == (status, False)
    assert len(receiver.seen) == 1


@pytest.mark.anyio
async def test_the_rate_is_kept(receiver: Receiver, origin: str) -> None:
    started = time.perf_counter()
    await send(requests(11), origin, rate=50)
    assert 0.2 <= time.perf_counter() - started < 5


@pytest.mark.anyio
async def test_requests_are_signed_when_they_are_due(origin: str) -> None:
    taken: list[float] = []

    def lazily() -> Iterator[SignedRequest]:
        for request in requests(3):
            taken.append(time.perf_counter())
            yield request

    await send(lazily(), origin, rate=20)
    assert taken[-1] - taken[0] >= 0.09


@pytest.mark.anyio
async def test_nobody_there_is_a_sentence() -> None:
    (sent,) = await send(requests(1), "http://127.0.0.1:1")
    assert sent.status is None
    assert sent.error == "nothing answers at http://127.0.0.1:1: is the receiver running?"


@pytest.mark.anyio
async def test_no_answer_in_time_is_a_sentence(receiver: Receiver, origin: str) -> None:
    receiver.delay = 0.5
    (sent,) = await send(requests(1), origin, timeout=0.05)
    assert sent.error == f"no answer from {origin} within 0.05 s"


@pytest.mark.anyio
async def test_anything_else_that_goes_wrong_is_a_sentence() -> None:
    async def hang_up(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, hang_up)
            (sent,) = await send(requests(1), f"http://127.0.0.1:{port}/")
            tasks.cancel_scope.cancel()
    assert sent.error.startswith(f"http://127.0.0.1:{port}: ")


@pytest.mark.anyio
async def test_what_signing_raises_comes_through_alone(origin: str) -> None:
    def failing() -> Iterator[SignedRequest]:
        yield from requests(1)
        raise ConfigError("no secret")

    with pytest.raises(ConfigError, match="no secret"):
        await send(failing(), origin)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "origin", ["localhost:8000", "ftp://a", "http://", "http://a/b", "http://a b"]
)
async def test_an_origin_that_is_none_is_an_error(origin: str) -> None:
    with pytest.raises(ConfigError, match="must be a scheme and a host"):
        await send([], origin)


@pytest.mark.anyio
@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
async def test_a_rate_that_is_none_is_an_error(rate: float) -> None:
    with pytest.raises(ConfigError, match="rate must be a number"):
        await send([], "http://a", rate=rate)


@pytest.mark.anyio
async def test_no_concurrency_is_an_error() -> None:
    with pytest.raises(ConfigError, match="above 0"):
        await send([], "http://a", concurrency=0)


@pytest.mark.anyio
async def test_without_httpx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigError, match=r'pip install "hookmw\[cli\]"'):
        await send([], "http://a")
