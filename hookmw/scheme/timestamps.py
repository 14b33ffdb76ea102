"""Timestamps as providers write them, read strictly: `nan`, `1e400`, ` 1_7 ` are none."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from hookmw.errors import ConfigError

__all__ = ["parse_timestamp", "timestamp_reader", "timestamp_unit", "write_timestamp"]

SECONDS_DIGITS, MILLISECONDS_DIGITS = 12, 15
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def parse_timestamp(text: str, unit: str) -> float | None:
    """Seconds since the epoch, or None where `text` is no timestamp of that unit.

    Args:
        text: as the sender wrote it.
        unit: `s`, `ms` or `rfc3339` (RFC 3339, 5.6).
    """
    return timestamp_reader(unit)(text)


def timestamp_reader(unit: str) -> Callable[[str], float | None]:
    """What reads timestamps of that unit; see `parse_timestamp`."""
    return _UNITS[unit][0]


def write_timestamp(seconds: float, unit: str) -> str:
    """`seconds` since the epoch as the unit's text."""
    return _UNITS[unit][1](seconds)


def timestamp_unit(unit: str) -> str:
    """The unit itself.

    Raises:
        ConfigError: it is none.
    """
    if unit not in _UNITS:
        raise ConfigError(f"unit={unit!r} is unknown; known are {', '.join(_UNITS)}")
    return unit


def _is_number(text: str, digits: int) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= digits


def _read_seconds(text: str) -> float | None:
    return float(text) if _is_number(text, SECONDS_DIGITS) else None


def _read_milliseconds(text: str) -> float | None:
    return int(text) / 1000 if _is_number(text, MILLISECONDS_DIGITS) else None


def _read_rfc3339(text: str) -> float | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    whole, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(whole.upper() + zone.upper().replace("Z", "+00:00"))
        return moment.timestamp() + float(fraction or 0)
    except (ValueError, OverflowError):
        return None


def _write_rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


_UNITS: dict[str, tuple[Callable[[str], float | None], Callable[[float], str]]] = {
    "s": (_read_seconds, lambda seconds: str(int(seconds))),
    "ms": (_read_milliseconds, lambda seconds: str(int(seconds * 1000))),
    "rfc3339": (_read_rfc3339, _write_rfc3339),
}
