"""What a content template is made of: `{timestamp}`, `{body}`, `{url}`, `{header:x}`, filters.

| written | is |
|---|---|
| `body` | the raw body |
| `timestamp`, `field:t`, `header:x`, `query:x`, `path:x`, `body:a.b` | the text there |
| `body:a.b?` | the same, empty where there is none |
| `raw:a.b` | the text of the JSON value there, as it stands in the body |
| `envelope` | the JSON: the body, or the only field of the form that it is |
| `body!a.b` | the body, in which the key stands in the place of the signature at `body:a.b` |
| `secret` | the key itself, for hashes that are no MACs |
| `method` | of the request |
| `url`, `host`, `path` | of the public URL, which is never made of headers; path with the query |
| `url_only`, `path_only` | the same, without the query |
| `form` | the fields of the form, sorted by name: name and value, name and value |
| `form_or_digest:x` | the same; nothing where `query:x` is the body's SHA-256, which it must be |
| `pairs!x` | `&name=value` of the fields but `x`, sorted; `_` for `&` and `=` in values |
| `parameters` | `?`, the query's parameters, `.`, the form's fields, each sorted |
| `body|sha256|hex` | any of them through filters (see `filters.py`) |
"""

from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol

from hookmw.delivery import Delivery, RequestParts
from hookmw.errors import ConfigError, MalformedSignature
from hookmw.place import Place
from hookmw.scheme.bodies import Body, BodyWithKey, Envelope, RawValue
from hookmw.scheme.fields import Fields, FieldsOrDigest, Pairs, Parameters
from hookmw.scheme.filters import Filter, filter_named
from hookmw.scheme.urls import URL, Host, Path

__all__ = ["Bounded", "Filtered", "Part", "Text", "parse_part", "refuse"]


class Part(Protocol):
    """A part of the signed content."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:
        """Its bytes.

        Args:
            delivery: its body must have been read.
            items: of the signature's own list.
            key: of the secret that is being tried.

        Raises:
            MalformedSignature: it is missing, or contains what stands beside it.
        """
        ...


class Text:
    """A place, or a field of the signature's list.

    Attributes:
        forbidden: what its value must not contain: what stands beside it in the content.
    """

    def __init__(self, written: str, separator: bytes = b"") -> None:
        self.optional = written.endswith("?")
        self.name = written.removesuffix("?")
        kind, _, name = self.name.partition(":")
        self.field = f"{name}=".encode() if kind == "field" else None
        if self.field is not None and not separator:
            raise ConfigError(f"{written!r} needs a separator: the signature is not a list")
        self.place = Place.of("header:unused" if self.field is not None else self.name)
        self.in_body = self.place.in_body
        self.forbidden: tuple[bytes, ...] = ()

    def read(self, delivery: Delivery, items: list[bytes], key: bytes = b"") -> bytes:  # noqa: ARG002
        value = self._field(items) if self.field is not None else self._place(delivery)
        for each in self.forbidden:
            _check_bounds(self.name, value, each)
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


class Bounded:
    """A part that must not contain what comes after it, because its sender may choose it."""

    def __init__(self, part: Part, forbidden: bytes) -> None:
        self.part = part
        self.forbidden = forbidden

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:
        value = self.part.read(delivery, items, key)
        _check_bounds("the URL", value, self.forbidden)
        return value


class Secret:
    """The key itself."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return key


class Method:
    """The HTTP method."""

    def read(self, delivery: Delivery, items: list[bytes], key: bytes) -> bytes:  # noqa: ARG002
        return delivery.method.encode("ascii", "replace")


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
    part = _part(name, sent, separator)
    return Filtered(part, [filter_named(each) for each in filters]) if filters else part


def refuse(reason: str) -> NoReturn:
    """Refuse the delivery.

    Raises:
        MalformedSignature: always.
    """
    raise MalformedSignature(reason)


def _part(name: str, sent: Text | None, separator: bytes) -> Part:
    if name == "timestamp" and sent is not None:
        return sent
    if name in _SIMPLE:
        return _SIMPLE[name]()
    for start, made in _WITH_NAME.items():
        if name.startswith(start):
            return made(name.removeprefix(start))
    return Text(name, separator)


def _check_bounds(name: str, value: bytes, forbidden: bytes) -> None:
    """Also what only begins in the value, and ends in what is forbidden, is refused."""
    if (value + forbidden).index(forbidden) < len(value):
        refuse(f"{name} contains what comes after it in the signed content")


_SIMPLE: dict[str, Callable[[], Part]] = {
    "body": Body,
    "envelope": Envelope,
    "form": Fields,
    "host": Host,
    "method": Method,
    "parameters": Parameters,
    "path": lambda: Path(query=True),
    "path_only": lambda: Path(query=False),
    "secret": Secret,
    "url": lambda: URL(query=True),
    "url_only": lambda: URL(query=False),
}

_WITH_NAME: dict[str, Callable[[str], Part]] = {
    "body!": BodyWithKey,
    "form_or_digest:": FieldsOrDigest,
    "pairs!": Pairs,
    "raw:": RawValue,
}
