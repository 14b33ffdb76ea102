"""Filters of a content's parts: `{body|sha256|hex}`.

| written | makes of bytes |
|---|---|
| `md5`, `sha1`, `sha256`, `sha384`, `sha512` | their hash |
| `hex`, `base64` | their text |
| `json` | a JSON string as JavaScript's `JSON.stringify` writes it, with its quotes |
| `php` | of JSON text: the text that PHP's `json_encode` writes |
| `sorted` | of JSON text: that of `JSON.stringify` once the keys of all objects are sorted |

`php` leaves the blanks between values out and escapes slashes and all that is not ASCII; numbers,
and what is escaped already, stay as they are. `sorted` keeps numbers as they are too, and refuses
an object with one key twice, or with keys that JavaScript would not leave in order (`7`).
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from hookmw.errors import ConfigError, MalformedSignature
from hookmw.scheme.encodings import encoding

__all__ = ["Filter", "filter_named"]

Filter = Callable[[bytes], bytes]

_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")

_BLANK_OR_STRING = re.compile(r'[ \t\r\n]+|"(?:[^"\\]|\\.)*"', re.DOTALL)
_TO_ESCAPE = re.compile(r"\\.|/|[^\x00-\x7f]", re.DOTALL)


def filter_named(name: str) -> Filter:
    """The filter of that name.

    Raises:
        ConfigError: there is none.
    """
    if name in _HASHES:
        return partial(_digest, name)
    if name in {"hex", "base64"}:
        return encoding(name).encode
    if name in _TEXTS:
        return _TEXTS[name]
    known = ", ".join([*_HASHES, "hex", "base64", *_TEXTS])
    raise ConfigError(f"filter {name!r} is unknown; known are {known}")


def _digest(name: str, value: bytes) -> bytes:
    return hashlib.new(name, value, usedforsecurity=False).digest()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise MalformedSignature("what is signed as JSON is not UTF-8") from None


def _json(value: bytes) -> bytes:
    return json.dumps(_text(value), ensure_ascii=False).encode()


def _php(value: bytes) -> bytes:
    return _BLANK_OR_STRING.sub(_php_string, _text(value)).encode("ascii", "replace")


def _php_string(found: re.Match[str]) -> str:
    return _TO_ESCAPE.sub(_escaped, found[0]) if found[0].startswith('"') else ""


def _escaped(found: re.Match[str]) -> str:
    """What is escaped already stays; two code units where UTF-16 needs two."""
    if found[0] == "/":
        return "\\/"
    return found[0] if found[0].isascii() else json.dumps(found[0])[1:-1]


def _sorted(value: bytes) -> bytes:
    try:
        data = json.loads(
            _text(value),
            object_pairs_hook=_in_order,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_no_number,
        )
        return _written(data).encode()
    except (ValueError, RecursionError):
        raise MalformedSignature("what is signed cannot be sorted") from None


class _Number(str):
    """The text of a number."""

    __slots__ = ()


def _no_number(text: str) -> None:
    raise ValueError(text)


def _in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """By UTF-16, as JavaScript sorts."""
    found = dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))
    if len(found) != len(pairs) or any(key.isdecimal() for key in found):
        raise ValueError("keys in no order")
    return found


def _written(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ",".join(f"{_written(k)}:{_written(v)}" for k, v in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(_written, data)) + "]"
    return data if isinstance(data, _Number) else json.dumps(data, ensure_ascii=False)


_TEXTS: dict[str, Filter] = {"json": _json, "php": _php, "sorted": _sorted}
