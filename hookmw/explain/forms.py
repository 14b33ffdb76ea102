"""Forms that somebody decoded, encoded anew or unpacked; and bodies that arrive as base64."""

import base64
import json
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urlencode

from hookmw.explain.finding import Finding
from hookmw.explain.rewrite import Rewrite

__all__ = ["form_rewrites"]

MAX_FIELDS = 1000

_PARSED = "Let hookmw see the raw bytes: something before it has parsed the form."
_GATEWAY = "Decode the body before it is passed on: a gateway (AWS Lambda) hands it over as base64."


def form_rewrites(body: bytes) -> Iterator[Rewrite]:
    """The bodies that may have been signed where a form is involved."""
    for code, what, change, remedy in _CHANGES:
        sentence = f"The signature is that of {what}."
        yield Rewrite(Finding(code, sentence, remedy), partial(change, body))


def _decoded(body: bytes) -> bytes:
    return unquote_to_bytes(body.replace(b"+", b" "))


def _quoted_plus(body: bytes) -> bytes:
    return quote_plus(body, safe="=&").encode()


def _quoted(body: bytes) -> bytes:
    return quote(body, safe="=&").encode()


def _again(body: bytes) -> bytes:
    pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    return urlencode(pairs).encode()


def _from_json(body: bytes) -> bytes:
    return urlencode(json.loads(body), doseq=True).encode()


def _wrapped(body: bytes) -> bytes:
    return b"payload=" + quote_plus(body).encode()


def _unwrapped(body: bytes) -> bytes:
    pairs = parse_qsl(body.decode(), max_num_fields=MAX_FIELDS)
    return dict(pairs)["payload"].encode()


def _unbase64(body: bytes) -> bytes:
    return base64.b64decode(body.strip(), validate=True)


_CHANGES: tuple[tuple[str, str, Callable[[bytes], bytes], str], ...] = (
    ("form_decoded", "the form in its encoded text (+ for blanks)", _quoted_plus, _PARSED),
    ("form_decoded", "the form in its encoded text (%20 for blanks)", _quoted, _PARSED),
    ("form_encoded", "the form in its decoded text", _decoded, _PARSED),
    ("form_reencoded", "the same form, encoded in another way", _again, _PARSED),
    ("form_as_json", "the form that the fields of this JSON make", _from_json, _PARSED),
    ("form_unwrapped", "a form whose field payload is this JSON", _wrapped, _PARSED),
    ("form_wrapped", "the JSON in the form's field payload", _unwrapped, _PARSED),
    ("body_base64", "what this base64 text spells", _unbase64, _GATEWAY),
)
