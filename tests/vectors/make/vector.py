"""What the generators of vectors share: the shape of one, and writing a file of them."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

BASE = "https://hooks.example.com/in/provider"


def vector(
    case: str,
    *,
    secret: str,
    accepted: bool,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    method: str = "POST",
    opened: str | None = None,
) -> dict[str, Any]:
    """One vector, without what is the same in all of a file."""
    url = f"{BASE}?{urlencode(query)}" if query else BASE
    return {
        "case": case,
        "secret": secret,
        "method": method,
        "url": url,
        "headers": dict(headers or {}),
        "body": base64.b64encode(body).decode(),
        "expect": "accept" if accepted else "reject",
        **({} if opened is None else {"extra": {"opened": opened}}),
    }


def write(
    provider: str,
    scheme: str,
    made_by: str,
    vectors: Sequence[Mapping[str, Any]],
    *,
    now: float | None = None,
) -> None:
    """Write the provider's file beside this folder."""
    shared = {"provider": provider, "scheme": scheme}
    whole = [{**shared, **each, "made_by": made_by, "now": now} for each in vectors]
    path = Path(__file__).parents[1] / f"{provider}.json"
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
