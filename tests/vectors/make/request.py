"""A request that an oracle is shown; nothing here knows of hookmw."""

import base64
from dataclasses import dataclass, field

NOW = 1_780_000_000
"""The clock of every oracle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent, and the secret of the one who looks at it."""

    secret: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes
    method: str = "POST"
    url: str = "https://hooks.example.com/in/provider"

    def as_json(self) -> dict[str, object]:
        """As vectors are written."""
        return {
            "secret": self.secret,
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "body": base64.b64encode(self.body).decode(),
        }
