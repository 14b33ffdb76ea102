"""`hookmw migrate`: make an inbox's tables, or bring them up to date."""

from typing import Annotated

import anyio
import typer

from hookmw.cli.terminal import note
from hookmw.errors import ConfigError
from hookmw.inbox.urls import inbox_from_url

__all__ = ["migrate"]


def migrate(
    inbox: Annotated[
        str, typer.Option("--inbox", metavar="URL", envvar="HOOKMW_INBOX", help="The inbox's URL.")
    ],
) -> None:
    """Make the tables of an inbox, or bring those of an older hookmw up to date.

    A receiver does so by itself when it starts. This is for those whose receivers connect with a
    role that may not: run it once, before the new version, with one that may.

    $ hookmw migrate --inbox postgresql://owner@db/app
    """
    if inbox.startswith("memory:"):
        raise ConfigError("inbox memory: has nothing to migrate")

    async def run() -> None:
        opened = inbox_from_url(inbox)
        await opened.open()
        await opened.aclose()

    anyio.run(run)
    note("the inbox is up to date")
