"""What is generated from the rows: the index by name, the table for people, and how many there are.

    uv run python -m tests.catalog.pages

writes all of it anew; a test holds it to the rows.
"""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

from hookmw import catalog
from hookmw.cli.describe import PROOFS, proof_in_words
from hookmw.provider import Provider

CATALOG = Path(catalog.__file__).parent
INDEX = CATALOG / "index.py"
TABLE = CATALOG / "README.md"
README = CATALOG.parents[1] / "README.md"
NOT_FAMILIES = {"__init__", "index", "handshakes"}


def family_of() -> dict[str, str]:
    """The family of every row, sorted by name."""
    families = sorted(path.stem for path in CATALOG.glob("*.py"))
    found = {
        name: family
        for family in families
        if family not in NOT_FAMILIES
        for name in import_module(f"hookmw.catalog.{family}").ROWS
    }
    return dict(sorted(found.items()))


def index() -> str:
    """The module that says in which family a name is."""
    lines = "".join(f'    "{name}": "{family}",\n' for name, family in family_of().items())
    return (
        '"""Which family a provider\'s row is in; made by `tests/catalog/pages.py`."""\n\n'
        '__all__ = ["FAMILY_OF"]\n\n'
        f"FAMILY_OF: dict[str, str] = {{\n{lines}}}\n"
    )


def table() -> str:
    """The table of all providers."""
    providers = [catalog.provider(name) for name in family_of()]
    proofs = Counter(each.proof for each in providers)
    shaking = sum(1 for each in providers if each.challenges)
    counted = "\n".join(f"- {proofs[kind]} by {words} (`{kind}`)" for kind, words in PROOFS.items())
    rows = "\n".join(_row(each) for each in providers)
    return (
        "# The catalogue\n\n"
        "Made from the rows by `tests/catalog/pages.py`; `hookmw providers NAME` says all of"
        " one.\n\n"
        f"{len(providers)} providers, {shaking} of them with handshakes. Proved:\n\n{counted}\n\n"
        "| name | provider | proof of origin | handshakes | proved by |\n"
        f"|---|---|---|---|---|\n{rows}\n"
    )


def readme() -> str:
    """The front page, with the number of providers in the one sentence that says it."""
    said, count = re.subn(
        r"^\d+( providers are rows of data)",
        rf"{len(family_of())}\1",
        README.read_text(),
        flags=re.MULTILINE,
    )
    assert count == 1, "the sentence `N providers are rows of data` is not there once"
    return said


def _row(provider: Provider) -> str:
    shakes = len(provider.challenges) or ""
    title = provider.title.replace("|", "\\|")
    words = proof_in_words(provider.scheme).replace("|", "\\|")
    link = f"[{title}]({provider.docs})"
    return f"| `{provider.name}` | {link} | {words} | {shakes} | {provider.proof} |"


if __name__ == "__main__":
    INDEX.write_text(index())
    TABLE.write_text(table())
    README.write_text(readme())
