"""What a token's claims must say: times, fixed texts, and hashes of what was sent."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from hookmw.delivery import Delivery
from hookmw.document import parse_pairs
from hookmw.errors import BadSignature, MalformedSignature, StaleTimestamp, Undecodable
from hookmw.scheme.encodings import encoding
from hookmw.scheme.parts import parse_part

__all__ = [
    "body_hash",
    "check_hash",
    "check_text",
    "check_times",
    "check_url",
    "query_hash",
    "url_hash",
    "url_of",
]

MAX_TIME = 1e12
"""Seconds; what is later is no time."""


def check_times(
    claims: Mapping[str, Any], now: float, leeway: float, tolerance: float | None
) -> None:
    """Whether the token is valid now.

    Args:
        claims: `exp` and `nbf` count where they are there.
        now: in seconds since the epoch.
        leeway: seconds that clocks may differ.
        tolerance: seconds that `iat`, which must then be there, may be from now; None if it does
            not count.

    Raises:
        StaleTimestamp: it is not, or not yet.
        MalformedSignature: a time is none, or `iat` is missing.
    """
    ends, begins, issued = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is not None and now > ends + leeway:
        raise StaleTimestamp(f"the token expired {now - ends:.0f} s ago")
    if begins is not None and now < begins - leeway:
        raise StaleTimestamp("the token is not valid yet", code="timestamp_future")
    if tolerance is None:
        return
    if issued is None:
        raise MalformedSignature("the token does not say when it was issued")
    if abs(now - issued) > tolerance:
        raise StaleTimestamp(f"the token was issued {now - issued:.0f} s ago")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MAX_TIME:
        raise MalformedSignature("a time in the token is none", code="timestamp_malformed")
    return float(value)


def check_text(claims: Mapping[str, Any], name: str, text: str) -> None:
    """Whether a claim says that text; a list, as `aud` may be, says all of its own.

    Raises:
        BadSignature: it does not.
    """
    said = claims.get(name)
    if said != text and not (isinstance(said, list) and text in said):
        raise BadSignature(f"claim {name} is not {text!r}, as it must be", code="claim_refused")


def check_url(claims: Mapping[str, Any], name: str, delivery: Delivery) -> None:
    """Whether a claim says the public URL; which it is, no message tells: it may hold a secret.

    Raises:
        BadSignature: it does not.
    """
    if claims.get(name) != url_of(delivery).decode("utf-8", "replace"):
        raise BadSignature(f"claim {name} is another URL than this one", code="url_differs")


def check_hash(claims: Mapping[str, Any], name: str, expected: bytes) -> None:
    """Whether a claim holds that hash; padding of base64 does not count.

    Raises:
        BadSignature: it holds another, or none.
    """
    said = claims.get(name)
    if not isinstance(said, str):
        raise BadSignature(f"claim {name} is missing", code="claim_missing")
    given = said.encode("utf-8", "replace").rstrip(b"=")
    if not hmac.compare_digest(given, expected.rstrip(b"=")):
        raise BadSignature(f"claim {name} is the hash of something else", code="hash_differs")


def body_hash(delivery: Delivery, written: str) -> bytes:
    """SHA-256 of the body, as hex, base64 or base64url."""
    return encoding(written).encode(hashlib.sha256(delivery.body).digest())


def url_of(delivery: Delivery) -> bytes:
    """The URL that the provider was told.

    Raises:
        MalformedSignature: it is not configured.
    """
    return parse_part("url", None, b"").read(delivery, [], b"")


def url_hash(delivery: Delivery) -> bytes:
    """SHA-256 of the public URL, in hex."""
    return hashlib.sha256(url_of(delivery)).hexdigest().encode()


def query_hash(delivery: Delivery) -> bytes:
    """Atlassian's `qsh`: SHA-256, in hex, of method, path and sorted query.

    Raises:
        MalformedSignature: the query is not UTF-8.
    """
    path = (
        urlsplit(url_of(delivery).partition(b"?")[0].decode()).path.strip("/").replace("&", "%26")
    )
    try:
        pairs = parse_pairs(delivery.query_string) if delivery.query_string else []
    except Undecodable:
        raise MalformedSignature("the query string is not UTF-8, or too long") from None
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "jwt":
            grouped.setdefault(name, []).append(value)
    query = "&".join(
        sorted(
            f"{quote(name, '~')}={','.join(quote(value, '~') for value in sorted(values))}"
            for name, values in grouped.items()
        )
    )
    canonical = f"{delivery.method.upper()}&/{path}&{query}"
    return hashlib.sha256(canonical.encode()).hexdigest().encode()
