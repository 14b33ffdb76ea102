"""What a process knows of the server's clock, which may be set while leases run.

The server has no clock that nobody can set, but each process has one. So each finds out for itself
that the server's was set, at its first look after that, before it says of any lease that it ended:
and they agree, for whoever comes first prolongs the leases in the database, for all.

A process that has just begun has nothing to compare with. Where it sees no sign that anybody was
here lately, the clock may have been set ahead; it then leaves the leases alone for a few seconds,
in which those who know better look. If nobody does, they are all gone, and their leases end.
"""

import time
from dataclasses import dataclass
from typing import Literal

__all__ = ["PATIENT", "Reading", "ServerClock", "Step"]

OFF = 1.0  # seconds by which a clock may be off before we say that it was set
LENIENT = 1.0  # seconds in which leases are prolonged: rows that were locked are not, at first
PATIENT = 3.0  # seconds in which every worker that has room for an event looks for one

Step = Literal["first", "ahead", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Seconds between the server's clock and our monotonic one: within these, for it took a time.

    Attributes:
        low: at least.
        high: at most.
    """

    low: float
    high: float


@dataclass(slots=True)
class ServerClock:
    """The server's clock, beside the monotonic clock of this process.

    Attributes:
        reading: the latest one of a transaction that was committed.
    """

    reading: Reading | None = None
    _lenient_until: float = 0.0
    _patient_until: float = 0.0

    def step(self, reading: Reading) -> Step | None:
        """How the clock was set since the last reading; None if it was not."""
        before = self.reading
        if before is None:
            return "first"
        if reading.low > before.high + OFF:
            self._lenient_until = time.monotonic() + LENIENT
            return "ahead"
        return "back" if reading.high < before.low - OFF else None

    def be_patient(self, seconds: float) -> None:
        """Leave leases alone that seem to have ended; once in the life of a process."""
        if not self._patient_until:
            self._patient_until = time.monotonic() + seconds

    @property
    def is_lenient(self) -> bool:
        """Whether it was set ahead just now."""
        return time.monotonic() < self._lenient_until

    @property
    def patience(self) -> float:
        """Seconds for which leases are still left alone."""
        return max(0.0, self._patient_until - time.monotonic())
