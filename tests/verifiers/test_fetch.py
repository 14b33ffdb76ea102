"""Fetching: only from pinned addresses, little, and seldom; over httpx with a transport of ours."""

import anyio
import httpx
import pytest

from hookmw.errors import BadSignature, ConfigError, KeyUnavailable, Rejected
from hookmw.fetch import BUDGET, COOLDOWN, MAX_ANSWER, STALE, TTL, Fetcher, with_fetcher
from hookmw.verifiers import Unverified, build

pytestmark = pytest.mark.anyio

URL = "https://keys.example.com/jwks"
PATTERN = r"https://keys\.example\.com/[a-z0-9]+"


def keyed(content: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(content))


class World:
    """A clock, and a server that counts."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.now = 1000.0
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.fetch = Fetcher(
            PATTERN, transport=httpx.MockTransport(self.answer), clock=lambda: self.now
        )

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await anyio.sleep(0.01)
        return self.answers.pop(0) if self.answers else keyed(b"key")


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example.com/jwks",
        "https://keys.example.com.evil.test/jwks",
        "https://keys.example.com@evil.test/jwks",
        "https://keys.example.com:444/jwks",
        "https://keys.example.com/jwks?x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_no_address_but_the_pinned_ones(url: str) -> None:
    world = World()
    with pytest.raises(BadSignature):
        await world.fetch(url)
    assert world.requests == []


async def test_not_even_a_pinned_one_without_tls() -> None:
    with pytest.raises(BadSignature):
        await Fetcher(".*")("http://keys.example.com/")


async def test_kept_until_it_is_old() -> None:
    world = World()
    assert await world.fetch(URL) == await world.fetch(URL) == b"key"
    assert len(world.requests) == 1
    world.now += TTL + 1
    await world.fetch(URL)
    assert len(world.requests) == 2


async def test_a_fresh_one_once_in_a_while() -> None:
    """[kid flood] Unknown names of keys make us look again, but seldom."""
    world = World()
    for _ in range(50):
        await world.fetch(URL, fresh=True)
    assert len(world.requests) == 1
    world.now += COOLDOWN
    await world.fetch(URL, fresh=True)
    assert len(world.requests) == 2


async def test_many_names_are_held_to_a_budget() -> None:
    world = World()
    refused = 0
    for number in range(100):
        try:
            await world.fetch(f"https://keys.example.com/{number}", b"{}")
        except KeyUnavailable:
            refused += 1
    assert len(world.requests) == BUDGET
    assert refused == 100 - BUDGET
    world.now += 61
    await world.fetch("https://keys.example.com/new")


async def test_failures_are_remembered_and_old_answers_outlive_them() -> None:
    world = World(httpx.Response(500))
    for _ in range(3):
        with pytest.raises(KeyUnavailable):
            await world.fetch(URL)
    assert len(world.requests) == 1
    world.now += COOLDOWN
    assert await world.fetch(URL) == b"key"
    world.answers = [httpx.Response(500)] * 10
    world.now += TTL + 1
    assert await world.fetch(URL) == b"key"
    world.now += STALE
    with pytest.raises(KeyUnavailable):
        await world.fetch(URL)


async def test_concurrent_misses_are_one_fetch() -> None:
    world = World()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(world.fetch, URL)
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("status", "size", "error"),
    [
        (302, 0, KeyUnavailable),
        (301, 0, KeyUnavailable),
        (404, 0, BadSignature),
        (403, 0, BadSignature),
        (429, 0, KeyUnavailable),
        (503, 0, KeyUnavailable),
        (204, 0, KeyUnavailable),
        (200, MAX_ANSWER + 1, KeyUnavailable),
    ],
)
@pytest.mark.filterwarnings("ignore:Async generator")  # of httpx, on trio
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_answers_that_are_none(status: int, size: int, error: type[Rejected]) -> None:
    headers = {"location": "https://keys.example.com/b"}
    stream = httpx.ByteStream(b"x" * size)
    world = World(httpx.Response(status, headers=headers, stream=stream))
    with pytest.raises(error):
        await world.fetch(URL)
    assert len(world.requests) == 1


async def test_errors_of_the_network() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(KeyUnavailable):
        await Fetcher(PATTERN, transport=httpx.MockTransport(fail))(URL)


async def test_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(request: httpx.Request) -> httpx.Response:
        await anyio.sleep(5)
        return httpx.Response(200)

    monkeypatch.setattr("hookmw.fetch.TIMEOUT", 0.05)
    with pytest.raises(KeyUnavailable):
        await Fetcher(PATTERN, transport=httpx.MockTransport(sleep))(URL)


async def test_questions_are_posted() -> None:
    world = World()
    await world.fetch(URL, b'{"a":1}')
    (request,) = world.requests
    assert (request.method, request.content) == ("POST", b'{"a":1}')
    assert request.headers["content-type"] == "application/json"


def test_who_is_bound() -> None:
    plain = build("jwt", token="header:x", algorithms="HS256")
    assert with_fetcher(plain) is plain
    assert with_fetcher(Unverified()).__class__ is Unverified
    bound = with_fetcher(build("sns"))
    assert isinstance(bound.fetch, Fetcher)
    assert with_fetcher(bound) is bound


def test_without_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(ConfigError, match=r"hookmw\[crypto\]"):
        Fetcher(PATTERN)
