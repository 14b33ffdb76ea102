"""How many events a broker has been told of that nobody has taken yet."""

import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from hookmw.inbox import Inbox

__all__ = ["Told"]


class _Batch(NamedTuple):
    last: UUID
    many: int
    told_at: float  # on the monotonic clock


class Told:
    """Keeps a backlog in the inbox: what lies in a broker is told of again and again, and grows.

    Brokers deliver in order, more or less: when the batch in the middle has been claimed, those
    before it have been delivered, or are lost and told of again in their time. So one lost message
    holds up nobody, and a look at one event is enough.

    Args:
        inbox: open.
        limit: how many may be out.
        again: seconds after which those that are out count no more, since they are told of anew.
    """

    def __init__(self, inbox: Inbox, *, limit: int, again: float) -> None:
        self._inbox = inbox
        self._limit = limit
        self._again = again
        self._batches: deque[_Batch] = deque()
        self._many = 0

    def add(self, ids: Sequence[UUID]) -> None:
        """The broker has been told of these."""
        self._batches.append(_Batch(ids[-1], len(ids), time.monotonic()))
        self._many += len(ids)

    async def is_full(self) -> bool:
        """Whether as many are out as may be.

        Raises:
            InboxUnavailable: as `Inbox.get`.
        """
        while self._many >= self._limit:
            middle = len(self._batches) // 2
            if not await self._is_over(self._batches[middle]):
                return True
            for _ in range(middle + 1):
                self._many -= self._batches.popleft().many
        return False

    async def _is_over(self, batch: _Batch) -> bool:
        if time.monotonic() - batch.told_at >= self._again:
            return True
        entry = await self._inbox.get(batch.last)
        return entry is None or entry.state != "pending" or entry.due_at is not None
