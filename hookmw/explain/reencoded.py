"""JSON that somebody parsed and wrote anew: the same data in other bytes, as many writers do it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from hookmw.explain.finding import Finding
from hookmw.explain.rewrite import Rewrite

__all__ = ["json_rewrites"]

_REMEDY = (
    "Let hookmw see the raw bytes: a framework, a gateway or a proxy before it has parsed the"
    " JSON and written it anew."
)
_QUOTED = "Pass on the bytes themselves: something has wrapped the body in a JSON string."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a writer writes JSON.

    Attributes:
        separators: compact or spaced.
        indent: blanks a level; None for one line.
        escaped: whether what is not ASCII is escaped.
        sorted: whether keys are.
        replaced: texts that the writer escapes besides.
        end: after the last brace.
    """

    separators: tuple[str, str] = (",", ":")
    indent: int | None = None
    escaped: bool = False
    sorted: bool = False
    replaced: tuple[tuple[str, str], ...] = ()
    end: str = ""

    def write(self, document: Any) -> bytes:
        text = json.dumps(
            document,
            ensure_ascii=self.escaped,
            separators=self.separators,
            indent=self.indent,
            sort_keys=self.sorted,
        )
        for plain, escape in self.replaced:
            text = text.replace(plain, escape)
        return (text + self.end).encode()

    def __str__(self) -> str:
        layout = "spaced" if self.separators[1] != ":" else "compact"
        words = [
            f"indented by {self.indent}" if self.indent else layout,
            "non-ASCII escaped" if self.escaped else "",
            "keys sorted" if self.sorted else "",
            "with " + " and ".join(escape for _, escape in self.replaced) if self.replaced else "",
            "with a newline at its end" if self.end else "",
        ]
        return ", ".join(word for word in words if word)


_SLASHES = (("/", "\\/"),)
_HTML = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))

_STYLES = (
    *(
        _Style(separators=separators, escaped=escaped, sorted=keys)
        for keys, separators, escaped in product(
            (False, True), ((",", ":"), (", ", ": ")), (False, True)
        )
    ),
    *(
        _Style(separators=(",", ": "), indent=indent, escaped=escaped)
        for indent, escaped in product((2, 4), (False, True))
    ),
    _Style(escaped=True, replaced=_SLASHES),
    _Style(replaced=_SLASHES),
    _Style(replaced=_HTML),
    _Style(replaced=_HTML, end="\n"),
    _Style(end="\n"),
    _Style(escaped=True, sorted=True, end="\n"),
    _Style(separators=(", ", ": "), escaped=True, end="\n"),
)
"""What JavaScript, Python, Ruby, Java, PHP and Go write by default, and their usual options."""


def json_rewrites(body: bytes) -> Iterator[Rewrite]:
    """The JSON of the body in every style; nothing where it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(document, str):
        sentence = "The signature is that of the text inside the JSON string that came."
        yield Rewrite(Finding("body_quoted", sentence, _QUOTED), document.encode)
    for style in _STYLES:
        sentence = f"The signature is that of the same JSON in other bytes ({style})."
        yield Rewrite(Finding("json_reencoded", sentence, _REMEDY), partial(style.write, document))
