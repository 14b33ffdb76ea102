"""Which room may look into which: the layers of the design, as data, proved over the source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "hookmw"

LAYERS: dict[str, tuple[str, ...]] = {
    "words": (
        *("errors", "secret", "elements", "document", "reply"),
        *("delivery", "place", "event"),
    ),
    "pure": (
        *("scheme", "challenge", "verifiers", "provider", "catalog"),
        *("retry", "router", "address", "explain"),
    ),
    "storage": ("loop", "inbox"),
    "work": ("work", "worker", "runtime", "engines"),
    "shell": ("fetch", "middleware"),
    "facade": ("stack", "endpoint", "app", "__init__"),
    "outside": (
        *("testing", "send", "config", "register", "metrics", "tracing", "redeliver"),
        *("dashboard", "cli", "__main__"),
    ),
}
"""Rooms (modules and packages under `hookmw/`); each may look only into those before it."""

ORDER = [room for rooms in LAYERS.values() for room in rooms]
LAYER_OF = {room: layer for layer, rooms in LAYERS.items() for room in rooms}

PURE = {"words", "pure"}
THIRD_PARTIES: dict[str, set[str]] = {
    "itsdangerous": set(LAYERS),
    "msgspec": set(LAYERS),
    "anyio": {"storage", "work", "shell", "facade", "outside"},
    "sniffio": {"storage", "work", "shell", "facade", "outside"},
    "starlette": {"shell", "facade", "outside"},
    "psycopg": {"storage"},
    "psycopg_pool": {"storage"},
    "redis": {"storage", "work", "outside"},
    "celery": {"work"},
    "taskiq": {"work"},
    "cryptography": {"pure"},
    "jwt": {"pure"},
    "http_message_signatures": {"pure"},
    "httpx": {"shell", "outside"},
}
"""Who else's packages a layer may import; what is not here may be imported outside alone."""

ONLY_IN_ROOM = {"uvicorn": "cli"}

NO_IO = {
    *("socket", "ssl", "select", "selectors", "asyncio", "threading", "multiprocessing"),
    *("subprocess", "http", "sqlite3", "signal", "tempfile", "shutil", "time", "os", "io"),
    *("urllib.request", "pathlib", "logging"),
}
"""What of the standard library neither words nor the pure layer may import: no clock, no I/O."""

NO_CALLS = {"open", "input", "print", "time", "monotonic", "perf_counter", "now", "utcnow", "today"}


class Import(NamedTuple):
    module: str
    line: int
    typing_only: bool


def is_typing_only(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports(node: ast.AST, package: str, *, typing_only: bool = False) -> Iterator[Import]:
    """Every import in a file, wherever it stands, by its absolute name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, typing_only)
        elif isinstance(child, ast.ImportFrom):
            base = package.rsplit(".", child.level - 1)[0] if child.level else ""
            module = ".".join(filter(None, (base, child.module or "")))
            if module == "hookmw":  # `from hookmw import errors` is hookmw.errors, Event is not
                for alias in child.names:
                    room = alias.name if alias.name in LAYER_OF else "__init__"
                    yield Import(f"hookmw.{room}", child.lineno, typing_only)
            else:
                yield Import(module, child.lineno, typing_only)
        elif isinstance(child, ast.If) and is_typing_only(child.test):
            for statement in child.body:
                yield from imports(ast.Module([statement], []), package, typing_only=True)
            for statement in child.orelse:
                yield from imports(ast.Module([statement], []), package, typing_only=typing_only)
        else:
            yield from imports(child, package, typing_only=typing_only)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name_of(path: Path, root: Path = PACKAGE) -> str:
    parts = ("hookmw", *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def faults(name: str, source: str, *, is_package: bool = False) -> list[str]:
    """What a module does that its layer may not; each is a sentence."""
    room = room_of(name)
    if room not in LAYER_OF:
        remedy = "below everything that it imports and above everything that imports it"
        return [f"hookmw/{room} is in no layer: write it into LAYERS in this test, {remedy}"]
    package = name if is_package else name.rpartition(".")[0]
    tree = ast.parse(source)
    found = [fault for each in imports(tree, package) for fault in import_faults(room, each)]
    if LAYER_OF[room] in PURE:
        found += [fault for node in ast.walk(tree) for fault in call_faults(node)]
    return [f"{name}:{fault}" for fault in found]


def import_faults(room: str, imported: Import) -> Iterator[str]:
    top, layer = imported.module.split(".")[0], LAYER_OF[room]
    if top == "hookmw":
        other = room_of(imported.module)
        if other not in LAYER_OF:
            yield f"{imported.line} imports {imported.module}, which is in no layer"
        elif ORDER.index(other) > ORDER.index(room):
            yield (
                f"{imported.line} imports {imported.module}: {room} ({layer}) may not look at "
                f"{other} ({LAYER_OF[other]}), which is built on it"
            )
    elif imported.typing_only:
        return
    elif top in sys.stdlib_module_names:
        if layer in PURE and not NO_IO.isdisjoint({top, imported.module}):
            yield f"{imported.line} imports {imported.module}: no clock and no I/O in {layer}"
    elif top in ONLY_IN_ROOM:
        if room != ONLY_IN_ROOM[top]:
            yield f"{imported.line} imports {top}: only {ONLY_IN_ROOM[top]} may"
    elif layer not in THIRD_PARTIES.get(top, {"outside"}):
        yield f"{imported.line} imports {top}: {layer} may not"


def call_faults(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        if called in NO_CALLS:
            yield f"{node.lineno} calls {ast.unparse(function)}: the clock and I/O are at the edge"


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_keeps_to_its_layer(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert faults(name_of(path), source, is_package=path.name == "__init__.py") == []


def test_every_room_is_in_one_layer() -> None:
    assert len(ORDER) == len(LAYER_OF)


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("hookmw.brandnew", "", "write it into LAYERS"),
        ("hookmw.errors", "from hookmw.secret import Secrets", "may not look at secret"),
        ("hookmw.delivery", "import hookmw.event", "may not look at event"),
        ("hookmw.scheme.row", "from hookmw.catalog import names", "may not look at catalog"),
        ("hookmw.scheme.row", "from ..catalog import names", "may not look at catalog"),
        ("hookmw.secret", "from .event import Event", "may not look at event"),
        ("hookmw.secret", "from hookmw import event", "may not look at event"),
        ("hookmw.secret", "from hookmw import Event", "may not look at __init__"),
        ("hookmw.secret", "def f():\n    import hookmw.app", "may not look at app"),
        ("hookmw.secret", "from hookmw.nowhere import x", "is in no layer"),
        (
            "hookmw.secret",
            "if TYPE_CHECKING:\n    from hookmw.event import Event",
            "may not look at event",
        ),
        ("hookmw.inbox.sqlite", "import starlette.types", "storage may not"),
        ("hookmw.place", "import anyio", "words may not"),
        ("hookmw.catalog.chat", "import cryptography, httpx", "imports httpx: pure may not"),
        ("hookmw.secret", "import cryptography", "words may not"),
        ("hookmw.app", "import uvicorn", "only cli may"),
        ("hookmw.config", "import uvicorn", "only cli may"),
        ("hookmw.event", "import time", "no clock and no I/O"),
        ("hookmw.event", "from time import time", "no clock and no I/O"),
        ("hookmw.verifiers", "from urllib.request import urlopen", "no clock and no I/O"),
        ("hookmw.event", "from datetime import datetime\ndatetime.now()", "clock and I/O"),
        ("hookmw.document", "open('x')", "clock and I/O"),
        ("hookmw.place", "try:\n    import socket\nexcept ImportError: pass", "no I/O"),
        ("hookmw.place", "if TYPE_CHECKING:\n    pass\nelse:\n    import socket", "no I/O"),
    ],
)
def test_this_file_would_notice(name: str, source: str, words: str) -> None:
    (fault,) = faults(name, source)
    assert words in fault


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("hookmw.scheme.row", "from hookmw.scheme.draft import Draft"),
        ("hookmw.scheme.draft", "if TYPE_CHECKING:\n    from hookmw.scheme.row import Scheme"),
        ("hookmw.event", "if TYPE_CHECKING:\n    from typing_extensions import TypeVar"),
        ("hookmw.verifiers", "def f():\n    import cryptography.x509"),
        ("hookmw.document", "from urllib.parse import parse_qsl\nimport msgspec"),
        ("hookmw.cli.serve", "import uvicorn, typer\nfrom hookmw import Hooks\nimport time"),
        ("hookmw.middleware.shell", "from starlette.types import Scope\nimport anyio, time"),
    ],
)
def test_what_is_allowed(name: str, source: str) -> None:
    assert faults(name, source) == []
