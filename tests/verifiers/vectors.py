"""What the tests of the verifiers that are no rows share with the vectors."""

from typing import Any

from hookmw.delivery import Delivery
from hookmw.secret import Secrets
from tests.vectors.arrangements import TOPIC, RecordingFetch
from tests.vectors.reading import NOW, Vector, delivery_of, named, read

__all__ = ["NOW", "TOPIC", "RecordingFetch", "Vector", "check", "delivery_of", "named", "read"]


async def check(verifier: Any, delivery: Delivery, secrets: Secrets) -> None:
    """What a receiver does: look at the headers, then at the body."""
    if hasattr(verifier, "precheck"):
        verifier.precheck(delivery)
    verdict = verifier.verify(delivery, secrets)
    if verdict is not None:
        assert await verdict is None
