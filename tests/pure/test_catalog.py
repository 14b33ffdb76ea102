"""The catalogue: rows of data, found by name, loaded only when asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hookmw import catalog
from hookmw.catalog import ALIASES, FAMILY_OF, names, provider
from hookmw.errors import ConfigError
from hookmw.scheme import Scheme
from hookmw.verifiers import Verifier
from tests.pure.rows import ROWS, secrets_of

FOLDER = Path(catalog.__file__).parent
SHARED = {"__init__", "handshakes", "index"}
FAMILIES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in SHARED)


def test_the_index_agrees_with_the_families() -> None:
    held = {
        name: family
        for family in FAMILIES
        for name in import_module(f"hookmw.catalog.{family}").ROWS
    }
    assert held == FAMILY_OF
    assert sum(len(import_module(f"hookmw.catalog.{family}").ROWS) for family in FAMILIES) == len(
        FAMILY_OF
    )


def test_everything_is_sorted() -> None:
    assert list(FAMILY_OF) == sorted(FAMILY_OF) == names()
    assert list(ALIASES) == sorted(ALIASES)
    for family in FAMILIES:
        rows = import_module(f"hookmw.catalog.{family}").ROWS
        assert list(rows) == sorted(rows), family


def test_families_are_data() -> None:
    """Adding a provider is adding a row, never a branch."""
    for family in FAMILIES:
        module = import_module(f"hookmw.catalog.{family}")
        functions = [name for name, each in vars(module).items() if callable(each)]
        assert set(functions) <= {"Family"}


@pytest.mark.parametrize("name", names())
def test_every_row_can_be_looked_up(name: str) -> None:
    row = provider(name)
    assert row.name == name
    assert row.title
    assert row.docs.startswith("https://")
    assert row.env.isupper()
    assert isinstance(row.scheme, Verifier)
    if name in ROWS:
        assert isinstance(row.scheme, Scheme)
        row.scheme.check_secrets(secrets_of(name))
    assert provider(name) is row


@pytest.mark.parametrize(("alias", "name"), sorted(ALIASES.items()))
def test_aliases(alias: str, name: str) -> None:
    assert alias not in FAMILY_OF
    assert provider(alias).name == name
    assert provider(alias).scheme == provider(name).scheme


@pytest.mark.parametrize("spelling", ["GitHub", "GITHUB", "Standard-Webhooks", "StandardWebhooks"])
def test_names_are_forgiving(spelling: str) -> None:
    assert provider(spelling).name in {"github", "standard_webhooks"}


@pytest.mark.parametrize(
    ("name", "nearest"), [("githb", "github"), ("strip", "stripe"), ("facebok", "facebook")]
)
def test_unknown_names_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' is unknown; did you mean '{nearest}'"):
        provider(name)


@pytest.mark.parametrize("name", ["", "zzzzzzzz", "../../x", "__init__"])
def test_unknown_and_far_from_all(name: str) -> None:
    with pytest.raises(ConfigError, match="see `hookmw providers`"):
        provider(name)


def test_a_look_up_imports_one_family() -> None:
    code = (
        "import sys, hookmw.catalog as c\n"
        "def seen(): return sorted(m for m in sys.modules if m.startswith('hookmw.catalog.'))\n"
        "print(seen()); c.names(); print(seen()); c.provider('slack'); print(seen())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    index = "['hookmw.catalog.index']"
    loaded = "['hookmw.catalog.chat', 'hookmw.catalog.handshakes', 'hookmw.catalog.index']"
    assert done.stdout.splitlines() == [index, index, loaded]
