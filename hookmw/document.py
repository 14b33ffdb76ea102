"""A body as data: JSON, or a form, or a form field that holds JSON; parsed only as far as asked.

Of XML, which `decode` leaves alone, single texts can be read.

Finding one field decodes that field alone (msgspec skips the rest), which costs about a tenth of a
whole parse: what routing needs before the answer is read this way, the payload only in the worker.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hookmw.elements import read_elements
from hookmw.errors import Undecodable

__all__ = ["Document", "is_form", "parse_pairs"]

MAX_FIELDS = 1000

_FORM = re.compile(rb"[A-Za-z0-9_.~%+*\[\]-]+=")


class Document:
    """The data in a body.

    Args:
        body: the bytes as they came. Whether they are a form or JSON is told by themselves, which
            a signature covers: by the `Content-Type`, whoever repeats a delivery under another
            one could have JSON read as a form, and find `&payload=` in somebody's text.
        envelope: name of the form field that holds the JSON, for providers that wrap it.
    """

    __slots__ = ("_body", "_elements", "_form", "_json")

    def __init__(self, body: bytes, envelope: str = "payload") -> None:
        self._json = self._body = body
        self._elements: Mapping[str, str] | None = None
        self._form: dict[str, Any] | None = None
        if is_form(body):
            self._open_form(body, envelope)

    def _open_form(self, body: bytes, envelope: str) -> None:
        try:
            form = _grouped(parse_pairs(body))
        except Undecodable:
            return  # left as it is it is no JSON either, so `decode` says so
        wrapped = form.get(envelope)
        if wrapped is None:
            self._form = form
        elif isinstance(wrapped, str):
            self._json = wrapped.encode()

    def decode(self, type_: Any = Any) -> Any:
        """The whole document.

        Args:
            type_: what to decode it into: a msgspec Struct, dataclass, TypedDict, pydantic model,
                or `Any`.

        Raises:
            Undecodable: it is not JSON, or does not fit the type.
        """
        try:
            if hasattr(type_, "model_validate_json"):
                return self._decode_pydantic(type_)
            if self._form is not None:
                return msgspec.convert(self._form, type_, strict=False)
            return _decoder(type_).decode(self._json)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise Undecodable(_explain(error)) from None

    def _decode_pydantic(self, model: Any) -> Any:
        if self._form is not None:
            return model.model_validate(self._form)
        return model.model_validate_json(self._json)

    def value(self, path: Sequence[str]) -> str | None:
        """The text or whole number at `path` as text; None if there is none, or anything else.

        Args:
            path: keys, and indexes of arrays, from the top.
        """
        if self._form is not None:
            found = self._form.get(".".join(path))
            return found if isinstance(found, str) else None
        try:
            return _scalar(self._raw(path))
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError):
            return None

    def raw(self, path: Sequence[str]) -> bytes | None:
        """The text of the JSON value at `path`, as it stands in the body; None if there is none."""
        if self._form is not None:
            return None
        try:
            return bytes(memoryview(self._raw(path)))
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError):
            return None

    def first_key(self, path: Sequence[str], excluded: frozenset[str]) -> str | None:
        """The first key of the object at `path` that is not excluded."""
        if self._form is not None:
            return None
        try:
            keys = _decoder(dict[str, msgspec.Raw]).decode(self._raw(path))
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError):
            return None
        return next((key for key in keys if key not in excluded), None)

    def is_absent(self, path: Sequence[str]) -> bool:
        """Whether nothing stands at `path` in the JSON, or null."""
        try:
            return bytes(memoryview(self._raw(path))) == b"null"
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError):
            return True

    def count(self, path: Sequence[str]) -> int:
        """How many items the array at `path` has; 0 where there is no array."""
        if self._form is not None:
            return 0
        try:
            return len(_decoder(list[msgspec.Raw]).decode(self._raw(path)))
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError):
            return 0

    def element(self, name: str) -> str | None:
        """The text of that element of an XML body; see `hookmw.elements`."""
        if self._elements is None:
            self._elements = read_elements(self._body)
        return self._elements.get(name)

    def text(self) -> str | None:
        """The whole body as text, or None where it is not UTF-8."""
        try:
            return self._body.decode()
        except UnicodeDecodeError:
            return None

    def _raw(self, path: Sequence[str]) -> bytes | memoryview | msgspec.Raw:
        raw: bytes | msgspec.Raw = self._json
        for step in path:
            raw = _items(raw)[int(step)] if step.isdigit() else _field(step).decode(raw).value
        return raw


def is_form(body: bytes) -> bool:
    """Whether the body is read as a form."""
    return _FORM.match(body) is not None


def parse_pairs(data: bytes, limit: int = MAX_FIELDS) -> list[tuple[str, str]]:
    """The fields of a form or of a query string, in order.

    Raises:
        Undecodable: not UTF-8, or more than `limit` fields.
    """
    try:
        text = data.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=limit)
    except ValueError:
        raise Undecodable("the form is not UTF-8, or has too many fields") from None


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A field that occurs once is text, one that occurs more often a list of texts."""
    form: dict[str, Any] = {}
    for name, value in pairs:
        known = form.get(name)
        if isinstance(known, list):
            known.append(value)
        else:
            form[name] = value if known is None else [known, value]
    return form


def _items(raw: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    items: list[msgspec.Raw] = _decoder(list[msgspec.Raw]).decode(raw)
    return items


def _scalar(raw: bytes | memoryview | msgspec.Raw) -> str | None:
    head = bytes(memoryview(raw)[:1])
    if head == b'"':
        text: str = _decoder(str).decode(raw)
        return text
    if head.isdigit() or head == b"-":
        return str(_decoder(int).decode(raw))
    return None


def _explain(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    if isinstance(error, msgspec.DecodeError | UnicodeDecodeError):
        return "not valid JSON"
    return "not what the model asks for"  # a model's own words may quote the body


@cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)


@cache
def _field(name: str) -> msgspec.json.Decoder[Any]:
    """A decoder that keeps one field of an object and skips all others."""
    step = msgspec.defstruct(
        "Step", [("value", msgspec.Raw)], rename={"value": name}, module=__name__
    )
    return msgspec.json.Decoder(step)
