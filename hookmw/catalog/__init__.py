"""The providers that hookmw knows, as rows of data, by family.

A row becomes a `Provider` when it is looked up, and only that row does: hundreds of rows cost an
import nothing. To add one: write it into its family, its name into `FAMILY_OF`, and a vector into
`tests/vectors/`.
"""

import difflib
from functools import cache
from importlib import import_module
from typing import NotRequired, TypedDict

from hookmw.challenge import Challenge
from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.scheme import Scheme

__all__ = ["Family", "names", "provider"]


class SchemeRow(TypedDict):
    """Keywords of `Scheme`."""

    signature: str
    algorithm: NotRequired[str]
    encoding: NotRequired[str]
    form: NotRequired[str]
    separator: NotRequired[str]
    content: NotRequired[str]
    timestamp: NotRequired[str]
    unit: NotRequired[str]
    tolerance: NotRequired[float]
    key: NotRequired[str]
    body_starts: NotRequired[str]


class ChallengeRow(TypedDict):
    """Keywords of `Challenge`."""

    token: str
    signed: bool
    when: NotRequired[dict[str, str]]
    method: NotRequired[str]
    guard: NotRequired[str]
    grammar: NotRequired[str]
    text: NotRequired[str]
    json: NotRequired[str | dict[str, str]]


class Row(TypedDict):
    """Keywords of `Provider`, with rows inside."""

    title: str
    docs: str
    env: str
    scheme: SchemeRow
    challenges: NotRequired[tuple[ChallengeRow, ...]]
    id: NotRequired[str]
    type: NotRequired[str]
    timestamp: NotRequired[str]
    unit: NotRequired[str]
    envelope: NotRequired[str]
    body: NotRequired[str]
    refusals: NotRequired[dict[int, int]]


Family = dict[str, Row]

FAMILY_OF: dict[str, str] = {
    "github": "code",
    "gitlab": "code",
    "linear": "code",
    "messages": "generic",
    "messenger": "social",
    "meta": "social",
    "meta_query": "social",
    "protocol": "generic",
    "shopify": "commerce",
    "slack": "chat",
    "slackchat": "chat",
    "standard_webhooks": "generic",
    "stripe": "payments",
    "telegram": "chat",
    "telegram_path": "chat",
    "twitch": "social",
    "whatsapp": "social",
    "whatsapp_query": "social",
    "x": "social",
    "zoom": "chat",
}

ALIASES: dict[str, str] = {
    "facebook": "meta",
    "instagram": "meta",
    "standardwebhooks": "standard_webhooks",
    "twitter": "x",
}


def names() -> list[str]:
    """The names of all providers, sorted."""
    return sorted(FAMILY_OF)


@cache
def provider(name: str) -> Provider:
    """The provider of that name or alias.

    Raises:
        ConfigError: there is none; the message names the nearest.
    """
    key = name.lower().replace("-", "_")
    key = ALIASES.get(key, key)
    if key not in FAMILY_OF:
        raise ConfigError(f"provider {name!r} is unknown{_nearest(key)}")
    row = import_module(f"hookmw.catalog.{FAMILY_OF[key]}").ROWS[key]
    return Provider(
        key,
        **{
            **row,
            "scheme": Scheme(**row["scheme"]),
            "challenges": tuple(Challenge(**each) for each in row.get("challenges", ())),
        },
    )


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, [*FAMILY_OF, *ALIASES], n=1)
    hint = f"did you mean {close[0]!r}?" if close else "see `hookmw providers`"
    return f"; {hint} Any other source is a Provider(name, scheme=Scheme(...)) of your own"
