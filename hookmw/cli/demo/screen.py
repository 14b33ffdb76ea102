"""The demo's table, live in a terminal, line by line in a pipe."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.live import Live
from rich.table import Table
from rich.text import Text

from hookmw.cli.demo.stage import Scene
from hookmw.cli.terminal import out, plain, table

__all__ = ["show", "stage"]


def show(scenes: Sequence[Scene]) -> Table:
    """The table of what has been sent so far."""
    made = table("", "what arrives", "answer", "what becomes of it")
    for scene in scenes:
        made.add_row(
            _mark(scene),
            plain(scene.act.title),
            _status(scene.status),
            plain(scene.story, "dim" if scene.waits else ""),
        )
    return made


@contextmanager
def stage(scenes: Sequence[Scene]) -> Iterator[Callable[[], None]]:
    """A table that follows the scenes; yields what draws it anew."""
    console = out()
    if not console.is_terminal:
        yield lambda: None
        console.print(show(scenes))
        return
    with Live(show(scenes), console=console, refresh_per_second=12) as live:
        yield lambda: live.update(show(scenes))
        live.update(show(scenes))


def _mark(scene: Scene) -> Text:
    if scene.waits:
        return Text("…", style="yellow")
    return Text("✓", style="green") if scene.as_promised else Text("✗", style="bold red")


def _status(status: int | None) -> Text:
    if status is None:
        return Text("")
    return Text(str(status), style="green" if status < 300 else "red")  # noqa: PLR2004 - 2xx
