"""Real payloads end to end: signed as their providers sign, over a real server, into a real inbox.

Each must be acknowledged, routed by its right type, and handled exactly once.
"""

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw.send import Sent, send
from hookmw.testing import SignedRequest, sign
from tests.server.process import SECRET, ServerProcess, eventually, running

PAYLOADS = Path(__file__).parents[1] / "payloads"
FORM = {"content-type": "application/x-www-form-urlencoded"}
OTHERS = ("stripe", "slack", "shopify", "telegram", "whatsapp")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running(tmp_path_factory.mktemp("payloads")) as process:
        yield process


def deliver(server: ServerProcess, requests: list[SignedRequest]) -> list[Sent]:
    async def run() -> list[Sent]:
        return await send(requests, f"http://127.0.0.1:{server.port}", concurrency=16)

    return anyio.run(run)


def github_payloads() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        lzma.decompress((PAYLOADS / "github.json.xz").read_bytes())
    )
    return rows


def github_type(row: dict[str, Any]) -> str:
    """As GitHub's documentation names them: the event, and the payload's action if it has one."""
    action = row["payload"].get("action")
    return f"{row['event']}.{action}" if isinstance(action, str) else str(row["event"])


def test_every_example_of_github_is_handled_once_by_its_type(server: ServerProcess) -> None:
    rows = github_payloads()
    wanted: dict[str, str] = {}  # an example that is listed twice is one event: the same bytes
    requests = []
    for row in rows:
        body = json.dumps(row["payload"], ensure_ascii=False).encode()
        wanted.setdefault(body.decode(), github_type(row))
        headers = {"x-github-event": row["event"]}
        requests.append(sign("github", body, SECRET, headers=headers, path="/github"))
    assert len(rows) >= 300
    assert len(wanted) >= 300

    answers = deliver(server, requests)

    assert Counter(answer.status for answer in answers) == {200: len(rows)}
    eventually(lambda: len(_types(server, "github")) >= len(wanted))
    assert Counter(_types(server, "github")) == Counter(wanted.values())
    ids = [effect.id for effect in server.effects()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("provider", OTHERS)
def test_payloads_are_handled_once_by_their_type(server: ServerProcess, provider: str) -> None:
    rows = json.loads((PAYLOADS / f"{provider}.json").read_text())
    requests = [_request(provider, row) for row in rows]

    first = deliver(server, requests)
    again = deliver(server, requests)

    assert {answer.status for answer in first + again} == {200}
    eventually(lambda: len(_types(server, provider)) >= len(rows))
    assert Counter(_types(server, provider)) == Counter(row["type"] for row in rows)


def test_the_log_is_clean(server: ServerProcess) -> None:
    assert "Traceback" not in server.log()
    assert "ERROR" not in server.log()
    assert SECRET not in server.log()


def _types(server: ServerProcess, endpoint: str) -> list[str]:
    return [effect.type for effect in server.effects() if effect.endpoint == endpoint]


def _request(provider: str, row: dict[str, Any]) -> SignedRequest:
    headers = dict(FORM) if "body" in row else {}
    if provider == "shopify":
        headers["x-shopify-topic"] = row["type"]
    payload = row["body"] if "body" in row else json.dumps(row["payload"], ensure_ascii=False)
    return sign(provider, payload, SECRET, headers=headers, path=f"/{provider}")
