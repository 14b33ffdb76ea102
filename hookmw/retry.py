"""When to try a handler again."""

from dataclasses import KW_ONLY, dataclass
from math import inf
from random import Random

from hookmw.errors import ConfigError

__all__ = ["Retry"]


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential back-off with full jitter, so that what failed together is not tried together.

    Attempt n is followed by a wait of anything between 0 and `base * 2**(n - 1)` seconds.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    Attributes:
        attempts: how often a handler is tried in all; then its event is a dead letter.
        base: seconds; the longest wait after the first attempt.
        cap: seconds; no wait is longer.

    Raises:
        ConfigError: a number is out of range.
    """

    attempts: int = 8
    _: KW_ONLY
    base: float = 5.0
    cap: float = 3600.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.attempts < 1:
            raise ConfigError("retry: attempts must be at least 1 (1 means: never again)")
        if not 0 <= self.base <= self.cap < inf:
            raise ConfigError("retry: base must be between 0 and cap, in finite seconds")

    def delay(self, attempt: int, random: Random) -> float:
        """Seconds to wait after a failed attempt.

        Args:
            attempt: its number, from 1.
            random: the source of the jitter.
        """
        doublings = min(attempt - 1, 40)  # the cap is reached long before a float overflows
        return random.uniform(0, min(self.cap, self.base * 2**doublings))
