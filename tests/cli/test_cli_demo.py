"""`hookmw demo` as a user runs it, and what it makes of a play that goes wrong."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from hookmw.cli import demo as module
from hookmw.cli.app import app
from hookmw.cli.demo import screen
from hookmw.cli.demo.script import Act, after_the_kill, before_the_kill
from hookmw.cli.demo.server import Server
from hookmw.cli.demo.stage import Scene
from hookmw.errors import ConfigError

ACTS = before_the_kill + after_the_kill


@pytest.mark.timeout(180)
def test_everything_becomes_what_it_must(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "hookmw", "demo", "--fast"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**os.environ, "TERM": "dumb"},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("✓") == len(ACTS)
    assert "✗" not in run.stdout
    assert "nothing was lost" in run.stdout
    assert "hookmw serve main:app" in run.stdout
    assert list(tmp_path.iterdir()) == []


def scene(act: Act, **played: Any) -> Scene:
    return Scene(act, **played)


def entry(**fields: Any) -> Any:
    event = SimpleNamespace(attempt=fields.pop("attempt", 1))
    defaults = {"state": "done", "handled": frozenset({"deploy", "audit"}), "note": ""}
    return SimpleNamespace(event=event, **{**defaults, **fields})


PUSH = ACTS[0]
COPY = ACTS[1]
FORGED = next(act for act in ACTS if act.code == "signature_mismatch")
HANDSHAKE = next(act for act in ACTS if act.answer)


@pytest.mark.parametrize(
    "played",
    [
        {"status": 503},
        {"status": 200},
        {"status": 200, "entries": [entry(state="dead")]},
        {"status": 200, "entries": [entry(), entry()]},
        {"status": 200, "entries": [entry(handled=frozenset({"deploy"}))]},
        {"status": 200, "entries": [entry(attempt=2)]},
    ],
)
def test_a_broken_promise_is_seen(played: dict[str, Any]) -> None:
    assert not scene(PUSH, **played).as_promised
    assert scene(PUSH, status=200, entries=[entry()]).as_promised


def test_a_refusal_must_have_its_reason() -> None:
    assert scene(FORGED, status=401, code="signature_mismatch").as_promised
    assert not scene(FORGED, status=401, code="signature_missing").as_promised
    assert not scene(HANDSHAKE, status=200, answer=b"something else").as_promised


@pytest.mark.parametrize(
    ("played", "words"),
    [
        ({}, ""),
        ({"status": 200}, "stored?"),
        ({"status": 200, "entries": [entry(state="claimed")]}, "its handler is running"),
        ({"status": 200, "entries": [entry(state="pending")]}, "stored"),
        ({"status": 200, "entries": [entry(state="pending", note="oh")]}, "tried again: oh"),
        ({"status": 200, "entries": [entry(handled=frozenset())]}, "handled by nobody"),
        ({"status": 200, "entries": [entry(state="dead", note="why")]}, "dead letter: why"),
    ],
)
def test_the_story_so_far(played: dict[str, Any], words: str) -> None:
    told = scene(PUSH, **played)
    assert told.story.endswith(words)
    assert told.waits == (told.story in {"", "stored?", "stored"} or "again" in told.story
                          or "running" in told.story)  # fmt: skip


def test_a_wrong_end_is_named_and_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wrong(_: object) -> list[Scene]:
        return [scene(PUSH, status=503), scene(COPY, status=200, entries=[entry()])]

    monkeypatch.setattr(module.Play, "run", wrong)
    result = CliRunner().invoke(app, ["demo", "--fast"])
    assert result.exit_code == 1
    assert "1 of 2" in result.stderr
    assert PUSH.title in result.stderr


def test_httpx_is_asked_for_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigError, match=r"hookmw\[standard\]"):
        module._http_client()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = Server(tmp_path, {})  # the program misses its secret
    with pytest.raises(ConfigError, match="HOOKMW_DEMO_SECRET"):
        await server.start()
    server.stop()


def test_the_table_follows_the_play_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=120)
    monkeypatch.setattr(screen, "out", lambda: console)
    scenes = [scene(PUSH)]
    with console.capture() as drawn, screen.stage(scenes) as draw:
        scenes[0].status = 401
        draw()
        scenes.append(scene(COPY, status=200, entries=[entry()]))
    assert "401" in drawn.get()
    assert COPY.title in drawn.get()


def test_demo_is_a_command() -> None:
    assert isinstance(app, typer.Typer)
    assert "demo" in CliRunner().invoke(app, ["--help"]).stdout
