"""What an import costs: nothing that only some users need."""

import subprocess
import sys

import pytest

EXTRAS = {
    *("celery", "cryptography", "h11", "http_message_signatures", "httptools", "httpx", "jwt"),
    *("psycopg", "psycopg_pool", "rich", "taskiq", "typer", "uvicorn", "uvloop", "yaml"),
}


@pytest.mark.parametrize(
    "module", ["hookmw", "hookmw.middleware", "hookmw.engines", "hookmw.testing"]
)
def test_no_extra_is_imported(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) & EXTRAS == set()


def test_the_catalogue_waits_to_be_asked() -> None:
    code = "import sys, hookmw; print(*[n for n in sys.modules if 'hookmw.catalog.' in n])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"hookmw.catalog.index"}


def test_the_analysis_of_refusals_waits_for_one() -> None:
    code = "import sys, hookmw; print(*[n for n in sys.modules if n.startswith('hookmw.explain')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


COMES_ALONG = {"anyio", "idna", "itsdangerous", "msgspec", "sniffio", "starlette"} | {
    "typing_extensions"
}


def test_nothing_else_comes_along() -> None:
    """What costs an import is what is imported, on every machine the same."""
    code = (
        "import sys; before = set(sys.modules); import hookmw\n"
        "print(*{n.partition('.')[0] for n in set(sys.modules) - before})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = set(run.stdout.split()) - set(sys.stdlib_module_names) - COMES_ALONG
    assert {name for name in others if not name.startswith("_")} == {"hookmw"}


@pytest.mark.parametrize(("name", "family"), [("github", "code"), ("aws_sns", "certificates")])
def test_a_provider_that_is_looked_up_is_the_only_one_that_is_built(name: str, family: str) -> None:
    code = (
        "import sys\nfrom hookmw import catalog\nfrom hookmw.provider import Provider\n"
        "made = []\nreal = Provider.__post_init__\n"
        "def counted(self):\n    made.append(self.name)\n    real(self)\n"
        "Provider.__post_init__ = counted\n"
        f"catalog.provider({name!r})\ncatalog.provider({name!r})\n"
        "print(*made)\n"
        "print(*[n.rpartition('.')[2] for n in sys.modules if n.startswith('hookmw.catalog.')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    built, modules = run.stdout.splitlines()
    assert built.split() == [name]
    assert set(modules.split()) <= {"index", "handshakes", "generic", family}
