"""Writing into a body: JSON or a form, or JSON in a field of a form, as `Document` reads them."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import msgspec

from hookmw.document import parse_pairs
from hookmw.errors import ConfigError, Undecodable

__all__ = ["FORM", "encoded", "form_of", "is_form", "written"]

FORM = "application/x-www-form-urlencoded"

_STARTS = re.compile(rb"[A-Za-z0-9_.~%+*\[\]-]+=")


def encoded(payload: Any, content_type: str, envelope: str) -> bytes:
    """The bytes of a payload: those given, or JSON, or a form if the type says so.

    Args:
        payload: bytes or text go out as they are.
        content_type: of the request.
        envelope: the form field that holds the JSON of a payload that is no mapping of fields.
    """
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, str):
        return payload.encode()
    if is_form(b"", content_type):
        return form_of(payload, envelope)
    return msgspec.json.encode(payload)


def form_of(payload: Any, envelope: str) -> bytes:
    """A form: a mapping's own fields, or one field with the JSON of anything else."""
    fields = payload if isinstance(payload, dict) else {envelope: msgspec.json.encode(payload)}
    return urlencode(fields, doseq=True).encode("ascii")


def is_form(body: bytes, content_type: str) -> bool:
    """Whether a body is a form; an empty one is what its type says."""
    if body:
        return _STARTS.match(body) is not None
    return content_type.lower().startswith(FORM)


def written(
    body: bytes, steps: list[str], value: Any, *, content_type: str, envelope: str
) -> bytes:
    """The body with `value` at `steps`, in objects and arrays made as needed.

    Raises:
        ConfigError: the body has no room for it there.
    """
    try:
        if is_form(body, content_type):
            return _in_form(body, steps, value, envelope)
        return _in_json(body, steps, value)
    except (msgspec.DecodeError, AttributeError, LookupError, TypeError, ValueError, Undecodable):
        where = ".".join(steps)
        raise ConfigError(
            f"the payload has no room for body:{where}: it must be JSON or a form of that shape"
        ) from None


def _in_form(body: bytes, steps: list[str], value: Any, envelope: str) -> bytes:
    fields = dict(parse_pairs(body)) if body else {}
    if envelope in fields:
        fields[envelope] = _in_json(fields[envelope].encode(), steps, value).decode()
    else:
        _check_key(steps[0])
        fields[".".join(steps)] = str(value)
    return urlencode(fields).encode("ascii")


def _in_json(body: bytes, steps: list[str], value: Any) -> bytes:
    document = msgspec.json.decode(body)
    parent = document
    for step, following in pairwise(steps):
        parent = _child(parent, step, [] if following.isdigit() else {})
    if not isinstance(parent, list):
        _check_key(steps[-1])
        parent.update({steps[-1]: value})
    elif int(steps[-1]) == len(parent):
        parent.append(value)
    else:
        parent[int(steps[-1])] = value
    return msgspec.json.encode(document)


def _child(parent: Any, step: str, empty: Any) -> Any:
    if not isinstance(parent, list):
        _check_key(step)
        return parent.setdefault(step, empty)
    if int(step) == len(parent):
        parent.append(empty)
    return parent[int(step)]


def _check_key(step: str) -> None:
    """An index belongs into an array: in an object nothing would read it back."""
    if step.isdigit():
        raise LookupError(step)
