"""The signed bytes as a template: `v0:{timestamp}:{body}`; taken apart once, filled at need."""

import re
from itertools import pairwise
from typing import NoReturn

from hookmw.delivery import Delivery, RequestParts
from hookmw.errors import ConfigError, MalformedSignature
from hookmw.place import Place

__all__ = ["Content", "Text"]


class Text:
    """A part of the content that is not the body: a place, or a field of the signature's list."""

    def __init__(self, written: str, separator: bytes) -> None:
        kind, _, name = written.partition(":")
        self.field = f"{name}=".encode() if kind == "field" else None
        if self.field is not None and not separator:
            raise ConfigError(f"{written!r} needs a separator: the signature is not a list")
        self.place = Place.of("header:unused" if self.field is not None else written)
        self.in_body = self.place.in_body
        self.name = written
        self.forbidden = b""

    def read(self, parts: RequestParts, items: list[bytes]) -> bytes:
        value = self._field(items) if self.field is not None else self._place(parts)
        if self.forbidden and (value + self.forbidden).index(self.forbidden) < len(value):
            _refuse(f"{self.name} contains what comes after it in the signed content")
        return value

    def _field(self, items: list[bytes]) -> bytes:
        assert self.field is not None  # noqa: S101 - only called where it is
        found = [item for item in items if item.startswith(self.field)]
        if len(found) != 1:
            _refuse(f"{self.name} is there {len(found)} times")
        return found[0][len(self.field) :]

    def _place(self, parts: RequestParts) -> bytes:
        return self.place.read_bytes(parts) or _refuse(f"nothing at {self.name}")


class Content:
    """What a signature covers.

    Args:
        template: literal text; braces hold `body`, `timestamp` or a place.
        sent: what `{timestamp}` stands for.
        separator: between the items of the signature's own list.
        body_starts: what every body starts with; may be empty.
    """

    def __init__(
        self, template: str, sent: Text | None, separator: bytes, body_starts: bytes = b""
    ) -> None:
        self._parts = _split(template, sent, separator)
        _forbid_ambiguity(self._parts, body_starts)
        self._is_body = self._parts == (None,)

    def fill(self, delivery: Delivery, items: list[bytes]) -> bytes:
        """The signed bytes of this delivery.

        Raises:
            MalformedSignature: a part is missing, or contains what comes after it.
        """
        if self._is_body:
            return delivery.body
        return b"".join([self._fill_part(part, delivery, items) for part in self._parts])

    @staticmethod
    def _fill_part(part: bytes | Text | None, delivery: Delivery, items: list[bytes]) -> bytes:
        if part is None:
            return delivery.body
        return part if isinstance(part, bytes) else part.read(delivery, items)


def _split(template: str, sent: Text | None, separator: bytes) -> tuple[bytes | Text | None, ...]:
    """Literals as bytes, places as `Text`, the body as None."""
    parts: list[bytes | Text | None] = []
    for index, part in enumerate(re.split(r"\{([^{}]+)\}", template)):
        if index % 2 == 0:
            if part:
                parts.append(part.encode())
        elif part == "body":
            parts.append(None)
        elif part == "timestamp" and sent is not None:
            parts.append(sent)
        else:
            parts.append(Text(part, separator))
    return tuple(parts)


def _forbid_ambiguity(parts: tuple[bytes | Text | None, ...], body_starts: bytes) -> None:
    """A value must not contain the literal after it: else `a.` + `b` and `a` + `.b` sign alike.

    Where no literal is after it, it must not contain the start of a body.
    """
    for part, following in pairwise(parts):
        if isinstance(part, Text):
            part.forbidden = following if isinstance(following, bytes) else body_starts


def _refuse(reason: str) -> NoReturn:
    raise MalformedSignature(reason)
