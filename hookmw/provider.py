"""Who sends: a `Provider` is a scheme, its handshakes, and where an event's id and type are."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import msgspec

from hookmw.challenge import VISIBLE, Challenge
from hookmw.delivery import Delivery, Headers, RequestParts
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.scheme import Scheme
from hookmw.scheme.timestamps import parse_timestamp, timestamp_unit
from hookmw.verifiers import Verifier

__all__ = ["Provider"]

MAX_TYPE = 200
"""Characters; a longer type is no type."""

MAX_ID = 500
"""Characters; a longer id is no id."""

_Alternatives = tuple[tuple[tuple[Place, bool], ...], ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """A source of webhooks.

    Attributes:
        name: as users write it.
        scheme: how it signs: a `Scheme`, or another verifier.
        challenges: its handshakes.
        id: places of the provider's own id of the event, separated by ` | `: the first that holds
            something counts.
        type: places of the event's type, likewise; several places joined by a space give a dotted
            type, and a place with `?` may be empty: `header:x-github-event body:action?` gives
            `push` and `pull_request.opened`.
        timestamp: place of the time of the event, where the scheme signs none.
        unit: how that timestamp is written: `s`, `ms` or `rfc3339`.
        envelope: the form field that holds the JSON, where the body is a form.
        body: `json`, or `raw` where it may be anything.
        refusals: HTTP status by our status, where the provider's contract wants another.
        ack: the acknowledgement, where the provider's contract wants another than 200 and `ok`: a
            text, an object for JSON in whose texts a place in braces is filled, or the HTTP status
            of an empty answer.
        ack_headers: its headers, likewise; what no header can hold is left out.
        title: the name as the provider writes it.
        docs: its page on verification.
        env: the customary name of the environment variable that holds the secret.
        proof: how the row was proved: `vector` (known answers of somebody else's code), `sdk` (the
            provider's own code was read), or `docs`.
        deadline: seconds in which it wants its answer; 0 where it does not say.
        retries: what it does when it gets none, in a few words.
        disables: what makes it stop sending to an endpoint, in a few words.
        addresses: where it publishes the addresses that it sends from.
        notes: what people get wrong, in a sentence or two.
    """

    name: str
    _: KW_ONLY
    scheme: Verifier
    challenges: tuple[Challenge, ...] = ()
    id: str = ""
    type: str = "body:type"
    timestamp: str = ""
    unit: str = "s"
    envelope: str = "payload"
    body: str = "json"
    refusals: Mapping[int, int] = field(default_factory=dict)
    ack: str | int | Mapping[str, Any] | None = None
    ack_headers: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    docs: str = ""
    env: str = ""
    proof: str = "docs"
    deadline: float = 0.0
    retries: str = ""
    disables: str = ""
    addresses: str = ""
    notes: str = ""
    _ids: tuple[Place, ...] = field(init=False, repr=False, compare=False)
    _types: _Alternatives = field(init=False, repr=False, compare=False)
    _timestamp: Place | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the places apart once."""
        ids = tuple(Place.of(text.strip()) for text in self.id.split("|") if text.strip())
        types = tuple(_joined(text) for text in self.type.split("|") if text.strip())
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_types", types)
        sent = Place.of(self.timestamp) if self.timestamp else None
        object.__setattr__(self, "_timestamp", sent)
        timestamp_unit(self.unit)

    def event_id(self, delivery: Delivery) -> tuple[str | None, bool]:
        """The provider's id of the event, and whether the signature covers it.

        An id that is empty, longer than `MAX_ID`, or holds control characters is none.
        """
        for place in self._ids:
            found = _printable(place.read(delivery), MAX_ID)
            if found:
                covers = getattr(self.scheme, "covers", None)
                return found, covers is not None and covers(place)
        return None, False

    def event_type(self, delivery: Delivery) -> str:
        """The type of the event, or `""` where there is none, or none that can be one.

        A type is at most `MAX_TYPE` characters, none of them a control character.
        """
        for alternative in self._types:
            parts = [(place.read(delivery), optional) for place, optional in alternative]
            if all(text or optional for text, optional in parts):
                return _printable(".".join(text for text, _ in parts if text), MAX_TYPE)
        return ""

    def acknowledgement(self, parts: RequestParts) -> Reply:
        """What this event's sender is told when it is committed."""
        headers = self._ack_headers(parts)
        if isinstance(self.ack, int):
            return Reply(self.ack, headers=headers)
        if self.ack is None or isinstance(self.ack, str):
            text = "ok" if self.ack is None else self.ack
            return Reply(200, text.encode(), headers=headers)
        answer = _filled(parts, self.ack)
        return Reply(200, msgspec.json.encode(answer), "application/json", headers)

    def event_timestamp(self, delivery: Delivery) -> float | None:
        """When the provider says it happened, in seconds since the epoch."""
        if isinstance(self.scheme, Scheme) and self.scheme.timestamp is not None:
            return self.scheme.signed_at(delivery)
        if self._timestamp is None:
            return None
        return parse_timestamp(self._timestamp.read(delivery) or "", self.unit)

    def _ack_headers(self, parts: RequestParts) -> Headers:
        filled = {name: _filled(parts, text) for name, text in self.ack_headers.items()}
        return tuple(
            (name.encode(), text.encode())
            for name, text in filled.items()
            if text and VISIBLE.fullmatch(text)
        )


def _filled(parts: RequestParts, value: Any) -> Any:
    """The same JSON with what stands at the places in its texts."""
    if isinstance(value, Mapping):
        return {key: _filled(parts, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(parts, each) for each in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\{(\w+:[^{}]+)\}", lambda place: Place.of(place[1]).read(parts) or "", value)


def _printable(text: str | None, limit: int) -> str:
    return text if text and len(text) <= limit and text.isprintable() else ""


def _joined(text: str) -> tuple[tuple[Place, bool], ...]:
    return tuple((Place.of(word.rstrip("?")), word.endswith("?")) for word in text.split())
