"""The signed bytes as a template: `v0:{timestamp}:{body}`; taken apart once, filled at need."""

import re
from itertools import pairwise

from hookmw.delivery import Delivery
from hookmw.place import Place
from hookmw.scheme.bodies import Body, RawValue
from hookmw.scheme.draft import Draft
from hookmw.scheme.parts import Bounded, Filtered, Part, Text, parse_part
from hookmw.scheme.timestamps import ends_before
from hookmw.scheme.urls import URL, Host, Path

__all__ = ["Content"]


class Content:
    """What a signature covers.

    Args:
        template: literal text; braces hold parts (see `parts`).
        sent: what `{timestamp}` stands for.
        separator: between the items of the signature's own list.
        body_starts: what every body starts with; may be empty.
        unit: how the time is written.

    Attributes:
        has_secret: whether the key is a part, so that each key has a content of its own.
        ends_with_secret: whether nothing comes after it.
        has_url: whether the public URL must be known.
        fields: names of the items of the signature's own list that are parts.
    """

    def __init__(
        self,
        template: str,
        sent: Text | None,
        separator: bytes,
        body_starts: bytes = b"",
        *,
        unit: str = "s",
    ) -> None:
        self._sent = sent
        self._parts = _split(template, sent, separator)
        self._is_body = len(self._parts) == 1 and isinstance(self._parts[0], Body)
        bare = [_unfiltered(part) for part in self._parts if not isinstance(part, bytes)]
        self._texts = [part for part in bare if isinstance(part, Text)]
        self._raw = [part.place for part in bare if isinstance(part, RawValue)]
        self._prepared = [part for part in bare if hasattr(part, "prepare")]
        self._covers_body = any(_covers_body(part) for part in bare)
        self.has_secret = re.search(r"\{secret[|}]|\{body!", template) is not None
        self.ends_with_secret = template.endswith("{secret}")
        self.has_url = any(isinstance(part, URL | Path | Host) for part in bare)
        self.fields = [
            part.field.removesuffix(b"=").decode()
            for part in self._texts
            if part.field is not None and part is not sent
        ]
        self._parts = _bounded(self._parts, body_starts, sent, unit)

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
            MalformedSignature: a part is missing, or contains what stands beside it.
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

    def prepare(self, draft: Draft, at: float) -> None:
        """Write what the parts ask for besides the signature: `at` where nothing is there yet."""
        places = [part.place for part in self._texts if part.field is None and not part.optional]
        for place in places:
            if place.kind != "key" and not place.read(draft.delivery(at)):
                draft.put(place, str(int(at)))
        for part in self._prepared:
            part.prepare(draft)

    def covers(self, place: Place) -> bool:
        """Whether what stands at `place` is a part."""
        if any(part.field is None and part.name == str(place) for part in self._texts):
            return True
        if not place.in_body:
            return False
        path = place.name.lstrip("!")
        return self._covers_body or any(f"{path}.".startswith(f"{raw.name}.") for raw in self._raw)


def _split(template: str, sent: Text | None, separator: bytes) -> tuple[bytes | Part, ...]:
    """Literals as bytes, what is in braces as parts."""
    parts: list[bytes | Part] = []
    for index, written in enumerate(re.split(r"\{([^{}]+)\}", template)):
        if index % 2:
            parts.append(parse_part(written, sent, separator))
        elif written:
            parts.append(written.encode())
    return tuple(parts)


def _unfiltered(part: Part) -> Part:
    return part.part if isinstance(part, Filtered) else part


def _covers_body(part: Part | bytes) -> bool:
    return getattr(part, "covers_body", False)


def _bounded(
    parts: tuple[bytes | Part, ...], body_starts: bytes, sent: Text | None, unit: str
) -> tuple[bytes | Part, ...]:
    """A value must not contain the literal after it: else `a.` + `b` and `a` + `.b` sign alike.

    Where no literal is after it, it must not contain the start of a body; where the body stands
    before it, it must not contain the literal between. A time may, where none can be read into it.
    """
    for part, following in pairwise(parts):
        if isinstance(part, Text):
            after = following if isinstance(following, bytes) else body_starts
            free = part is sent and ends_before(unit, after)
            part.forbidden = (after,) if after and not free else ()
    for body, literal, part in zip(parts, parts[1:], parts[2:], strict=False):
        if isinstance(part, Text) and isinstance(literal, bytes) and _covers_body(body):
            part.forbidden += (literal,)
    return tuple(
        Bounded(part, following)
        if isinstance(part, URL | Path) and isinstance(following, bytes)
        else part
        for part, following in zip(parts, (*parts[1:], None), strict=True)
    )
