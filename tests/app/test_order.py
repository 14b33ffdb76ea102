"""Order, staleness, and a handler's own transaction, through a whole `Hooks`."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw import ConfigError, Endpoint, Event, Hooks, Retry
from hookmw.event import new_event_id
from hookmw.inbox import Query, State
from hookmw.inbox.memory import MemoryInbox
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.middleware.ordering import Ordering
from hookmw.testing import WebhookClient
from tests.app.receiving import SECRET

pytestmark = pytest.mark.anyio

KEY = "body:data.object.id"


def stripe(**settings: Any) -> Endpoint:
    return Endpoint("/hook", "stripe", secrets=SECRET, **settings)


async def send(client: WebhookClient, number: int, key: str, **more: Any) -> None:
    payload = {"id": f"evt_{number}", "type": "t", "data": {"object": {"id": key}}, **more}
    assert (await client.post("/hook", "stripe", payload, SECRET)).status == 200


def key_of(event: Event[Any]) -> str:
    return str(event.payload["data"]["object"]["id"])


@pytest.mark.parametrize("order_by", [KEY, key_of], ids=["place", "function"])
async def test_one_at_a_time_per_key_and_keys_in_parallel(order_by: Any) -> None:
    endpoint = stripe(order_by=order_by)
    running: dict[str, int] = defaultdict(int)
    order: dict[str, list[str]] = defaultdict(list)
    most = 0

    @endpoint.on("*")
    async def handle(event: Event[Any]) -> None:
        nonlocal most
        key = key_of(event)
        running[key] += 1
        assert running[key] == 1
        most = max(most, sum(running.values()))
        await anyio.sleep(0.01)
        running[key] -= 1
        order[key].append(str(event.key))

    hooks = Hooks([endpoint], inbox=MemoryInbox())
    async with WebhookClient(hooks) as client:
        for number in range(20):
            await send(client, number, f"k{number % 4}")
        await hooks.drain()
    assert order == {f"k{k}": [f"evt_{n}" for n in range(20) if n % 4 == k] for k in range(4)}
    assert most > 1


@pytest.mark.parametrize(
    ("failed", "handled"),
    [("hold", ["evt_0", "evt_0", "evt_1"]), ("step_aside", ["evt_0", "evt_1", "evt_0"])],
)
async def test_who_fails_holds_back_or_steps_aside(failed: Any, handled: list[str]) -> None:
    endpoint = stripe(order_by=KEY, order_failed=failed, retry=Retry(3, base=0.2, cap=0.2))
    runs: list[str] = []

    @endpoint.on("*")
    async def handle(event: Event[Any]) -> None:
        runs.append(str(event.key))
        if event.key == "evt_0" and event.attempt == 1:
            raise RuntimeError

    hooks = Hooks([endpoint], inbox=MemoryInbox())
    async with WebhookClient(hooks) as client:
        for number in range(2):
            await send(client, number, "k")
        with anyio.fail_after(10):
            while len(runs) < 3:  # noqa: ASYNC110
                await anyio.sleep(0.01)
    # full jitter may wait for no time at all
    assert runs in (handled, ["evt_0", "evt_0", "evt_1"])


@pytest.mark.parametrize("stale", ["skip", "report"])
async def test_an_older_event_is_stale(stale: Any) -> None:
    endpoint = stripe(order_by=KEY, stale_by="body:created", stale=stale)
    seen: list[tuple[str, bool]] = []

    @endpoint.on("*")
    async def handle(event: Event[Any]) -> None:
        seen.append((str(event.key), event.stale))

    inbox = MemoryInbox()
    hooks = Hooks([endpoint], inbox=inbox)
    async with WebhookClient(hooks) as client:
        for number, created in enumerate((100, 50, 100, 101)):
            await send(client, number, "k", created=created)
            await hooks.drain()
        notes = [each.note for each in reversed(await inbox.find(Query()))]
    others = [("evt_0", False), ("evt_2", False), ("evt_3", False)]
    if stale == "skip":
        assert seen == others
        assert notes == ["", "stale", "", ""]
    else:
        assert seen == [others[0], ("evt_1", True), *others[1:]]


def event_of(body: bytes) -> Event[Any]:
    return Event(
        id=new_event_id(1.0),
        endpoint="e",
        provider="p",
        type="t",
        key=None,
        body=body,
        headers=(),
        received_at=1.0,
    )


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("5", 5.0),
        ('"5"', 5.0),
        ('"-5.25"', -5.25),
        ('"1970-01-01T00:00:05Z"', 5.0),
        ('"1970-01-01T01:00:05.5+01:00"', 5.5),
        ('"nan"', None),
        ('"1e400"', None),
        ('"\\u0665"', None),
        ('"yesterday"', None),
        ("null", None),
        ("{}", None),
        ("9" * 400, None),
    ],
)
def test_stamps(text: str, stamp: float | None) -> None:
    order = Ordering("body:k", "body:at")(event_of(f'{{"k": 1, "at": {text}}}'.encode()))
    assert order is not None
    assert order.stamp == stamp


@pytest.mark.parametrize("body", [b"{}", b'{"k": ""}', b'{"k": null}', b'{"k": {}}', b"\xff", b""])
def test_without_a_key_it_waits_for_none(body: bytes) -> None:
    assert Ordering("body:k")(event_of(body)) is None


def test_keys_that_look_alike_are_not() -> None:
    found = [Ordering("body:k")(event_of(b)) for b in (b'{"k":"1"}', b'{"k":1}', b'{"k":"1 "}')]
    keys = [order.key for order in found if order is not None]
    assert keys[0] == keys[1] != keys[2]


def test_a_function_that_fails_is_said_and_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    event = event_of(b"{}")
    assert Ordering(lambda each: each.payload["k"])(event) is None
    assert str(event.id) in caplog.text


@pytest.mark.parametrize(
    "settings",
    [
        {"order_failed": "wait"},
        {"stale": "drop"},
        {"stale_by": "body:at"},
        {"order_by": "nowhere"},
    ],
)
def test_what_cannot_be_is_said(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        stripe(**settings)


# event.transaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hooks.db"


def total(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        (found,) = db.execute("SELECT coalesce(sum(amount), 0) FROM money").fetchone()
        return int(found)


async def booked(
    path: Path, book: Callable[[Event[Any]], Any], attempts: int = 4
) -> tuple[int, State, int]:
    """Money, state and attempts after one event."""
    endpoint = stripe(retry=Retry(attempts, base=0.01))
    endpoint.on("*")(book)
    hooks = Hooks([endpoint], inbox=SQLiteInbox(path))
    async with WebhookClient(hooks) as client:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE money (amount)")
        await send(client, 0, "k")
        with anyio.fail_after(20):
            while (entry := (await hooks.inbox.find(Query()))[0]).state not in ("done", "dead"):  # noqa: ASYNC110
                await anyio.sleep(0.01)
    return total(path), entry.state, entry.event.attempt


async def test_a_handler_writes_and_is_marked_at_once(path: Path) -> None:
    def book(event: Event[Any]) -> None:
        with event.transaction() as db:
            db.execute("INSERT INTO money VALUES (7)")

    assert await booked(path, book) == (7, "done", 1)


async def test_a_failure_before_the_end_leaves_nothing(path: Path) -> None:
    def book(event: Event[Any]) -> None:
        with event.transaction() as db:
            db.execute("INSERT INTO money VALUES (7)")
            if event.attempt < 3:
                raise RuntimeError

    assert await booked(path, book) == (7, "done", 3)


async def test_a_failure_after_the_end_changes_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def book(event: Event[Any]) -> None:
        with event.transaction() as db:
            db.execute("INSERT INTO money VALUES (7)")
        raise RuntimeError("too late")

    assert await booked(path, book) == (7, "done", 1)
    assert "failed after its success" in caplog.text


async def test_an_async_handler_is_told_to_be_sync(path: Path) -> None:
    async def book(event: Event[Any]) -> None:
        async with event.transaction():
            pass

    assert await booked(path, book, attempts=1) == (0, "dead", 1)


async def test_an_inbox_in_memory_has_none() -> None:
    endpoint = stripe(retry=Retry(1))

    @endpoint.on("*")
    def book(event: Event[Any]) -> None:
        with event.transaction():
            pass

    inbox = MemoryInbox()
    hooks = Hooks([endpoint], inbox=inbox)
    async with WebhookClient(hooks) as client:
        await send(client, 0, "k")
        await hooks.drain()
        (entry,) = await inbox.find(Query())
    assert entry.state == "dead"
    assert "needs an inbox in a database" in entry.note


def test_outside_of_a_handler_there_is_none() -> None:
    with pytest.raises(ConfigError, match="inside of a handler"):
        event_of(b"{}").transaction()
