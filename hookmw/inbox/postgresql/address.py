"""Where the database is, and how to get a connection to it; a password is never shown."""

import re
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hookmw.errors import ConfigError
from hookmw.inbox.postgresql.link import Link

__all__ = ["Address", "address_of", "connect"]

SCHEMA = "hookmw"
DEFAULTS = {
    "connect_timeout": "2",  # seconds, for each host that the URL names
    "client_encoding": "UTF8",
    "fallback_application_name": "hookmw",
    # a server whose machine is gone says nothing: without these that takes minutes to be noticed
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "4000",
}
_NAME = re.compile(r"(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database and a schema in it.

    Attributes:
        conninfo: for libpq, with the password.
        schema: the name of the schema.
        place: all that may be shown.
    """

    conninfo: str = field(repr=False)
    schema: str
    place: str


def address_of(url: str) -> Address:
    """What a URL names.

    Args:
        url: as libpq takes it, and `schema=name` among what follows `?`.

    Raises:
        ConfigError: it names nothing.
    """
    where, _, query = url.partition("?")
    options = [each for each in query.split("&") if each]
    names = [each.removeprefix("schema=") for each in options if each.startswith("schema=")]
    schema = names[-1] if names else SCHEMA
    if not _NAME.fullmatch(schema):
        raise ConfigError(
            f"inbox postgresql: schema={schema} cannot be a schema of ours; write at most 63"
            " letters, digits and _, not beginning with a digit or pg_"
        )
    given = _parsed("&".join(each for each in options if not each.startswith("schema=")), where)
    conninfo = make_conninfo(**{**DEFAULTS, **given})
    return Address(conninfo=conninfo, schema=schema, place=_place(given, schema))


def connect(address: Address) -> Link:
    """A new connection; waits for it.

    Raises:
        psycopg.OperationalError: there is none to be had.
    """
    return Link.connect(address.conninfo, autocommit=True)


def _parsed(options: str, where: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(f"{where}?{options}" if options else where)
    except psycopg.ProgrammingError:
        pass  # what libpq says may quote the password
    raise ConfigError(
        "inbox postgresql: libpq cannot read the URL; write"
        " postgresql://user:password@host:5432/database?schema=name, other characters"
        " percent-encoded"
    )


def _place(given: dict[str, Any], schema: str) -> str:
    host = given.get("host") or given.get("hostaddr") or "(local)"
    database = given.get("dbname") or given.get("user") or ""
    return f"postgresql://{host}:{given.get('port') or 5432}/{database}?schema={schema}"
