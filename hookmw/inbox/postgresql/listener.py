"""Hears what other processes made due: one connection that listens, in a thread."""

import logging
from selectors import EVENT_READ, DefaultSelector
from socket import socketpair
from threading import Thread

import psycopg

from hookmw.inbox.bell import Bell
from hookmw.inbox.postgresql.address import Address, connect
from hookmw.inbox.postgresql.link import Link
from hookmw.loop import Call

__all__ = ["Listener"]

SOON, LATE = 0.1, 10.0  # seconds between two attempts to connect: the first, and the longest

logger = logging.getLogger("hookmw")


class Listener:
    """Rings the bell for every call of another process, and goes on for ever.

    What it misses while it has no connection is found by those who look once a second.

    Args:
        address: of the database.
        call: the way into the loop.
        bell: rung in the loop.
        name: of our own calls, which we need not hear.
    """

    def __init__(self, address: Address, call: Call, bell: Bell, name: str) -> None:
        self._address = address
        self._call = call
        self._bell = bell
        self._name = name
        self._wake, self._stopped = socketpair()
        self._pause = SOON
        self._thread = Thread(target=self._work, name="hookmw inbox listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stopped.close()
        self._thread.join(5)

    def _work(self) -> None:
        try:
            while not self._rests(0.0):
                try:
                    self._listen()
                except psycopg.Error as error:
                    logger.debug("inbox %s: not listening: %s", self._address.place, error)
                    if self._rests(self._pause):
                        return
                    self._pause = min(self._pause * 2, LATE)
        except RuntimeError:
            pass  # the loop has ended
        finally:
            self._wake.close()

    def _listen(self) -> None:
        with connect(self._address) as link:
            link.execute(f'LISTEN "{self._address.schema}"'.encode())
            if self._pause > SOON:
                self._call(self._bell.ring)  # for what was said meanwhile
            self._pause = SOON
            while not self._rests(None, link):
                if any(said.payload != self._name for said in link.notifies(timeout=0)):
                    self._call(self._bell.ring)

    def _rests(self, seconds: float | None, link: Link | None = None) -> bool:
        """Wait until there is something to read, or for so long; whether it shall stop."""
        with DefaultSelector() as waiting:
            waiting.register(self._wake, EVENT_READ)
            if link is not None:
                waiting.register(link.fileno(), EVENT_READ)
            return any(key.fileobj is self._wake for key, _ in waiting.select(seconds))
