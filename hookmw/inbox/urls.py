"""Inboxes by URL, as configuration files and command lines name them."""

from hookmw.errors import ConfigError
from hookmw.inbox import Inbox

__all__ = ["inbox_from_url"]

KNOWN = (
    "memory:, sqlite:///relative.db, sqlite:////absolute/path.db or postgresql://user@host/database"
)


def inbox_from_url(url: str, *, make: bool = True) -> Inbox:
    """The inbox that a URL names, not yet open.

    Args:
        url: `memory:`, `sqlite:///relative.db`, `sqlite:////absolute/path.db`, or
            `postgresql://...` as libpq takes it, with `?schema=name` on wish. A path of SQLite is
            taken as it stands: nothing in it is percent-decoded.
        make: whether opening it may make the tables of PostgreSQL, or bring them up to date.

    Raises:
        ConfigError: there is no such inbox.
    """
    scheme, colon, rest = url.partition(":")
    if not colon:
        raise ConfigError(f"inbox {url!r}: this is not a URL; write {KNOWN}")
    if scheme == "memory":
        return _memory(rest)
    if scheme == "sqlite":
        return _sqlite(rest)
    if scheme in ("postgresql", "postgres"):
        return _postgresql(url, make)
    raise ConfigError(f"inbox {scheme}: there is no such kind; write {KNOWN}")


def _memory(rest: str) -> Inbox:
    from hookmw.inbox.memory import MemoryInbox  # noqa: PLC0415 - each pays only for what it uses

    if rest.strip("/"):
        raise ConfigError("inbox memory: takes nothing after the colon; write memory:")
    return MemoryInbox()


def _sqlite(rest: str) -> Inbox:
    from hookmw.inbox.sqlite import SQLiteInbox  # noqa: PLC0415 - memory: must not need sqlite3

    path = rest.removeprefix("///")
    if path == rest or not path:
        raise ConfigError(
            "inbox sqlite: has no path; write sqlite:///relative.db or sqlite:////absolute/path.db"
        )
    if path == ":memory:":
        raise ConfigError("inbox sqlite: cannot live in memory; write memory:")
    if "?" in path:
        raise ConfigError("inbox sqlite: takes no options; leave out what begins with ?")
    return SQLiteInbox(path)


def _postgresql(url: str, make: bool) -> Inbox:  # noqa: FBT001 - passed on
    try:
        from hookmw.inbox.postgresql import PostgreSQLInbox  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            f"inbox postgresql: psycopg is not there ({error.name or error}); install"
            " hookmw[postgres]"
        ) from error
    return PostgreSQLInbox(url, make=make)
