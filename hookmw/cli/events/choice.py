"""The options that choose events, the same for listing and for replaying."""

from typing import Annotated, cast, get_args

import typer

from hookmw.cli.since import parse_since
from hookmw.errors import ConfigError
from hookmw.inbox import Query, State

__all__ = [
    "EndpointOption",
    "NoteOption",
    "SinceOption",
    "StateOption",
    "TypeOption",
    "UntilOption",
    "query",
]

STATES: tuple[str, ...] = get_args(State)

EndpointOption = Annotated[
    str | None, typer.Option("--endpoint", metavar="NAME", help="Only of this endpoint.")
]
TypeOption = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="Only of this type; invoice.* too.")
]
StateOption = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="|".join(STATES), help="Only in this state; may be repeated."),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only received since: 2h, 7d, a date.")
]

UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Only received before: 1h, a date."),
]
NoteOption = Annotated[
    str | None, typer.Option("--error", metavar="TEXT", help="Only whose note or error has this.")
]


def query(
    *,
    endpoint: str | None = None,
    type_: str | None = None,
    states: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    note: str | None = None,
    limit: int,
) -> Query:
    """The options as a query.

    Raises:
        ConfigError: a state or the time is none.
    """
    unknown = next((state for state in states or () if state not in STATES), None)
    if unknown is not None:
        raise ConfigError(f"--state {unknown!r} is unknown; known are {', '.join(STATES)}")
    return Query(
        endpoint=endpoint,
        type=type_,
        states=frozenset(cast("list[State]", states or [])),
        since=parse_since(since),
        until=parse_since(until, "--until"),
        note=note,
        limit=limit,
    )
