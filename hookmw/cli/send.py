"""`hookmw send`: be the provider, and see what the receiver answers."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import anyio
import typer

from hookmw import catalog
from hookmw.cli.forging import wrong_secret
from hookmw.cli.handshake import shake_hands
from hookmw.cli.outgoing import Order, payload_of, requests
from hookmw.cli.progress import progress
from hookmw.cli.report import many, one
from hookmw.cli.secret_text import secret_text
from hookmw.cli.send_options import (
    ConcurrencyOption,
    CountOption,
    DataOption,
    ForgeOption,
    HandshakeOption,
    HeaderOption,
    IdOption,
    ProviderArgument,
    PublicURLOption,
    RateOption,
    SecretOption,
    StaleOption,
    ToOption,
    TypeArgument,
    VerifyTokenOption,
)
from hookmw.cli.terminal import note, out
from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.send import Sent, send as send_requests
from hookmw.testing import SignedRequest
from hookmw.verifiers import Unverified

__all__ = ["public_url_of", "send"]

LIFETIME = 120
"""Seconds; a token that has no other time says when it ends, sooner than that."""


def send(
    provider: ProviderArgument,
    event_type: TypeArgument = None,
    *,
    to: ToOption,
    secret: SecretOption = None,
    data: DataOption = None,
    header: HeaderOption = None,
    event_id: IdOption = None,
    public_url: PublicURLOption = None,
    count: CountOption = 1,
    rate: RateOption = None,
    concurrency: ConcurrencyOption = 8,
    forge: ForgeOption = False,
    stale: StaleOption = False,
    handshake: HandshakeOption = False,
    verify_token: VerifyTokenOption = None,
) -> None:
    """Send signed deliveries to an endpoint, as a provider would.

    Ends with 1 unless every answer is a 2xx, and for a handshake the right one.

    $ hookmw send github pull_request.opened --to http://localhost:8000/github
    $ hookmw send stripe --to http://localhost:8000/stripe --count 1000 --rate 50
    $ hookmw send slack --to http://localhost:8000/slack --data event.json --forge
    $ hookmw send meta --to http://localhost:8000/meta --handshake --verify-token told
    """
    sender = catalog.provider(provider)
    origin, path = _split(to)
    if handshake:
        given = _secret(sender, secret, needed=False)
        raise typer.Exit(0 if shake_hands(sender, given, verify_token, origin, path) else 1)
    order = Order(
        provider=sender,
        secret="" if forge else _secret(sender, secret),
        path=path,
        public_url=public_url_of(public_url or origin, path),
        type=event_type,
        body=None if data is None else _read(data),
        id=event_id,
        count=count,
        age=_age(sender) if stale else 0.0,
        headers=_headers(header or []),
    )
    if forge:
        order = replace(order, secret=wrong_secret(sender, payload_of(order), order.headers))
    sent = _report(order, origin, rate, concurrency)
    raise typer.Exit(0 if _judged(sent, must_be_refused=forge or stale) == count else 1)


def _judged(sent: list[Sent], *, must_be_refused: bool) -> int:
    """How many were acknowledged."""
    acknowledged = sum(each.acknowledged for each in sent)
    if acknowledged and must_be_refused:
        note("a delivery that must be refused was acknowledged: is this endpoint verified?")
    return acknowledged


def _report(order: Order, origin: str, rate: float | None, concurrency: int) -> list[Sent]:
    if order.body is not None and order.count > 1:
        note("the same body each time: where ids are not signed, duplicates are dropped")
    started: list[float] = []

    def timed() -> Iterator[SignedRequest]:
        started.append(time.perf_counter())
        yield from requests(order)

    sent = _run(timed(), order.count, origin, rate, concurrency)
    seconds = time.perf_counter() - started[0]
    out().print(one(sent[0]) if order.count == 1 else many(sent, seconds), soft_wrap=True)
    return sent


def _run(
    signed: Iterator[SignedRequest], count: int, origin: str, rate: float | None, concurrency: int
) -> list[Sent]:
    with progress("sending", count) as advance:

        async def run() -> list[Sent]:
            return await send_requests(
                signed, origin, rate=rate, concurrency=concurrency, on_sent=advance
            )

        return anyio.run(run)


def _secret(provider: Provider, given: str | None, *, needed: bool = True) -> str:
    name = provider.env or "WEBHOOK_SECRET"
    found = secret_text(given) if given else os.environ.get(name, "")
    if not found and needed and not isinstance(provider.scheme, Unverified):
        raise ConfigError(f"no secret: set {name}, or pass --secret")
    return found


def public_url_of(told: str, path: str) -> str:
    """Scheme and host, and the prefix that the path of this request does not have already."""
    parts = urlsplit(told)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"--public-url {told!r} is no URL: write https://hooks.example.com")
    prefix = parts.path.rstrip("/")
    known = f"{path}/".startswith(f"{prefix}/")
    return f"{parts.scheme}://{parts.netloc}{'' if known else prefix}"


def _split(url: str) -> tuple[str, str]:
    """Origin, and path with query."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"--to {url!r} is no URL: write http://localhost:8000/github")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", unquote(parts.path or "/") + query


def _read(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise ConfigError(f"--data {source}: {error.strerror}") from None


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = [line.partition(":") for line in lines]
    wrong = [name for name, colon, _ in pairs if not (colon and name.strip().isascii())]
    if wrong:
        raise ConfigError(f"--header {wrong[0]!r} is no header: write 'Name: value'")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _age(provider: Provider) -> float:
    """Seconds: a minute more than a delivery may be old, or the token that it bears may live."""
    scheme = provider.scheme
    if getattr(scheme, "timestamp", "somewhere") is None or isinstance(scheme, Unverified):
        raise ConfigError(f"--stale: {provider.name} signs no time, so nothing of it can be stale")
    return (getattr(scheme, "tolerance", None) or LIFETIME) + 60
