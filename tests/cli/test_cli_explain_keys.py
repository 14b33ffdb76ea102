"""`hookmw explain` looks keys up: from the pinned address, over TLS, and nowhere else."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from hookmw.catalog import provider
from hookmw.provider import Provider
from hookmw.testing import SignedRequest, sign
from tests.catalog.hands import hand
from tests.verifiers.https import Door, serving
from tests.verifiers.test_fetching import KINDS, request_to, row_at

Run = Callable[..., Result]


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with serving(tmp_path) as door:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        yield door


def capture(request: SignedRequest) -> bytes:
    headers = {name.decode(): value.decode() for name, value in request.headers}
    url = f"https://hooks.example.com{request.path}"
    return json.dumps({"url": url, "headers": headers, "body": request.body.decode()}).encode()


def explain(run: Run, monkeypatch: pytest.MonkeyPatch, row: Provider, data: bytes) -> Result:
    real = provider
    known = lambda name: row if name == row.name else real(name)  # noqa: E731
    monkeypatch.setattr("hookmw.catalog.provider", known)
    secret = hand(row.name).secret
    given = ["--secret", secret] if secret else []
    return run("explain", "-", "--provider", row.name, *given, input=data)


@pytest.mark.parametrize("name", KINDS)
def test_a_genuine_one_verifies(
    run: Run, monkeypatch: pytest.MonkeyPatch, door: Door, name: str
) -> None:
    url = f"{door.url}/key"
    door.answers["/key"] = hand(name).served
    shown = explain(run, monkeypatch, row_at(name, url), capture(request_to(name, url)))
    assert shown.stdout.startswith("The delivery verifies."), shown.output
    assert door.asked == ["/key"]


@pytest.mark.parametrize("name", KINDS)
def test_no_key_no_verdict(
    run: Run, monkeypatch: pytest.MonkeyPatch, door: Door, name: str
) -> None:
    url = "https://127.0.0.1:1/key"
    shown = explain(run, monkeypatch, row_at(name, url), capture(request_to(name, url)))
    assert "key_unavailable" in shown.stdout, shown.output


@pytest.mark.parametrize("name", ["plaid", "truelayer"])
def test_an_unknown_name_is_asked_for_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, door: Door, name: str
) -> None:
    url = f"{door.url}/key"
    door.answers["/key"] = hand(name, 1).served
    shown = explain(run, monkeypatch, row_at(name, url), capture(request_to(name, url)))
    assert "key_unknown" in shown.stdout
    assert door.asked == ["/key"]
    assert hand(name).signs[40:80] not in shown.output


@pytest.mark.parametrize("name", ["aws_sns", "paypal"])
def test_what_is_not_pinned_is_not_fetched(
    run: Run, monkeypatch: pytest.MonkeyPatch, door: Door, name: str
) -> None:
    door.answers["/other"] = hand(name).served
    data = capture(request_to(name, f"{door.url}/other"))
    shown = explain(run, monkeypatch, row_at(name, f"{door.url}/key"), data)
    assert "url_not_pinned" in shown.stdout
    assert door.asked == []


def test_no_subscription_is_confirmed(
    run: Run, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    """Whoever analyses a capture of last week's confirmation does not want it visited."""
    monkeypatch.setattr("hookmw.verifiers.sns.CONFIRMATION", rf"{door.url}/confirm")
    url = f"{door.url}/key"
    door.answers["/key"], door.answers["/confirm"] = hand("aws_sns").served, b"confirmed"
    row = row_at("aws_sns", url)
    request = request_to(
        "aws_sns",
        url,
        Type="SubscriptionConfirmation",
        Token="t",
        SubscribeURL=f"{door.url}/confirm",
    )
    shown = explain(run, monkeypatch, row, capture(request))
    assert shown.stdout.startswith("The delivery verifies."), shown.output
    assert door.asked == ["/key"]


def test_a_key_in_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(f"{hand('fusionauth').secret}\n")
    request = sign("fusionauth", {}, hand("fusionauth").signs)
    given = ("--provider", "fusionauth", "--secret", f"@{tmp_path}/key.pem")
    shown = run("explain", "-", *given, input=capture(request))
    assert shown.stdout.startswith("The delivery verifies."), shown.output
