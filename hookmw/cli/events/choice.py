"""The options that choose events, the same for listing and for replaying."""

from typing import Annotated, cast, get_args

import typer

from hookmw.cli.since import parse_since
from hookmw.errors import ConfigError
from hookmw.inbox import Query, State

__all__ = ["EndpointOption", "SinceOption", "StateOption", "TypeOption", "query"]

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


def query(
    *,
    endpoint: str | None,
    type_: str | None,
    states: list[str] | None,
    since: str | None,
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
        limit=limit,
    )
