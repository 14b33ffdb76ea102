"""hookmw: receive webhooks in Python.

    github = Endpoint("/github", "github", secrets=os.environ["GITHUB_WEBHOOK_SECRET"])

    @github.on("pull_request.opened")
    async def welcome(event: Event) -> None: ...

    app = Hooks([github])

A 2xx means: this delivery is verified, is on disk, and will be handled at least once.
"""

from hookmw.app import Hooks
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.endpoint import Endpoint
from hookmw.errors import (
    BadSignature,
    ConfigError,
    Discard,
    HookmwError,
    Rejected,
    RetryLater,
    Undecodable,
)
from hookmw.event import Event, Reply
from hookmw.middleware.apart import Quarantine
from hookmw.middleware.rate_limit import Limit
from hookmw.provider import Provider
from hookmw.retry import Retry
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.verifiers import Unverified, Verifier
from hookmw.work.retention import Retention

__all__ = [
    "BadSignature",
    "Challenge",
    "ConfigError",
    "Delivery",
    "Discard",
    "Endpoint",
    "Event",
    "HookmwError",
    "Hooks",
    "Limit",
    "Provider",
    "Quarantine",
    "Rejected",
    "Reply",
    "Retention",
    "Retry",
    "RetryLater",
    "Scheme",
    "Secrets",
    "Undecodable",
    "Unverified",
    "Verifier",
]
