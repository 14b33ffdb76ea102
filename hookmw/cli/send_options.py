"""The arguments and options of `hookmw send`."""

from typing import Annotated

import typer

__all__ = [
    "ConcurrencyOption",
    "CountOption",
    "DataOption",
    "ForgeOption",
    "HandshakeOption",
    "HeaderOption",
    "IdOption",
    "ProviderArgument",
    "PublicURLOption",
    "RateOption",
    "SecretOption",
    "StaleOption",
    "ToOption",
    "TypeArgument",
    "VerifyTokenOption",
]

ProviderArgument = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="A name that `hookmw providers` lists.")
]
TypeArgument = Annotated[
    str | None, typer.Argument(metavar="TYPE", help="Of the event: pull_request.opened.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="URL", help="The endpoint's URL.")]
SecretOption = Annotated[
    str | None,
    typer.Option(
        metavar="SECRET",
        help="Or @FILE; a private key, where it signs with one. Default: its environment variable.",
    ),
]
PublicURLOption = Annotated[
    str | None,
    typer.Option(
        "--public-url",
        metavar="URL",
        help="What the provider was told, where it signs the URL. Default: the origin of --to.",
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="The body; - is standard input. Default: a sample."),
]
HeaderOption = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="HEADER", help="One more: 'X-Shop: a.example'."),
]
IdOption = Annotated[
    str | None, typer.Option("--id", metavar="ID", help="The same in all. Default: new ones.")
]
CountOption = Annotated[int, typer.Option(min=1, metavar="N", help="How many.")]
RateOption = Annotated[
    float | None, typer.Option(metavar="N", help="So many a second. Default: no limit.")
]
ConcurrencyOption = Annotated[int, typer.Option(min=1, metavar="N", help="How many at once.")]
ForgeOption = Annotated[
    bool, typer.Option("--forge", help="Sign with a wrong secret: must be refused.")
]
StaleOption = Annotated[
    bool, typer.Option("--stale", help="Sign with a time long past: must be refused.")
]
HandshakeOption = Annotated[
    bool,
    typer.Option(
        "--handshake", help="Ask what the provider asks before it sends; check the answer."
    ),
]
VerifyTokenOption = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="For --handshake: what the provider was told, or shows."),
]
