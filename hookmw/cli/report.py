"""What came of sending, for one delivery and for many."""

import math
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

from rich.table import Table
from rich.text import Text

from hookmw.cli.terminal import facts, plain
from hookmw.send import Sent

__all__ = ["many", "milliseconds", "one"]


def one(sent: Sent) -> Text:
    """Status, time and the first words of the answer, in a line."""
    line = Text().append(_status(sent.status)).append(f"  {milliseconds(sent.seconds)}")
    said = sent.error or sent.answer.decode("utf-8", "replace").strip()
    return line.append("  ").append(plain(said, "dim")) if said else line


def many(sent: Sequence[Sent], seconds: float) -> Table:
    """How many had which status, and how long they took.

    Args:
        sent: at least one.
        seconds: that all took together.
    """
    made = facts()
    for status, number in Counter(each.status for each in sent).most_common():
        made.add_row(_status(status), str(number))
    for error in list(dict.fromkeys(each.error for each in sent if each.error))[:3]:
        made.add_row("error", plain(error, "dim"))
    times = sorted(each.seconds for each in sent)
    made.add_row("p50", milliseconds(_quantile(times, 0.5)))
    made.add_row("p99", milliseconds(_quantile(times, 0.99)))
    made.add_row("rate", f"{len(sent) / seconds:.0f}/s over {seconds:.1f} s")
    return made


def milliseconds(seconds: float) -> str:
    """A time to read: `1.2 ms`."""
    return f"{seconds * 1000:.1f} ms"


def _quantile(times: Sequence[float], share: float) -> float:
    return times[math.ceil(len(times) * share) - 1]


def _status(status: int | None) -> Text:
    if status is None:
        return Text("no answer", style="bold red")
    style = {2: "bold green", 3: "bold yellow"}.get(status // 100, "bold red")
    try:
        return Text(f"{status} {HTTPStatus(status).phrase}", style=style)
    except ValueError:
        return Text(str(status), style=style)
