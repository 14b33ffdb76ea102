"""`hookmw explain`: why a captured delivery is refused."""

from typing import Annotated

import typer

from hookmw import catalog
from hookmw.cli.explain.capture import Capture
from hookmw.cli.explain.fetching import with_keys
from hookmw.cli.explain.moment import moment_of
from hookmw.cli.explain.reading import read_capture
from hookmw.cli.explain.screen import show, show_rows
from hookmw.cli.explain.secrets import others_in_environment, secrets_of
from hookmw.cli.terminal import note
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError
from hookmw.explain import Explanation, explain as analyse, rows_reading
from hookmw.provider import Provider
from hookmw.verifiers import Unverified

__all__ = ["explain"]

CaptureArgument = Annotated[
    str,
    typer.Argument(
        metavar="CAPTURE",
        help="A file with raw HTTP, a curl command or JSON; - is standard input.",
    ),
]
ProviderOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who sent it. Default: told by the headers that are there."),
]
SecretsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="SECRET",
        help="Or @FILE; may be given again. Default: the provider's environment variable.",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="When it came: 1700000000, 2026-01-31T12:00Z."),
]
URLOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Scheme, host and prefix that the provider was told."),
]


def explain(
    capture: CaptureArgument,
    *,
    provider: ProviderOption = None,
    secret: SecretsOption = None,
    at: AtOption = None,
    public_url: URLOption = None,
) -> None:
    """Say why a captured delivery is refused, and what to do about it.

    Ends with 0 if it verifies, and with 1 if not.

    $ hookmw explain request.http --provider github
    $ pbpaste | hookmw explain - --provider stripe --secret whsec_...
    """
    captured = read_capture(capture)
    if captured.note:
        note(captured.note)
    moment, source = moment_of(captured, at)
    verified = False
    for each in _senders(captured, moment, provider, secret or [], public_url):
        delivery = captured.delivery(each, moment, public_url)
        explanation = _explained(delivery, each, secret or [])
        show(delivery, each, explanation, source)
        verified = explanation.verified
        if verified:
            break
    raise typer.Exit(0 if verified else 1)


def _explained(delivery: Delivery, provider: Provider, given: list[str]) -> Explanation:
    secrets = secrets_of(provider, given)
    able = with_keys(provider)
    return analyse(delivery, able, secrets, others=others_in_environment(provider))


def _senders(
    captured: Capture, moment: float, named: str | None, given: list[str], public_url: str | None
) -> list[Provider]:
    """The one that was named; else the one that the headers tell, or verifies under a secret."""
    if named is not None:
        return [catalog.provider(named)]
    unknown = Provider("unknown", scheme=Unverified())
    rows = rows_reading(captured.delivery(unknown, moment, None))
    show_rows(rows)
    known = [catalog.provider(name) for name in rows]
    if len(known) > 1:
        known = [each for each in known if _verifies(captured, each, moment, given, public_url)]
    return known[:1]


def _verifies(
    captured: Capture,
    provider: Provider,
    moment: float,
    given: list[str],
    public_url: str | None,
) -> bool:
    try:
        secrets = secrets_of(provider, given)
    except ConfigError:
        return False
    delivery = captured.delivery(provider, moment, public_url)
    return analyse(delivery, with_keys(provider), secrets).verified
