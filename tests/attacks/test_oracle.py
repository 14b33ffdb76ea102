"""A second opinion: genuine requests with one thing changed, judged by a verifier written here.

The oracle is as strict as the documents of the four providers: one signature header, one spelling
of each part, the timestamp in plain digits and within five minutes. Where a document says nothing
(upper-case hex digits; a list of several signatures with one that cannot be one) it says what
hookmw's documents say: either case is read, one broken element spoils the list, and a header that
is read is there once, be it signed or not.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from starlette.types import Message

from hookmw import Endpoint, Event, Hooks
from hookmw.inbox import Arrival, Order
from hookmw.inbox.memory import MemoryInbox
from tests.attacks.senders import (
    GITHUB,
    KEY,
    MAIN,
    OLD_KEY,
    SLACK,
    STANDARD,
    STRIPE,
    Request,
    Sender,
)
from tests.attacks.world import Clock, Watch, scope_of

NOW = 1_780_000_000
TOLERANCE = 300


# the oracle


def one(request: Request, name: str) -> bytes | None:
    """The value of a header that is there exactly once."""
    found = [value for key, value in request.headers if key.lower() == name]
    return found[0] if len(found) == 1 else None


def digest(content: bytes) -> bytes:
    return hmac.new(KEY, content, hashlib.sha256).digest()


def is_hex_of(text: bytes, content: bytes) -> bool:
    return (
        re.fullmatch(rb"[0-9a-fA-F]{64}", text) is not None
        and text.lower() == digest(content).hex().encode()
    )


def is_fresh(text: bytes | None) -> bool:
    return bool(
        text is not None
        and re.fullmatch(rb"[0-9]{1,12}", text)
        and abs(int(text) - NOW) <= TOLERANCE
    )


def github_accepts(request: Request) -> bool:
    value = one(request, "x-hub-signature-256") or b""
    names = [name.lower() for name, _ in request.headers]
    if names.count("x-github-event") > 1 or names.count("x-github-delivery") > 1:
        return False
    return value.startswith(b"sha256=") and is_hex_of(value[7:], request.body)


def slack_accepts(request: Request) -> bool:
    value, at = one(request, "x-slack-signature"), one(request, "x-slack-request-timestamp")
    return bool(
        value
        and at
        and value.startswith(b"v0=")
        and is_fresh(at)
        and is_hex_of(value[3:], b"v0:" + at + b":" + request.body)
    )


def stripe_accepts(request: Request) -> bool:
    items = (one(request, "stripe-signature") or b"").split(b",")
    times = [item[2:] for item in items if item.startswith(b"t=")]
    signatures = [item[3:] for item in items if item.startswith(b"v1=")]
    if len(times) != 1 or not is_fresh(times[0]) or not signatures:
        return False
    if any(not item or item != item.strip() for item in items):
        return False
    if not all(re.fullmatch(rb"[0-9a-fA-F]{64}", each) for each in signatures):
        return False
    return any(is_hex_of(each, times[0] + b"." + request.body) for each in signatures)


def standard_accepts(request: Request) -> bool:
    event_id, at = one(request, "webhook-id"), one(request, "webhook-timestamp")
    value = one(request, "webhook-signature")
    if not event_id or not value or at is None or b"." in event_id or not is_fresh(at):
        return False
    items = value.split(b" ")
    if any(not item or item != item.strip() for item in items):
        return False
    signatures = [item[3:] for item in items if item.startswith(b"v1,")]
    if not signatures or not all(map(is_canonical, signatures)):
        return False
    right = base64.b64encode(digest(event_id + b"." + at + b"." + request.body))
    return right in signatures


def is_canonical(text: bytes) -> bool:
    try:
        raw = binascii.a2b_base64(text)
    except ValueError:
        return False
    return len(raw) == 32 and base64.b64encode(raw) == text


ORACLES: dict[str, Callable[[Request], bool]] = {
    GITHUB.name: github_accepts,
    STRIPE.name: stripe_accepts,
    SLACK.name: slack_accepts,
    STANDARD.name: standard_accepts,
}


# what is changed


@dataclass(frozen=True, slots=True)
class Piece:
    """One of the byte strings of a request: a header's value, or the body."""

    index: int | None

    def read(self, request: Request) -> bytes:
        return request.body if self.index is None else request.headers[self.index][1]

    def write(self, request: Request, value: bytes) -> Request:
        if self.index is None:
            return replace(request, body=value)
        headers = list(request.headers)
        headers[self.index] = (headers[self.index][0], value)
        return replace(request, before=b"", signature=b"", others=tuple(headers))


INSERTS = [
    b" ", b"\t", b",", b".", b":", b"=", b"\x00", b"\n", b"0", b"a", b"A", b"+", b"-", b"_", b"!",
    b"\xff", b"\xc2\xa0", b"v1,", b"v1=", b"v0=", b"sha256=", b"t=1", b",v1=" + b"0" * 64,
    b" v1," + base64.b64encode(b"\x00" * 32), b"v1a,AAAA ", b"v0=00,", b"{}", b"\x85", b"\x0c",
]  # fmt: skip

places = st.integers(0, 400)
Change = Callable[[bytes], bytes]


def cut(text: bytes, start: int, size: int) -> bytes:
    start %= len(text) + 1
    return text[:start] + text[start + size :]


def insert(text: bytes, at: int, more: bytes) -> bytes:
    at %= len(text) + 1
    return text[:at] + more + text[at:]


def flip(text: bytes, at: int, bit: int) -> bytes:
    if not text:
        return text
    changed = bytearray(text)
    changed[at % len(text)] ^= 1 << bit
    return bytes(changed)


texts: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda at, size: lambda text: cut(text, at, size), places, st.integers(1, 8)),
    st.builds(
        lambda at, more: lambda text: insert(text, at, more), places, st.sampled_from(INSERTS)
    ),
    st.builds(lambda at, bit: lambda text: flip(text, at, bit), places, st.integers(0, 7)),
    st.sampled_from([bytes.upper, bytes.lower, bytes.swapcase, bytes.strip, bytes.title]),
    st.builds(lambda with_: lambda text: text + with_ + text, st.sampled_from(INSERTS)),
    st.just(lambda text: b""),
    st.just(lambda text: text[::-1]),
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Sender, Request]:
    """A genuine request, more often than not changed in one place or two."""
    sender = draw(st.sampled_from(MAIN))
    body = draw(st.sampled_from([b'{"id": "1"}', b"", b"{}", b"\xff\x00", b"1.2", b"a:b"]))
    shift = draw(st.sampled_from([0, 0, 0, 299, 300, 301, -299, -300, -301, 86400, 10**9]))
    key = draw(st.sampled_from([KEY, KEY, KEY, OLD_KEY, b""]))
    event_id = draw(st.sampled_from([b"msg-1", b"a.b", b"\xff", b"x" * 600]))
    request = sender.request(body, key=key, at=str(NOW + shift), event_id=event_id)
    for _ in range(draw(st.integers(0, 2))):
        request = draw(st.sampled_from([change_piece, change_headers]))(draw, request)
    return sender, request


def change_piece(draw: st.DrawFn, request: Request) -> Request:
    index = draw(st.sampled_from([None, *range(len(request.headers))]))
    piece = Piece(index)
    return piece.write(request, draw(texts)(piece.read(request)))


def change_headers(draw: st.DrawFn, request: Request) -> Request:
    headers = list(request.headers)
    if not headers:
        return request
    index = draw(st.integers(0, len(headers) - 1))
    name, value = headers[index]
    change = draw(st.sampled_from(["drop", "double", "double wrong", "rename", "upper", "move"]))
    match change:
        case "drop":
            del headers[index]
        case "double":
            headers.append((name, value))
        case "double wrong":
            headers.insert(0, (name.upper(), value[::-1]))
        case "rename":
            headers[index] = (name.replace("-", "_"), value)
        case "upper":
            headers[index] = (name.upper(), value)
        case _:
            headers.append(headers.pop(index))
    return replace(request, before=b"", signature=b"", others=tuple(headers))


# the judge


class Counting(MemoryInbox):
    """Counts what is put and keeps none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    async def put(
        self,
        event: Event[Any],
        *,
        dedupe: bytes,
        alias: bytes | None = None,
        order: Order | None = None,
    ) -> Arrival:
        self.puts += 1
        return Arrival.STORED


class Court:
    """One app with the four, at a moment that stands still."""

    def __init__(self) -> None:
        self.inbox = Counting()
        endpoints = [Endpoint(f"/{each.name}", each.provider, secrets=each.secret) for each in MAIN]
        self.hooks = Hooks(endpoints, inbox=self.inbox, worker=False)
        self.runner = asyncio.Runner()

    def accepts(self, sender: Sender, request: Request) -> bool:
        before = self.inbox.puts
        with Watch() as watch:
            status = self.runner.run(self.status(replace(request, path=f"/{sender.name}")))
        assert watch.errors == []
        assert status in {200, 400, 401}
        assert self.inbox.puts == before + (status == 200)
        watch.assert_holds_none_of([KEY, request.signature])
        return status == 200

    async def status(self, request: Request) -> int:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": request.body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.hooks(scope_of(request), receive, send)
        status: int = sent[0]["status"]
        return status


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    clock = Clock()
    clock.now = float(NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hookmw.middleware.shell.time", clock)
        made = Court()
        yield made
        made.runner.close()


@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=judged())
def test_hookmw_accepts_what_the_oracle_accepts(court: Court, case: tuple[Sender, Request]) -> None:
    sender, request = case
    assert court.accepts(sender, request) == ORACLES[sender.name](request)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=200_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=judged())
def test_hookmw_accepts_what_the_oracle_accepts_for_an_hour(
    court: Court, case: tuple[Sender, Request]
) -> None:
    sender, request = case
    assert court.accepts(sender, request) == ORACLES[sender.name](request)


@pytest.mark.parametrize("sender", MAIN, ids=lambda each: each.name)
def test_case_15_every_changed_byte_is_refused(court: Court, sender: Sender) -> None:
    request = sender.request(b'{"id": "1"}', at=str(NOW))
    assert court.accepts(sender, request)
    pieces = [Piece(None), *(Piece(n) for n in range(len(request.headers)))]
    accepted = []
    for piece in pieces:
        value = piece.read(request)
        for at in range(len(value)):
            for bit in (0, 5, 7):
                changed = piece.write(request, flip(value, at, bit))
                verdict = court.accepts(sender, changed)
                assert verdict == ORACLES[sender.name](changed)
                if verdict and not is_unsigned(request, piece):
                    accepted.append((piece, at, bit))
    assert all(bit == 5 for _, _, bit in accepted), "only the case of hex digits may differ"


def is_unsigned(request: Request, piece: Piece) -> bool:
    return piece.index is not None and request.headers[piece.index][0].startswith("X-GitHub-")
