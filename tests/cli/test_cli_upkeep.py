"""`hookmw events prune|dismiss|export|import|quarantine|reverify`, and `hookmw worker`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from typer.testing import Result

from hookmw import Endpoint, Hooks, Quarantine
from hookmw.inbox import Entry, Inbox, Query
from hookmw.inbox.urls import inbox_from_url
from hookmw.testing import WebhookClient
from tests.cli.conftest import fill, make_event

Run = Callable[..., Result]

URL = "sqlite:///hooks.db"
ROOT = Path(__file__).parents[2]

PROGRAM = """
import os
from hookmw import Endpoint, Hooks, Quarantine

github = Endpoint("/github", "github", secrets=os.environ["SECRET"], name="github")

@github.on("*")
async def record(event):
    print("handled", event.body.decode(), os.getpid(), flush=True)

hooks = Hooks([github], worker=False, quarantine=Quarantine())
wrapped = hooks.wrap(lambda scope, receive, send: None)
"""


@pytest.fixture
def program(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    name = f"upkeep_program_{workplace.name.replace('-', '_')}"
    (workplace / f"{name}.py").write_text(PROGRAM)
    monkeypatch.setenv("SECRET", "right-right-right")
    return name


def entries(url: str = URL) -> list[Entry]:
    async def find() -> list[Entry]:
        inbox: Inbox = inbox_from_url(url)
        await inbox.open()
        found = list(await inbox.find(Query(limit=1000)))
        await inbox.aclose()
        return found

    return anyio.run(find)


# prune


@pytest.mark.usefixtures("workplace")
def test_prune_takes_only_what_is_old_and_settled(run: Run) -> None:
    fill(URL, make_event(), make_event(), die="broken")
    fill(URL, make_event())
    assert run("events", "prune", "--older-than", "1h", "--state", "dead", "-y").stdout == (
        "0 pruned\n"
    )
    time.sleep(1.1)
    shown = run("events", "prune", "--older-than", "1s", "--state", "dead", "--yes")
    assert (shown.exit_code, shown.stdout) == (0, "2 pruned\n")
    assert [each.state for each in entries()] == ["pending"]


@pytest.mark.usefixtures("workplace")
def test_prune_asks_and_says_what_it_cannot(run: Run) -> None:
    fill(URL, make_event(), die="broken")
    assert run("events", "prune", "--older-than", "1s").stderr == "no such events\n"
    asked = run("events", "prune", "--older-than", "1s", "--state", "dead")
    assert asked.exit_code == 2
    assert "pass --yes" in asked.stderr
    for bad in (["--state", "pending"], []):
        words = ["events", "prune", "--older-than", "1s" if bad else "soon", *bad]
        assert run(*words).exit_code == 2


# dismiss, and choosing by what went wrong


@pytest.mark.usefixtures("workplace")
def test_dismiss(run: Run) -> None:
    dead, alive = fill(URL, make_event(), die="broken")[0], fill(URL, make_event())[0]
    shown = run("events", "dismiss", str(dead), str(alive))
    assert (shown.exit_code, shown.stdout) == (1, "1 of 2 dismissed\n")
    assert {each.event.id: each.state for each in entries()} == {dead: "done", alive: "pending"}


@pytest.mark.usefixtures("workplace")
def test_replay_by_error_at_a_rate(run: Run) -> None:
    fill(URL, *(make_event() for _ in range(3)), die="ledger is down")
    others = fill(URL, make_event(), die="")
    started = time.monotonic()
    shown = run("events", "replay", "--error", "ledger", "--rate", "10", "--yes")
    assert (shown.exit_code, shown.stdout.splitlines()[-1]) == (0, "3 of 3 replayed")
    assert 0.2 <= time.monotonic() - started < 5
    assert all(each.event.replayed for each in entries() if each.event.id not in others)
    assert "no events" in run("events", "list", "--error", "nothing like it").stderr
    assert "no events" in run("events", "list", "--until", "1d").stderr


# export and import


def test_an_inbox_moves_through_a_file(run: Run, workplace: Path) -> None:
    fill(URL, make_event(body=bytes(range(256))), make_event(), die="broken")
    fill(URL, make_event())
    exported = run("events", "export")
    assert exported.stderr == "3 events exported\n"
    (workplace / "e.jsonl").write_bytes(exported.stdout_bytes)

    other = "sqlite:///other.db"
    for told in ("3 events imported, 0 were here already", "0 events imported, 3 were"):
        shown = run("events", "import", "e.jsonl", "--inbox", other)
        assert shown.exit_code == 0
        assert told in shown.stderr
    from_stdin = run("events", "import", "--inbox", "sqlite:///third.db", input=exported.stdout)
    assert "3 events imported" in from_stdin.stderr
    for url in (other, "sqlite:///third.db"):
        assert [(e.event.id, e.event.body, e.state, e.note) for e in entries(url)] == [
            (e.event.id, e.event.body, e.state, e.note) for e in entries()
        ]
    some = run("events", "export", "--state", "dead")
    assert some.stdout.count("\n") == 2


def test_a_line_that_is_none_stops_the_import(run: Run, workplace: Path) -> None:
    (workplace / "e.jsonl").write_text('\n{"a": 1}\n')
    shown = run("events", "import", "e.jsonl")
    assert shown.exit_code == 1
    assert "line 1 is no exported event" in shown.stderr


# quarantine


def refuse(number: int) -> None:
    """So many deliveries that are signed rightly, while the receiver has a wrong secret."""
    endpoint = Endpoint("/github", "github", secrets="wrong-wrong-wrong", name="github")
    keep = Quarantine(per_second=1e9)
    hooks = Hooks([endpoint], inbox=inbox_from_url(URL), worker=False, quarantine=keep)

    async def run() -> None:
        async with WebhookClient(hooks) as client:
            for each in range(number):
                secret = "right-right-right"
                answer = await client.post("/github", "github", {"n": each}, secret, type="push")
                assert answer.status == 401

    anyio.run(run)


def test_reverify_admits_what_is_genuine_by_the_secret_of_now(run: Run, program: str) -> None:
    refuse(3)
    shown = run("events", "quarantine")
    assert shown.stdout.count("signature_mismatch") == 3
    assert "nothing" in run("events", "quarantine", "--endpoint", "stripe").stderr
    assert run("events", "reverify", f"{program}:hooks", "--since", "1h").stdout == (
        "3 admitted, 0 refused again\n"
    )
    assert len(entries()) == 3
    assert "nothing is kept apart" in run("events", "quarantine").stderr


def test_reverify_wants_hooks(run: Run, program: str) -> None:
    shown = run("events", "reverify", f"{program}:github")
    assert shown.exit_code == 2
    assert "is no Hooks" in shown.stderr


# worker


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("attribute", ["hooks", "wrapped"])
def test_a_worker_handles_what_others_received(
    workplace: Path, program: str, attribute: str, end: signal.Signals
) -> None:
    fill(URL, *(make_event(body=b'{"n":%d}' % number) for number in range(20)))
    with subprocess.Popen(
        [sys.executable, "-m", "hookmw", "worker", f"{program}:{attribute}"],
        cwd=workplace,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == "handling the events of 1 endpoint(s)\n"
        lines = [process.stdout.readline() for _ in range(20)]
        process.send_signal(end)
        assert process.wait(15) == 0
    assert sorted(line.split()[1] for line in lines) == sorted(f'{{"n":{n}}}' for n in range(20))
    assert {each.state for each in entries()} == {"done"}


def test_a_worker_wants_hooks(run: Run, program: str) -> None:
    assert run("worker", f"{program}:github").exit_code == 2
