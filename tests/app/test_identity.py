"""What makes two deliveries the same event, and which events are kept at all."""

from typing import Any

import pytest

from hookmw import Endpoint, Hooks
from hookmw.testing import sign
from tests.app.receiving import SECRET, WatchedInbox, github, hooks_of, plain, stored
from tests.middleware.asgi import Wire, call, deliver, http

pytestmark = pytest.mark.anyio


async def send(hooks: Hooks, body: bytes, id_: bytes | None = None, **how: Any) -> None:
    headers = [] if id_ is None else [(b"x-id", id_)]
    wire = await call(hooks, http(headers=headers, **how), Wire(body))
    assert (wire.status, wire.body) == (200, b"ok")


async def bodies(hooks: Hooks) -> list[bytes]:
    return [entry.event.body for entry in await stored(hooks)]


def stripe(**settings: Any) -> Hooks:
    return hooks_of(Endpoint("/hook", "stripe", secrets=SECRET, **settings))


async def pay(hooks: Hooks, payload: dict[str, Any]) -> None:
    assert (await deliver(hooks, sign("stripe", payload, SECRET, path="/hook"))).status == 200


# ids that the signature covers


async def test_a_signed_id_is_the_identity() -> None:
    hooks = stripe()
    await pay(hooks, {"id": "evt_1", "n": 1})
    await pay(hooks, {"id": "evt_1", "n": 2})
    await pay(hooks, {"id": "evt_2", "n": 1})
    assert await bodies(hooks) == [b'{"id":"evt_1","n":1}', b'{"id":"evt_2","n":1}']
    assert [entry.event.key for entry in await stored(hooks)] == ["evt_1", "evt_2"]


@pytest.mark.parametrize(
    "payload", [{"id": ""}, {"id": None}, {}, {"id": "a\n"}, {"id": "x" * 501}]
)
async def test_what_is_no_id_is_no_identity(payload: dict[str, Any]) -> None:
    hooks = stripe()
    await pay(hooks, {**payload, "n": 1})
    await pay(hooks, {**payload, "n": 2})
    assert len(await stored(hooks)) == 2
    assert [entry.event.key for entry in await stored(hooks)] == [None, None]


async def test_or_the_content_if_it_is_said() -> None:
    hooks = stripe(dedupe="content")
    await pay(hooks, {"id": "evt_1", "n": 1})
    await pay(hooks, {"id": "evt_1", "n": 2})
    assert len(await stored(hooks)) == 2


# ids that it does not cover


async def test_an_unsigned_id_is_only_a_name() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(plain(), inbox=inbox)
    await send(hooks, b"A", b"1")
    await send(hooks, b"A", b"2")  # a capture under a new name
    await send(hooks, b"B", b"1")  # the real one under a name that was taken
    first, second = await stored(hooks)
    assert (first.event.body, second.event.body) == (b"A", b"B")
    assert (first.conflict, second.conflict) == (False, True)
    assert (first.event.key, second.event.key) == ("1", "1")
    assert [alias is None for _, alias in inbox.puts] == [False] * 3
    assert all(len(dedupe) >= 16 for dedupe, _ in inbox.puts)


async def test_unless_it_is_said_to_be_the_identity() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(plain(dedupe="id"), inbox=inbox)
    await send(hooks, b"A", b"1")
    await send(hooks, b"B", b"1")
    await send(hooks, b"A", b"2")
    await send(hooks, b"C")
    await send(hooks, b"D", b"")
    assert await bodies(hooks) == [b"A", b"A", b"C", b"D"]
    assert {alias for _, alias in inbox.puts} == {None}


@pytest.mark.parametrize("id_", [None, b"", b"\x1b[31m", b"a\tb", b"x" * 501])
async def test_without_an_id_there_is_no_name_either(id_: bytes | None) -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(plain(), inbox=inbox)
    await send(hooks, b"A", id_)
    await send(hooks, b"B", id_)
    await send(hooks, b"A", id_)
    assert await bodies(hooks) == [b"A", b"B"]
    assert {alias for _, alias in inbox.puts} == {None}


async def test_an_id_an_alias_and_a_content_never_meet() -> None:
    inbox = WatchedInbox()
    by_id, by_content = plain("/a", dedupe="id", name="x"), plain("/b", name="y")
    hooks = hooks_of(by_id, by_content, inbox=inbox)
    await call(hooks, http("/a", headers=[(b"x-id", b"same")]), Wire(b"same"))
    await call(hooks, http("/b", headers=[(b"x-id", b"same")]), Wire(b"same"))
    assert len({inbox.puts[0][0], *inbox.puts[1]}) == 3


async def test_endpoints_have_nothing_to_do_with_each_other() -> None:
    hooks = hooks_of(plain("/a"), plain("/b"))
    for path in ("/a", "/b", "/a"):
        assert (await call(hooks, http(path, headers=[(b"x-id", b"1")]), Wire(b"A"))).status == 200
    assert [entry.event.endpoint for entry in await stored(hooks)] == ["a", "b"]
    assert not any(entry.conflict for entry in await stored(hooks))


async def test_a_forged_delivery_shadows_nothing() -> None:
    hooks = hooks_of(github())
    how = {"id": "1", "path": "/hook"}
    assert (await deliver(hooks, sign("github", b"{}", "other", **how))).status == 401  # type: ignore[arg-type]
    assert (await deliver(hooks, sign("github", b"{}", SECRET, **how))).status == 200  # type: ignore[arg-type]
    (entry,) = await stored(hooks)
    assert not entry.conflict


async def test_a_replay_is_acknowledged_each_time() -> None:
    hooks = hooks_of(github())
    request = sign("github", {"a": 1}, SECRET, path="/hook")
    assert [(await deliver(hooks, request)).status for _ in range(11)] == [200] * 11
    assert len(await stored(hooks)) == 1


# what is kept


async def test_types_that_nobody_wants_are_acknowledged_and_dropped() -> None:
    inbox = WatchedInbox()
    hooks = hooks_of(plain(events=["a", "b.*"]), inbox=inbox)
    for kind in ("a", "a.x", "b", "b.x", "c", ""):
        await send(hooks, b'{"type":"%s"}' % kind.encode())
    await send(hooks, b"no json")
    assert [entry.event.type for entry in await stored(hooks)] == ["a", "b", "b.x"]


async def test_where_everything_is_dropped_the_inbox_is_not_even_opened() -> None:
    inbox = WatchedInbox()
    await send(hooks_of(plain(events=["a"]), inbox=inbox), b"{}")
    assert inbox.opened == 0


async def test_an_event_is_what_came() -> None:
    hooks = hooks_of(plain("/p/{tenant}"))
    headers = [(b"X-Id", b"1"), (b"X-Other", b"\xff")]
    scope = http("/p/a", headers=headers, query=b"q=1")
    await call(hooks, scope, Wire([b'{"type":', b'"t"}']))
    (entry,) = await stored(hooks)
    event = entry.event
    assert (event.provider, event.endpoint, event.type) == ("plain", "p/{tenant}", "t")
    assert (event.path, event.query_string, event.path_params) == ("/p/a", b"q=1", {"tenant": "a"})
    assert event.headers == ((b"x-id", b"1"), (b"x-other", b"\xff"))
    assert event.body == b'{"type":"t"}'


async def test_a_time_that_the_provider_signed() -> None:
    hooks = stripe()
    await pay(hooks, {"id": "evt_1"})
    (entry,) = await stored(hooks)
    assert entry.event.timestamp is not None
    assert abs(entry.event.timestamp - entry.event.received_at) < 5
