"""The rules of the house that a machine can see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "hookmw"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE = 300
MAX_FUNCTION = 40

TIMING = re.compile(r"(?i)(^|_)(digests?|signatures?|tokens?|macs?|hmac)(_|$|\b)")
"""Names of values that must be compared in constant time."""

HARMLESS = {"None", "True", "False", '""', "''", 'b""', "b''"}

BAD_NAMES = re.compile(
    r"^(utils?|helpers?|misc|common)$|^(Base|Abstract)([A-Z]|$)|(Manager|Helper)$"
)

every_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE))
)


def long_functions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            lines = (node.end_lineno or first) - first + 1
            if lines - docstring_lines(node) > MAX_FUNCTION:
                yield f"line {first}: {node.name} has {lines} lines"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A docstring is not what makes a function hard to read."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def named(node: ast.expr) -> str:
    """The name that an operand goes by: `x.signature`, `signature[1:]`, `signature()`."""
    while isinstance(node, ast.Call | ast.Subscript | ast.Await | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def unsafe_comparisons(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
                pair = (left, right)
                if (
                    isinstance(operator, ast.Eq | ast.NotEq)
                    and any(TIMING.search(named(each)) for each in pair)
                    and not any(ast.unparse(each) in HARMLESS for each in pair)
                ):
                    yield f"line {node.lineno}: {ast.unparse(node)}: use hmac.compare_digest"


def bad_names(path: Path, tree: ast.AST) -> Iterator[str]:
    if BAD_NAMES.search(path.stem):
        yield f"module {path.stem}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and BAD_NAMES.search(node.name.lstrip("_")):
            yield f"class {node.name}"


@every_module
def test_files_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_FILE or is_data(path)


def is_data(path: Path) -> bool:
    """Rows of the catalogue, and not one function."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    is_code = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes)
    return path.parent.name == "catalog" and not is_code


@every_module
def test_functions_are_short(path: Path) -> None:
    assert list(long_functions(ast.parse(path.read_bytes()))) == []


@every_module
def test_57_proofs_are_compared_in_constant_time(path: Path) -> None:
    assert list(unsafe_comparisons(ast.parse(path.read_bytes()))) == []


@every_module
def test_nothing_is_called_what_says_nothing(path: Path) -> None:
    assert list(bad_names(path, ast.parse(path.read_bytes()))) == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize(
    "source",
    [
        "signature == expected",
        "a != self.signature",
        "given_token != ours",
        "digest[:8] == x",
        "mac() == x",
        "request.headers.token == secret",
        "a == b == hmac_digest",
        "token == 'x'",
    ],
)
def test_it_would_notice_comparisons(source: str) -> None:
    assert list(unsafe_comparisons(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ["tokenizer == x", "machine == x", "signature is None", "len(token) == 3", 'token == ""'],
)
def test_it_lets_others_be(source: str) -> None:
    assert not list(unsafe_comparisons(ast.parse(source)))


def test_it_would_notice_long_functions_and_bad_names() -> None:
    body = "    x = 1\n" * MAX_FUNCTION
    assert list(long_functions(ast.parse("def f():\n" + body)))
    assert not list(long_functions(ast.parse("def f():\n" + body.removesuffix("    x = 1\n"))))
    assert not list(long_functions(ast.parse('def f():\n    """a\n\n    b"""\n' + body[10:])))
    names = ("BaseInbox", "InboxManager", "_Helper", "Base", "Database", "Base64", "Managers")
    source = "\n".join(f"class {name}: ..." for name in names)
    assert len(list(bad_names(Path("utils.py"), ast.parse(source)))) == 5
