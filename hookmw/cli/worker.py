"""`hookmw worker`: handle events apart from the processes that receive them."""

import signal
from typing import Annotated

import anyio
import typer
from anyio import CancelScope

from hookmw.app import Hooks
from hookmw.cli.target import hooks_of
from hookmw.cli.terminal import note

__all__ = ["worker"]

ENDS = (signal.SIGTERM, signal.SIGINT)


def worker(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="module:attribute of the Hooks.")],
) -> None:
    """Handle the events of an inbox, until SIGTERM or Ctrl-C; run as many as you like.

    The processes that receive may be told not to: Hooks(..., worker=False). At the end running
    handlers get their time (Hooks(drain=...)), and what is not finished is due again. With
    Hooks(..., engine=...) the handlers run in the engine's workers, and this one tells them.

    $ hookmw worker main:hooks
    """
    hooks = hooks_of(target)
    note(_what_it_does(hooks))
    anyio.run(work, hooks)


def _what_it_does(hooks: Hooks) -> str:
    events = f"the events of {len(hooks.endpoints)} endpoint(s)"
    engine = hooks.runtime.engine
    if engine is None:
        return f"handling {events}"
    return f"telling {type(engine).__name__} of {events}; its own workers handle them"


async def work(hooks: Hooks) -> None:
    """Work until a signal ends it; a second one ends it at once."""
    with anyio.open_signal_receiver(*ENDS) as signals:
        await hooks.runtime.start(work=True)
        async with anyio.create_task_group() as tasks:
            async for _ in signals:
                if tasks.cancel_scope.cancel_called or hooks.runtime.is_stopping:
                    raise SystemExit(1)
                tasks.start_soon(_stop, hooks, tasks.cancel_scope)


async def _stop(hooks: Hooks, then: CancelScope) -> None:
    await hooks.runtime.stop()
    then.cancel()
