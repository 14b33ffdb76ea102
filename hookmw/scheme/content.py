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
        if self.forbidden and self.forbidden in value:
            _refuse(f"{self.name} contains the separator of the signed content")
        return value

    def _field(self, items: list[bytes]) -> bytes:
        assert self.field is not None  # noqa: S101 - only called where it is
        found = [item for item in items if item.startswith(self.field)]
        if len(found) != 1:
            _refuse(f"{self.name} is there {len(found)} times")
        return found[0][len(self.field) :]

    def _place(self, parts: RequestParts) -> bytes:
        text = self.place.read(parts)
        if not text:
            _refuse(f"nothing at {self.name}")
        return text.encode("latin-1" if self.place.kind == "header" else "utf-8")


class Content:
    """What a signature covers.

    Args:
        template: literal text; braces hold `body`, `timestamp` or a place.
        sent: what `{timestamp}` stands for.
        separator: between the items of the signature's own list.
    """

    def __init__(self, template: str, sent: Text | None, separator: bytes) -> None:
        self._parts = _split(template, sent, separator)
        self._is_body = self._parts == (None,)

    def fill(self, delivery: Delivery, items: list[bytes]) -> bytes:
        """The signed bytes of this delivery.

        Raises:
            MalformedSignature: a part is missing, or contains the separator that follows it.
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
    _forbid_separators(parts)
    return tuple(parts)


def _forbid_separators(parts: list[bytes | Text | None]) -> None:
    """A value must not contain the literal after it: else `a.` + `b` and `a` + `.b` sign alike."""
    for part, following in pairwise(parts):
        if isinstance(part, Text) and isinstance(following, bytes):
            part.forbidden = following


def _refuse(reason: str) -> NoReturn:
    raise MalformedSignature(reason)
