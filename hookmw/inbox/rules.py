"""What every inbox decides alike."""

from typing import Any

from hookmw.event import Event
from hookmw.inbox import Query, State

__all__ = ["check_dedupe", "check_limit", "matches"]

MIN_DEDUPE, MAX_DEDUPE = 16, 32


def check_dedupe(dedupe: bytes) -> None:
    """Refuse a key that cannot be one.

    Raises:
        ValueError: it is too short, so that strangers' events would meet, or too long.
    """
    if not MIN_DEDUPE <= len(dedupe) <= MAX_DEDUPE:
        raise ValueError(f"dedupe has {len(dedupe)} bytes; hash it to {MIN_DEDUPE} to {MAX_DEDUPE}")


def check_limit(limit: int) -> None:
    """Refuse to claim nothing, which would look like an empty inbox.

    Raises:
        ValueError: it is less than 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; claim at least 1 event")


def matches(query: Query, event: Event[Any], state: State) -> bool:
    """Whether an event is among those that a query asks for."""
    return (
        (query.endpoint is None or event.endpoint == query.endpoint)
        and (query.type is None or _matches_type(query.type, event.type))
        and (not query.states or state in query.states)
        and (query.since is None or event.received_at >= query.since)
        and (query.until is None or event.received_at < query.until)
    )


def _matches_type(pattern: str, type_: str) -> bool:
    if pattern.endswith("*"):
        return type_.startswith(pattern[:-1])
    return type_ == pattern
