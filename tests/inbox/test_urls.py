import subprocess
import sys
from pathlib import Path

import pytest

from hookmw.errors import ConfigError
from hookmw.inbox.memory import MemoryInbox
from hookmw.inbox.sqlite import SQLiteInbox
from hookmw.inbox.urls import inbox_from_url


@pytest.mark.parametrize("url", ["memory:", "memory://", "memory:///"])
def test_memory(url: str) -> None:
    assert isinstance(inbox_from_url(url), MemoryInbox)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///hooks.db", "hooks.db"),
        ("sqlite:///data/hooks.db", "data/hooks.db"),
        ("sqlite:////var/lib/hooks.db", "/var/lib/hooks.db"),
        ("sqlite:////tmp/a%20b #c.db", "/tmp/a%20b #c.db"),
    ],
)
def test_sqlite(url: str, path: str) -> None:
    inbox = inbox_from_url(url)

    assert isinstance(inbox, SQLiteInbox)
    assert inbox._path == Path(path)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not a URL"),
        ("hooks.db", "not a URL"),
        ("memory:x", "write memory:"),
        ("sqlite:", "no path"),
        ("sqlite:///", "no path"),
        ("sqlite://hooks.db", "no path"),
        ("sqlite:hooks.db", "no path"),
        ("sqlite:///:memory:", "write memory:"),
        ("sqlite:///hooks.db?mode=ro", "no options"),
        ("redis://host", "memory:, sqlite:"),
    ],
)
def test_what_is_no_inbox(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        inbox_from_url(url)

    assert "secret" not in str(caught.value)


def test_memory_needs_no_sqlite() -> None:
    program = (
        "import sys; sys.modules['sqlite3'] = None\n"
        "from hookmw.inbox.urls import inbox_from_url\n"
        "print(type(inbox_from_url('memory:')).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "MemoryInbox\n"
