"""Events as rows and back, byte for byte."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from hookmw.event import Event
from hookmw.inbox import Attempt, Entry, Order, Refused, Stored

__all__ = [
    "ATTEMPT_COLUMNS",
    "ENTRY_COLUMNS",
    "EVENT_COLUMNS",
    "REFUSED_COLUMNS",
    "STORED_COLUMNS",
    "attempt_from_row",
    "attempt_to_row",
    "entry_from_row",
    "event_from_row",
    "event_to_row",
    "pack_names",
    "refused_from_row",
    "refused_to_row",
    "stored_from_row",
    "to_bytes",
    "to_text",
    "unpack_names",
]

EVENT_COLUMNS = (
    "id, endpoint, provider, type, key, received_at, timestamp, envelope, path, path_params, query,"
    " headers, body"
)
"""What `event_to_row` makes, and what `event_from_row` reads, attempts and replayed following."""

ENTRY_COLUMNS = (
    f"{EVENT_COLUMNS}, attempts, replayed, state, handled, note, due_at, settled_at, conflict,"
    " held_back"
)
STORED_COLUMNS = f"{ENTRY_COLUMNS}, dedupe, alias, order_key, holds, stamp"
REFUSED_COLUMNS = (
    "id, endpoint, received_at, code, method, path, path_params, query, headers, peer, body"
)
ATTEMPT_COLUMNS = "number, handler, outcome, error, started_at, seconds"

_encode = msgspec.msgpack.Encoder().encode
_decode_headers = msgspec.msgpack.Decoder(tuple[tuple[bytes, bytes], ...]).decode
_decode_names = msgspec.msgpack.Decoder(list[bytes]).decode
_EMPTY = _encode(())


def event_to_row(event: Event[Any]) -> tuple[Any, ...]:
    """The values of `EVENT_COLUMNS`."""
    return (
        event.id.bytes,
        event.endpoint,
        event.provider,
        to_bytes(event.type),
        None if event.key is None else to_bytes(event.key),
        event.received_at,
        event.timestamp,
        event.envelope,
        to_bytes(event.path),
        _pack_params(event.path_params),
        event.query_string,
        _encode(event.headers),
        event.body,
    )


def event_from_row(row: tuple[Any, ...]) -> Event[Any]:
    """The event of `EVENT_COLUMNS`, attempts, replayed."""
    return Event(
        id=UUID(bytes=row[0]),
        endpoint=row[1],
        provider=row[2],
        type=to_text(row[3]),
        key=None if row[4] is None else to_text(row[4]),
        received_at=row[5],
        timestamp=row[6],
        envelope=row[7],
        path=to_text(row[8]),
        path_params=_unpack_params(row[9]),
        query_string=row[10],
        headers=_decode_headers(row[11]),
        body=row[12],
        attempt=row[13],
        replayed=bool(row[14]),
    )


def entry_from_row(row: tuple[Any, ...], attempts: tuple[Attempt, ...] = ()) -> Entry:
    """The entry of `ENTRY_COLUMNS`."""
    state, handled, note, due_at, settled_at, conflict, held_back = row[15:22]
    return Entry(
        event=event_from_row(row),
        state=state,
        handled=unpack_names(handled),
        note=to_text(note),
        due_at=due_at,
        settled_at=settled_at,
        conflict=bool(conflict),
        held_back=bool(held_back),
        attempts=attempts,
    )


def stored_from_row(row: tuple[Any, ...], attempts: tuple[Attempt, ...]) -> Stored:
    """What moves to another inbox, of `STORED_COLUMNS`."""
    dedupe, alias, order_key, holds, stamp = row[22:]
    order = None if order_key is None else Order(key=order_key, holds=bool(holds), stamp=stamp)
    return Stored(entry=entry_from_row(row, attempts), dedupe=dedupe, alias=alias, order=order)


def refused_to_row(refused: Refused) -> tuple[Any, ...]:
    """The values of `REFUSED_COLUMNS`."""
    return (
        refused.id.bytes,
        refused.endpoint,
        refused.received_at,
        refused.code,
        to_bytes(refused.method),
        to_bytes(refused.path),
        _pack_params(refused.path_params),
        refused.query_string,
        _encode(refused.headers),
        None if refused.peer is None else to_bytes(refused.peer),
        refused.body,
    )


def refused_from_row(row: tuple[Any, ...]) -> Refused:
    """What was refused, of `REFUSED_COLUMNS`."""
    return Refused(
        id=UUID(bytes=row[0]),
        endpoint=row[1],
        received_at=row[2],
        code=row[3],
        method=to_text(row[4]),
        path=to_text(row[5]),
        path_params=_unpack_params(row[6]) or {},
        query_string=row[7],
        headers=_decode_headers(row[8]),
        peer=None if row[9] is None else to_text(row[9]),
        body=row[10],
    )


def attempt_to_row(attempt: Attempt) -> tuple[Any, ...]:
    """The values of `ATTEMPT_COLUMNS`."""
    return (
        attempt.number,
        to_bytes(attempt.handler),
        attempt.outcome,
        to_bytes(attempt.error),
        attempt.started_at,
        attempt.seconds,
    )


def attempt_from_row(row: tuple[Any, ...]) -> Attempt:
    """The attempt of `ATTEMPT_COLUMNS`."""
    return Attempt(
        number=row[0],
        handler=to_text(row[1]),
        outcome=row[2],
        error=to_text(row[3]),
        started_at=row[4],
        seconds=row[5],
    )


def pack_names(names: Iterable[str]) -> bytes:
    """Names of handlers as one value."""
    packed = sorted(to_bytes(name) for name in names)
    return _encode(packed) if packed else b""


def unpack_names(packed: bytes) -> frozenset[str]:
    """What `pack_names` packed."""
    return frozenset(map(to_text, _decode_names(packed))) if packed else frozenset()


def to_bytes(text: str) -> bytes:
    """Text as bytes; lone surrogates, which JSON may hold, as if they were characters."""
    return text.encode("utf-8", "surrogatepass")


def to_text(raw: bytes) -> str:
    """What `to_bytes` made bytes of."""
    return raw.decode("utf-8", "surrogatepass")


def _pack_params(params: Mapping[str, str]) -> bytes:
    if not params:
        return _EMPTY
    return _encode([(to_bytes(name), to_bytes(value)) for name, value in params.items()])


def _unpack_params(packed: bytes) -> dict[str, str] | None:
    if packed == _EMPTY:
        return None
    return {to_text(name): to_text(value) for name, value in _decode_headers(packed)}
