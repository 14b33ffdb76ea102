"""The signed bytes as a template: `v0:{timestamp}:{body}`; taken apart once, filled at need."""

import re
from itertools import pairwise

from hookmw.delivery import Delivery
from hookmw.scheme.parts import Body, Part, Text, parse_part

__all__ = ["Content"]


class Content:
    """What a signature covers.

    Args:
        template: literal text; braces hold parts (see `parts`).
        sent: what `{timestamp}` stands for.
        separator: between the items of the signature's own list.
        body_starts: what every body starts with; may be empty.
        unambiguous: whether to refuse values that contain what comes after them.
    """

    def __init__(
        self,
        template: str,
        sent: Text | None,
        separator: bytes,
        body_starts: bytes = b"",
        *,
        unambiguous: bool = True,
    ) -> None:
        self._sent = sent
        self._parts = _split(template, sent, separator)
        self._is_body = len(self._parts) == 1 and isinstance(self._parts[0], Body)
        self.has_secret = re.search(r"\{secret[|}]", template) is not None
        self.has_url = re.search(r"\{url[|}]", template) is not None
        if unambiguous:
            _forbid_ambiguity(self._parts, body_starts)

    def fill(
        self,
        delivery: Delivery,
        items: list[bytes],
        key: bytes = b"",
        sent_text: bytes | None = None,
    ) -> bytes:
        """The signed bytes of this delivery.

        Args:
            delivery: its body must have been read.
            items: of the signature's own list.
            key: of the secret that is being tried, where it is a part of the content.
            sent_text: what the timestamp's part holds, where it has been read already.

        Raises:
            MalformedSignature: a part is missing, or contains what comes after it.
        """
        if self._is_body:
            return delivery.body
        filled = []
        for part in self._parts:
            if isinstance(part, bytes):
                filled.append(part)
            elif part is self._sent and sent_text is not None:
                filled.append(sent_text)
            else:
                filled.append(part.read(delivery, items, key))
        return b"".join(filled)


def _split(template: str, sent: Text | None, separator: bytes) -> tuple[bytes | Part, ...]:
    """Literals as bytes, what is in braces as parts."""
    parts: list[bytes | Part] = []
    for index, written in enumerate(re.split(r"\{([^{}]+)\}", template)):
        if index % 2:
            parts.append(parse_part(written, sent, separator))
        elif written:
            parts.append(written.encode())
    return tuple(parts)


def _forbid_ambiguity(parts: tuple[bytes | Part, ...], body_starts: bytes) -> None:
    """A value must not contain the literal after it: else `a.` + `b` and `a` + `.b` sign alike.

    Where no literal is after it, it must not contain the start of a body.
    """
    for part, following in pairwise(parts):
        if isinstance(part, Text):
            part.forbidden = following if isinstance(following, bytes) else body_starts
