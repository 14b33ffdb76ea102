"""When a captured request is taken to have arrived, and who says so."""

import time
from datetime import datetime
from email.utils import parsedate_to_datetime

from hookmw.cli.explain.capture import Capture, header
from hookmw.errors import ConfigError

__all__ = ["moment_of"]


def moment_of(capture: Capture, at: str | None) -> tuple[float, str]:
    """Seconds since the epoch, and where they are from.

    Raises:
        ConfigError: `at` is no time.
    """
    if at is not None:
        return _parsed(at.strip()), "--at"
    dated = header(capture, b"date")
    if dated is not None:
        try:
            return parsedate_to_datetime(dated.decode("latin-1")).timestamp(), "its Date header"
        except (ValueError, OverflowError, OSError):
            pass
    return time.time(), "now: it has no Date header, and there is no --at"


def _parsed(text: str) -> float:
    if text.isascii() and text.isdigit() and len(text) <= len("999999999999"):
        return float(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"--at {text!r} is no time: write 1700000000 or 2026-01-31T12:00Z"
        ) from None
