"""Which secrets a delivery is measured by: fixed ones, or those of its tenant."""

from collections.abc import Awaitable, Callable

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.secret import SecretInput, Secrets

__all__ = ["SecretFinder", "SecretSource"]

SecretSource = SecretInput | Secrets | Callable[[Delivery], Awaitable[SecretInput | Secrets | None]]
"""Secrets, or an async function that finds them for a delivery (one secret per tenant)."""


class SecretFinder:
    """Secrets by delivery.

    Args:
        source: the secrets, or the function that finds them.
        check: called with fixed secrets, so that wrong ones fail when the program starts.

    Raises:
        ConfigError: fixed secrets are missing, empty, or not in the form that `check` wants.
    """

    def __init__(
        self, source: SecretSource | None, check: Callable[[Secrets], None] | None = None
    ) -> None:
        self._find = source if callable(source) else None
        self._fixed = None if callable(source) else Secrets.of(source)
        if check is not None and self._fixed is not None:
            check(self._fixed)

    async def __call__(self, delivery: Delivery) -> Secrets:
        """The secrets for this delivery.

        Raises:
            BadSignature: nobody knows any (an unknown tenant).
        """
        if self._fixed is not None:
            return self._fixed
        assert self._find is not None  # noqa: S101 - one of the two is set
        try:
            return Secrets.of(await self._find(delivery))
        except (LookupError, ConfigError):
            raise BadSignature("no secret for this delivery", code="secret_unknown") from None
