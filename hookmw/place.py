"""Places: where in a request something stands, written as text: `header:x-id`, `body:data.id`.

| written | is |
|---|---|
| `header:x-id` | the header's value |
| `query:token` | the query parameter's value |
| `path:tenant` | what `{tenant}` in the endpoint's path matched |
| `body:data.id`, `body:items.0.id` | the text or whole number there in the JSON or form body |
| `key:!update_id`, `key:entry.0!id,time` | first key of the object there, but for the listed ones |
| `xml:MsgType` | the text of that element of an XML body, just below its root |
| `text:body` | the whole body as text |
"""

from functools import cache

from hookmw.delivery import RequestParts
from hookmw.document import Document
from hookmw.errors import ConfigError

__all__ = ["Place"]

IN_BODY = ("body", "key", "xml", "text")
KINDS = ("header", "query", "path", *IN_BODY)


class Place:
    """A spot in a request that can be read.

    Args:
        text: the place as written above.

    Raises:
        ConfigError: it is not written so.
    """

    __slots__ = ("_excluded", "_header", "_steps", "kind", "name")

    def __init__(self, text: str) -> None:
        self.kind, colon, self.name = text.partition(":")
        if self.kind not in KINDS or not colon or not self.name:
            kinds = ", ".join(KINDS)
            raise ConfigError(f"{text!r} is not a place: write kind:name, kind one of {kinds}")
        if self.kind == "text" and self.name != "body":
            raise ConfigError(f"{text!r} is not a place: the only text there is is text:body")
        path, _, excluded = self.name.partition("!")
        self._header = _header_name(self.name) if self.kind == "header" else b""
        self._steps = tuple(step for step in path.split(".") if step)
        self._excluded = frozenset(excluded.split(","))

    @classmethod
    @cache
    def of(cls, text: str) -> "Place":
        """The place written as `text`; rows and settings only, never a sender's text."""
        return cls(text)

    def read(self, parts: RequestParts) -> str | None:
        """What stands there, or None.

        Raises:
            Malformed: a header or query parameter is there twice.
            RuntimeError: the place is in the body and the body has not been read.
        """
        match self.kind:
            case "header":
                return parts.header(self._header)
            case "query":
                return parts.query(self.name)
            case "path":
                return parts.path_params.get(self.name)
            case _:
                return self._read_body(parts.document)

    def _read_body(self, document: Document) -> str | None:
        match self.kind:
            case "body":
                return document.value(self._steps)
            case "xml":
                return document.element(self.name)
            case "text":
                return document.text()
            case _:
                return document.first_key(self._steps, self._excluded)

    def read_bytes(self, parts: RequestParts) -> bytes | None:
        """What stands there as the bytes that were sent, or None.

        Raises:
            Malformed: as `read`.
        """
        if self.kind == "header":
            return parts.header_bytes(self._header)
        text = self.read(parts)
        if text is None:
            return None
        # Half a surrogate pair in a path is no text of anybody's, but no reason to stumble either.
        return text.encode("utf-8", "surrogatepass")

    @property
    def in_body(self) -> bool:
        """Whether the body must have been read."""
        return self.kind in IN_BODY

    def __str__(self) -> str:
        """The place as written."""
        return f"{self.kind}:{self.name}"


def _header_name(name: str) -> bytes:
    try:
        return name.lower().encode("ascii")
    except UnicodeEncodeError:
        raise ConfigError(f"header:{name} is not a place: header names are ASCII") from None
