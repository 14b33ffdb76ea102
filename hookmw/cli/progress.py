"""A progress bar for whatever happens more than once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hookmw.cli.terminal import err

__all__ = ["progress"]


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[..., None]]:
    """A bar that moves by one with each call of what this gives; none for a single thing.

    It is drawn only on a terminal, and gone when all is done.

    Args:
        doing: the verb.
        total: how many there are.
    """
    console = err()
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=total == 1 or not console.is_terminal,
    )
    with bar:
        task = bar.add_task(doing, total=total)
        yield lambda *_: bar.advance(task)
