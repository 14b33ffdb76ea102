"""Writing what a provider's row reads: an event's id and type, and what the signature covers."""

import re
from typing import Any

from hookmw.errors import ConfigError
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.testing.request import Request
from hookmw.testing.writing import written

__all__ = ["fill_content", "fill_id", "fill_type", "first_places", "write"]

_PLACE = re.compile(r"\{((?:header|query|path|body):[^{}|?]+)(?:\|[^{}]*)?\}")


def fill_type(draft: Request, provider: Provider, text: str) -> None:
    """Make `text` the type of the event; what the body says already stays.

    Raises:
        ConfigError: the body says another type, or has no room for it where the type belongs.
    """
    if provider.event_type(draft.delivery(0)) == text:
        return
    places = first_places(provider.type)
    for place, part in zip(places, text.split(".", len(places) - 1), strict=False):
        _fill(draft, place, part)
    found = provider.event_type(draft.delivery(0))
    if found != text and not found.startswith(f"{text}."):
        raise ConfigError(_contradiction("type", text, provider.name, provider.type, found))


def fill_id(draft: Request, provider: Provider, text: str) -> None:
    """Make `text` the provider's id of the event; what the body says already stays.

    Raises:
        ConfigError: the provider has no id, the body says another one, or has no room for it where
            the id belongs.
    """
    places = first_places(provider.id)
    if not places:
        raise ConfigError(f"provider {provider.name!r} gives its events no id: leave id= out")
    _fill(draft, places[0], text)
    found, _ = provider.event_id(draft.delivery(0))
    if found != text:
        raise ConfigError(_contradiction("id", text, provider.name, provider.id, found))


def fill_content(draft: Request, provider: Provider, text: str) -> None:
    """Write `text` wherever the signature covers a value that is not there yet: a nonce, say.

    Raises:
        ConfigError: the body has no room for it.
    """
    for written_as in _PLACE.findall(getattr(provider.scheme, "content", "")):
        place = Place.of(written_as)
        if not place.read(draft.delivery(0)):
            draft.put(place, text)


def first_places(text: str) -> list[Place]:
    """The places of the first alternative in a provider's `id` or `type`."""
    first, _, _ = text.partition("|")
    return [Place.of(word.rstrip("?")) for word in first.split()]


def write(body: bytes, place: Place, text: str, envelope: str = "payload") -> bytes:
    """The JSON or form of `body` with `text` at `place`, in objects and arrays made as needed.

    Args:
        body: JSON or a form; flat XML where the place is in XML.
        place: of kind `body`, or `key`, which makes `text` the name of an empty object, or `xml`.
        text: becomes a number if it is the text of one.
        envelope: the form field that holds the JSON.

    Raises:
        ConfigError: the body has no room for it there.
    """
    if place.kind == "xml":
        return _with_element(body, place, text)
    return written(body, *_spelled(place, text), content_type="", envelope=envelope)


def _fill(draft: Request, place: Place, text: str) -> None:
    if not place.in_body:
        draft.put(place, text)
    elif place.read(draft.delivery(0)) is None:
        if place.kind == "xml":
            draft.body = _with_element(draft.body, place, text)
        else:
            draft.write(*_spelled(place, text))


def _spelled(place: Place, text: str) -> tuple[list[str], Any]:
    """The steps to it, and what stands there in JSON."""
    path, _, _ = place.name.partition("!")
    steps = [step for step in path.split(".") if step]
    if place.kind == "key":
        return [*steps, text], {}
    return steps, int(text) if text.isdecimal() and str(int(text)) == text else text


def _with_element(body: bytes, place: Place, text: str) -> bytes:
    if not body.startswith(b"<xml>") or "]]>" in text:
        raise ConfigError(f"the payload has no room for {place}: it must be <xml>...</xml>")
    element = f"<xml><{place.name}><![CDATA[{text}]]></{place.name}>"
    return body.replace(b"<xml>", element.encode(), 1)


def _contradiction(what: str, text: str, provider: str, places: str, found: str | None) -> str:
    said = f"the payload says {found!r} there" if found else "it cannot be read back from there"
    return f"{what}={text!r}: provider {provider!r} has its {what} at {places}, and {said}"
