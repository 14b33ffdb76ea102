"""The end of the stack: a verified delivery becomes an event, is committed, and then answered."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.event import Event, Reply, new_event_id
from hookmw.inbox import Inbox
from hookmw.middleware.ordering import Ordering
from hookmw.middleware.redaction import Redaction
from hookmw.middleware.shell import logger
from hookmw.provider import Provider
from hookmw.router import Router, matches

__all__ = ["Identity", "Receiver"]


class Identity:
    """What makes two deliveries the same event.

    Attributes:
        key: the provider's id of the event, or None.
        dedupe: a hash of that id if the signature covers it, else of the signed content: an id
            outside of the signature can be rewritten by whoever replays a captured delivery.
        alias: a hash of an id that the signature does not cover, else None.
    """

    __slots__ = ("alias", "dedupe", "key")

    def __init__(self, provider: Provider, delivery: Delivery, content: bytes, mode: str) -> None:
        self.key, covered = provider.event_id(delivery)
        self.alias: bytes | None = None
        if self.key is not None and mode != "content" and (covered or mode == "id"):
            self.dedupe = _digest(b"id", self.key.encode())
        else:
            self.dedupe = _digest(b"content", content)
            if self.key is not None:
                self.alias = _digest(b"alias", self.key.encode())


def checked_dedupe(mode: str) -> str:
    """The mode, which says what makes two deliveries the same event.

    Raises:
        ConfigError: there is no such mode.
    """
    if mode not in {"auto", "id", "content"}:
        raise ConfigError(f"dedupe={mode!r} is unknown; known are auto, id, content")
    return mode


class Receiver:
    """Stores and acknowledges.

    Args:
        endpoint: its name.
        provider: says where id, type and time are; its scheme is the endpoint's verifier.
        inbox: gives the inbox, open, with somebody working on it.
        dedupe: `auto` (see `Identity`), `id` or `content`.
        events: patterns; events of another type are acknowledged and dropped. Empty: keep all.
        replies: answers to give in the request, instead of the plain acknowledgement.
        ordering: says which events must wait for one another.
    """

    def __init__(
        self,
        endpoint: str,
        provider: Provider,
        inbox: Callable[[], Awaitable[Inbox]],
        *,
        dedupe: str = "auto",
        events: tuple[str, ...] = (),
        replies: "Replies",
        ordering: Ordering | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.provider = provider
        self.inbox = inbox
        self.dedupe = dedupe
        self.events = events
        self.replies = replies
        self.ordering = ordering or Ordering()
        self.redaction = Redaction(provider.scheme)

    async def __call__(self, delivery: Delivery) -> Reply:
        """The acknowledgement, after the commit.

        Raises:
            InboxUnavailable: the event could not be committed.
        """
        if delivery.proof is None:
            raise BadSignature("nobody has verified it", code="unverified")
        event = self.event_of(delivery)
        ack = delivery.proof.ack or self.provider.acknowledgement(delivery)
        if self.events and not any(matches(pattern, event.type) for pattern in self.events):
            return ack
        identity = Identity(self.provider, delivery, delivery.proof.content, self.dedupe)
        event.key = identity.key
        inbox = await self.inbox()
        order = self.ordering(event)
        await inbox.put(event, dedupe=identity.dedupe, alias=identity.alias, order=order)
        return await self.replies(event) or ack

    def event_of(self, delivery: Delivery) -> Event[Any]:
        """The event that the delivery reports."""
        shown = self.redaction(delivery)
        return Event(
            id=new_event_id(delivery.received_at),
            endpoint=self.endpoint,
            provider=self.provider.name,
            type=self.provider.event_type(delivery),
            key=None,
            body=delivery.body,
            headers=shown.headers,
            received_at=delivery.received_at,
            timestamp=self.provider.event_timestamp(delivery),
            path=shown.path,
            query_string=shown.query_string,
            path_params=shown.path_params,
            envelope=delivery.envelope,
        )


class Replies:
    """Answers that a provider wants in the request: Slack commands, Discord interactions, TwiML.

    Args:
        router: the functions that answer, by event type; each under its own timeout.
        call: runs one of them.
    """

    def __init__(self, router: Router, call: Callable[[Any, Event[Any]], Awaitable[Any]]) -> None:
        self.router = router
        self.call = call

    async def __call__(self, event: Event[Any]) -> Reply | None:
        """The first matching function's answer; None where the acknowledgement is enough."""
        for handler in self.router.match(event.type):
            try:
                return reply_from(await self.call(handler, event))
            except Exception:
                logger.exception("event %s: %s gave no answer", event.id, handler.name)
                break
        return None


def reply_from(answer: Any) -> Reply | None:
    """What a function returned, as an answer: text, bytes, `Reply`, None, or anything for JSON."""
    if answer is None or isinstance(answer, Reply):
        return answer
    if isinstance(answer, str):
        return Reply(200, answer.encode())
    if isinstance(answer, bytes):
        return Reply(200, answer, "application/octet-stream")
    return Reply(200, msgspec.json.encode(answer), "application/json")


def _digest(kind: bytes, value: bytes) -> bytes:
    return blake2b(value, digest_size=16, person=kind).digest()
