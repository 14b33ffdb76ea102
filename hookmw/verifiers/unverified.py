"""`Unverified`: for sources that sign nothing."""

from hookmw.delivery import Delivery
from hookmw.secret import Secrets

__all__ = ["Unverified"]


class Unverified:
    """Accepts everything, for sources that sign nothing; saying so is deliberate, never a default.

    Put something else in front: an IP allowlist, a secret path, a network policy.
    """

    __slots__ = ()

    needs_secrets = False

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Accept."""

    def __repr__(self) -> str:
        """`Unverified()`."""
        return "Unverified()"
