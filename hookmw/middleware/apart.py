"""The quarantine: what failed verification is kept apart, for the day a secret is put right."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, HookmwError
from hookmw.event import new_event_id
from hookmw.inbox import Bounds, Inbox, Refused
from hookmw.middleware.shell import logger

__all__ = ["Apart", "Quarantine", "delivery_of"]

CODES = {"signature_mismatch", "timestamp_stale", "timestamp_future"}
"""Refusals that another secret, or a clock put right, would have turned into an acceptance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """How much of what failed verification is kept; the oldest goes first.

    Anybody can fill it, so it is bounded in every way, and holds nothing that was refused before
    its body was read.

    Attributes:
        deliveries: at most so many.
        bytes: at most so many in all bodies and headers together.
        age: seconds; older ones go.
        per_second: at most so many are kept in a second, in each process.

    Raises:
        ConfigError: a number is not above 0.
    """

    deliveries: int = 1000
    bytes: int = 16 * 1024 * 1024
    age: float = 3 * 86400.0
    per_second: float = 10.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not min(self.deliveries, self.bytes, self.age, self.per_second) > 0:
            raise ConfigError("quarantine: all its numbers must be above 0")

    @property
    def bounds(self) -> Bounds:
        """As an inbox wants them."""
        return Bounds(deliveries=self.deliveries, bytes=self.bytes, age=self.age)


class Apart:
    """Keeps an endpoint's refused deliveries apart, after they were answered.

    Args:
        endpoint: its name.
        quarantine: how much.
        inbox: gives the inbox, open.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        endpoint: str,
        quarantine: Quarantine,
        inbox: Callable[[], Awaitable[Inbox]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._quarantine = quarantine
        self._inbox = inbox
        self._clock = clock
        self._next = 0.0

    async def __call__(self, delivery: Delivery) -> None:
        """Keep it if its signature was wrong; never raises."""
        if delivery.refused not in CODES or not delivery.is_read or not self._is_due():
            return
        try:
            inbox = await self._inbox()
            await inbox.quarantine(_refused(delivery, self._endpoint), self._quarantine.bounds)
        except HookmwError as error:
            logger.debug("not kept apart at %s: %s", self._endpoint, error)
        except Exception:
            logger.exception("not kept apart at %s", self._endpoint)

    def _is_due(self) -> bool:
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + 1 / self._quarantine.per_second
        return True


def _refused(delivery: Delivery, endpoint: str) -> Refused:
    return Refused(
        id=new_event_id(delivery.received_at),
        endpoint=endpoint,
        code=delivery.refused,
        method=delivery.method,
        path=delivery.path,
        path_params=dict(delivery.path_params),
        query_string=delivery.query_string,
        headers=delivery.headers,
        body=delivery.body,
        peer=delivery.peer,
        received_at=delivery.received_at,
    )


def delivery_of(refused: Refused, *, public_url: str | None, envelope: str) -> Delivery:
    """The delivery as it came, at the time at which it came."""
    return Delivery(
        method=refused.method,
        path=refused.path,
        headers=refused.headers,
        received_at=refused.received_at,
        query_string=refused.query_string,
        path_params=refused.path_params,
        peer=refused.peer,
        body=refused.body,
        public_url=public_url,
        envelope=envelope,
    )
