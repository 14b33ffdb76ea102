"""The commands, as one visible list."""

from typing import Any

import typer
from typer.core import TyperGroup

from hookmw.cli.demo import demo
from hookmw.cli.events import app as events
from hookmw.cli.explain import explain
from hookmw.cli.migrate import migrate
from hookmw.cli.providers import providers
from hookmw.cli.send import send
from hookmw.cli.serve import serve
from hookmw.cli.terminal import fail
from hookmw.cli.worker import worker
from hookmw.errors import ConfigError, HookmwError

__all__ = ["app"]


class Commands(TyperGroup):
    """Commands whose errors are sentences: ours have no traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except HookmwError as error:
            fail(str(error), code=2 if isinstance(error, ConfigError) else 1)


app = typer.Typer(
    cls=Commands,
    help="Webhooks that are verified, stored before the 200, and handled at least once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(demo)
app.command()(explain)
app.command()(migrate)
app.command()(providers)
app.command()(send)
app.add_typer(events, name="events")
app.command()(serve)
app.command()(worker)
