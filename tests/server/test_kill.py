"""`kill -9` under load, again and again: whatever was acknowledged is handled, nothing else is.

The accounting is that of a set: ids that were sent, ids that were acknowledged, ids that were
handled. Lost = acknowledged and never handled. Phantom = handled and never sent.
"""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from hookmw.testing import SignedRequest, sign
from tests.server.process import SECRET, ServerProcess, eventually

CONNECTIONS = 12
CONCURRENCY = 32


class Load:
    """Sends distinct pushes and remembers what was answered."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self._number = 0

    async def run(self, stop: anyio.Event) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(CONNECTIONS):
                tasks.start_soon(self._connection, stop)

    async def _connection(self, stop: anyio.Event) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            while not stop.is_set():
                self._number += 1
                key = f"d{self._number:07}"
                self.sent.add(key)
                try:
                    answer = await _post(client, self.origin, _delivery(key))
                except httpx.HTTPError:
                    return  # the server was killed: not acknowledged
                self.statuses[answer.status_code] += 1
                if answer.is_success:
                    self.acknowledged.add(key)


def _delivery(key: str) -> SignedRequest:
    return sign("github", {"after": key}, SECRET, type="push", id=key, path="/github")


async def _post(client: httpx.AsyncClient, origin: str, request: SignedRequest) -> httpx.Response:
    return await client.post(
        origin + request.path, headers=list(request.headers), content=request.body
    )


async def _load_for(load: Load, seconds: float, then: Any) -> None:
    stop = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(load.run, stop)
        await anyio.sleep(seconds)
        await anyio.to_thread.run_sync(then)
        stop.set()


def campaign(directory: Path, *, kills: int, workers: int) -> None:
    chance = random.Random(kills)
    server = ServerProcess(directory, workers=workers, PAUSE="0.01")
    load = Load(f"http://127.0.0.1:{server.port}")
    try:
        for _ in range(kills):
            server.start()
            anyio.run(_load_for, load, chance.uniform(0.05, 0.6), server.kill)
        server.start()
        handled: set[str] = set()

        def all_handled() -> bool:
            handled.update(effect.key for effect in server.effects())
            return load.acknowledged <= handled

        try:
            eventually(all_handled, 60)
        except AssertionError:
            lost = sorted(load.acknowledged - handled)
            raise AssertionError(f"lost {len(lost)}: {lost[:5]}; {server.log()[-2000:]}") from None
        _settled(server)
        times = Counter(effect.key for effect in server.effects())
        again = sum(count - 1 for count in times.values())
        assert set(times) <= load.sent, "handled what nobody sent"
        assert again <= kills * CONCURRENCY * workers, "more than what was running was run again"
        assert set(load.statuses) <= {200, 503}
        assert len(load.acknowledged) > kills * 5, "the load was no load"
        assert "Traceback" not in server.log()
        assert server.terminate() in {0, -signal.SIGTERM}
    finally:
        server.close()


def _settled(server: ServerProcess) -> None:
    """Wait until no handler has run for a while."""
    before = -1
    while len(server.effects()) != before:
        before = len(server.effects())
        time.sleep(0.5)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("workers", [1])
def test_nothing_acknowledged_is_lost_over_twenty_kills(tmp_path: Path, workers: int) -> None:
    campaign(tmp_path, kills=20, workers=workers)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 4])
def test_nothing_acknowledged_is_lost_over_many_kills(tmp_path: Path, workers: int) -> None:
    campaign(tmp_path, kills=int(os.environ.get("HOOKMW_KILLS", "250")), workers=workers)
