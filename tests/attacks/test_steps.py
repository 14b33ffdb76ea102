"""Cases of the catalogue that take steps, in this process; each test names its case."""

import ast
import hmac
import math
import re
import sqlite3
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import hookmw
from hookmw import ConfigError, Delivery, Endpoint, Hooks, Retry, Scheme, Secrets
from hookmw.address import Networks
from hookmw.inbox import Query
from hookmw.middleware import (
    ChallengeMiddleware,
    IPAllowlistMiddleware,
    RateLimitMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)
from hookmw.middleware.rate_limit import Buckets, Limit, RateLimit
from hookmw.testing.exchange import exchange
from tests.attacks.senders import (
    GITHUB,
    GITLAB,
    KEY,
    MAIN,
    OLD_KEY,
    SLACK,
    STANDARD,
    TIMED,
    WHATSAPP,
    ZOOM,
    Request,
    Sender,
    X,
    mac,
)
from tests.attacks.world import ALLOWED, Watch, World, no_body, scope_of

pytestmark = pytest.mark.anyio

every_sender = pytest.mark.parametrize("sender", MAIN, ids=lambda each: each.name)
every_timed_sender = pytest.mark.parametrize("sender", TIMED, ids=lambda each: each.name)
LONGEST_LINE = 1500


async def status_of(world: World, request: Request) -> int:
    return (await world.send(request)).status


# signatures


@every_sender
@pytest.mark.parametrize("value", [None, "None", " ", "\n", "", b"", [], "secret\n"])
def test_case_10_a_secret_that_is_none_does_not_start(sender: Sender, value: Any) -> None:
    with pytest.raises(ConfigError, match="secrets"):
        Endpoint("/hook", sender.provider, secrets=value)


async def test_case_10_an_empty_secret_found_at_run_time_accepts_nobody() -> None:
    nothing: list[Any] = ["", None, "None", " ", []]
    for found in nothing:

        async def find(delivery: Delivery, found: Any = found) -> Any:
            return found

        async with World(GITHUB, secrets=find) as world:
            for key in (b"", b"None", b" "):
                assert await status_of(world, world.request(key=key)) == 401
            assert await world.rows() == []
            assert world.watch.errors == []


async def test_case_42_a_dot_does_not_move_between_id_timestamp_and_body() -> None:
    async with World(STANDARD) as world:
        genuine = world.request(world.now.encode() + b".{}", event_id=b"a")
        moved = world.request(b"{}", event_id=b"a." + world.now.encode())
        forged = replace(moved, signature=genuine.signature)
        assert await status_of(world, forged) == 401
        assert await status_of(world, moved) == 401  # an id with a dot is none, signed or not
        assert await world.rows() == []
        await world.check_after()


@pytest.mark.parametrize("token", ["", None])
def test_case_48_no_token_configured_does_not_start(token: Any) -> None:
    with pytest.raises(ConfigError):
        Endpoint("/hook", "gitlab", secrets=token)


async def test_case_48_a_missing_or_empty_token_is_refused() -> None:
    async with World(GITLAB) as world:
        bare = world.request().without_signature()
        for headers in ((), (("X-Gitlab-Token", b""),), (("X-Gitlab-Token", b"None"),)):
            assert await status_of(world, bare.with_headers(headers)) == 401
        await world.check_after()


@every_sender
async def test_case_57_bytes_meet_in_compare_digest(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    genuine = hmac.compare_digest

    def spy(a: Any, b: Any) -> bool:
        seen.append((type(a), type(b), len(a) == len(b)))
        return genuine(a, b)

    monkeypatch.setattr("hmac.compare_digest", spy)
    async with World(sender) as world:
        assert await status_of(world, world.request(key=OLD_KEY)) == 401
        assert await status_of(world, world.request()) == 200
    assert seen
    assert set(seen) == {(bytes, bytes, True)}


def test_case_57_nothing_secret_is_compared_with_equals() -> None:
    telling = re.compile(r"signature|digest\b|\bmac\b|token\b|secret|expected", re.IGNORECASE)
    found = []
    package = Path(hookmw.__file__).parent
    for path in [
        *package.glob("scheme/*.py"),
        package / "challenge.py",
        *package.glob("verifiers/*.py"),
    ]:
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                text = ast.get_source_segment(source, node) or ""
                if telling.search(text):
                    found.append(f"{path.name}: {text}")
    # a handshake's own name, which is public
    assert found == ["challenge.py: place.read(delivery) == expected"]


class Raising:
    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        raise RuntimeError("a bug of somebody's")

    def __repr__(self) -> str:
        return "raising"


class Answering:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    def verify(self, delivery: Delivery, secrets: Secrets) -> Any:
        return self.answer

    def __repr__(self) -> str:
        return f"{type(self).__name__}-{self.answer!r}"


class AnsweringLater(Answering):
    async def verify(self, delivery: Delivery, secrets: Secrets) -> Any:
        return self.answer


@pytest.mark.parametrize(
    "verifier",
    [Raising(), *(kind(a) for kind in (Answering, AnsweringLater) for a in (True, False, 1, ""))],
    ids=repr,
)
async def test_case_58_a_verifier_that_errs_accepts_nothing(verifier: Any) -> None:
    """None is the one answer that accepts: it is the contract, and what `async` gives too."""
    async with World(GITHUB, verifier=verifier) as world:
        answer = await exchange(world.app, scope_of(world.request()), [b"{}"])
        assert answer.status == 500
        assert await world.rows() == []
        assert len(world.watch.errors) == 1
        world.watch.assert_holds_none_of(world.secrets)


# timestamps


@pytest.mark.parametrize("tolerance", [0, None, -1, math.nan, "300", False])
def test_case_68_a_tolerance_of_nothing_is_no_tolerance(tolerance: Any) -> None:
    with pytest.raises(ConfigError, match=r"math\.inf"):
        Scheme(signature="header:x", timestamp="header:t", tolerance=tolerance)


@every_timed_sender
@pytest.mark.parametrize("shift", [-600, 600])
async def test_case_69_a_wrong_clock_shows_in_the_log(sender: Sender, shift: int) -> None:
    async with World(sender) as world:
        genuine = world.request()
        world.clock.now += shift
        assert await status_of(world, genuine) == 401
        assert any(re.search(r"\b600 s .*tolerance 300 s", line) for line in world.watch.lines)
        assert await world.rows() == []
        await world.check_after()


# the same again


@every_sender
@pytest.mark.parametrize("where", ["memory:", "sqlite"])
async def test_case_70_a_replay_is_stored_and_handled_once(
    sender: Sender, where: str, tmp_path: Path
) -> None:
    inbox = where if where == "memory:" else f"sqlite:///{tmp_path}/hooks.db"
    async with World(sender, inbox=inbox) as world:
        genuine = world.request()
        statuses = [await status_of(world, genuine) for _ in range(11)]
        assert statuses == [200] * 11
        assert len(await world.rows()) == 1
        assert len(await world.settled()) == 1
        assert await status_of(world, genuine) == 200  # and once it is done
        assert len(await world.settled()) == 1
        await world.check_after()


@every_sender
async def test_case_73_a_forgery_cannot_take_the_place_of_the_real_one(sender: Sender) -> None:
    async with World(sender) as world:
        for forged in (world.request(key=OLD_KEY), world.request().without_signature()):
            assert await status_of(world, forged) == 401
        assert await world.rows() == []
        assert await status_of(world, world.request()) == 200
        assert len(await world.settled()) == 1
        await world.check_after()


async def test_case_75_a_captured_body_cannot_take_the_id_of_another_event() -> None:
    async with World(GITHUB) as world:
        poison = world.request(b'{"event": "A"}', event_id=b"ID-B")
        real = world.request(b'{"event": "B"}', event_id=b"ID-B")
        assert await status_of(world, poison) == 200
        assert await status_of(world, real) == 200
        bodies = {entry.event.body: entry.conflict for entry in await world.rows()}
        assert bodies == {poison.body: False, real.body: True}
        assert len(await world.settled()) == 2
        await world.check_after()


async def test_case_76_a_captured_body_under_new_ids_is_the_same_event() -> None:
    async with World(GITHUB) as world:
        for number in range(1, 21):
            request = world.request(b'{"event": "A"}', event_id=str(number).encode())
            assert await status_of(world, request) == 200
        assert len(await world.rows()) == 1
        assert len(await world.settled()) == 1
        await world.check_after()


@every_sender
async def test_case_81_the_same_id_at_two_endpoints_is_two_events(sender: Sender) -> None:
    ends = [
        Endpoint("/hook/a", sender.provider, secrets=sender.secret_of(KEY)),
        Endpoint("/hook/b", sender.provider, secrets=sender.secret_of(OLD_KEY)),
    ]
    hooks = Hooks(ends, inbox="memory:")
    async with hooks.lifespan():
        for path, key in (("/hook/a", KEY), ("/hook/b", OLD_KEY)):
            request = replace(sender.request(key=key, event_id=b"1"), path=path)
            assert (await exchange(hooks, scope_of(request), [request.body])).status == 200
            other = replace(request, path="/hook/b" if path == "/hook/a" else "/hook/a")
            assert (await exchange(hooks, scope_of(other), [other.body])).status == 401
        assert len(await hooks.inbox.find(Query())) == 2


@every_sender
async def test_case_87_a_copy_of_a_dead_event_makes_it_due_again(sender: Sender) -> None:
    async with World(sender, handlers=()) as world:
        fails = [True]

        async def handle(event: Any) -> None:
            if fails.pop():
                raise ValueError("not today")
            world.handled.append(event)

        world.endpoint.on("*", retry=Retry(1), name="fails once")(handle)
        genuine = world.request()
        assert await status_of(world, genuine) == 200
        assert await world.settled() == []
        assert [entry.state for entry in await world.rows()] == ["dead"]
        fails.append(False)
        assert await status_of(world, genuine) == 200
        assert len(await world.settled()) == 1
        assert [entry.state for entry in await world.rows()] == ["done"]
        assert await status_of(world, genuine) == 200
        assert len(await world.settled()) == 1


# what the server hands over


class Guarded:
    """The app behind the guard: it must never run."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(dict(scope))


async def swallow(message: Message) -> None:
    """Nobody hears it."""


async def test_case_124_an_unknown_scope_type_gets_nowhere() -> None:
    async with World(GITHUB) as world:
        inner = Guarded()
        for app in (world.hooks, world.endpoint, world.hooks.wrap(inner, prefix="")):
            with pytest.raises(RuntimeError, match="unknown ASGI scope"):
                await app(scope_of(world.request(), type="weird"), no_body, swallow)
        assert inner.scopes == []
        assert await world.rows() == []


def stack(app: ASGIApp, **more: Any) -> list[ASGIApp]:
    scheme = Scheme(signature="header:x-hub-signature-256", form="sha256={signature}")
    return [
        IPAllowlistMiddleware(app, [ALLOWED]),
        RateLimitMiddleware(app, 60),
        RawBodyMiddleware(app),
        SignatureMiddleware(app, scheme, GITHUB.secret),
        ChallengeMiddleware(app, []),
    ]


async def test_case_124_nor_past_any_middleware() -> None:
    inner = Guarded()
    for app in stack(inner):
        with pytest.raises(RuntimeError, match="unknown ASGI scope"):
            await app(scope_of(GITHUB.request(), type="weird"), no_body, swallow)
    assert inner.scopes == []


async def test_case_123_no_websocket_walks_past_the_signature() -> None:
    inner = Guarded()
    sent: list[Message] = []

    async def connect() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async with World(GITHUB) as world:
        wrapped = world.hooks.wrap(inner, prefix="")
        guards: list[ASGIApp] = [world.hooks, world.endpoint, wrapped, *stack(inner)[3:]]
        for app in guards:
            await app(scope_of(world.request(), type="websocket"), connect, send)
    assert inner.scopes == []
    assert {message["type"] for message in sent} == {"websocket.close"}


@every_sender
async def test_case_124_a_trailer_is_no_header_for_the_app_behind(sender: Sender) -> None:
    """uvicorn with httptools appends trailers to the scope's headers while the body is read."""
    inner = Guarded()
    request = sender.request()
    scope = scope_of(request)

    async def receive() -> Message:
        scope["headers"] += [(b"webhook-id", b"another"), (b"x-github-event", b"another")]
        return {"type": "http.request", "body": request.body, "more_body": False}

    endpoint = Endpoint("/hook", sender.provider, secrets=sender.secret)
    app = SignatureMiddleware(inner, endpoint.provider.scheme, sender.secret)
    await app(scope, receive, swallow)
    (seen,) = inner.scopes
    assert b"another" not in dict(seen["headers"]).values()


async def test_case_130_mounted_where_no_lifespan_runs_it_starts_by_itself() -> None:
    handled = []
    endpoint = Endpoint("/hook", "github", secrets=GITHUB.secret)

    @endpoint.on("*")
    async def count(event: Any) -> None:
        handled.append(event.id)

    hooks = Hooks([endpoint], inbox="memory:")
    app = Starlette(routes=[Mount("/m", app=hooks)])
    request = replace(GITHUB.request(), path="/m/hook")
    answer = await exchange(app, scope_of(request), [request.body])
    assert answer.status == 200
    await hooks.drain()
    assert len(handled) == 1
    await hooks.runtime.stop()
    assert (await exchange(app, scope_of(request), [request.body])).status in {200, 503}
    await hooks.runtime.stop()


async def test_case_143_the_commit_is_over_before_the_answer_begins(tmp_path: Path) -> None:
    path = tmp_path / "hooks.db"
    async with World(GITHUB, inbox=f"sqlite:///{path}", hooks={"worker": False}) as world:
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        seen = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                (rows,) = reader.execute("SELECT count(*) FROM events").fetchone()
                seen.append((message["status"], rows))

        for number in range(300):
            request = world.request(GITHUB.payload(None, n=number))
            await world.app(scope_of(request), receive_of(request.body), send)
        reader.close()
    assert seen == [(200, number + 1) for number in range(300)]


async def test_case_143_in_a_thousand_of_a_thousand() -> None:
    async with World(GITHUB, hooks={"worker": False}) as world:
        order: list[str] = []
        put = world.hooks.inbox.put

        async def noted(*args: Any, **kwargs: Any) -> Any:
            arrival = await put(*args, **kwargs)
            order.append("committed")
            return arrival

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                order.append(f"answered {message['status']}")

        world.hooks.inbox.put = noted  # type: ignore[method-assign]
        for number in range(1000):
            request = world.request(GITHUB.payload(None, n=number))
            await world.app(scope_of(request), receive_of(request.body), send)
    assert order == ["committed", "answered 200"] * 1000


def receive_of(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


@pytest.mark.parametrize("size", [0, 1, 2, 7])
async def test_case_91_a_body_in_crumbs_costs_no_more_than_a_whole_one(size: int) -> None:
    cap = 64 * 1024
    left = [100_000 if size == 0 else cap // size]

    async def crumbs() -> Message:
        left[0] -= 1
        return {"type": "http.request", "body": b"ab" * size, "more_body": left[0] > 0}

    async with World(GITHUB, max_body=2 * cap) as world:
        request = world.request(key=OLD_KEY)
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope = scope_of(request)
        tracemalloc.start()
        await world.app(scope, crumbs, send)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sent[0]["status"] == 401
        assert peak < 6 * cap + 500_000
        await world.check_after()


# addresses and limits


def test_case_154_a_list_of_nobody_does_not_start() -> None:
    for networks in ([], ["140.82.112.1/20"], ["nonsense"], [""], ["0.0.0.0/0", "x"]):
        with pytest.raises(ConfigError):
            Endpoint("/hook", "github", secrets=GITHUB.secret, ip_allowlist=networks)


def test_case_152_one_family_says_nothing_about_the_other() -> None:
    both = Networks(["::/0", "10.0.0.0/8", "2001:db8::/32"])
    assert "2001:db8::1" in both
    assert "::1" in both
    assert "ffff::" in both
    assert "10.1.2.3" in both
    assert "::ffff:10.1.2.3" in both
    assert "11.1.2.3" not in both
    assert "::ffff:11.1.2.3" not in both
    assert "11.1.2.3" not in Networks(["::/0"])
    assert "::1" not in Networks(["0.0.0.0/0"])
    assert "1.2.3.4" in Networks(["::ffff:0:0/96"])


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def with_clock(world: World) -> Monotonic:
    clock = Monotonic()
    for stage in world.endpoint.stages:
        if isinstance(stage, RateLimit):
            stage.buckets.clock = clock
    return clock


LIMIT = {"requests_per_minute": 60, "burst_limit": 5}


async def test_case_155_one_more_than_the_limit_is_accepted_later() -> None:
    async with World(GITHUB, rate_limit=LIMIT) as world:
        clock = with_clock(world)
        requests = [world.request(GITHUB.payload(None, n=n)) for n in range(6)]
        assert [await status_of(world, each) for each in requests] == [200] * 5 + [429]
        refused = await world.send(requests[5])
        assert int(refused.header("retry-after") or 0) == 1
        assert len(await world.rows()) == 5
        clock.now += 1.0
        assert await status_of(world, requests[5]) == 200
        assert len(await world.settled()) == 6


async def test_case_155_the_unverified_do_not_spend_the_budget_of_the_verified() -> None:
    async with World(GITHUB, rate_limit=LIMIT) as world:
        with_clock(world)
        for _ in range(50):
            assert await status_of(world, world.request(key=OLD_KEY)) == 401
        await world.check_after()


def test_case_158_who_is_limited_stays_so_when_the_table_is_full() -> None:
    clock = Monotonic()
    buckets = Buckets(Limit(60, burst_limit=5), clock, max_keys=1000)
    limited = [f"limited-{n}" for n in range(40)]
    for key in limited:
        assert [buckets.take(key) > 0 for _ in range(6)] == [False] * 5 + [True]
    for number in range(5000):
        clock.now += 0.0001
        assert buckets.take(number) == 0, "a new key gets in"
    assert [key for key in limited if buckets.take(key) == 0] == []
    assert buckets.take("honest") == 0
    assert len(buckets._full_at) <= 1000


async def test_case_159_a_wall_clock_that_steps_back_limits_nobody() -> None:
    async with World(GITHUB, rate_limit=LIMIT, client_rate_limit=LIMIT) as world:
        await world.check_after()
        world.clock.now -= 3600
        for _ in range(4):
            await world.check_after()
        assert len(await world.settled()) == 5


@every_sender
async def test_case_160_by_default_the_verified_are_never_limited(sender: Sender) -> None:
    async with World(sender) as world:
        for number in range(300):
            body = sender.payload(f"evt-{number}", n=number)
            request = world.request(body, event_id=str(number).encode())
            assert await status_of(world, request) == 200
        assert len(await world.settled()) == 300


# challenges


async def test_case_165_a_huge_or_doubled_challenge_is_not_reflected() -> None:
    asked = "hub.mode=subscribe&hub.verify_token=the-verify-token-of-meta&hub.challenge="
    async with World(WHATSAPP) as world:
        for challenge in (
            "a" * 1_000_000,
            "a%0d%0aX-Injected:%20yes",
            "a&hub.challenge=b",
            "a&hub.verify_token=the-verify-token-of-meta",
            "",
            "a%00b",
            "%C3%A9",
            "%FF",
            "a" * 513,
        ):
            request = replace(
                world.request().without_signature(),
                method="GET",
                query=(asked + challenge).encode(),
            )
            answer = await world.send(request)
            assert answer.status == 400, challenge[:50]
            assert answer.body == b"malformed"
        good = replace(request, query=(asked + "1158201444").encode())
        answer = await world.send(good)
        assert (answer.status, answer.body) == (200, b"1158201444")
        assert answer.header("x-content-type-options") == "nosniff"
        assert await world.rows() == []
        await world.check_after()


async def test_case_166_a_crc_answer_is_no_signature() -> None:
    async with World(X) as world:
        ask = replace(world.request().without_signature(), method="GET", body=b"")
        forged = b"%7B%22id%22%3A%22forged%22%7D"
        assert await status_of(world, replace(ask, query=b"crc_token=" + forged)) == 400
        for token in (b"MTIzNDU2", b"0", b"true", b"null", b"a" * 128):
            answer = await world.send(replace(ask, query=b"crc_token=" + token))
            assert answer.status == 200
            response_token = answer.json()["response_token"].encode()
            assert response_token.removeprefix(b"sha256=") != b""
            as_signature = (("x-twitter-webhooks-signature", response_token),)
            post = world.request(token).with_headers(as_signature)
            assert await status_of(world, post) == 401
        assert await world.rows() == []
        await world.check_after()


async def test_case_167_a_signed_zoom_challenge_answers_no_signed_content() -> None:
    async with World(ZOOM) as world:
        content = b'{"event":"x"}'
        plain = f"v0:{world.now}:" + content.decode()
        for token in (plain, "a:b", "a" * 129, "", "é"):
            asked = {"event": "endpoint.url_validation", "payload": {"plainToken": token}}
            body = ZOOM.payload(None, **asked)
            answer = await world.send(world.request(body))
            assert answer.status == 400
            assert mac(KEY, plain.encode()).hex() not in answer.text
        assert await world.rows() == []
        await world.check_after()


async def test_case_112_two_payloads_in_a_form_are_none() -> None:
    kind = ("Content-Type", b"application/x-www-form-urlencoded")
    one = b"payload=%7B%22id%22%3A%22f%22%2C%22action%22%3A%22opened%22%7D"
    async with World(GITHUB) as world:
        for body in (one, one + b"&payload=%7B%7D"):
            request = world.request(body)
            request = replace(request, others=(*request.others, kind))
            assert await status_of(world, request) == 200
        handled = await world.settled()
        assert [event.type for event in handled] == ["push.opened"]
        assert handled[0].payload == {"id": "f", "action": "opened"}
        assert {entry.state for entry in await world.rows()} == {"done", "dead"}


# what is told


@every_sender
async def test_case_214_two_hundred_hostile_requests_print_no_secret(sender: Sender) -> None:
    async with World(sender, rate_limit=LIMIT, client_rate_limit=10_000) as world:
        for number in range(200):
            await world.send(hostile(world, number))
        texts = [repr(world.endpoint), str(world.hooks), repr(world.endpoint.provider)]
        texts += [repr(stage) for stage in world.endpoint.stages]
        texts += [repr(Secrets(sender.secret)), str([Secrets(sender.secret)])]
        texts += world.watch.lines
        for secret in {*world.secrets, world.request().signature}:
            assert len(secret) < 8 or not [t for t in texts if secret.decode("latin-1") in t]
        assert world.watch.errors == []


def hostile(world: World, number: int) -> Request:
    genuine = world.request()
    changes: list[Callable[[], Request]] = [
        lambda: world.request(key=OLD_KEY),
        lambda: replace(genuine, method="PUT"),
        lambda: replace(genuine, body=genuine.body + b" "),
        lambda: replace(genuine, path="/" + genuine.signature.decode()),
        lambda: replace(genuine, signature=genuine.signature + b"0"),
        lambda: replace(genuine, before=genuine.before + genuine.before),
        lambda: genuine.with_headers((("content-length", b"9" * 30),)),
        lambda: genuine.with_headers((("content-encoding", genuine.signature),)),
        lambda: world.request(genuine.signature, key=OLD_KEY),
        lambda: world.request(at=str(int(world.clock.now) - 9999)),
    ]
    return changes[number % len(changes)]()


async def test_case_214_a_secret_in_the_path_is_in_no_line() -> None:
    """Telegram's secret path: every refusal names the path, and must not name this part of it."""
    secret = "the-secret-path-of-telegram"
    endpoint = Endpoint(
        "/telegram/{token}", "telegram_path", secrets=secret, max_body=100, ip_allowlist=[ALLOWED],
        rate_limit={"requests_per_minute": 1, "burst_limit": 1},
    )  # fmt: skip
    hooks = Hooks([endpoint], inbox="memory:")
    with Watch() as watch:
        async with hooks.lifespan():
            base = Request(body=b'{"update_id":1}', header="", path=f"/telegram/{secret}")
            requests = {
                405: replace(base, method="GET"),
                413: replace(base, body=b"x" * 101),
                403: replace(base, client="10.0.0.1"),
                400: base.with_headers((("content-encoding", b"gzip"),)),
                200: base,
                429: replace(base, body=b'{"update_id":2}'),
                401: replace(base, path=f"/telegram/{secret[:-1]}"),
            }
            for status, request in requests.items():
                answer = await exchange(hooks, scope_of(request), [request.body])
                assert answer.status == status
    watch.assert_holds_none_of([secret.encode()])
    assert any("/telegram/" in line for line in watch.lines)


NASTY = "a\r\nFAKE 200 OK\x1b]0;x\x07\x00\u2028\U0001f600"


@every_sender
async def test_case_216_nobody_writes_lines_of_their_own_into_the_log(sender: Sender) -> None:
    async with World(
        sender, ip_allowlist=[ALLOWED], hooks={"trusted_proxies": ["10.0.0.1"]}
    ) as world:
        plain = world.request(key=OLD_KEY)
        raw = NASTY.encode()

        def forwarded(value: bytes) -> Request:
            proxied = replace(plain, client="10.0.0.1")
            return proxied.with_headers((("X-Forwarded-For", value),))

        named = (("User-Agent", raw), ("X-GitHub-Delivery", raw), ("X-GitHub-Event", raw))
        requests = [
            plain.with_headers(named),
            replace(plain, method=NASTY),
            replace(plain, method="M" * 1_000_000),
            replace(plain, client=NASTY),
            replace(plain, client="1" * 1_000_000),
            replace(plain, path="/hook/" + NASTY),
            forwarded(raw),
            forwarded(raw * 10_000),
            forwarded(b"fe80::1%" + raw),
            plain.with_headers((("content-encoding", raw),)),
            replace(plain, signature=raw),
            replace(plain, query=raw),
            replace(plain, body=raw),
        ]
        for request in requests:
            assert await status_of(world, request) in {400, 401, 403, 404, 405}
        assert all(line.isascii() and line.isprintable() for line in world.watch.lines)
        assert max(map(len, world.watch.lines)) < LONGEST_LINE
        assert await world.rows() == []
        await world.check_after()


async def test_case_216_nor_through_a_path_that_is_a_parameter() -> None:
    endpoint = Endpoint("/{tenant}", "github", secrets=GITHUB.secret)
    hooks = Hooks([endpoint], inbox="memory:")
    with Watch() as watch:
        async with hooks.lifespan():
            for tenant in (NASTY, "\U0001f600" * 100_000, "%0a", "\ud800"):
                request = replace(GITHUB.request(key=OLD_KEY), path=f"/{tenant}")
                scope = {**scope_of(replace(request, path="/")), "path": request.path}
                assert (await exchange(hooks, scope, [request.body])).status == 401
    assert watch.errors == []
    assert all(line.isascii() and line.isprintable() for line in watch.lines)
    assert max(map(len, watch.lines)) < LONGEST_LINE


async def test_case_216_nor_a_signed_event_through_its_type_or_id() -> None:
    async with World(SLACK, handlers=()) as world:

        async def fail(event: Any) -> None:
            raise ValueError(event.type + NASTY)

        world.endpoint.on("*", retry=Retry(1), name="fails")(fail)
        for number, text in enumerate((NASTY, "\x1b[31m", "ok")):
            body = SLACK.payload(text, type=text, n=number)
            assert await status_of(world, world.request(body)) == 200
        await world.settled()
        lines = [line for line in world.watch.lines if not line.startswith("DEBUG")]
        assert all(line.isascii() and line.isprintable() for line in lines)
        assert not [line for line in lines if line.startswith("ERROR")]
