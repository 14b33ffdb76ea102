"""`Verifier`: who says that a delivery is genuine."""

from collections.abc import Awaitable
from typing import Protocol, runtime_checkable

from hookmw.delivery import Delivery
from hookmw.secret import Secrets

__all__ = ["Verifier"]


@runtime_checkable
class Verifier(Protocol):
    """Anything that can tell a genuine delivery from a forged one.

    `Scheme` is one. A verifier of your own needs this one method; it may be async. More are used
    where they exist: `precheck(delivery)`, which looks at headers alone before the body is read;
    `signed_content(delivery) -> bytes`, the bytes that the signature covers (the body if there is
    no such method); `covers(place) -> bool`, whether the signature covers what stands there;
    `with_fetch(fetch)`, a copy that may fetch the URLs that its `fetches` matches.

    Where the body is an envelope: `open(delivery, secrets) -> bytes` gives what is in it, which
    takes the body's place for everything after. It is called only after `verify` was content, and
    raises `BadSignature` where the envelope cannot be opened, with no word on why: else whoever
    sends envelopes could learn what is in other people's. Where the provider wants its
    acknowledgement encrypted or signed: `seal(delivery, secrets) -> Reply` gives it. Where a
    handshake comes in an envelope but without a signature: `unsigned(delivery, secrets)` gives what
    is in it, or None where it is anything else. That proves nothing, so only a handshake is
    answered, and no event is made of it; `verify` refuses it.
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
