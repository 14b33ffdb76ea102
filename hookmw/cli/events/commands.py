"""The commands of `hookmw events`."""

import typer

from hookmw.cli.events.listing import listing
from hookmw.cli.events.replay import replay
from hookmw.cli.events.show import show

__all__ = ["app"]

app = typer.Typer(help="Look at the events in an inbox, and replay them.", no_args_is_help=True)

app.command("list")(listing)
app.command()(show)
app.command()(replay)
