"""Guesses about the signed bytes: the timestamp is left out, or taken from another place."""

from collections.abc import Iterator
from functools import partial

from hookmw.explain.case import Case, Trial, copy_of
from hookmw.explain.finding import Finding
from hookmw.explain.rows import header_names
from hookmw.scheme.timestamps import parse_timestamp

__all__ = ["content_trials"]

UNITS = ("s", "ms", "rfc3339")
MAX_TIMES = 4

_WITHOUT = "Sign the time with the body, or give the endpoint a scheme without timestamp=."
_PLACE = (
    "Send the signed time where the row reads it, or give the endpoint a scheme with timestamp=."
)
_CONTENT = "Sign what the row's content says, or give the endpoint a scheme with content=."

_TEMPLATES = (
    "{timestamp}.{body}",
    "{timestamp}:{body}",
    "v0:{timestamp}:{body}",
    "{timestamp}{body}",
    "{timestamp}\n{body}",
    "{body}.{timestamp}",
    "{body}{timestamp}",
    "{header:webhook-id}.{timestamp}.{body}",
)


def content_trials(case: Case) -> Iterator[Trial]:
    """One trial for each way to put time and body together."""
    yield from _timeless(case)
    for place, unit in _times(case):
        moved = partial(case.read_as, timestamp=place, unit=unit)
        if place != case.scheme.timestamp and "{timestamp}" in case.scheme.content:
            sentence = f"The signature is right with the time at {place}."
            yield Trial(Finding("timestamp_place", sentence, _PLACE), moved)
        for template in _TEMPLATES:
            sentence = f"The signature is right for the content {template!r}, time at {place}."
            finding = Finding("content_differs", sentence, _CONTENT)
            yield Trial(finding, partial(moved, content=template))


def _timeless(case: Case) -> Iterator[Trial]:
    if case.scheme.content == "{body}":
        return
    sentence = "The signature is that of the body alone, without the time or anything else."
    changes = {"content": "{body}", "timestamp": None}
    yield Trial(Finding("timestamp_unsigned", sentence, _WITHOUT), partial(case.read_as, **changes))


def _times(case: Case) -> list[tuple[str, str]]:
    """The row's own place, and headers that hold something like a time."""
    own = case.scheme.timestamp
    found = [] if own is None else [(own, case.scheme.unit)]
    for name in header_names(case.delivery):
        unit = _unit(case, name)
        if unit is not None and f"header:{name}" != own:
            found.append((f"header:{name}", unit))
    return found[:MAX_TIMES]


def _unit(case: Case, name: str) -> str | None:
    """How the header writes a time; None for small numbers, such as lengths."""
    plain = copy_of(case.delivery)
    values = [value for key, value in plain.headers if key == name.encode()]
    if len(values) != 1 or len(values[0]) < len("1700000000"):
        return None
    text = values[0].decode("latin-1")
    return next((unit for unit in UNITS if parse_timestamp(text, unit) is not None), None)
