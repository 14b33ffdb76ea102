"""An event loop in a thread, for workers that are not asynchronous."""

import threading
from contextlib import ExitStack

from anyio.from_thread import BlockingPortal, start_blocking_portal

from hookmw.work.station import Station

__all__ = ["Background"]


class Background:
    """Runs a station in one event loop per process, which starts with the first event.

    Not before: a worker's processes are forked from one that has imported the program, and threads
    do not survive that.

    Args:
        station: that is to run.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._lock = threading.Lock()
        self._portal: BlockingPortal | None = None
        self._ending = ExitStack()

    def handle(self, id: str) -> None:  # noqa: A002 - as the inbox calls it
        """See `Station.handle`. Whoever is interrupted in it leaves the handlers running."""
        self._started().call(self._station.handle, id)

    def stop(self) -> None:
        """See `Station.stop`; does nothing in a process that has handled nothing."""
        with self._lock:
            if self._portal is None:
                return
            portal, self._portal = self._portal, None
        with self._ending:
            portal.call(self._station.stop)

    def _started(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                self._portal = self._ending.enter_context(start_blocking_portal())
            return self._portal
