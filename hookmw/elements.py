"""Flat XML, as WeChat and WeCom write it: `<xml><MsgType><![CDATA[text]]></MsgType>...</xml>`.

Only elements, text and CDATA are read. Whatever could reach further than the bytes that are there
(a DTD, an entity, a processing instruction), an attribute or a comment makes the whole body
unreadable, and a text inside CDATA is never taken for an element: it is what a user typed.
"""

import re
from collections.abc import Mapping

__all__ = ["read_elements"]

MAX_ELEMENTS = 1000
MAX_DEPTH = 16
BELOW_ROOT = 2
"""How deep the elements are that are read."""

_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,63})\s*>"
    r"|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|(?P<text>[^<&]+)",
    re.ASCII | re.DOTALL,
)


def read_elements(body: bytes) -> Mapping[str, str]:
    """The texts of the elements just below the root, by name.

    An element that occurs twice, or has elements of its own, has no text. Where the body is no flat
    XML there are none at all.
    """
    try:
        return _Scan(body.decode().strip()).run()
    except ValueError:
        return {}


class _Scan:
    """One pass over a document; raises `ValueError` at whatever it does not know."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._open: list[str] = []
        self._texts: dict[str, list[str] | None] = {}
        self._roots = 0

    def run(self) -> dict[str, str]:
        at = 0
        while at < len(self._document):
            token = _TOKEN.match(self._document, at)
            if token is None:
                raise ValueError("not flat XML")
            at = token.end()
            self._take(token)
        if self._open or self._roots != 1:
            raise ValueError("not one whole element")
        return {name: "".join(text) for name, text in self._texts.items() if text is not None}

    def _take(self, token: re.Match[str]) -> None:
        name = token["name"]
        if name is None:
            self._add(token["text"] if token["cdata"] is None else token["cdata"])
        elif not token["end"]:
            self._begin(name)
        elif not self._open or self._open.pop() != name:
            raise ValueError("elements overlap")

    def _begin(self, name: str) -> None:
        self._roots += not self._open
        self._open.append(name)
        if len(self._open) > MAX_DEPTH or len(self._texts) > MAX_ELEMENTS:
            raise ValueError("too much of it")
        if len(self._open) == BELOW_ROOT:
            self._texts[name] = None if name in self._texts else []
        elif len(self._open) > BELOW_ROOT:
            self._texts[self._open[1]] = None

    def _add(self, text: str) -> None:
        if not self._open and text.strip():
            raise ValueError("text outside of the root")
        known = self._texts.get(self._open[1]) if len(self._open) == BELOW_ROOT else None
        if known is not None:
            known.append(text)
