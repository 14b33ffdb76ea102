"""What a content template is made of: `{timestamp}`, `{body}`, `{url}`, `{header:x}`, filters.

| written | is |
|---|---|
| `body` | the raw body |
| `timestamp`, `field:t`, `header:x`, `query:x`, `path:x`, `body:a.b` | the text there |
| `body:a.b?` | the same, empty where there is none |
| `secret` | the key itself, for hashes that are no MACs |
| `method`, `url` | of the request; the URL is the public one, never one made of its headers |
| `form` | the fields of the form, sorted by name: name and value, name and value |
| `body|sha256|hex` | any of them through filters: hashes, `hex`, `base64`, `json` |

`json` is a JSON string as JavaScript's `JSON.stringify` writes it, with its quotes.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, Protocol
from urllib.parse import quote

from hookmw.delivery import Delivery, RequestParts
from hookmw.document import parse_pairs
from hookmw.errors import ConfigError, MalformedSignature, Undecodable
from hookmw.place import Place
from hookmw.scheme.encodings import encoding

__all__ = ["Body", "Part", "Text", "parse_part", "refuse"]

PATH_SAFE = "/:@!$&'()*+,;=~-._%"

Filter = Callable[[bytes], bytes]


class Part(Protocol):
    """A part of the signed content."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:
        """Its bytes.

        Args:
            delivery: its body must have been read.
            items: of the signature's own list.
            key: of the secret that is being tried.

        Raises:
            MalformedSignature: it is missing, or contains what comes after it.
        """
        ...


class Text:
    """A place, or a field of the signature's list."""

    def __init__(self, written: str, separator: bytes = b"") -> None:
        self.optional = written.endswith("?")
        self.name = written.removesuffix("?")
        kind, _, name = self.name.partition(":")
        self.field = f"{name}=".encode() if kind == "field" else None
        if self.field is not None and not separator:
            raise ConfigError(f"{written!r} needs a separator: the signature is not a list")
        self.place = Place.of("header:unused" if self.field is not None else self.name)
        self.in_body = self.place.in_body
        self.forbidden = b""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes = b"") -> bytes:  # noqa: ARG002
        value = self._field(items) if self.field is not None else self._place(delivery)
        if self.forbidden and (value + self.forbidden).index(self.forbidden) < len(value):
            refuse(f"{self.name} contains what comes after it in the signed content")
        return value

    def _field(self, items: list[bytes]) -> bytes:
        assert self.field is not None  # noqa: S101 - only called where it is
        found = [item for item in items if item.startswith(self.field)]
        if len(found) != 1:
            refuse(f"{self.name} is there {len(found)} times")
        return found[0][len(self.field) :]

    def _place(self, parts: RequestParts) -> bytes:
        found = self.place.read_bytes(parts)
        if not found and not self.optional:
            refuse(f"nothing at {self.name}")
        return found or b""


class Body:
    """The raw body."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return delivery.body


class Secret:
    """The key itself."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return key


class Method:
    """The HTTP method."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return delivery.method.encode("ascii", "replace")


class URL:
    """The public URL of the request, as its provider was told it."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        if delivery.public_url is None:
            refuse("this provider signs the URL: tell it with public_url=")
        path = quote(delivery.path, safe=PATH_SAFE).encode()
        query = b"?" + delivery.query_string if delivery.query_string else b""
        return delivery.public_url.rstrip("/").encode() + path + query


class Form:
    """The fields of a form body, sorted by name, names and values joined without anything."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        try:
            fields = sorted(set(parse_pairs(delivery.body))) if delivery.body else []
        except Undecodable:
            refuse("the body is no form")
        return "".join(name + value for name, value in fields).encode()


class Filtered:
    """A part that goes through filters."""

    def __init__(self, part: Part, filters: Sequence[Filter]) -> None:
        self.part = part
        self.filters = filters

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:
        value = self.part.read(delivery, items, key)
        for apply in self.filters:
            value = apply(value)
        return value


def parse_part(written: str, sent: Text | None, separator: bytes) -> Part:
    """The part that is written in braces.

    Raises:
        ConfigError: it is none.
    """
    name, *filters = written.split("|")
    if name == "timestamp" and sent is not None:
        part: Part = sent
    elif name in _SIMPLE:
        part = _SIMPLE[name]()
    else:
        part = Text(name, separator)
    return Filtered(part, [_filter(each) for each in filters]) if filters else part


def refuse(reason: str) -> NoReturn:
    """Refuse the delivery.

    Raises:
        MalformedSignature: always.
    """
    raise MalformedSignature(reason)


def _filter(name: str) -> Filter:
    if name in _HASHES:
        return partial(_digest, name)
    if name in {"hex", "base64"}:
        return encoding(name).encode
    if name == "json":
        return _json
    known = ", ".join([*_HASHES, "hex", "base64", "json"])
    raise ConfigError(f"filter {name!r} is unknown; known are {known}")


def _digest(name: str, value: bytes) -> bytes:
    return hashlib.new(name, value, usedforsecurity=False).digest()


def _json(value: bytes) -> bytes:
    try:
        return json.dumps(value.decode(), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        refuse("what is signed as a JSON string is not UTF-8")


_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")

_SIMPLE: dict[str, Callable[[], Part]] = {
    "body": Body,
    "form": Form,
    "method": Method,
    "secret": Secret,
    "url": URL,
}
