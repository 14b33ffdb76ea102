"""Everything that can go wrong, as one tree.

    HookmwError
    ├── ConfigError             what the developer wrote cannot work (raised at construction)
    ├── Rejected                a delivery is refused; knows its HTTP status and its code
    │   ├── Malformed           400  the request does not have the shape it must have
    │   ├── BadSignature        401  the signature does not match
    │   │   ├── MissingSignature     there is none
    │   │   ├── MalformedSignature   it cannot be one
    │   │   └── StaleTimestamp       it is too old, or from the future
    │   ├── ChallengeRefused    403  a handshake asks for what we must not answer
    │   ├── AddressNotAllowed   403  the client's address is not on the list
    │   ├── UnknownEndpoint     404
    │   ├── MethodNotAllowed    405
    │   ├── BodyTimeout         408  the body came too slowly
    │   ├── BodyTooLarge        413
    │   ├── RateLimited         429
    │   ├── InboxUnavailable    503  the event could not be committed
    │   └── KeyUnavailable      503  the provider's key could not be fetched
    ├── ClientGone              the sender hung up before its body was whole
    ├── Undecodable             an authentic body is not the data it should be
    ├── LeaseLost               a handler's writes were undone: its event is another worker's
    └── Signal                  what a handler raises to steer its own retry
        ├── RetryLater
        └── Discard

A `Rejected` never holds bytes of the sender: its reason is ours, safe to log. The sender reads one
word (`Rejected.word`), the same for every reason of one status.
"""

import math
from typing import ClassVar

__all__ = [
    "AddressNotAllowed",
    "BadSignature",
    "BodyTimeout",
    "BodyTooLarge",
    "ChallengeRefused",
    "ClientGone",
    "ConfigError",
    "Discard",
    "HookmwError",
    "InboxUnavailable",
    "KeyUnavailable",
    "LeaseLost",
    "Malformed",
    "MalformedSignature",
    "MethodNotAllowed",
    "MissingSignature",
    "RateLimited",
    "Rejected",
    "RetryLater",
    "Signal",
    "StaleTimestamp",
    "Undecodable",
    "UnknownEndpoint",
]


class HookmwError(Exception):
    """The root of the tree."""


class ConfigError(HookmwError, ValueError):
    """The configuration cannot work; the message names the place and the remedy."""


class Rejected(HookmwError):
    """A delivery is refused.

    Attributes:
        status: HTTP status of the answer.
        code: stable name of the reason, for logs and metrics.
        word: the whole body of the answer.
        headers: headers that the answer must carry.
        reason: a sentence for the log; never contains bytes of the sender.
    """

    status: ClassVar[int] = 400
    code: str = "rejected"
    word: ClassVar[str] = "rejected"

    def __init__(self, reason: str = "", *, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if code is not None:
            self.code = code

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Headers of the answer, as ASGI wants them."""
        return ()


class Malformed(Rejected):
    """The request does not have the shape that this endpoint's provider sends."""

    code = "malformed"
    word = "malformed"


class BadSignature(Rejected):
    """The signature does not match the content under any of the secrets."""

    status = 401
    code = "signature_mismatch"
    word = "unauthorized"


class MissingSignature(BadSignature):
    """The place where the signature should be is empty."""

    code = "signature_missing"


class MalformedSignature(BadSignature):
    """What stands in the signature's place cannot be a signature of this scheme."""

    code = "signature_malformed"


class StaleTimestamp(BadSignature):
    """The signed timestamp is further from now than the tolerance."""

    code = "timestamp_stale"


class ChallengeRefused(Rejected):
    """A handshake asks for an answer that must not be given."""

    status = 403
    code = "challenge_refused"
    word = "forbidden"


class AddressNotAllowed(Rejected):
    """The client's address is not in the allowed networks."""

    status = 403
    code = "address_not_allowed"
    word = "forbidden"


class UnknownEndpoint(Rejected):
    """No endpoint has this path."""

    status = 404
    code = "endpoint_unknown"
    word = "not found"


class MethodNotAllowed(Rejected):
    """The endpoint does not take this HTTP method.

    Args:
        allowed: the methods that it takes.
    """

    status = 405
    code = "method_not_allowed"
    word = "method not allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"this endpoint takes {', '.join(allowed)}")
        self.allowed = allowed

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The `Allow` header (RFC 9110, 10.2.1)."""
        return ((b"allow", ", ".join(self.allowed).encode()),)


class _BodyUnread(Rejected):
    """A refusal that leaves bytes of the body unread: the connection ends with it."""

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """`Connection: close`, so that nobody reads the rest as the next request."""
        return ((b"connection", b"close"),)


class BodyTimeout(_BodyUnread):
    """The body was not whole at its deadline."""

    status = 408
    code = "body_timeout"
    word = "timeout"


class BodyTooLarge(_BodyUnread):
    """The body is larger than the cap."""

    status = 413
    code = "body_too_large"
    word = "too large"


class _RetryAfter(Rejected):
    """A refusal that says when to come back.

    Args:
        reason: see `Rejected`.
        retry_after: seconds; the header carries it rounded up to a whole number.
    """

    def __init__(self, reason: str = "", *, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The `Retry-After` header (RFC 9110, 10.2.3)."""
        return ((b"retry-after", str(max(1, math.ceil(self.retry_after))).encode()),)


class RateLimited(_RetryAfter):
    """The budget of this client or of this endpoint is spent.

    Args:
        per_minute: the sustained rate, in requests per minute.
        burst: how many may come at once.
        retry_after: seconds until there is budget for one more.
    """

    status = 429
    code = "rate_limited"
    word = "slow down"

    def __init__(self, per_minute: float, burst: int, *, retry_after: float) -> None:
        super().__init__(f"over {per_minute:g} a minute", retry_after=retry_after)
        self.per_minute = per_minute
        self.burst = burst

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """`Retry-After`, `RateLimit-Policy`, `RateLimit` (draft-ietf-httpapi-ratelimit-headers)."""
        wait = max(1, math.ceil(self.retry_after))
        policy = f'"default";q={max(1, int(self.per_minute))};w=60'
        return (
            *super().headers,
            (b"ratelimit-policy", policy.encode()),
            (b"ratelimit", f'"default";r=0;t={wait}'.encode()),
        )


class InboxUnavailable(_RetryAfter):
    """The inbox could not commit the event: locked too long, full, gone or closing."""

    status = 503
    code = "inbox_unavailable"
    word = "unavailable"


class KeyUnavailable(_RetryAfter):
    """The provider's key or certificate cannot be fetched now; nothing has been verified."""

    status = 503
    code = "key_unavailable"
    word = "unavailable"


class ClientGone(HookmwError):
    """The sender hung up; there is nobody to answer."""


class Undecodable(HookmwError):
    """The body of a verified event is not the data that was asked for."""


class LeaseLost(HookmwError):
    """A claim was lost before its handler's transaction ended, so nothing of it was written."""


class Signal(HookmwError):
    """What a handler raises to say what shall become of its event."""


class RetryLater(Signal):
    """Try this handler again after a delay; counts as a failed attempt.

    Args:
        seconds: the delay, in seconds, from now.
        reason: kept with the attempt.
    """

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"handler asked to be run again in {seconds:g} s")
        self.seconds = seconds


class Discard(Signal):
    """Never try again: the event becomes a dead letter at once.

    Args:
        reason: kept with the attempt.
    """

    def __init__(self, reason: str = "discarded by its handler") -> None:
        super().__init__(reason)
