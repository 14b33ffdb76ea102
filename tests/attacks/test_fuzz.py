"""Whole requests made of anything: nothing gets in, nothing gets out."""

import asyncio
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from starlette.types import Message, Scope

from hookmw import Endpoint, Hooks, catalog
from hookmw.place import Place
from hookmw.scheme import Scheme
from tests.attacks.senders import BY_NAME
from tests.attacks.world import Watch
from tests.pure.rows import ROWS

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
VERIFY_TOKEN = "the-verify-token-of-the-fuzzer"


def path_of(name: str) -> str:
    place = Place.of(scheme_of(name).signature)
    return f"/{name}/{{{place.name}}}" if place.kind == "path" else f"/{name}"


def scheme_of(name: str) -> Scheme:
    scheme = catalog.provider(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme


def hooks() -> Hooks:
    """One endpoint of every row."""
    endpoints = [
        Endpoint(
            path_of(name),
            name,
            secrets=SECRET,
            verify_token=VERIFY_TOKEN,
            max_body=4096,
            name=name,
        )
        for name in ROWS
    ]
    return Hooks(endpoints, inbox="memory:", worker=False)


def header_names() -> list[bytes]:
    """Every header that any row looks at."""
    found = {b"content-type", b"content-length", b"content-encoding", b"x-forwarded-for", b"host"}
    for name in ROWS:
        provider, scheme = catalog.provider(name), scheme_of(name)
        texts = [scheme.signature, scheme.timestamp or "", scheme.content, provider.id]
        texts += [provider.type, provider.timestamp]
        for text in " ".join(texts).replace("{", " ").replace("}", " ").split():
            kind, _, rest = text.strip("|?.").partition(":")
            if kind == "header":
                found.add(rest.strip("?.").encode())
    return sorted(found)


NAMES = header_names()
PARAMETERS = ["hub.mode", "hub.verify_token", "hub.challenge", "crc_token", "auth", "token"]
WORDS = [
    b"", b"sha256=", b"sha256=" + b"0" * 64, b"v0=" + b"a" * 64, b"v1,", b"v1," + b"A" * 43 + b"=",
    b"t=1700000000,v1=" + b"0" * 64, b"t=1,t=2", b"v1,a v1,b", b"0" * 64, b"1700000000", b"nan",
    b"2024-01-01T00:00:00Z", b"9" * 400, b"application/x-www-form-urlencoded", b"gzip", b"-1",
    b"subscribe", b"url_verification", b"webhook_callback_verification", b"\xff\xfe", b"None",
]  # fmt: skip
JSONS = [
    b'{"type":"url_verification","challenge":"abc"}', b"[" * 3000, b'{"token":"x"}', b"payload=%7B",
    b'{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}', b'"\\ud800"', b"null",
    b'{"webhookTimestamp":1e999}', b'{"webhookTimestamp":-1}', b'{"token":null,"token":[]}',
    b'{"id":' + b"9" * 4000 + b"}", b"\xff\xfe{\x00}\x00", b'{"update_id":{}}', b"a=1&a=2&payload",
]  # fmt: skip

values = st.one_of(st.sampled_from(WORDS), st.binary(max_size=80))
names = st.one_of(st.sampled_from(NAMES), st.binary(min_size=1, max_size=12))
header_lists = st.lists(st.tuples(names, values), max_size=8)
segments = st.one_of(st.sampled_from(ROWS), st.text(max_size=12), st.just(".."))
paths = st.one_of(
    st.sampled_from([path_of(name) for name in ROWS]),
    st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts)),
)
pairs = st.tuples(
    st.sampled_from(PARAMETERS),
    st.one_of(
        st.sampled_from(["subscribe", VERIFY_TOKEN[:-1], "%00", "a" * 600, "%C3", "<script>"]),
        st.text(string.printable, max_size=20),
    ),
)
queries = st.one_of(
    st.binary(max_size=60),
    st.lists(pairs, max_size=4).map(
        lambda found: "&".join(f"{k}={v}" for k, v in found).encode("utf-8")
    ),
)
methods = st.one_of(
    st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS"]),
    st.text(min_size=1, max_size=8),
)
bodies = st.one_of(st.sampled_from(JSONS), st.binary(max_size=200), st.just(b"x" * 5000))
cuts = st.lists(st.integers(0, 60), max_size=4)
clients = st.sampled_from([None, "127.0.0.1", "::1", "nobody", "\x1b[31m", "::ffff:1.2.3.4"])


@dataclass(frozen=True, slots=True)
class Anything:
    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    cuts: Sequence[int]
    client: str | None
    hangs_up: bool

    @property
    def scope(self) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": b"/",
            "query_string": self.query,
            "root_path": "",
            "headers": list(self.headers),
            "client": None if self.client is None else (self.client, 1),
            "server": ("test", 80),
        }

    def messages(self) -> list[Message]:
        chunks, rest = [], self.body
        for cut in self.cuts:
            chunks.append(rest[:cut])
            rest = rest[cut:]
        found: list[Message] = [
            {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
        ]
        if not self.hangs_up:
            found.append({"type": "http.request", "body": rest})
        return [*found, {"type": "http.disconnect"}]


anything = st.builds(
    Anything,
    method=methods,
    path=paths,
    query=queries,
    headers=header_lists,
    body=bodies,
    cuts=cuts,
    client=clients,
    hangs_up=st.booleans(),
)


async def exchange_all(app: Any, request: Anything) -> list[Message]:
    messages = request.messages()
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: Message) -> None:
        sent.append(message)

    await app(request.scope, receive, send)
    return sent


class Fuzzed:
    """One app for all examples, and what is asserted of each."""

    def __init__(self) -> None:
        self.hooks = hooks()
        self.runner = asyncio.Runner()

    def send(self, request: Anything) -> None:
        with Watch() as watch:
            sent = self.runner.run(exchange_all(self.hooks, request))
        assert watch.errors == []
        watch.assert_holds_none_of([SECRET.encode(), VERIFY_TOKEN.encode()])
        assert all(line.isascii() and line.isprintable() for line in watch.lines)
        if not sent:
            assert request.hangs_up, "no answer to somebody who waits for one"
            return
        start = sent[0]
        assert 200 <= start["status"] < 500
        assert SECRET.encode() not in b"".join(m.get("body", b"") for m in sent[1:])
        for name, value in start["headers"]:
            assert b"\r" not in name + value
            assert b"\n" not in name + value

    def count(self) -> int:
        async def counted() -> int:
            inbox = await self.hooks.runtime.ready()
            return sum((await inbox.count()).values())

        return self.runner.run(counted())


@pytest.fixture(scope="module")
def fuzzed() -> Any:
    made = Fuzzed()
    yield made
    assert made.count() == 0, "a request that nobody signed was stored"
    made.runner.close()


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=500, deadline=None, suppress_health_check=CHECKS)
@given(request=anything)
def test_anything_is_refused_in_order(fuzzed: Fuzzed, request: Anything) -> None:
    fuzzed.send(request)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=100_000, deadline=None, suppress_health_check=CHECKS)
@given(request=anything)
def test_anything_is_refused_in_order_for_an_hour(fuzzed: Fuzzed, request: Anything) -> None:
    fuzzed.send(request)


aimed = st.fixed_dictionaries(
    {
        "name": st.sampled_from(ROWS),
        "signature": values,
        "timestamp": values,
        "id": values,
        "body": bodies,
        "other": header_lists,
        "cuts": cuts,
    }
)


def at_one_row(aim: dict[str, Any]) -> Anything:
    """Something with the headers of a row in their places, so that the deeper checks are met."""
    scheme = scheme_of(aim["name"])
    headers = list(aim["other"])
    written = {scheme.signature: aim["signature"], scheme.timestamp or "": aim["timestamp"]}
    for text, value in written.items():
        if text.startswith("header:"):
            headers.append((text.removeprefix("header:").encode(), value))
    signed = [name for name in NAMES if ("{header:" + name.decode() + "}") in scheme.content]
    headers += [(name, aim["id"]) for name in signed]
    return Anything(
        "POST", path_of(aim["name"]).replace("{token}", "x"), b"auth=x", headers, aim["body"],
        aim["cuts"], "127.0.0.1", hangs_up=False,
    )  # fmt: skip


@settings(max_examples=500, deadline=None, suppress_health_check=CHECKS)
@given(aim=aimed)
def test_what_looks_like_a_delivery_is_refused_in_order(
    fuzzed: Fuzzed, aim: dict[str, Any]
) -> None:
    fuzzed.send(at_one_row(aim))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=100_000, deadline=None, suppress_health_check=CHECKS)
@given(aim=aimed)
def test_what_looks_like_a_delivery_is_refused_for_an_hour(
    fuzzed: Fuzzed, aim: dict[str, Any]
) -> None:
    fuzzed.send(at_one_row(aim))


def test_the_fuzzer_knows_every_header_of_the_senders() -> None:
    for sender in BY_NAME.values():
        for name, _ in sender.request(b"{}").headers:
            assert name.lower().encode() in NAMES
