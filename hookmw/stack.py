"""The stack of an endpoint, as one visible list."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import dropwhile
from typing import Protocol

from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ChallengeRefused, Malformed
from hookmw.inbox import Inbox
from hookmw.middleware.challenge import Challenges, NoOracle, Registration
from hookmw.middleware.ip_allowlist import IPAllowlist
from hookmw.middleware.methods import Methods
from hookmw.middleware.ordering import Ordering
from hookmw.middleware.rate_limit import Limit, RateLimit
from hookmw.middleware.raw_body import RawBody
from hookmw.middleware.receiver import Receiver, Replies
from hookmw.middleware.secrets import SecretSource
from hookmw.middleware.shell import Stage
from hookmw.middleware.signature import Signature
from hookmw.provider import Provider
from hookmw.router import Router
from hookmw.secret import SecretInput, Secrets
from hookmw.work.call import Caller

__all__ = ["Settings", "judged_again", "stack", "unbound"]


class Settings(Protocol):
    """What the stack must know of its endpoint; see `Endpoint`."""

    name: str
    provider: Provider
    secrets: SecretSource | None
    verify_token: SecretInput | Secrets | None
    challenges: tuple[Challenge, ...]
    registration: Registration
    ip_allowlist: tuple[str, ...] | None
    rate_limit: Limit | None
    client_rate_limit: Limit | None
    max_body: int
    events: tuple[str, ...]
    dedupe: str
    ordering: Ordering
    replies: Router


def stack(
    endpoint: Settings, inbox: Callable[[], Awaitable[Inbox]], trusted_proxies: Sequence[str]
) -> tuple[Stage, ...]:
    """The stages of an endpoint, outermost first; what it leaves out is not there.

    Args:
        endpoint: its settings.
        inbox: gives the inbox, open, with somebody working on it.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed.
    """
    methods = _methods(endpoint.challenges)
    limit, client_limit = endpoint.rate_limit, endpoint.client_rate_limit
    unsigned = [each for each in endpoint.challenges if not each.signed]
    signed = [each for each in endpoint.challenges if each.signed]
    late = _methods(signed)
    opens = hasattr(endpoint.provider.scheme, "open")  # handshakes may come in envelopes
    allowlist = endpoint.ip_allowlist
    stages: tuple[Stage | None, ...] = (
        Methods(methods),
        IPAllowlist(allowlist, trusted_proxies) if allowlist is not None else None,
        RateLimit(client_limit, trusted_proxies=trusted_proxies) if client_limit else None,
        RawBody(endpoint.max_body),
        _answering(endpoint, unsigned),
        Methods(late, allow=methods) if unsigned else None,
        Signature(endpoint.provider.scheme, endpoint.secrets),
        NoOracle(endpoint.challenges) if any(each.signs for each in endpoint.challenges) else None,
        _answering(endpoint, endpoint.challenges if opens else signed, always=opens),
        Methods(("POST",), allow=methods) if len(late) > 1 else None,
        RateLimit(limit, per_client=False) if limit else None,
        _receiver(endpoint, inbox),
    )
    return tuple(stage for stage in stages if stage is not None)


async def unbound() -> Inbox:
    """The inbox of an endpoint that has none yet.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("the endpoint has no inbox yet")


async def judged_again(stages: Sequence[Stage], delivery: Delivery) -> bool:
    """Receive a delivery that was refused before, if it is genuine now; False if it is not.

    Nothing is asked but who signed it: it has been answered long ago. Nor is a handshake received,
    for whose answer nobody waits any more.

    Raises:
        InboxUnavailable: it could not be committed.
        KeyUnavailable: the provider's key could not be fetched.
    """
    try:
        for stage in dropwhile(lambda each: not isinstance(each, Signature), stages):
            if isinstance(stage, Signature | NoOracle | Challenges | Receiver):
                reply = await stage(delivery)
                if reply is not None:
                    return isinstance(stage, Receiver)
    except (BadSignature, ChallengeRefused, Malformed):
        pass
    return False


def _methods(challenges: Sequence[Challenge]) -> tuple[str, ...]:
    return tuple(sorted({"POST", *(each.method for each in challenges)}))


def _answering(
    endpoint: Settings, rows: Sequence[Challenge], *, always: bool = False
) -> Challenges | None:
    """Of no rows, it refuses what came unsigned in an envelope."""
    told = (endpoint.secrets, endpoint.verify_token, endpoint.registration)
    return Challenges(rows, *told) if rows or always else None


def _receiver(endpoint: Settings, inbox: Callable[[], Awaitable[Inbox]]) -> Receiver:
    return Receiver(
        endpoint.name,
        endpoint.provider,
        inbox,
        dedupe=endpoint.dedupe,
        events=endpoint.events,
        replies=Replies(endpoint.replies, Caller()),
        ordering=endpoint.ordering,
    )
