"""The table: medians over the rounds, and ratios to the first app of the same round."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from benchmarks.apps import TITLES
from benchmarks.rounds import Result

__all__ = ["show", "table"]

WIDTH = 200

Round = Mapping[str, Result]

MEASURES: tuple[tuple[str, Callable[[Result], float], str], ...] = (
    ("requests/s", lambda result: result.rate, "{:,.0f}"),
    ("p50 ms", lambda result: result.load.p50 * 1e3, "{:.2f}"),
    ("p99 ms", lambda result: result.load.p99 * 1e3, "{:.2f}"),
    ("CPU us/request", lambda result: result.cpu * 1e6, "{:.0f}"),
)


def table(rounds: Sequence[Round], apps: Sequence[str]) -> list[list[str]]:
    """Head and rows; where there is no bare app there are no ratios."""
    heads = ["app"]
    for name, _, _ in MEASURES:
        heads += [name, "x bare (spread)"]
    return [[*heads, "lag s"], *(_row(rounds, app) for app in apps)]


def show(rows: Sequence[Sequence[str]]) -> None:
    """Print a table, with rich if it is there."""
    if importlib.util.find_spec("rich"):
        _show_rich(rows)
    else:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))


def _show_rich(rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where it is there
    from rich.table import Table  # noqa: PLC0415

    shown = Table()
    for index, head in enumerate(rows[0]):
        shown.add_column(head, justify="right" if index else "left", no_wrap=True)
    for row in rows[1:]:
        shown.add_row(*row)
    Console(width=WIDTH).print(shown)  # a table that is cut to a log's 80 columns says nothing


def _row(rounds: Sequence[Round], app: str) -> list[str]:
    own = [each[app] for each in rounds if app in each]
    cells = [TITLES.get(app, app)]
    for _, value, form in MEASURES:
        cells.append(form.format(median(map(value, own))) if own else "-")
        cells.append(_ratios(rounds, app, value))
    return [*cells, f"{median(result.lag for result in own):.1f}" if own else "-"]


def _ratios(rounds: Sequence[Round], app: str, value: Callable[[Result], float]) -> str:
    pairs = [(each[app], each["bare"]) for each in rounds if app in each and "bare" in each]
    ratios = [value(one) / value(other) for one, other in pairs if value(other)]
    if not ratios:
        return "-"
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
