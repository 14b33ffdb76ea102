"""The documentation keeps its word: commands, code blocks and lists are those of the code."""

import re
from pathlib import Path

import hookmw

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_readme_has_one_command_to_see_it_and_one_to_test_it() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert [command.split("uv run ")[1] for command in commands] == ["hookmw demo", "pytest"]


def test_ci_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci/run").read_text()
    pattern = re.search(r"sed -n 's/(.*?)/\\1/p' README.md", script)
    assert pattern is not None
    basic = pattern[1].replace(r"\(", "(").replace(r"\)", ")")
    assert len(re.findall(basic, README, re.MULTILINE)) == 1


def test_every_python_block_of_the_readme_compiles() -> None:
    assert len(BLOCKS) >= 4
    for block in BLOCKS:
        compile(block, "README.md", "exec")


def test_the_readmes_receiver_is_the_quickstart() -> None:
    example = (ROOT / "examples/quickstart.py").read_text()
    code = [line for line in BLOCKS[0].splitlines() if line and not line.startswith("#")]
    for line in code:
        assert line.split("  #")[0].rstrip() in example


def test_every_public_name_is_spoken_of() -> None:
    texts = README + "".join(path.read_text() for path in (ROOT / "examples").glob("*.py"))
    unspoken = {name for name in hookmw.__all__ if not re.search(rf"\b{name}\b", texts)}
    assert unspoken <= {"Challenge", "ConfigError", "HookmwError", "Rejected", "Undecodable",
                        "Limit", "Reply", "Verifier"}  # fmt: skip


def test_contributing_names_every_room() -> None:
    rooms = (ROOT / "CONTRIBUTING.md").read_text()
    for path in (ROOT / "hookmw").iterdir():
        name = path.stem
        if not name.startswith("_") and name != "py":
            assert re.search(rf"\b{name}\b", rooms), f"{name} is in no room of CONTRIBUTING.md"
