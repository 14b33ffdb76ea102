"""`hookmw providers`: who can send, and how each one signs."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from hookmw import catalog
from hookmw.cli.describe import (
    PROOFS,
    challenges_in_words,
    contract_in_words,
    endpoint_line,
    keys_in_words,
    proof_in_words,
    scheme_in_words,
    send_line,
    signed_in_words,
    tolerance_in_words,
    unsigned_in_words,
)
from hookmw.cli.terminal import facts, out, plain, table
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.verifiers import Unverified

__all__ = ["providers"]

WIDE_ENOUGH = 110
"""Columns of a terminal that has room for the names of environment variables too."""


def providers(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Tell all about this one.")
    ] = None,
) -> None:
    """List the providers that hookmw knows, or tell all about one.

    $ hookmw providers
    $ hookmw providers stripe
    """
    out().print(_list() if name is None else _about(catalog.provider(name)))


def _list() -> Table:
    wide = out().width >= WIDE_ENOUGH
    columns: dict[str, Callable[[Provider], Text]] = {
        "name": lambda each: plain(each.name, "bold cyan"),
        "provider": lambda each: plain(each.title),
        **({"secret in": lambda each: plain(each.env)} if wide else {}),
        "proof": lambda each: plain(proof_in_words(each.scheme)),
        "handshake": lambda each: plain("yes" if each.challenges else "", "green"),
    }
    known = [catalog.provider(name) for name in catalog.names()]
    first = max(len(each.name) for each in known)
    made = table(*columns, cut=("provider", "proof"), first=first)
    for each in known:
        made.add_row(*(cell(each) for cell in columns.values()))
    return made


def _about(provider: Provider) -> Table:
    made = facts()
    for label, text in _facts(provider):
        made.add_row(label, plain(text, limit=None))
    return made


def _facts(provider: Provider) -> list[tuple[str, str]]:
    scheme = provider.scheme
    rows = [
        ("provider", provider.title or provider.name),
        ("secret in", provider.env),
        ("proof", scheme_in_words(scheme)),
    ]
    if isinstance(scheme, Scheme):
        rows.append(("form", f"{scheme.form} ({scheme.encoding})"))
    if not isinstance(scheme, Unverified):
        rows += [
            ("keys", keys_in_words(scheme)),
            ("signed", signed_in_words(scheme)),
            ("not signed", unsigned_in_words(provider)),
            ("tolerance", tolerance_in_words(scheme)),
        ]
    rows += [("handshake", line) for line in challenges_in_words(provider)]
    rows += contract_in_words(provider)
    rows += [
        ("note", provider.notes),
        ("proved by", PROOFS.get(provider.proof, provider.proof)),
        ("docs", provider.docs),
        ("receive", endpoint_line(provider)),
        ("try", send_line(provider)),
        ("ask", f"{send_line(provider)} --handshake" if provider.challenges else ""),
    ]
    return [(label, text) for label, text in rows if text]
