import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import hookmw.cli
from hookmw.errors import HookmwError, InboxUnavailable

Run = Callable[..., Result]

PROGRAM = """
import os
from hookmw.app import Hooks
from hookmw.endpoint import Endpoint

github = Endpoint("/github", "github", secrets="hunter2-hunter2")
app = Hooks([github])
wrapped = app.wrap(lambda scope, receive, send: None, prefix="/hooks")
alone = Endpoint("/alone", "stripe", secrets="hunter2-hunter2")
plain = lambda scope, receive, send: None
number = 7
"""


@pytest.fixture
def program(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.delitem(sys.modules, "served_program", raising=False)
    file = workplace / "served_program.py"
    file.write_text(PROGRAM)
    return file


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What uvicorn was asked to do."""
    told: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **options: told.update(app=app, **options))
    return told


def test_the_server_trusts_no_header_and_has_no_name(
    run: Run, program: Path, started: dict[str, Any]
) -> None:
    shown = run("serve", "served_program:app", "--port", "9000")
    assert shown.exit_code == 0
    assert (started["proxy_headers"], started["server_header"]) == (False, False)
    assert (started["host"], started["port"], started["workers"]) == ("127.0.0.1", 9000, 1)
    assert re.split("  +", shown.stderr.strip()) == ["github", "http://127.0.0.1:9000/github"]
    assert "hunter2" not in shown.output


def test_several_workers_import_it_themselves(
    run: Run, program: Path, started: dict[str, Any]
) -> None:
    run("serve", "served_program:app", "--workers", "2")
    assert (started["app"], started["workers"]) == ("served_program:app", 2)


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("wrapped", "http://[::1]:8000/hooks/github"),
        ("alone", "http://[::1]:8000/alone"),
        ("plain", ""),
    ],
)
def test_the_endpoints_are_told(
    run: Run, program: Path, started: dict[str, Any], target: str, url: str
) -> None:
    shown = run("serve", f"served_program:{target}", "--host", "::1")
    assert shown.exit_code == 0
    assert shown.stderr.strip().endswith(url)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("hooks.toml", "configuration files cannot be served yet; write module:attribute"),
        ("hooks.yaml", "configuration files cannot be served yet"),
        ("served_program", "is not module:attribute, such as main:app"),
        ("served_program:", "is not module:attribute"),
        ("missing_module:app", "no module 'missing_module' in "),
        ("served_program:missing", "has no app named 'missing'"),
        ("served_program:app.missing", "has no app named 'app.missing'"),
        ("served_program:number", "has no app named 'number'"),
    ],
)
def test_what_cannot_be_served_is_an_error(
    run: Run, program: Path, started: dict[str, Any], target: str, said: str
) -> None:
    shown = run("serve", target)
    assert (shown.exit_code, started) == (2, {})
    assert said in shown.stderr


def test_a_module_that_misses_another_says_so_itself(
    run: Run, program: Path, started: dict[str, Any]
) -> None:
    program.write_text("import missing_module")
    shown = run("serve", "served_program:app")
    assert isinstance(shown.exception, ModuleNotFoundError)
    assert shown.exception.name == "missing_module"


def test_without_uvicorn_it_says_what_to_install(
    run: Run, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    shown = run("serve", "served_program:app")
    assert (shown.exit_code, 'pip install "hookmw[server]"' in shown.stderr) == (2, True)


# the whole


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_extra_it_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SystemExit) as ended:
        hookmw.cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == ('hookmw\'s command line needs: pip install "hookmw[cli]"\n')


def test_main_runs_the_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hookmw", "providers", "github"])
    with pytest.raises(SystemExit) as ended:
        hookmw.cli.main()
    assert ended.value.code == 0
    assert "X-Hub-Signature-256".lower() in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["providers"],
        ["send"],
        ["events", "list"],
        ["events", "show"],
        ["events", "replay"],
        ["serve"],
    ],
)
def test_every_command_has_help_with_an_example(run: Run, command: list[str]) -> None:
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    if command:
        assert f"$ hookmw {' '.join(command)}" in shown.stdout


@pytest.mark.parametrize(("error", "code"), [(HookmwError("no"), 1), (InboxUnavailable("no"), 1)])
def test_our_errors_are_sentences(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fails(name: str) -> None:
        raise error

    monkeypatch.setattr("hookmw.catalog.provider", fails)
    shown = run("providers", "github")
    assert (shown.exit_code, shown.stderr) == (code, "hookmw: no\n")


def hookmw_(*args: str) -> list[str]:
    return [sys.executable, "-c", "from hookmw.cli import main; main()", *args]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_from_serving_to_replaying(run: Run, program: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        hookmw_("serve", "served_program:app", "--port", str(port)),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(port)
        to = ("--to", f"http://127.0.0.1:{port}/github")
        sent = subprocess.run(
            hookmw_("send", "github", "push", *to, "--count", "20", "--rate", "200"),
            env={**os.environ, "GITHUB_WEBHOOK_SECRET": "hunter2-hunter2"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (sent.returncode, sent.stdout.split()[:3]) == (0, ["200", "OK", "20"])
        forged = run("send", "github", *to, "--forge")
        assert (forged.exit_code, forged.stdout[:3]) == (1, "401")
        listed = run("events", "list", "--endpoint", "github")
        assert len(listed.stdout.splitlines()) == 21
    finally:
        server.send_signal(signal.SIGINT)
        printed = "".join(server.communicate(timeout=20))
    replayed = run("events", "replay", "--state", "done", "--yes")
    assert replayed.stdout.splitlines()[-1] == "20 of 20 replayed"
    assert "hunter2" not in printed + sent.stdout + sent.stderr + forged.output + listed.output
