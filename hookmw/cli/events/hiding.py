"""What of an event is never shown: secrets, and proofs that could be sent again."""

import re
from typing import Any
from urllib.parse import quote

from hookmw import catalog
from hookmw.errors import ConfigError
from hookmw.event import Event
from hookmw.place import Place
from hookmw.scheme import Scheme
from hookmw.testing.filling import write

__all__ = ["HIDDEN", "is_secret", "shown_body"]

HIDDEN = "***"

_SECRET = re.compile(rb"auth|cookie|hmac|passw|secret|session|signature|token|api-?key")


def is_secret(header: bytes) -> bool:
    """Whether a header's value is one to hide.

    Args:
        header: its name, in lower case.
    """
    return _SECRET.search(header) is not None


def shown_body(event: Event[Any]) -> bytes:
    """The body, without the secret that the sources of shared tokens put into it."""
    place = _secret_place(event.provider)
    if place is None or place.read(event) is None:
        return event.body
    try:
        hidden = write(event.body, place, HIDDEN)
    except ConfigError:
        return f"{HIDDEN} (a body that holds the secret; --raw shows it)".encode()
    return hidden.replace(quote(HIDDEN).encode(), HIDDEN.encode())  # as a form writes it


def _secret_place(provider: str) -> Place | None:
    try:
        scheme = catalog.provider(provider).scheme
    except ConfigError:
        return None
    if not isinstance(scheme, Scheme) or not scheme.covers_nothing:
        return None
    place = Place.of(scheme.signature)
    return place if place.kind == "body" else None
