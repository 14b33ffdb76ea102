"""What every inbox decides alike."""

from math import isfinite
from typing import Any

from hookmw.event import Event
from hookmw.inbox import Order, Query, State

__all__ = ["SETTLED", "WORKING", "check_keys", "check_limit", "check_prunable", "matches"]

MIN_KEY, MAX_KEY = 16, 32  # bytes

WORKING = 30.0
"""Seconds: a worker that has asked for events within them is at work."""

SETTLED: frozenset[State] = frozenset({"done", "dead"})


def check_keys(dedupe: bytes, order: Order | None = None) -> None:
    """Refuse keys that cannot be any.

    Raises:
        ValueError: one is too short, so that strangers' events would meet, or too long; or the
            order's stamp cannot be compared.
    """
    _check_key(dedupe, "dedupe")
    if order is not None:
        _check_key(order.key, "order key")
        if order.stamp is not None and not isfinite(order.stamp):
            raise ValueError(f"the order's stamp is {order.stamp}; it must be finite, or None")


def _check_key(key: bytes, name: str) -> None:
    if not MIN_KEY <= len(key) <= MAX_KEY:
        raise ValueError(f"{name} has {len(key)} bytes; hash it to {MIN_KEY} to {MAX_KEY}")


def check_limit(limit: int) -> None:
    """Refuse to claim nothing, which would look like an empty inbox.

    Raises:
        ValueError: it is less than 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; claim at least 1 event")


def check_prunable(states: frozenset[State]) -> None:
    """Refuse to delete what is not settled.

    Raises:
        ValueError: a state is not `done` or `dead`.
    """
    unsettled = sorted(states - SETTLED)
    if unsettled:
        raise ValueError(f"{unsettled[0]} events are not settled; prune done or dead ones")


def matches(query: Query, event: Event[Any], state: State, note: str) -> bool:
    """Whether an event is among those that a query asks for."""
    return (
        (query.endpoint is None or event.endpoint == query.endpoint)
        and (query.type is None or _matches_type(query.type, event.type))
        and (not query.states or state in query.states)
        and (query.since is None or event.received_at >= query.since)
        and (query.until is None or event.received_at < query.until)
        and (query.note is None or query.note in note)
    )


def _matches_type(pattern: str, type_: str) -> bool:
    if pattern.endswith("*"):
        return type_.startswith(pattern[:-1])
    return type_ == pattern
