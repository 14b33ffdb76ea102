"""The commands of `hookmw events`."""

import typer

from hookmw.cli.events.dismiss import dismiss
from hookmw.cli.events.listing import listing
from hookmw.cli.events.moving import export, import_
from hookmw.cli.events.prune import prune
from hookmw.cli.events.quarantine import quarantine, reverify
from hookmw.cli.events.replay import replay
from hookmw.cli.events.show import show

__all__ = ["app"]

app = typer.Typer(help="Look at the events in an inbox, and replay them.", no_args_is_help=True)

app.command("list")(listing)
app.command()(show)
app.command()(replay)
app.command()(dismiss)
app.command()(prune)
app.command()(export)
app.command("import")(import_)
app.command()(quarantine)
app.command()(reverify)
