"""Forged deliveries beside all else: they are refused, at once, whatever the database does."""

import logging
import statistics
import threading
from typing import Self

from tests.server.load import forged, post

__all__ = ["Forger"]

logger = logging.getLogger(__name__)


class Forger:
    """Sends forged deliveries, and remembers how long the refusals took."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.statuses: set[int] = set()
        self.took: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            status, seconds = post(self._port, forged(f"forged{len(self.took)}"))
            self.statuses.add(status)
            self.took.append(seconds)

    def check(self) -> None:
        """All were refused in time."""
        median, longest = statistics.median(self.took), max(self.took)
        logger.info("%d forged: median %.3f s, at most %.3f s", len(self.took), median, longest)
        assert self.statuses == {401}
        assert median < 0.1
        assert longest < 1
