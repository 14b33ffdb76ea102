"""The example that counts money, killed in the middle of everything: each charge counts once."""

import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import anyio
import httpx
import pytest

from hookmw.testing import sign
from tests.server.process import SECRET, ServerProcess, eventually

CUSTOMERS = 5
CONNECTIONS = 6


class Payers:
    """Charge, and remember which charges were acknowledged."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.acknowledged: dict[int, tuple[str, int]] = {}
        self.unsure: list[int] = []
        self._number = 0

    async def pay(self, stop: anyio.Event) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            while not stop.is_set():
                number = self._number = self._number + 1
                try:
                    await self.send(client, number)
                except httpx.HTTPError:
                    self.unsure.append(number)  # was it taken? as a provider, send it again
                    return

    async def send(self, client: httpx.AsyncClient, number: int) -> None:
        customer, amount = f"cus_{number % CUSTOMERS}", number % 997 + 1
        request = sign(
            "stripe",
            {
                "id": f"evt_{number}",
                "type": "charge.succeeded",
                "data": {"object": {"customer": customer, "amount": amount}},
            },
            SECRET,
            path="/stripe",
        )
        answer = await client.post(
            self.origin + request.path, headers=list(request.headers), content=request.body
        )
        if answer.status_code == 200:
            self.acknowledged[number] = (customer, amount)
        else:
            assert answer.status_code == 503
            self.unsure.append(number)

    async def send_again(self) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            for number in self.unsure:
                await self.send(client, number)
        assert set(self.unsure) <= set(self.acknowledged)

    def owed(self) -> dict[str, int]:
        owed: Counter[str] = Counter()
        for customer, amount in self.acknowledged.values():
            owed[customer] += amount
        return dict(owed)


def balances(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        try:
            return dict(db.execute("SELECT customer, cents FROM balances"))
        except sqlite3.OperationalError:
            return {}


async def _pay_for(payers: Payers, seconds: float, server: ServerProcess) -> None:
    stop = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for _ in range(CONNECTIONS):
            tasks.start_soon(payers.pay, stop)
        await anyio.sleep(seconds)
        await anyio.to_thread.run_sync(server.kill)
        stop.set()


def campaign(directory: Path, kills: int) -> None:
    chance = random.Random(kills)
    server = ServerProcess(directory, app="examples.exactly_once:app", STRIPE_WEBHOOK_SECRET=SECRET)
    server.env["HOOKMW_INBOX"] = server.env["INBOX"]
    payers = Payers(f"http://127.0.0.1:{server.port}")
    try:
        for _ in range(kills):
            server.start()
            anyio.run(_pay_for, payers, chance.uniform(0.1, 0.6), server)
        server.start()
        anyio.run(payers.send_again)
        owed = payers.owed()
        assert len(payers.acknowledged) > kills * 5, "the load was no load"
        eventually(lambda: balances(server.inbox_path) == owed, 60)
        time.sleep(1)  # and nothing is added to it
        assert balances(server.inbox_path) == owed
    finally:
        server.close()


@pytest.mark.timeout(300)
def test_money_is_counted_once_through_eight_kills(tmp_path: Path) -> None:
    campaign(tmp_path, 8)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_money_is_counted_once_through_a_hundred_kills(tmp_path: Path) -> None:
    campaign(tmp_path, int(os.environ.get("HOOKMW_KILLS", "100")))
