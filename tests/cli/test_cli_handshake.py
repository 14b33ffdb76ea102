"""`hookmw send --handshake`, against real endpoints behind a real socket."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import Result

from hookmw import Endpoint
from tests.app.receiving import hooks_of
from tests.catalog.hands import hand
from tests.cli.receiver import Receiver, served

Run = Callable[..., Result]

SECRET, TOLD = "the-signing-secret", "told"

SEALED = ("lark", "wechat_safe", "wecom")
"""Whose handshakes come in envelopes, or beside one."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    endpoints = [
        Endpoint(f"/{name}", name, secrets=SECRET, verify_token=TOLD)
        for name in ("asana", "dropbox", "linkedin", "meta", "slack")
    ]
    sealed = [
        Endpoint(f"/{name}", name, secrets=hand(name).secret, verify_token=TOLD) for name in SEALED
    ]
    with served(hooks_of(*endpoints, *sealed)) as origin:
        yield origin


@pytest.mark.parametrize("name", ["dropbox", "linkedin", "meta", "slack"])
def test_an_endpoint_that_is_ready(run: Run, url: str, name: str) -> None:
    options = ["--handshake", "--secret", SECRET, "--verify-token", TOLD]
    done = run("send", name, "--to", f"{url}/{name}", *options)
    assert done.exit_code == 0
    assert "200 OK" in done.output
    assert "must be" not in done.output


@pytest.mark.parametrize("name", SEALED)
def test_a_question_in_an_envelope(run: Run, url: str, name: str) -> None:
    options = ["--handshake", "--verify-token", TOLD, "--secret"]
    done = run("send", name, "--to", f"{url}/{name}", *options, hand(name).signs)
    assert done.exit_code == 0
    assert "200 OK" in done.output
    wrong = run("send", name, "--to", f"{url}/{name}", *options, hand(name, 1).signs)
    assert wrong.exit_code == 1
    assert "401 Unauthorized" in wrong.output


def test_what_is_not_signed_needs_no_secret(run: Run, url: str) -> None:
    assert run("send", "dropbox", "--to", f"{url}/dropbox", "--handshake").exit_code == 0


def test_slacks_with_the_secret_of_another_app(run: Run, url: str) -> None:
    done = run("send", "slack", "--to", f"{url}/slack", "--handshake", "--secret", "another-app")
    assert done.exit_code == 1
    assert "401 Unauthorized" in done.output
    assert "the status must be 200, and is 401" in done.output
    assert "and is 'unauthorized'" in done.output


def test_metas_with_another_verify_token(run: Run, url: str) -> None:
    options = ["--handshake", "--verify-token", "other"]
    done = run("send", "meta", "--to", f"{url}/meta", *options)
    assert done.exit_code == 1
    assert "403 Forbidden" in done.output


def test_every_handshake_of_a_provider_is_asked(run: Run, url: str) -> None:
    """Asana's secret is not awaited here; its heartbeat is answered all the same."""
    done = run("send", "asana", "--to", f"{url}/asana", "--handshake", "--secret", SECRET)
    assert done.exit_code == 1
    assert ("403 Forbidden" in done.output, "200 OK" in done.output) == (True, True)
    assert "the header x-hook-secret must be" in done.output


def test_a_receiver_that_says_ok_to_everything(run: Run) -> None:
    with served(Receiver()) as origin:
        done = run("send", "dropbox", "--to", f"{origin}/in", "--handshake")
    assert done.exit_code == 1
    assert "the body must be" in done.output
    assert "the header content-type must be 'text/plain', and is empty" in done.output


def test_no_receiver(run: Run) -> None:
    done = run("send", "dropbox", "--to", "http://127.0.0.1:1/in", "--handshake")
    assert done.exit_code == 1
    assert "nothing answers" in done.output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stripe", "stripe asks for no handshake: leave --handshake out"),
        ("dingtalk", "leave --handshake out, and send its event check_url"),
        ("wecom", "pass secret=, or --secret"),
        ("meta", "pass verify_token=, or --verify-token"),
        ("slack", "pass secret=, or --secret"),
    ],
)
def test_what_cannot_be_asked(run: Run, name: str, words: str) -> None:
    done = run("send", name, "--to", "http://127.0.0.1:1/in", "--handshake")
    assert done.exit_code == 2
    assert words in done.output


def test_providers_says_how_to_ask(run: Run) -> None:
    shown = " ".join(run("providers", "slack").output.split())
    assert "hookmw send slack --to http://localhost:8000/slack --handshake" in shown
    assert "--handshake" not in run("providers", "github").output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slack", "answers with challenge in the body"),
        ("x", "answers with query parameter crc_token, signed"),
        ("wrike", "answers with header x-hook-secret, signed"),
        ("meraki_scanning", "answers with the verify token"),
    ],
)
def test_providers_says_what_is_answered(run: Run, name: str, words: str) -> None:
    assert words in " ".join(run("providers", name).output.split())
