"""Signatures of rows that `sign` cannot write, made of the row's own parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.scheme.algorithms import algorithm
from hookmw.scheme.encodings import encoding
from hookmw.secret import Secrets
from hookmw.testing import SignedRequest, sign
from hookmw.verifiers import Unverified

__all__ = ["BY_HAND", "signed_by_hand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """What stands in a request before it is signed; `{ms}` and `{rfc3339}` are its time.

    Attributes:
        why: what `sign` cannot do.
        items: of the signature's list.
        headers: that the signature covers.
        query: likewise.
    """

    why: str
    items: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


BY_HAND: Mapping[str, Unsigned] = {
    "kick": Unsigned(
        why="a time with milliseconds has the dot that separates",
        headers={"kick-event-message-timestamp": "{rfc3339}"},
    ),
}


def signed_by_hand(name: str, secret: str, at: float, **parts: Any) -> SignedRequest:
    """A request with an id, a type and a signature."""
    row, unsigned = provider(name), BY_HAND[name]
    scheme: Any = row.scheme
    times = {"ms": f"{at * 1000:.0f}", "rfc3339": f"{datetime.fromtimestamp(at, UTC):%FT%TZ}"}
    headers = {key: text.format(**times) for key, text in unsigned.headers.items()}
    path = f"{parts.pop('path')}?{unsigned.query}"
    plain = sign(
        replace(row, scheme=Unverified()),
        parts.pop("payload"),
        secret,
        **{**parts, "at": at, "path": path, "headers": {**headers, **parts.get("headers", {})}},
    )
    named = algorithm(scheme.algorithm)
    items = [item.format(**times) for item in unsigned.items]
    (key,) = Secrets(secret).keys(scheme.key)

    def with_signature(raw: bytes) -> SignedRequest:
        text = scheme.form.replace("{signature}", encoding(scheme.encoding).encode(raw).decode())
        value = scheme.separator.join([*items, text]).encode()
        header = scheme.signature.removeprefix("header:").encode()
        return replace(plain, headers=(*plain.headers, (header, value)))

    draft: Delivery = with_signature(bytes(32)).delivery(at)
    return with_signature(named.get_signature(key, scheme.signed_content(draft)))
