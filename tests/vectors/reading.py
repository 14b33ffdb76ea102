"""The vectors, as data and as the deliveries that they describe."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookmw.delivery import Delivery

FOLDER = Path(__file__).parent
NOW = 1_780_000_000.0
"""The receiver's clock where the oracle looks at none."""

Vector = dict[str, Any]
Kind = tuple[str, str]

FILES = sorted(path for path in FOLDER.glob("*.json") if path.stem != "handshakes")


def read(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return vectors


def kind(vector: Vector) -> Kind:
    return vector["provider"], vector["scheme"]


def named(vector: Vector) -> str:
    return f"{vector['provider']}-{vector['scheme']}-{vector['case']}"


def body_of(vector: Vector) -> bytes:
    return base64.b64decode(vector["body"])


def delivery_of(vector: Vector) -> Delivery:
    """What arrives, with its body read."""
    url = urlsplit(vector["url"])
    return Delivery(
        method=vector["method"],
        path=url.path,
        query_string=url.query.encode(),
        headers=tuple((k.lower().encode(), v.encode()) for k, v in vector["headers"].items()),
        body=body_of(vector),
        received_at=clock_of(vector),
        public_url=f"{url.scheme}://{url.netloc}",
    )


def clock_of(vector: Vector) -> float:
    """When it arrives; what SendGrid published was never dated by an oracle: its own time."""
    if vector["provider"] == "sendgrid" and vector["case"].startswith("published"):
        return float(vector["headers"]["X-Twilio-Email-Event-Webhook-Timestamp"])
    return NOW if vector["now"] is None else float(vector["now"])


ALL = [vector for path in FILES for vector in read(path.stem)]
