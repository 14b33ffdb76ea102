"""Parts made of the fields of a form or of the parameters of the query."""

import hashlib
import hmac

import msgspec

from hookmw.delivery import Delivery
from hookmw.document import is_form, parse_pairs
from hookmw.errors import MalformedSignature, Undecodable
from hookmw.scheme.draft import Draft

__all__ = ["Fields", "FieldsOrDigest", "Pairs", "Parameters"]


class Fields:
    """The fields of a form body, sorted by name, names and values joined without anything."""

    covers_body = True

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return _concatenated(sorted(set(_fields(delivery.body))))


class FieldsOrDigest(Fields):
    """As `Fields`; but where the query holds a digest, that must be the body's, and is enough.

    The signature covers the URL and so the digest. It must be looked at for empty bodies too, which
    else would have the signature of any body.

    Args:
        name: of the query parameter: the SHA-256 of the body in lower-case hex.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:
        said = delivery.query(self.name)
        if said is None:
            return super().read(delivery, items, key)
        digest = hashlib.sha256(delivery.body).hexdigest().encode()
        if not hmac.compare_digest(digest, said.encode("utf-8", "replace")):
            raise MalformedSignature(f"query:{self.name} is not the digest of the body")
        return b""

    def prepare(self, draft: Draft) -> None:
        """Write the digest of a body that is no form."""
        if not draft.is_form:
            draft.query[self.name] = hashlib.sha256(draft.body).hexdigest()


class Pairs:
    """`&name=value` of each field of a form or a flat JSON object, sorted by name.

    Args:
        without: the field that holds the signature.
    """

    covers_body = True

    def __init__(self, without: str) -> None:
        self.without = without

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        pairs = _flat(delivery.body)
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names) or any("&" in name or "=" in name for name in names):
            raise MalformedSignature("a field is there twice, or its name could be two")
        kept = sorted(pair for pair in pairs if pair[0] != self.without)
        return "".join(f"&{name}={_underscored(value)}" for name, value in kept).encode()


class Parameters:
    """`?`, the query's parameters (`a=1&b=2`), `.`, the form's fields (`a1b2`), each sorted.

    The dot is there where there are both, the `?` where there is any of them. What could be read
    in two ways is refused: all that a signature says is then where it was.
    """

    covers_body = True

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        pairs = sorted(_query(delivery))
        query = "&".join(f"{name}={value}" for name, value in pairs)
        fields = _concatenated(sorted(_fields(delivery.body)))
        marks = "&=" if fields else "&=."
        if any(mark in text for pair in pairs for text in pair for mark in marks):
            raise MalformedSignature("a query parameter could be read as several, or as a field")
        if fields:
            return b"?" + query.encode() + (b"." if query else b"") + fields
        return b"?" + query.encode() if query else b""


def _underscored(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")


def _concatenated(pairs: list[tuple[str, str]]) -> bytes:
    return "".join(name + value for name, value in pairs).encode()


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_pairs(body) if body else []
    except Undecodable:
        raise MalformedSignature("the body is no form") from None


def _query(delivery: Delivery) -> list[tuple[str, str]]:
    try:
        return parse_pairs(delivery.query_string, limit=100)
    except Undecodable:
        raise MalformedSignature("the query string is not UTF-8, or too long") from None


def _flat(body: bytes) -> list[tuple[str, str]]:
    if is_form(body):
        return _fields(body)
    try:
        found = msgspec.json.decode(body, type=dict[str, str | int])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise MalformedSignature("the body is neither a form nor a flat JSON object") from None
    return [(name, str(value)) for name, value in found.items()]
