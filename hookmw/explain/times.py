"""The plain reading of a timestamp: none, too old, or in the future, and by how much."""

from dataclasses import replace

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Rejected
from hookmw.explain.case import copy_of
from hookmw.explain.finding import Finding
from hookmw.scheme import Scheme

__all__ = ["time_reading"]

UNITS = {
    "s": "seconds",
    "ms": "milliseconds",
    "rfc3339": "RFC 3339",
    "iso_utc": "RFC 3339 without a zone",
    "http_date": "an HTTP date",
}
QUARTER = 900
DAY = 86_400

_OLD = (
    "Set both clocks by NTP; a delivery that was captured earlier needs `--at` with its own time."
)
_FUTURE = "Set this machine's clock by NTP: it is behind the provider's."
_UNIT = "Send the time in the unit that the row reads, or give the endpoint a scheme with unit=."
_ZONE = "Write the time of sending in UTC: one of the two clocks seems to tell local time."


def time_reading(delivery: Delivery, scheme: Scheme, error: Rejected) -> list[Finding]:
    """What is wrong with the time; error is `StaleTimestamp`, or says that there is no time."""
    found = [_stale(delivery, scheme, error) or _malformed(scheme)]
    unit = _fresh_unit(delivery, scheme)
    if unit is not None:
        sentence = f"The time is written in {UNITS[unit]}, and would then be fresh."
        found.append(Finding("timestamp_unit", sentence, _UNIT))
    elif _is_zone(_age(delivery, scheme), scheme.tolerance):
        sentence = "The time is off by a number of hours that a time zone would explain."
        found.append(Finding("timestamp_zone", sentence, _ZONE))
    return found


def _malformed(scheme: Scheme) -> Finding:
    sentence = f"The text at {scheme.timestamp} is no time in {UNITS[scheme.unit]}."
    return Finding("timestamp_malformed", sentence, _UNIT)


def _stale(delivery: Delivery, scheme: Scheme, error: Rejected) -> Finding | None:
    age = _age(delivery, scheme)
    if age is None:
        return None
    when = "old" if age > 0 else "in the future"
    sentence = (
        f"The signature is right, but its time is {_in_words(abs(age))} {when};"
        f" the tolerance is {scheme.tolerance:g} s."
    )
    return Finding(error.code, sentence, _OLD if age > 0 else _FUTURE)


def _age(delivery: Delivery, scheme: Scheme) -> float | None:
    try:
        sent = scheme.signed_at(copy_of(delivery))
    except Rejected:
        return None
    return None if sent is None else delivery.received_at - sent


def _in_words(seconds: float) -> str:
    if seconds < 2 * QUARTER:
        return f"{seconds:.0f} s"
    if seconds < 2 * DAY:
        return f"{seconds / 3600:.1f} h ({seconds:.0f} s)"
    return f"{seconds / DAY:.0f} days ({seconds:.0f} s)"


def _fresh_unit(delivery: Delivery, scheme: Scheme) -> str | None:
    """The unit in which the time would be that of the arrival, give or take the tolerance."""
    for unit in UNITS:
        try:
            age = _age(delivery, replace(scheme, unit=unit)) if unit != scheme.unit else None
        except ConfigError:
            continue
        if age is not None and abs(age) <= scheme.tolerance:
            return unit
    return None


def _is_zone(age: float | None, tolerance: float) -> bool:
    """Whether it is a quarter of an hour's multiple, up to the 14 hours that zones differ by."""
    if age is None or not QUARTER * 2 <= abs(age) <= DAY * 0.6:
        return False
    rest = abs(age) % (2 * QUARTER)
    return min(rest, 2 * QUARTER - rest) <= min(tolerance, 60)
