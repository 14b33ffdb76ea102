"""Order keys: the events of one endpoint and key are a lane, of which one at a time may go.

Whoever changes an event of a lane holds the lane's lock until the commit, so the events of a lane
have numbers in the order of their commits, and two never go because two looked at once.
"""

from hashlib import blake2b

from hookmw.inbox import Order

__all__ = ["LET_GO", "LOCK", "STEP_BACK", "lane_of", "number_of"]

LOCK = """
    SELECT pg_advisory_xact_lock(number)
    FROM unnest(%b::bigint[]) WITH ORDINALITY AS wanted (number, place) ORDER BY place
"""

STEP_BACK = """
    UPDATE hookmw.progress SET held_back = true
    WHERE lane = ANY (%b::bytea[]) AND NOT held_back AND state = 'pending'
"""
"""Nobody is first any more in some lanes, but who runs."""

LET_GO = """
    UPDATE hookmw.progress SET held_back = false, due_since = hookmw.clock()
    WHERE seq IN (
        SELECT next.seq
        FROM unnest(%b::bytea[]) AS changed (lane)
        CROSS JOIN LATERAL (
            SELECT seq FROM hookmw.progress
            WHERE lane = changed.lane AND lane IS NOT NULL AND state = 'pending' AND due_at IS NULL
            ORDER BY seq LIMIT 1
        ) AS next
        WHERE NOT EXISTS (
            SELECT FROM hookmw.progress AS first
            WHERE first.lane = changed.lane AND first.lane IS NOT NULL AND NOT first.held_back
        )
        AND NOT EXISTS (
            SELECT FROM hookmw.progress AS holding
            WHERE holding.lane = changed.lane AND holding.lane IS NOT NULL AND holding.holds
            AND (holding.state = 'dead'
                 OR holding.state = 'pending' AND holding.due_at IS NOT NULL)
            AND holding.seq < next.seq
        )
    )
"""
"""Let the next one of some lanes go: the first that is due, unless one before it holds it back."""


def lane_of(endpoint: str, order: Order | None) -> bytes | None:
    """The name of the lane of an event."""
    if order is None:
        return None
    return blake2b(endpoint.encode() + b"\0" + order.key, digest_size=16).digest()


def number_of(schema: str, lane: bytes) -> int:
    """The number of a lane's lock; locks are shared by all schemas of a database."""
    digest = blake2b(lane, digest_size=8, key=schema.encode()).digest()
    return int.from_bytes(digest, "big", signed=True)
