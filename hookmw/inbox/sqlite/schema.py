"""The tables, and the marks by which we know a database as ours.

An event is two rows: what came in never changes and may be large; how far it has got changes often
and is small. Text that strangers wrote is kept as bytes, so that no text of theirs (NUL, a lone
surrogate) means anything to SQL.
"""

__all__ = ["APPLICATION_ID", "MIGRATIONS", "PAGE_SIZE", "SCHEMA", "TABLES", "VERSION"]

APPLICATION_ID = 0x686F6F6B  # "hook"
VERSION = 2
PAGE_SIZE = 4096  # each new dedupe key dirties a page of its own once there are many of them
TABLES = ("events", "progress", "attempts")

READY = "state = 'pending' AND due_at IS NULL AND held_back = 0"
"""Whom a worker may claim."""

_UPKEEP = (
    f"CREATE INDEX progress_ready ON progress (rung_at, seq) WHERE {READY}",
    # one lane's unfinished events, by arrival; and the one of them that is claimed or may be
    """
    CREATE INDEX progress_lane ON progress (lane, seq)
    WHERE lane IS NOT NULL AND state <> 'done'
    """,
    """
    CREATE INDEX progress_first ON progress (lane)
    WHERE lane IS NOT NULL AND held_back = 0 AND state <> 'done'
    """,
    """
    CREATE INDEX progress_newest ON progress (lane, stamp)
    WHERE state = 'done' AND stamp IS NOT NULL
    """,
    "CREATE INDEX progress_settled ON progress (settled_at) WHERE settled_at IS NOT NULL",
    "CREATE TABLE workers (name TEXT PRIMARY KEY, seen_at REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE pulse (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL)",
    # size stands before the bodies, so that a sum of it reads none of them
    """
    CREATE TABLE quarantine (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        endpoint TEXT NOT NULL,
        received_at REAL NOT NULL,
        size INTEGER NOT NULL,
        code TEXT NOT NULL,
        method BLOB NOT NULL,
        path BLOB NOT NULL,
        path_params BLOB NOT NULL,
        query BLOB NOT NULL,
        headers BLOB NOT NULL,
        peer BLOB,
        body BLOB NOT NULL
    )
    """,
)

SCHEMA = (
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        endpoint TEXT NOT NULL,
        provider TEXT NOT NULL,
        type BLOB NOT NULL,
        key BLOB,
        dedupe BLOB NOT NULL,
        alias BLOB,
        order_key BLOB,
        conflict INTEGER NOT NULL DEFAULT 0,
        received_at REAL NOT NULL,
        timestamp REAL,
        envelope TEXT NOT NULL,
        path BLOB NOT NULL,
        path_params BLOB NOT NULL,
        query BLOB NOT NULL,
        headers BLOB NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (endpoint, dedupe)
    )
    """,
    "CREATE INDEX events_alias ON events (endpoint, alias) WHERE alias IS NOT NULL",
    # due_at: NULL means at once, without a look at the clock; span: length of the lease or of the
    # delay, by which a clock that was set back is found out; lane: endpoint and order key as one
    """
    CREATE TABLE progress (
        seq INTEGER PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'pending',
        due_at REAL,
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT,
        token INTEGER NOT NULL DEFAULT 0,
        claimed_at REAL,
        lease_until REAL,
        span REAL,
        handled BLOB NOT NULL DEFAULT x'',
        replayed INTEGER NOT NULL DEFAULT 0,
        note BLOB NOT NULL DEFAULT x'',
        settled_at REAL,
        lane BLOB,
        holds INTEGER NOT NULL DEFAULT 0,
        stamp REAL,
        held_back INTEGER NOT NULL DEFAULT 0,
        ready_since REAL,
        rung_at REAL
    )
    """,
    """
    CREATE INDEX progress_waiting ON progress (due_at)
    WHERE state = 'pending' AND due_at IS NOT NULL
    """,
    "CREATE INDEX progress_claimed ON progress (lease_until) WHERE state = 'claimed'",
    "CREATE INDEX progress_dead ON progress (seq) WHERE state = 'dead'",
    """
    CREATE TABLE attempts (
        seq INTEGER NOT NULL,
        number INTEGER NOT NULL,
        handler BLOB NOT NULL,
        outcome TEXT NOT NULL,
        error BLOB NOT NULL,
        started_at REAL NOT NULL,
        seconds REAL NOT NULL
    )
    """,
    "CREATE INDEX attempts_seq ON attempts (seq)",
    *_UPKEEP,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE events ADD COLUMN order_key BLOB",
        "ALTER TABLE progress ADD COLUMN lane BLOB",
        "ALTER TABLE progress ADD COLUMN holds INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE progress ADD COLUMN stamp REAL",
        "ALTER TABLE progress ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE progress ADD COLUMN ready_since REAL",
        "ALTER TABLE progress ADD COLUMN rung_at REAL",
        "DROP INDEX progress_ready",
        *_UPKEEP,
        "PRAGMA user_version = 2",
    ),
}
"""What makes of a version the next one."""
