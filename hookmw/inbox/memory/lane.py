"""The events of one order key, in memory."""

from bisect import bisect_left, insort
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

__all__ = ["Lane"]


class Member(Protocol):
    """What a lane must know of an event; see `Record`."""

    @property
    def seq(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def due(self) -> float: ...
    @property
    def holds(self) -> bool: ...


M = TypeVar("M", bound=Member)
_seq = attrgetter("seq")


class Lane(Generic[M]):
    """Lets one event at a time go, in the order of their arrival.

    Attributes:
        first: the one that is claimed, or may be.
        size: how many there are, those that are done among them.
    """

    __slots__ = ("_done", "_unfinished", "first", "size")

    def __init__(self) -> None:
        self.size = 0
        self._unfinished: list[M] = []  # by arrival: pending, claimed, dead
        self.first: M | None = None
        self._done: list[float] = []  # stamps, the largest last

    def enter(self, member: M) -> None:
        """Take its place; does nothing where it has one."""
        if not self._has(member):
            insort(self._unfinished, member, key=_seq)

    def leave(self, member: M) -> None:
        """Stand in nobody's way any more."""
        if self._has(member):
            del self._unfinished[self._place(member)]

    def advance(self, changed: M) -> M | None:
        """Look who is first now; the one that newly is, if any.

        Args:
            changed: whose state has changed.
        """
        before = self.first
        if before is not None and before.state == "claimed":
            return None
        self.first = self._next()
        return self.first if self.first is not before or self.first is changed else None

    def done(self, stamp: float | None) -> None:
        """One of that stamp is done."""
        if stamp is not None:
            insort(self._done, stamp)

    def undone(self, stamp: float | None) -> None:
        """One of that stamp is done no more: it is replayed, or gone."""
        if stamp is not None:
            del self._done[bisect_left(self._done, stamp)]

    def is_stale(self, stamp: float | None) -> bool:
        """Whether a newer one is done."""
        return stamp is not None and bool(self._done) and stamp < self._done[-1]

    def _place(self, member: M) -> int:
        return bisect_left(self._unfinished, member.seq, key=_seq)

    def _has(self, member: M) -> bool:
        at = self._place(member)
        return self._unfinished[at : at + 1] == [member]

    def _next(self) -> M | None:
        for member in self._unfinished:
            if member.state == "pending" and not member.due:
                return member
            if member.holds:
                return None
        return None
