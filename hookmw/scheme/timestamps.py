"""Timestamps as providers write them, read strictly: `nan`, `1e400`, ` 1_7 ` are none.

| unit | is |
|---|---|
| `s`, `ms` | seconds, or milliseconds, since the epoch |
| `rfc3339` | RFC 3339, 5.6: `2026-05-28T20:26:40.5+02:00` |
| `iso_utc` | the same in UTC, and nothing says so: `2026-05-28T20:26:40.5` |
| `http_date` | RFC 9110, 5.6.7, as everybody must write it: `Thu, 28 May 2026 20:26:40 GMT` |
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from hookmw.errors import ConfigError

__all__ = [
    "ends_before",
    "parse_timestamp",
    "timestamp_reader",
    "timestamp_unit",
    "write_timestamp",
]

SECONDS_DIGITS, MILLISECONDS_DIGITS = 12, 15
_LOCAL = r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?"
_RFC3339 = re.compile(_LOCAL + r"([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_GOING_ON = {b"", b".", *(b"%d" % digit for digit in range(10))}
_ISO_UTC = re.compile(_LOCAL, re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    rf"({'|'.join(_DAYS)}), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT",
    re.ASCII,
)


def parse_timestamp(text: str, unit: str) -> float | None:
    """Seconds since the epoch, or None where `text` is no timestamp of that unit.

    Args:
        text: as the sender wrote it.
        unit: a name from the table above.
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


def ends_before(unit: str, following: bytes) -> bool:
    """Whether a time of that unit is told from what follows it, whatever both of them hold.

    `2026-05-28T20:26:40Z` is no beginning of another time, `2026-05-28T20:26:40` is: a dot may go
    on with it. Digits end by themselves nowhere.

    Args:
        unit: a name from the table above.
        following: the literal after it; empty where there is none.
    """
    if unit == "iso_utc":
        return following[:1] not in _GOING_ON
    return unit in {"rfc3339", "http_date"}


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
    return _moment(*match.groups())


def _read_iso_utc(text: str) -> float | None:
    match = _ISO_UTC.fullmatch(text)
    return None if match is None else _moment(match[1], match[2], "Z")


def _moment(whole: str, fraction: str | None, zone: str) -> float | None:
    try:
        moment = datetime.fromisoformat(whole.upper() + zone.upper().replace("Z", "+00:00"))
        return moment.timestamp() + float(fraction or 0)
    except (ValueError, OverflowError):
        return None


def _read_http_date(text: str) -> float | None:
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        return None
    day_name, day, month, *rest = match.groups()
    year, hour, minute, second = map(int, rest)
    try:
        numbers = (year, _MONTHS.index(month) + 1, int(day), hour, minute, second)
        moment = datetime(*numbers, tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() if _DAYS[moment.weekday()] == day_name else None


def _write_iso_utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6]


def _write_rfc3339(seconds: float) -> str:
    return _write_iso_utc(seconds) + "Z"


def _write_http_date(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year:04d} {moment:%H:%M:%S} GMT"


_UNITS: dict[str, tuple[Callable[[str], float | None], Callable[[float], str]]] = {
    "s": (_read_seconds, lambda seconds: str(int(seconds))),
    "ms": (_read_milliseconds, lambda seconds: str(int(seconds * 1000))),
    "rfc3339": (_read_rfc3339, _write_rfc3339),
    "iso_utc": (_read_iso_utc, _write_iso_utc),
    "http_date": (_read_http_date, _write_http_date),
}
