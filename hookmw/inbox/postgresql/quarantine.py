"""Deliveries that failed verification, kept apart within bounds."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from hookmw.inbox import Bounds, Query, Refused
from hookmw.inbox.postgresql.link import Link
from hookmw.inbox.postgresql.reader import Reader
from hookmw.inbox.rows import REFUSED_COLUMNS, refused_from_row, refused_to_row

__all__ = ["Quarantine"]

# The oldest go first, so one at a time may look which those are. A lock of the table would be in
# the way of its vacuum.
_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_KEEP = f"""
    INSERT INTO hookmw.quarantine ({REFUSED_COLUMNS}, size) VALUES ({", ".join(["%s"] * 12)})
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - ours
_BOUND = """
    DELETE FROM hookmw.quarantine WHERE received_at < %s OR seq IN (
        SELECT seq FROM (
            SELECT seq, row_number() OVER newest AS number, sum(size) OVER newest AS total
            FROM hookmw.quarantine WINDOW newest AS (ORDER BY seq DESC)
        ) AS kept WHERE number > %s OR total > %s
    )
"""
_DISCHARGE = "DELETE FROM hookmw.quarantine WHERE id = ANY (%b::bytea[])"


class Quarantine:
    """Keeps refused deliveries.

    Args:
        reader: has connections.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def add(self, refused: Refused, bounds: Bounds) -> None:
        """See `Inbox.quarantine`."""
        await self._reader.ask(partial(self._add, refused=refused, bounds=bounds), commit=True)

    async def find(self, query: Query) -> list[Refused]:
        """See `Inbox.quarantined`."""
        return await self._reader.ask(partial(self._find, query=query))

    async def drop(self, ids: Sequence[UUID]) -> int:
        """See `Inbox.discharge`."""
        return await self._reader.ask(partial(self._drop, ids=ids), commit=True)

    def _add(self, db: Link, *, refused: Refused, bounds: Bounds) -> None:
        run = self._reader.run
        run(db, _LOCK, self._reader.lock)
        run(db, _KEEP, *refused_to_row(refused), _size(refused))
        run(db, _BOUND, refused.received_at - bounds.age, bounds.deliveries, bounds.bytes)

    def _find(self, db: Link, *, query: Query) -> list[Refused]:
        given = [
            ("endpoint = %s", query.endpoint),
            ("received_at >= %s", query.since),
            ("received_at < %s", query.until),
        ]
        asked = [(text, value) for text, value in given if value is not None]
        texts = " AND ".join(["TRUE", *(text for text, _ in asked)])
        statement = (
            f"SELECT {REFUSED_COLUMNS} FROM hookmw.quarantine"  # noqa: S608 - ours
            f" WHERE {texts} ORDER BY seq DESC LIMIT %s"
        )
        values = [value for _, value in asked]
        rows = self._reader.run(db, statement, *values, max(query.limit, 0))
        return [refused_from_row(row) for row in rows]

    def _drop(self, db: Link, *, ids: Sequence[UUID]) -> int:
        return self._reader.run(db, _DISCHARGE, [id_.bytes for id_ in ids]).rowcount


def _size(refused: Refused) -> int:
    return len(refused.body) + sum(len(name) + len(value) for name, value in refused.headers)
