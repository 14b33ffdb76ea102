"""The tables, and the marks by which we know a database as ours.

An event is two rows: what came in never changes and may be large; how far it has got changes often
and is small. Text that strangers wrote is kept as bytes, so that no text of theirs (NUL, a lone
surrogate) means anything to SQL.
"""

__all__ = ["APPLICATION_ID", "PAGE_SIZE", "SCHEMA", "TABLES", "VERSION"]

APPLICATION_ID = 0x686F6F6B  # "hook"
VERSION = 1
PAGE_SIZE = 8192
TABLES = ("events", "progress", "attempts")

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
    # delay, by which a clock that was set back is found out
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
        settled_at REAL
    )
    """,
    """
    CREATE INDEX progress_ready ON progress (seq) WHERE state = 'pending' AND due_at IS NULL
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
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
