"""Oracles on npm: all requests of one go through one process."""

import json
import os
import subprocess
from pathlib import Path

from tests.vectors.make.request import NOW, Request

JUDGES = Path(__file__).with_name("judges.mjs")


def folder() -> Path:
    """Where `npm install` was run."""
    return Path(os.environ["ORACLES_NODE"])


def verdicts(judge: str, requests: list[Request]) -> list[bool | None]:
    asked = json.dumps(
        {"judge": judge, "now": NOW, "requests": [request.as_json() for request in requests]}
    )
    done = subprocess.run(
        ["node", str(JUDGES)],
        input=asked,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "ORACLES_NODE": str(folder())},
    )
    found: list[bool | None] = json.loads(done.stdout.splitlines()[-1])
    return found


def version(package: str) -> str:
    """As its package.json says."""
    path = folder() / "node_modules" / package / "package.json"
    return str(json.loads(path.read_text())["version"])
