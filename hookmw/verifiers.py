"""Who says that a delivery is genuine: the protocol, and the few verifiers that no row can say."""

from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from hookmw.delivery import Delivery
from hookmw.secret import Secrets

__all__ = ["Unverified", "Verifier"]


@runtime_checkable
class Verifier(Protocol):
    """Anything that can tell a genuine delivery from a forged one.

    `Scheme` is one. A verifier of your own needs this one method; it may be async. Two more are
    used where they exist: `precheck(delivery)`, which looks at headers alone before the body is
    read, and `signed_content(delivery) -> bytes`, the bytes that the signature covers (the body
    if there is no such method).
    """

    def verify(self, delivery: Delivery, secrets: Secrets) -> Awaitable[None] | None:
        """Return None if the delivery is genuine.

        Anything else that is returned, True included, refuses the delivery: a verifier that
        answers instead of raising is a mistake waiting for its `return False`.

        Args:
            delivery: its body has been read.
            secrets: the endpoint's, newest first.

        Raises:
            BadSignature: or one of its kin: the delivery is refused with 401.
            Exception: anything else refuses it with 500, and is logged with its traceback.
        """
        ...


class Unverified:
    """Accepts everything, for sources that sign nothing; saying so is deliberate, never a default.

    Put something else in front: an IP allowlist, a secret path, a network policy.
    """

    __slots__ = ()

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Accept."""

    def __repr__(self) -> str:
        """`Unverified()`."""
        return "Unverified()"
