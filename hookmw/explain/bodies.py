"""Guesses about the body: what came is not, byte for byte, what was signed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from hookmw.explain.case import Case, Trial
from hookmw.explain.finding import Finding
from hookmw.explain.forms import form_rewrites
from hookmw.explain.reencoded import json_rewrites
from hookmw.explain.rewrite import Rewrite

__all__ = ["body_trials"]

BOM = b"\xef\xbb\xbf"

_EDITED = "Pass on the bytes as they came: an editor, a shell or a proxy has changed them."
_LOST = "Look for what sends the request without its body, such as a redirect or a proxy."
_CHARSET = "Pass on the bytes as they came: something has read them in another charset."


def body_trials(case: Case) -> Iterator[Trial]:
    """One trial for each body that may have been signed."""
    body = case.delivery.body
    for rewrites in (_edges, json_rewrites, form_rewrites, _charsets):
        for each in rewrites(body):
            yield Trial(each.finding, partial(_with_body, case, each))


def _with_body(case: Case, rewrite: Rewrite) -> Case:
    body = rewrite.make()
    if body == case.delivery.body:
        raise ValueError("nothing is different")
    return case.sent_as(body=body)


@dataclass(frozen=True, slots=True)
class _Edge:
    code: str
    what: str
    change: Callable[[bytes], bytes]
    remedy: str = _EDITED


_EDGES = (
    _Edge("body_newline", "the body without the newline at its end", lambda b: b.rstrip(b"\r\n")),
    _Edge("body_newline", "the body without its last line feed", lambda b: b.removesuffix(b"\n")),
    _Edge("body_newline", "the body with a newline (LF) at its end", lambda b: b + b"\n"),
    _Edge("body_newline", "the body with a newline (CR LF) at its end", lambda b: b + b"\r\n"),
    _Edge("body_bom", "the body without the byte order mark", lambda b: b.removeprefix(BOM)),
    _Edge("body_bom", "the body with a byte order mark before it", lambda b: BOM + b),
    _Edge("body_white_space", "the body without white space around it", bytes.strip),
    _Edge("body_line_ends", "the body with LF for CR LF", lambda b: b.replace(b"\r\n", b"\n")),
    _Edge("body_line_ends", "the body with CR LF for LF", lambda b: b.replace(b"\n", b"\r\n")),
    _Edge("body_lost", "an empty body", lambda _: b"", _LOST),
)

_CHARSETS = (("utf-8", "latin-1"), ("latin-1", "utf-8"), ("utf-8", "utf-16-le"))


def _edges(body: bytes) -> Iterator[Rewrite]:
    for edge in _EDGES:
        sentence = f"The signature is that of {edge.what}."
        yield Rewrite(Finding(edge.code, sentence, edge.remedy), partial(edge.change, body))


def _charsets(body: bytes) -> Iterator[Rewrite]:
    for came, signed in _CHARSETS:
        sentence = f"The signature is that of the body in {signed.upper()}, read as {came.upper()}."
        finding = Finding("body_charset", sentence, _CHARSET)
        yield Rewrite(finding, partial(_recoded, body, came, signed))


def _recoded(body: bytes, came: str, signed: str) -> bytes:
    return body.decode(came).encode(signed)
