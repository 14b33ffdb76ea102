"""Everything that is printed goes through here, so that no stranger's text steers the terminal.

A provider's id, type, header or body may hold escapes that move the cursor, write the clipboard
(OSC 52), forge a link (OSC 8) or turn the reading direction. `escaped` leaves none: whatever does
not print shows as in a JSON string, and rich's own markup is off.
"""

import json
import sys
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["err", "escaped", "facts", "fail", "note", "out", "plain", "plain_lines", "table"]

WIDE = 4000
"""Columns where nobody looks: a pipe gets whole lines."""

MAX_CELL = 200
"""Characters of a stranger's text in one line."""


def out() -> Console:
    """The console for what was asked for."""
    return _console(stderr=False)


def err() -> Console:
    """The console for what is said about it."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr,
        markup=False,
        emoji=False,
        highlight=False,
        width=None if stream.isatty() else WIDE,
    )


def escaped(text: str, limit: int | None = MAX_CELL) -> str:
    """`text` without anything that a terminal would obey, on one line.

    Args:
        text: from anybody.
        limit: characters; what is longer ends in `…`. None for all of it.
    """
    cut = text if limit is None or len(text) <= limit else text[: limit - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in cut)


def plain(text: str, style: str = "", limit: int | None = MAX_CELL) -> Text:
    """`text`, escaped, for a table or a console; one line in a table, cut where it is too long."""
    return Text(escaped(text, limit), style=style, no_wrap=limit is not None, overflow="ellipsis")


def plain_lines(text: str) -> Text:
    """`text`, escaped but for its line feeds."""
    return Text("\n".join(escaped(line, None) for line in text.split("\n")))


def table(
    *columns: str, right: tuple[str, ...] = (), cut: tuple[str, ...] = (), first: int = 0
) -> Table:
    """An empty table in the style of the house.

    Args:
        columns: the titles.
        right: titles of the columns of numbers.
        cut: titles of the columns that give way where the terminal is narrow.
        first: characters that the first column keeps in any case.
    """
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for title in columns:
        made.add_column(
            title,
            no_wrap=title not in cut,
            min_width=None if made.columns else first,
            overflow="ellipsis",
            justify="right" if title in right else "left",
        )
    return made


def facts() -> Table:
    """An empty table of names and what they are."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(style="bold cyan", no_wrap=True)
    made.add_column()
    return made


def note(text: str) -> None:
    """Say something beside the matter."""
    err().print(plain(text, "dim", None), soft_wrap=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what went wrong and end.

    Args:
        text: a sentence.
        code: 1 where the thing asked for failed, 2 where it was asked wrongly.

    Raises:
        typer.Exit: always.
    """
    line = Text("hookmw: ", style="bold red").append(plain(text, "not bold default", None))
    err().print(line, soft_wrap=True)
    raise typer.Exit(code)
