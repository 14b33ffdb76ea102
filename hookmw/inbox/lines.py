"""Events as lines of JSON, as they move from one inbox to another.

A line is an object; bytes, and texts that strangers wrote, are base64 in it.
"""

from typing import Any
from uuid import UUID

import msgspec

from hookmw.event import Event
from hookmw.inbox import Attempt, Entry, Order, State, Stored

__all__ = ["from_line", "to_line"]


class Line(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event on a line; see `Event`, `Entry` and `Stored`."""

    id: UUID
    endpoint: str
    provider: str
    type: bytes
    state: State
    received_at: float
    body: bytes
    headers: list[tuple[bytes, bytes]]
    dedupe: bytes
    key: bytes | None = None
    timestamp: float | None = None
    envelope: str = "payload"
    path: bytes = b""
    path_params: list[tuple[bytes, bytes]] = []
    query: bytes = b""
    attempts: int = 0
    replayed: bool = False
    handled: list[bytes] = []
    note: bytes = b""
    due_at: float | None = None
    settled_at: float | None = None
    conflict: bool = False
    runs: list[tuple[int, bytes, str, bytes, float, float]] = []
    alias: bytes | None = None
    order: tuple[bytes, bool, float | None] | None = None


_decoder = msgspec.json.Decoder(Line)


def to_line(stored: Stored) -> bytes:
    """The line, without its line feed."""
    entry, event, order = stored.entry, stored.entry.event, stored.order
    line = Line(
        id=event.id,
        endpoint=event.endpoint,
        provider=event.provider,
        type=_bytes(event.type),
        state=entry.state,
        received_at=event.received_at,
        body=event.body,
        headers=list(event.headers),
        dedupe=stored.dedupe,
        key=None if event.key is None else _bytes(event.key),
        timestamp=event.timestamp,
        envelope=event.envelope,
        path=_bytes(event.path),
        path_params=[(_bytes(name), _bytes(value)) for name, value in event.path_params.items()],
        query=event.query_string,
        attempts=event.attempt,
        replayed=event.replayed,
        handled=[_bytes(name) for name in sorted(entry.handled)],
        note=_bytes(entry.note),
        due_at=entry.due_at,
        settled_at=entry.settled_at,
        conflict=entry.conflict,
        runs=[_run(attempt) for attempt in entry.attempts],
        alias=stored.alias,
        order=None if order is None else (order.key, order.holds, order.stamp),
    )
    return msgspec.json.encode(line)


def from_line(text: bytes) -> Stored:
    """What a line says.

    Raises:
        ValueError: it is no line of ours.
    """
    line = _decoder.decode(text)
    return Stored(
        entry=_entry(line),
        dedupe=line.dedupe,
        alias=line.alias,
        order=None
        if line.order is None
        else Order(key=line.order[0], holds=line.order[1], stamp=line.order[2]),
    )


def _entry(line: Line) -> Entry:
    return Entry(
        event=_event(line),
        state=line.state,
        handled=frozenset(map(_text, line.handled)),
        note=_text(line.note),
        due_at=line.due_at,
        settled_at=line.settled_at,
        conflict=line.conflict,
        attempts=tuple(map(_attempt, line.runs)),
    )


def _event(line: Line) -> Event[Any]:
    return Event(
        id=line.id,
        endpoint=line.endpoint,
        provider=line.provider,
        type=_text(line.type),
        key=None if line.key is None else _text(line.key),
        body=line.body,
        headers=tuple(line.headers),
        received_at=line.received_at,
        timestamp=line.timestamp,
        path=_text(line.path),
        query_string=line.query,
        path_params={_text(name): _text(value) for name, value in line.path_params},
        envelope=line.envelope,
        attempt=line.attempts,
        replayed=line.replayed,
    )


def _run(attempt: Attempt) -> tuple[int, bytes, str, bytes, float, float]:
    return (
        attempt.number,
        _bytes(attempt.handler),
        attempt.outcome,
        _bytes(attempt.error),
        attempt.started_at,
        attempt.seconds,
    )


def _attempt(run: tuple[int, bytes, str, bytes, float, float]) -> Attempt:
    number, handler, outcome, error, started_at, seconds = run
    return msgspec.convert(
        {
            "number": number,
            "handler": _text(handler),
            "outcome": outcome,
            "error": _text(error),
            "started_at": started_at,
            "seconds": seconds,
        },
        Attempt,
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
