"""One path, one provider, its secrets: the stack as one visible list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from starlette.types import Receive, Scope, Send

from hookmw.address import network_list
from hookmw.catalog import provider as catalogued
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.errors import ClientGone, ConfigError, Rejected
from hookmw.event import Reply
from hookmw.inbox import Refused
from hookmw.inbox.urls import inbox_from_url
from hookmw.middleware.apart import Apart, Quarantine, delivery_of
from hookmw.middleware.challenge import OnSecret, Registering, Registration
from hookmw.middleware.lifespan import run_lifespan
from hookmw.middleware.ordering import Finder, Ordering
from hookmw.middleware.path import PathTemplate
from hookmw.middleware.rate_limit import Limit
from hookmw.middleware.raw_body import MAX_BODY, TIMEOUT, BodyCapture, checked_timeout
from hookmw.middleware.receiver import checked_dedupe
from hookmw.middleware.secrets import SecretSource
from hookmw.middleware.shell import (
    delivery_from,
    log_refusal,
    logger,
    refusal,
    refuse_other,
    refuse_unknown,
    respond,
    route_path,
)
from hookmw.middleware.why import Why
from hookmw.provider import Provider
from hookmw.retry import Retry
from hookmw.router import Router, checked_patterns
from hookmw.secret import SecretInput, Secrets
from hookmw.stack import judged_again, stack, unbound
from hookmw.verifiers import Verifier
from hookmw.work.dispatcher import Source
from hookmw.work.runtime import Runtime

__all__ = ["Endpoint"]

F = TypeVar("F", bound=Callable[..., Any])
LimitInput = Limit | float | Mapping[str, Any]

REPLY_TIMEOUT = 2.5
"""Seconds: Slack and Discord give up after 3."""

UNEXPECTED = Reply(500, b"error")


class Endpoint:
    """Receives one provider's webhooks at one path.

    Args:
        path: below the mount point; may hold parameters: `/shopify/{tenant}`.
        provider: a name from the catalogue, or a `Provider`.
        secrets: one, several with the newest first (rotation), or an async function of the
            delivery that finds them (one secret per tenant).
        name: by which its events are kept; the path without slashes if None.
        verifier: another than the provider's scheme; `Unverified()` where nothing is signed.
        verify_token: what the provider was told for its handshake (Meta).
        challenges: other handshakes than the provider's.
        registering: whether a secret that comes over the hook (Asana) is awaited, the first one and
            no other; or an async function of the delivery that knows, asked for each.
        on_secret: async function of the delivery and that secret, which is kept nowhere else; it
            must not replace one that is there.
        ip_allowlist: networks that may send; all if None.
        rate_limit: for verified deliveries of this endpoint, per process.
        client_rate_limit: for each client's address, before verification, per process.
        max_body: bytes.
        body_timeout: seconds in which the body must be whole.
        events: patterns of the types that are kept; others are acknowledged and dropped.
        dedupe: `auto`, `id` or `content`: what makes two deliveries the same event.
        order_by: what an event concerns: a place (`body:data.object.id`) or a function of the
            event. Events that concern the same are handled one at a time, in the order of their
            arrival; all others at the same time.
        order_failed: `hold` if an event that waits for its next attempt, or is dead, holds back
            those after it until it is handled, replayed or dismissed; `step_aside` if not.
        stale_by: how new an event says that it is (`body:created`), as `order_by`: one that is
            older than the newest that was handled, and is still kept, is stale.
        stale: `skip` if no handler gets a stale event; `report` if they get it, with `event.stale`.
        retry: for handlers that name none.
        timeout: seconds, likewise.

    Raises:
        ConfigError: anything that cannot work, with the remedy.
    """

    runtime: Runtime | None = None
    public_url: str | None = None
    apart: Apart | None = None

    def __init__(
        self,
        path: str,
        provider: str | Provider,
        *,
        secrets: SecretSource | None = None,
        name: str | None = None,
        verifier: Verifier | None = None,
        verify_token: SecretInput | Secrets | None = None,
        challenges: Sequence[Challenge] | None = None,
        registering: Registering = False,
        on_secret: OnSecret | None = None,
        ip_allowlist: Iterable[str] | None = None,
        rate_limit: LimitInput | None = None,
        client_rate_limit: LimitInput | None = None,
        max_body: int = MAX_BODY,
        body_timeout: float = TIMEOUT,
        events: Iterable[str] | None = None,
        dedupe: Literal["auto", "id", "content"] = "auto",
        order_by: Finder | None = None,
        order_failed: Literal["hold", "step_aside"] = "hold",
        stale_by: Finder | None = None,
        stale: Literal["skip", "report"] = "skip",
        retry: Retry | None = None,
        timeout: float = 60.0,
    ) -> None:
        self.provider = _provider(provider, verifier)
        self.template = PathTemplate(path)
        self.path, self.secrets, self.verify_token = self.template.text, secrets, verify_token
        self.name = name or self.path.strip("/") or self.provider.name
        self.challenges = tuple(self.provider.challenges if challenges is None else challenges)
        self.registration = Registration(pending=registering, on_secret=on_secret)
        self.ip_allowlist = None if ip_allowlist is None else network_list(ip_allowlist)
        self.rate_limit, self.client_rate_limit = _limit(rate_limit), _limit(client_rate_limit)
        self.max_body, self.body_timeout = max_body, checked_timeout(body_timeout)
        self.events, self.dedupe = checked_patterns(events), checked_dedupe(dedupe)
        self.ordering = Ordering(order_by, stale_by, failed=order_failed, stale=stale)
        self.router = Router(retry=retry, timeout=timeout)
        self.replies = Router(timeout=REPLY_TIMEOUT)
        self.stages, self.why = stack(self, unbound, ()), Why(self.name, self.provider, secrets)

    # what its owner writes

    def on(
        self,
        pattern: str,
        *,
        retry: Retry | None = None,
        timeout: float | None = None,
        name: str | None = None,
    ) -> Callable[[F], F]:
        """Decorate a handler of the events that `pattern` matches; see `Router.on`."""
        return self.router.on(pattern, retry=retry, timeout=timeout, name=name)

    def reply(
        self, pattern: str, *, timeout: float = REPLY_TIMEOUT, name: str | None = None
    ) -> Callable[[F], F]:
        """Decorate a function whose answer the provider gets in the request.

        The event is committed first. The function may return text, bytes, a `Reply`, or anything
        that is sent as JSON; if it fails or is too slow the answer is the plain acknowledgement.

        Args:
            pattern: as for handlers; the first function that matches answers.
            timeout: seconds.
            name: stable name; `module.function` if None.
        """
        return self.replies.on(pattern, timeout=timeout, name=name)

    # what its surroundings use

    def bind(
        self,
        runtime: Runtime,
        *,
        trusted_proxies: Sequence[str] = (),
        public_url: str | None = None,
        quarantine: Quarantine | None = None,
    ) -> None:
        """Give it an inbox and a worker to share; done once, by `Hooks` or at the first request.

        Raises:
            ConfigError: it has been bound before.
        """
        if self.runtime is not None:
            raise ConfigError(f"endpoint {self.name!r} has an inbox already: make another Endpoint")
        if public_url is None and getattr(self.provider.scheme, "signs_url", False):
            raise ConfigError(
                f"endpoint {self.name!r}: {self.provider.name} signs the URL: pass public_url= to"
                " Hooks, with scheme, host and the prefix it is mounted at"
            )
        self.runtime = runtime
        self.public_url = public_url
        self.stages = stack(self, runtime.ready, trusted_proxies)
        if quarantine is not None:
            self.apart = Apart(self.name, quarantine, runtime.ready)
        runtime.dispatcher.sources[self.name] = Source(
            name=self.name,
            router=self.router,
            is_data=self.provider.body == "json",
            envelope=self.provider.envelope,
            skips_stale=self.ordering.skips_stale,
        )

    def match(self, path: str) -> Mapping[str, str] | None:
        """The path's parameters if this endpoint is meant, else None.

        Args:
            path: below the mount point; one trailing slash is overlooked, since a redirect to the
                right spelling is a failed delivery for every provider.
        """
        return self.template.match(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app of its own, with an inbox in `hooks.db` unless it was bound to another."""
        if self.runtime is None:
            self.bind(Runtime(inbox_from_url("sqlite:///hooks.db")))
        assert self.runtime is not None  # noqa: S101 - bound above
        if scope["type"] == "lifespan":
            await run_lifespan(self.runtime, receive, send)
            return
        parameters = self.match(route_path(scope))
        if parameters is None:
            await refuse_unknown(scope, receive, send)
        else:
            await self.handle(scope, receive, send, parameters)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, parameters: Mapping[str, str]
    ) -> None:
        """Answer a request that is meant for this endpoint."""
        if scope["type"] != "http":
            await refuse_other(scope, receive, send)
            return
        delivery = delivery_from(
            scope,
            path=route_path(scope),
            path_params=parameters,
            public_url=self.public_url,
            envelope=self.provider.envelope,
        )
        capture = BodyCapture(receive, max_body=self.max_body, timeout=self.body_timeout)
        delivery.arm(capture.read)
        try:
            reply = await self.answer(delivery)
        except ClientGone:
            logger.debug("the sender of a delivery to %s hung up", self.name)
        else:
            await respond(send, reply, receive)
            await self.why(delivery)
            if self.apart is not None:
                await self.apart(delivery)

    async def answer(self, delivery: Delivery) -> Reply:
        """The answer to a delivery; never raises but for `ClientGone` and cancellation."""
        try:
            for stage in self.stages:
                reply = await stage(delivery)
                if reply is not None:
                    return reply
        except Rejected as error:
            log_refusal(error, delivery, self.name, path=self.path)
            delivery.refused = error.code
            return refusal(error, self.provider.refusals)
        except ClientGone:
            raise
        except Exception:  # whatever it was, it is no 2xx
            logger.exception("endpoint %s failed", self.name)
        return UNEXPECTED

    async def reverify(self, refused: Refused) -> bool:
        """Take what was kept apart if it is genuine by the secrets of now; False if it is not.

        It is judged as at the time at which it came.

        Raises:
            InboxUnavailable: it could not be committed.
            KeyUnavailable: the provider's key could not be fetched.
        """
        delivery = delivery_of(refused, public_url=self.public_url, envelope=self.provider.envelope)
        return await judged_again(self.stages, delivery)

    def __repr__(self) -> str:
        """Its name, path and provider; never its secrets."""
        return f"<Endpoint {self.name!r}: {self.provider.name} at {self.path}>"


def _provider(provider: str | Provider, verifier: Verifier | None) -> Provider:
    known = catalogued(provider) if isinstance(provider, str) else provider
    return known if verifier is None else replace(known, scheme=verifier)


def _limit(limit: LimitInput | None) -> Limit | None:
    return None if limit is None else Limit.of(limit)
