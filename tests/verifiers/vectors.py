"""Deliveries that other people's code made and judged, for the verifiers that are no rows."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookmw.delivery import Delivery
from hookmw.errors import KeyUnavailable
from hookmw.secret import Secrets

FOLDER = Path(__file__).parents[1] / "vectors"
NOW = 1_780_000_000.0

Vector = dict[str, Any]


class RecordingFetch:
    """Serves what it is told, and remembers what it was asked for."""

    def __init__(self, answers: Mapping[str, bytes] | bytes = b"") -> None:
        self.answers = answers
        self.asked: list[tuple[str, bytes | None]] = []

    async def __call__(self, url: str, body: bytes | None = None, *, fresh: bool = False) -> bytes:
        self.asked.append((url, body))
        if isinstance(self.answers, bytes):
            return self.answers
        if url not in self.answers:
            raise KeyUnavailable("not served")
        return self.answers[url]


def read(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return vectors


def named(vector: Vector) -> str:
    return f"{vector['provider']}-{vector['scheme']}-{vector['case']}"


def delivery_of(vector: Vector) -> Delivery:
    url = urlsplit(vector["url"])
    return Delivery(
        method=vector["method"],
        path=url.path,
        query_string=url.query.encode(),
        headers=tuple((k.lower().encode(), v.encode()) for k, v in vector["headers"].items()),
        body=base64.b64decode(vector["body"]),
        received_at=NOW if vector["now"] is None else vector["now"],
        public_url=f"{url.scheme}://{url.netloc}",
    )


async def check(verifier: Any, delivery: Delivery, secrets: Secrets) -> None:
    """What a receiver does: look at the headers, then at the body."""
    if hasattr(verifier, "precheck"):
        verifier.precheck(delivery)
    verdict = verifier.verify(delivery, secrets)
    if verdict is not None:
        assert await verdict is None
