"""Writing an event's id and type where its provider's row reads them."""

from itertools import pairwise
from typing import Any

import msgspec

from hookmw.errors import ConfigError
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft

__all__ = ["fill_id", "fill_type", "first_places", "write"]


def fill_type(draft: Draft, provider: Provider, text: str) -> None:
    """Make `text` the type of the event; what the body says already stays.

    Raises:
        ConfigError: the body says another type, or is no JSON object and the type belongs there.
    """
    if provider.event_type(draft.delivery(0)) == text:
        return
    places = first_places(provider.type)
    for place, part in zip(places, text.split(".", len(places) - 1), strict=False):
        _fill(draft, place, part)
    found = provider.event_type(draft.delivery(0))
    if found != text and not found.startswith(f"{text}."):
        raise ConfigError(_contradiction("type", text, provider.name, provider.type, found))


def fill_id(draft: Draft, provider: Provider, text: str) -> None:
    """Make `text` the provider's id of the event; what the body says already stays.

    Raises:
        ConfigError: the provider has no id, the body says another one, or it is no JSON object
            and the id belongs there.
    """
    places = first_places(provider.id)
    if not places:
        raise ConfigError(f"provider {provider.name!r} gives its events no id: leave id= out")
    _fill(draft, places[0], text)
    found, _ = provider.event_id(draft.delivery(0))
    if found != text:
        raise ConfigError(_contradiction("id", text, provider.name, provider.id, found))


def first_places(written: str) -> list[Place]:
    """The places of the first alternative in a provider's `id` or `type`."""
    first, _, _ = written.partition("|")
    return [Place.of(word.rstrip("?")) for word in first.split()]


def write(body: bytes, place: Place, text: str) -> bytes:
    """The JSON of `body` with `text` at `place`, in objects and arrays made as needed.

    Args:
        body: JSON.
        place: of kind `body`, or `key`, which makes `text` the name of an empty object.
        text: becomes a number if it is the text of one.

    Raises:
        ConfigError: the body has no room for it there.
    """
    path, _, _ = place.name.partition("!")
    steps = [step for step in path.split(".") if step]
    value: Any = int(text) if text.isdecimal() and str(int(text)) == text else text
    if place.kind == "key":
        steps, value = [*steps, text], {}
    try:
        document = msgspec.json.decode(body)
        _set(document, steps, value)
    except (msgspec.DecodeError, AttributeError, LookupError, TypeError, ValueError):
        raise ConfigError(f"the payload has no room for {place}: it must be JSON") from None
    return msgspec.json.encode(document)


def _fill(draft: Draft, place: Place, text: str) -> None:
    if not place.in_body:
        draft.put(place, text)
    elif place.read(draft.delivery(0)) is None:
        draft.body = write(draft.body, place, text)


def _set(document: Any, steps: list[str], value: Any) -> None:
    parent = document
    for step, following in pairwise(steps):
        parent = _child(parent, step, [] if following.isdigit() else {})
    if isinstance(parent, list):
        parent[int(steps[-1])] = value
    else:
        parent.update({steps[-1]: value})


def _child(parent: Any, step: str, empty: Any) -> Any:
    if not isinstance(parent, list):
        return parent.setdefault(step, empty)
    if int(step) == len(parent):
        parent.append(empty)
    return parent[int(step)]


def _contradiction(what: str, text: str, provider: str, places: str, found: str | None) -> str:
    said = f"the payload says {found!r} there" if found else "it cannot be read back from there"
    return f"{what}={text!r}: provider {provider!r} has its {what} at {places}, and {said}"
