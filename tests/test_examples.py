"""The examples run: each is loaded as a user's program and receives a delivery."""

import hmac
import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hookmw.testing import WebhookClient, sign

EXAMPLES = Path(__file__).parents[1] / "examples"
SECRET = "example-secret-1"
ENVIRONMENT = (
    "GITHUB_WEBHOOK_SECRET",
    "STRIPE_WEBHOOK_SECRET",
    "SLACK_SIGNING_SECRET",
    "ACME_SECRET",
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # `hooks.db` is made in the working directory
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, SECRET)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_quickstart(capsys: pytest.CaptureFixture[str]) -> None:
    module = load("quickstart")
    payload = {"action": "opened", "pull_request": {"title": "Say hello"}}
    async with WebhookClient(module.app) as client:
        answer = await client.post("/github", "github", payload, SECRET, type="pull_request.opened")
        assert answer.status == 200
        await module.app.drain()
    assert "Say hello" in capsys.readouterr().out


async def test_fastapi_mount(capsys: pytest.CaptureFixture[str]) -> None:
    module = load("fastapi_mount")
    charge = {"id": "ch_1", "amount": 4200, "currency": "eur", "unknown": True}
    payload = {"id": "evt_1", "type": "charge.succeeded", "data": {"object": charge}}
    async with WebhookClient(module.app) as client:
        answer = await client.post("/webhooks/stripe", "stripe", payload, SECRET)
        assert answer.status == 200
        assert (await client.request("GET", "/")).json() == {"hello": "world"}
        hooks = module.app.routes[-2].app
        await hooks.drain()
        await hooks.runtime.stop()
    assert "ch_1: 42.00 eur" in capsys.readouterr().out


async def test_wrap_any_app(capsys: pytest.CaptureFixture[str]) -> None:
    module = load("wrap_any_app")
    form = {"content-type": "application/x-www-form-urlencoded"}
    mention = {"event_id": "Ev1", "event": {"type": "app_mention", "text": "hello there"}}
    async with WebhookClient(module.app) as client:
        assert (await client.request("GET", "/")).body == b"hello from /"
        answer = await client.post("/webhooks/slack", "slack", mention, SECRET)
        assert answer.status == 200
        command = sign("slack", "command=%2Fdeploy&text=api", SECRET, headers=form)
        answer = await client.request(
            "POST", "/webhooks/slack", headers=command.headers, body=command.body
        )
        assert answer.json() == {"response_type": "ephemeral", "text": "deploying api"}
        await module.app.hooks.drain()
    assert "hello there" in capsys.readouterr().out


async def test_middleware_parts() -> None:
    module = load("middleware_parts")
    async with WebhookClient(module.app) as client:
        answer = await client.post("/acme", module.OURS, {"id": 1}, SECRET)
        assert (answer.status, answer.body) == (200, b"8 bytes from Acme")
        answer = await client.post("/acme", module.OURS, {"id": 1}, "another-secret")
        assert answer.status == 401


@pytest.mark.parametrize(
    ("tenant", "secret", "status"),
    [
        ("acme", "acme-secret-1", 200),
        ("acme", "globex-secret-1", 401),
        ("nobody", "acme-secret-1", 401),
    ],
)
async def test_custom_verifier(tenant: str, secret: str, status: int) -> None:
    module = load("custom_verifier")
    async with WebhookClient(module.app) as client:
        answer = await client.request(
            "POST", f"/odd/{tenant}", headers=_odd_headers(secret, b"{}"), body=b"{}"
        )
        assert answer.status == status


def _odd_headers(secret: str, body: bytes) -> Any:
    mac = hmac.digest(secret.encode(), body, "sha256").hex()[::-1]
    return [(b"x-odd-signature", mac.encode())]


async def test_exactly_once(tmp_path: Path) -> None:
    module = load("exactly_once")
    async with WebhookClient(module.app) as client:
        for number, amount in enumerate((500, 250, 500, 250)):
            charge = {"customer": "cus_1", "amount": amount}
            key = f"evt_{number % 2}"  # the last two are copies of the first
            payload = {"id": key, "type": "charge.succeeded", "data": {"object": charge}}
            answer = await client.post("/stripe", "stripe", payload, SECRET)
            assert answer.status == 200
        await module.app.drain()
    with closing(sqlite3.connect(tmp_path / "hooks.db")) as db:
        assert db.execute("SELECT * FROM balances").fetchall() == [("cus_1", 750)]
