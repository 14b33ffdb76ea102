"""What wakes a worker that waits for events."""

import time

import anyio

__all__ = ["Bell"]


class Bell:
    """Rings when an event may have become due; waiting for it again and again misses nothing.

    It is silent only after a claim that found less than it asked for, and until something new
    happens here or the next event's time comes.

    Attributes:
        rings: how often it was rung; who looks beside others, and finds nothing, must not silence
            what was rung for while he looked.
    """

    __slots__ = ("_due_at", "_woken", "rings")

    def __init__(self) -> None:
        self._due_at = 0.0  # on the monotonic clock; at the start nobody has looked yet
        self._woken: anyio.Event | None = None
        self.rings = 0

    def ring(self, seconds: float = 0.0) -> None:
        """Something is due in so many seconds."""
        self.rings += 1
        due_at = time.monotonic() + seconds
        if due_at < self._due_at:
            self._due_at = due_at
            self._wake()

    def silence(self, seconds: float) -> None:
        """Nothing is due for so many seconds, infinity included."""
        self._due_at = time.monotonic() + seconds

    async def wait(self, seconds: float) -> None:
        """Return when something is due, or after so many seconds."""
        end = time.monotonic() + seconds
        await anyio.lowlevel.checkpoint()
        while (left := min(end, self._due_at) - time.monotonic()) > 0:
            woken = self._woken = self._woken or anyio.Event()
            with anyio.move_on_after(left):
                await woken.wait()

    def _wake(self) -> None:
        woken, self._woken = self._woken, None
        if woken is not None:
            woken.set()
