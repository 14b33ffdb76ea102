"""The stack, one stage a file, outermost first.

    IPAllowlistMiddleware -> RateLimitMiddleware -> RawBodyMiddleware -> SignatureMiddleware
        -> ChallengeMiddleware -> (receiver or any ASGI app)

A stage is a small object that looks at a `Delivery` and lets it pass (None), answers it (a `Reply`)
or raises `Rejected`. `XMiddleware` is that stage in an ASGI shell of its own, for anybody's stack;
an `Endpoint` runs the same stages in one call. Downstream finds the delivery in the ASGI scope
under `DELIVERY`, and can still read the body.

A handshake that its provider does not sign must be answered before the signature is asked for:
put a `ChallengeMiddleware` outside of the `SignatureMiddleware` for it. Handshakes that are signed
are answered only inside of it.
"""

from hookmw.middleware.challenge import ChallengeMiddleware
from hookmw.middleware.ip_allowlist import IPAllowlistMiddleware
from hookmw.middleware.rate_limit import Limit, RateLimitMiddleware
from hookmw.middleware.raw_body import RawBodyMiddleware
from hookmw.middleware.shell import DELIVERY
from hookmw.middleware.signature import SignatureMiddleware

__all__ = [
    "DELIVERY",
    "ChallengeMiddleware",
    "IPAllowlistMiddleware",
    "Limit",
    "RateLimitMiddleware",
    "RawBodyMiddleware",
    "SignatureMiddleware",
]
