"""How the vectors that these files make are written."""

import base64
import json
import sys
from importlib.metadata import version
from typing import Any

NOW = 1_780_000_000
URL = "https://hooks.example.com/in/provider"
BODY = '{"id":"evt_1","type":"thing.created","data":{"name":"Zoë ☃ <a&b>","n":1.50}}'.encode()


def vector(case: str, expect: str, body: bytes, headers: dict[str, str], **more: Any) -> Any:
    """One delivery and the verdict on it."""
    named = {key: more.pop(key) for key in ("provider", "scheme")}
    return {
        **named,
        "case": case,
        "secret": more.pop("secret"),
        "method": more.pop("method", "POST"),
        "url": more.pop("url", URL),
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "expect": expect,
        "made_by": more.pop("made_by"),
        "now": more.pop("now", None),
    }


def oracle(package: str, function: str) -> str:
    """The name of whoever judges."""
    return f"{package} {version(package)} {function}"


def write(vectors: list[Any]) -> None:
    """Print them."""
    sys.stdout.write(json.dumps(vectors, indent=1) + "\n")
