"""`--since 2h`: a moment, as people write it."""

import re
import time
from datetime import datetime

from hookmw.errors import ConfigError

__all__ = ["parse_since"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str | None, option: str = "--since") -> float | None:
    """Seconds since the epoch; None for None.

    Args:
        text: how long ago (`90s`, `30m`, `2h`, `7d`, `1w`), or a date, with or without a time and
            a zone (RFC 3339); local time where it has no zone.
        option: where it was written.

    Raises:
        ConfigError: it is neither.
    """
    if text is None:
        return None
    ago = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip(), re.ASCII)
    if ago:
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"{option} {text!r} is no time: write 90s, 30m, 2h, 7d, or 2026-01-31T12:00Z"
        ) from None
