"""Other people's workers: a broker tells them of events, and the inbox stays the truth."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from hookmw.work.station import Station

__all__ = ["Engine"]


class Engine(Protocol):
    """A task queue that people already run, and its broker, which is only a bell.

    What goes through the broker is an event's id. What the broker loses is sent again, what it
    doubles finds nothing to claim, and what it delays is not late: delays are the inbox's.

    Attributes:
        again: seconds after which an event that was told of and that nobody has taken is told of
            once more.
    """

    again: float

    def bind(self, station: Station) -> None:
        """Make a task of `station.handle`, which takes an event's id as text; called once.

        It is called in every process that imports the program, so it starts nothing. Where the
        engine's workers are told to end, they call `station.stop`.

        Raises:
            ConfigError: it is bound already, or there is another task of that name.
        """
        ...

    async def send(self, ids: Sequence[UUID]) -> None:
        """Tell the broker of events.

        It may take its time, but whoever cancels it must not have to wait.

        Raises:
            Exception: some, or all, may not have been told of. All are sent again.
        """
        ...

    async def aclose(self) -> None:
        """Let go of what `send` has opened in this event loop; `send` may be called again."""
        ...
