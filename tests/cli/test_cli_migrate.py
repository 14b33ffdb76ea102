"""`hookmw migrate`, and commands that look into an inbox without making one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import fill, make_event

Run = Callable[..., Result]


@pytest.mark.usefixtures("workplace")
def test_sqlite(run: Run) -> None:
    for _ in range(2):
        shown = run("migrate", "--inbox", "sqlite:///hooks.db")
        assert (shown.exit_code, shown.stderr) == (0, "the inbox is up to date\n")
    assert Path("hooks.db").exists()
    assert run("events", "list").stderr == "no events\n"


def test_memory_has_nothing_to_migrate(run: Run) -> None:
    assert run("migrate", "--inbox", "memory:").exit_code == 2


def test_postgresql(run: Run, postgres_url: str) -> None:
    looked = run("events", "list", "--inbox", postgres_url)
    assert looked.exit_code == 2
    assert "hookmw migrate" in looked.stderr
    for _ in range(2):
        assert run("migrate", "--inbox", postgres_url).exit_code == 0
    fill(postgres_url, make_event())
    assert len(run("events", "list", "--inbox", postgres_url).stdout.splitlines()) == 2
