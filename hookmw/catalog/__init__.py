"""The providers that hookmw knows, as rows of data, by family.

A row becomes a `Provider` when it is looked up, and only that row does: hundreds of rows cost an
import nothing. To add one: write it into its family, its name into `FAMILY_OF`, and a vector into
`tests/vectors/`.
"""

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, NotRequired, TypedDict

from hookmw.catalog.index import FAMILY_OF
from hookmw.challenge import Challenge
from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.verifiers import Verifier, build

__all__ = ["FAMILY_OF", "Family", "names", "provider"]


class SchemeRow(TypedDict):
    """Keywords of `Scheme`."""

    signature: str
    algorithm: NotRequired[str]
    encoding: NotRequired[str]
    form: NotRequired[str]
    separator: NotRequired[str]
    content: NotRequired[str]
    hashed: NotRequired[str]
    timestamp: NotRequired[str]
    unit: NotRequired[str]
    tolerance: NotRequired[float]
    key: NotRequired[str]
    body_starts: NotRequired[str]


class ChallengeRow(TypedDict):
    """Keywords of `Challenge`."""

    token: NotRequired[str]
    signed: bool
    when: NotRequired[dict[str, str]]
    method: NotRequired[str]
    guard: NotRequired[str]
    grammar: NotRequired[str]
    text: NotRequired[str]
    json: NotRequired[str | dict[str, str | int]]
    headers: NotRequired[dict[str, str]]
    status: NotRequired[int]
    algorithm: NotRequired[str]
    key: NotRequired[str]
    content: NotRequired[str]
    registers: NotRequired[bool]


AckRow = str | int | dict[str, Any]
"""The acknowledgement that a provider wants; see `Provider`."""


class Row(TypedDict):
    """Keywords of `Provider`, with rows inside; either `scheme` or `verifier` is there.

    What is in `verifier` are the keywords of `hookmw.verifiers.build`.
    """

    title: str
    docs: str
    env: str
    scheme: NotRequired[SchemeRow]
    verifier: NotRequired[Mapping[str, Any]]
    challenges: NotRequired[tuple[ChallengeRow, ...]]
    id: NotRequired[str]
    type: NotRequired[str]
    timestamp: NotRequired[str]
    unit: NotRequired[str]
    envelope: NotRequired[str]
    body: NotRequired[str]
    refusals: NotRequired[dict[int, int]]
    ack: NotRequired[AckRow]
    ack_headers: NotRequired[dict[str, str]]
    proof: NotRequired[str]
    deadline: NotRequired[float]
    retries: NotRequired[str]
    disables: NotRequired[str]
    addresses: NotRequired[str]
    notes: NotRequired[str]


Family = dict[str, Row]

ALIASES: dict[str, str] = {
    "bird": "messagebird",
    "facebook": "meta",
    "feishu": "lark",
    "hellosign": "dropbox_sign",
    "instagram": "meta",
    "rfc9421": "http_message_signatures",
    "sns": "aws_sns",
    "standardwebhooks": "standard_webhooks",
    "twitter": "x",
    "upstash": "qstash",
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
    shared = import_module("hookmw.catalog.handshakes")
    challenges = row.get("challenges", shared.HANDSHAKES.get(key, ()))
    return Provider(
        key,
        **{
            "ack": shared.ACKS.get(key),
            **{name: value for name, value in row.items() if name != "verifier"},
            "scheme": _verifier(key, row),
            "challenges": tuple(Challenge(**each) for each in challenges),
        },
    )


def _verifier(name: str, row: Row) -> Verifier:
    if ("scheme" in row) == ("verifier" in row):
        raise ConfigError(f"row {name!r} must have either a scheme or a verifier")
    return Scheme(**row["scheme"]) if "scheme" in row else build(**row["verifier"])


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, [*FAMILY_OF, *ALIASES], n=1)
    hint = f"did you mean {close[0]!r}?" if close else "see `hookmw providers`"
    return f"; {hint} Any other source is a Provider(name, scheme=Scheme(...)) of your own"
