"""The benchmark apps answer a signed delivery; no load, no sockets."""

from pathlib import Path

import anyio
import pytest

from benchmarks import scale, scale_postgres
from benchmarks.apps import APPS, HANDLING, build
from benchmarks.pool import PATH, delivery, write_pool
from benchmarks.rounds import order
from hookmw.inbox.postgresql import PostgreSQLInbox
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.testing import Response, WebhookClient
from tests.inbox.postgres import NOWHERE, Server, binaries, run

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def post(client: WebhookClient, number: int) -> Response:
    headers, body = delivery(number)
    fields = [(name.lower(), value) for name, value in headers]
    return await client.request("POST", PATH, headers=fields, body=body)


async def handled(client: WebhookClient, least: int) -> int:
    with anyio.fail_after(10):
        while True:
            found = (await client.request("GET", "/stats")).json()["handled"]
            if found >= least:
                return int(found)
            await anyio.sleep(0.01)


@pytest.mark.parametrize("name", APPS)
async def test_app_answers_a_signed_delivery(name: str, tmp_path: Path) -> None:
    async with WebhookClient(build(name, tmp_path)) as client:
        answers = [await post(client, number) for number in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 200]
        if name in HANDLING:
            assert await handled(client, 3) == 3


@pytest.mark.parametrize("name", sorted(set(APPS) - {"bare"}))
async def test_app_refuses_a_wrong_signature(name: str, tmp_path: Path) -> None:
    headers, _ = delivery(1)
    fields = [(key.lower(), value) for key, value in headers]
    async with WebhookClient(build(name, tmp_path)) as client:
        answer = await client.request("POST", PATH, headers=fields, body=delivery(2)[1])
    assert answer.status == 401


def test_pool_holds_requests_of_one_length(tmp_path: Path) -> None:
    pool = write_pool(tmp_path / "pool", 50)
    data = pool.path.read_bytes()
    requests = {data[at : at + pool.size] for at in range(0, len(data), pool.size)}
    assert len(requests) == 50
    assert all(request.startswith(b"POST /github HTTP/1.1\r\n") for request in requests)


def test_order_rotates() -> None:
    assert [order("abc", number)[0] for number in range(4)] == ["a", "b", "c", "a"]


async def test_a_large_inbox_is_measured_beside_an_empty_one(tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    await scale.fill(SQLiteInbox(full), 50, 100)
    scale.mark_done(full)
    await scale.fill(SQLiteInbox(full), 5, 100)
    inboxes = SQLiteInbox(full), SQLiteInbox(empty)
    for costs in await scale.compare(*inboxes, 100, rounds=2, each=10):
        assert {what: len(times) for what, times in costs.items()} == {"insert": 2, "claim": 2}
        assert all(seconds > 0 for times in costs.values() for seconds in times)
    inbox = SQLiteInbox(full)
    await inbox.open()
    counts = await inbox.count()
    await inbox.aclose()
    assert (counts["pending"], counts["done"]) == (5, 80)


async def test_a_large_inbox_of_postgresql_is_measured_too() -> None:
    if binaries() is None:
        pytest.skip(NOWHERE)
    with Server() as server:
        url = f"{server.url}?schema=full"
        await scale.fill(PostgreSQLInbox(url), 50, 100)
        scale_postgres.mark_done(server.url, "full")
        inboxes = PostgreSQLInbox(url), PostgreSQLInbox(f"{url}_empty")
        for costs in await scale.compare(*inboxes, 100, rounds=1, each=10):
            assert all(seconds > 0 for times in costs.values() for seconds in times)
        took = await scale_postgres.pruned(url, prunes=2, limit=30)
        assert len(took) == 2
        ((left,),) = run(url, 'SELECT count(*) FROM "{}".events')
    assert left == 50 + 20 - 2 * 30
