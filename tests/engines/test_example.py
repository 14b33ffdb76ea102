"""The example runs: a receiver here, its worker in a process of its own."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hookmw.testing import WebhookClient
from tests.engines.brokers import OwnRedis

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = "example-secret-1"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_celery_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = OwnRedis()
    redis.up()
    monkeypatch.chdir(tmp_path)  # `hooks.db` is made in the working directory
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("BROKER_URL", redis.url)
    worker = _worker(tmp_path)
    try:
        app = _load("celery_engine").app
        payload = {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}
        async with WebhookClient(app) as client:
            for _ in range(2):
                answer = await client.post("/stripe", "stripe", payload, SECRET)
                assert answer.status == 200
            await app.drain(60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        redis.down()
    assert (tmp_path / "log").read_text().count("shipping in_1") == 1


def _worker(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_engine.celery_app", "worker", "-c1"],
            env={**os.environ, "PYTHONPATH": str(EXAMPLES)},
            stdout=log,
            stderr=log,
        )


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
