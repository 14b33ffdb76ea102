"""Only these HTTP methods."""

from hookmw.delivery import Delivery
from hookmw.errors import MethodNotAllowed

__all__ = ["Methods"]


class Methods:
    """Refuses every HTTP method but these.

    Args:
        accepted: upper case.
        allow: what the sender is told, where other methods are for handshakes.
    """

    def __init__(self, accepted: tuple[str, ...], *, allow: tuple[str, ...] = ()) -> None:
        self.accepted = accepted
        self.allow = allow or accepted

    async def __call__(self, delivery: Delivery) -> None:
        """Pass, or raise `MethodNotAllowed`."""
        if delivery.method not in self.accepted:
            raise MethodNotAllowed(self.allow)
