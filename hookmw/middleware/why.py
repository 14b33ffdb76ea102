"""Why a signature did not match, in the log: one line more, after the answer, now and then."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from hookmw.delivery import Delivery
from hookmw.middleware.secrets import SecretFinder, SecretSource
from hookmw.middleware.shell import logger
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

if TYPE_CHECKING:
    from hookmw.explain import Explanation

__all__ = ["Why"]

CODES = {
    *("signature_missing", "signature_malformed", "signature_mismatch"),
    *("timestamp_malformed", "timestamp_stale", "timestamp_future"),
}
"""Refusals that an analysis can say more about."""

INTERVAL = 1.0
MAX_MACS = 256
MAX_BYTES = 32 << 20
MAX_BODY = 64 << 10
"""Bytes: parsing a larger body would hold the interpreter too long, even in a thread."""


class Why:
    """Analyses refused deliveries, at most one a second, and logs what it finds.

    It is called after the answer, so that nobody can tell from the answer, nor from the time that
    it takes, whether or what was found. It works in a thread, one at a time.

    Args:
        name: of the endpoint.
        provider: of the endpoint.
        secrets: of the endpoint.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        name: str,
        provider: Provider,
        secrets: SecretSource | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        fits = isinstance(provider.scheme, Scheme) and secrets is not None
        self.name = name
        self.provider = provider
        self.secrets_for = SecretFinder(secrets) if fits else None
        self._clock = clock
        self._next = -INTERVAL
        self._busy = False

    async def __call__(self, delivery: Delivery) -> None:
        """Log the reason if the delivery was refused for its signature; never raises."""
        if self.secrets_for is None or not (_is_readable(delivery) and self._is_due()):
            return
        self._busy = True
        try:
            explanation = await self._analysed(delivery, await self.secrets_for(delivery))
        except Exception:  # the answer has long been given
            logger.debug("no analysis at %s", self.name, exc_info=True)
        else:
            self._log(explanation)
        finally:
            self._busy = False

    def _is_due(self) -> bool:
        """A token bucket that holds one."""
        now = self._clock()
        if self._busy or now < self._next:
            return False
        self._next = now + INTERVAL
        return True

    async def _analysed(self, delivery: Delivery, secrets: Secrets) -> "Explanation":
        def analyse() -> "Explanation":
            # in this thread, at the first refusal: it is a tenth of what `import hookmw` would cost
            from hookmw.explain import Budget, explain  # noqa: PLC0415

            budget = Budget(MAX_MACS, MAX_BYTES, body=MAX_BODY)
            return explain(delivery, self.provider, secrets, budget=budget)

        return await to_thread.run_sync(analyse, limiter=anyio.CapacityLimiter(1))

    def _log(self, explanation: "Explanation") -> None:
        said = (explanation.handshake, explanation.cause)
        for finding in dict.fromkeys(each for each in said if each is not None):
            extra = {"code": finding.code, "endpoint": self.name}
            logger.warning("why: %s", finding, extra=extra)


def _is_readable(delivery: Delivery) -> bool:
    """Whether it was refused for its signature, after its body was read."""
    return delivery.refused in CODES and delivery.is_read
