"""What was refused and kept apart, in memory."""

from collections.abc import Sequence
from itertools import islice
from uuid import UUID

from hookmw.inbox import Bounds, Query, Refused

__all__ = ["Kept"]


class Kept:
    """Refused deliveries within bounds; the oldest goes first."""

    def __init__(self) -> None:
        self._by_id: dict[UUID, Refused] = {}
        self._bytes = 0

    def add(self, refused: Refused, bounds: Bounds) -> None:
        """Keep one more, and drop what is then out of bounds; itself if it is too large."""
        self._by_id[refused.id] = refused
        self._bytes += _size(refused)
        born = refused.received_at - bounds.age
        for oldest in list(self._by_id.values()):
            if not self._is_over(bounds) and oldest.received_at >= born:
                return
            self.drop([oldest.id])

    def find(self, query: Query) -> Sequence[Refused]:
        """Newest first; see `Inbox.quarantined`."""
        found = (each for each in reversed(self._by_id.values()) if _matches(query, each))
        return list(islice(found, max(query.limit, 0)))

    def drop(self, ids: Sequence[UUID]) -> int:
        """Forget some; how many there were."""
        gone = [self._by_id.pop(id_) for id_ in dict.fromkeys(ids) if id_ in self._by_id]
        self._bytes -= sum(map(_size, gone))
        return len(gone)

    def _is_over(self, bounds: Bounds) -> bool:
        return len(self._by_id) > bounds.deliveries or self._bytes > bounds.bytes


def _matches(query: Query, refused: Refused) -> bool:
    return (
        (query.endpoint is None or refused.endpoint == query.endpoint)
        and (query.since is None or refused.received_at >= query.since)
        and (query.until is None or refused.received_at < query.until)
    )


def _size(refused: Refused) -> int:
    return len(refused.body) + sum(len(name) + len(value) for name, value in refused.headers)
