import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import Result

from hookmw import Endpoint, Hooks, catalog
from hookmw.cli.outgoing import Order, requests
from hookmw.cli.samples import SAMPLES, sample_for
from hookmw.cli.send import public_url_of
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature
from hookmw.provider import Provider
from hookmw.secret import Secrets
from hookmw.verifiers import Unverified
from tests.catalog.hands import hand, pem_of, private_key
from tests.catalog.sending import path_of
from tests.cli.receiver import Receiver, served
from tests.pure.rows import ROWS

Run = Callable[..., Result]

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMDEyMzQ1"


def arrived(receiver: Receiver, index: int = 0) -> Delivery:
    scope = receiver.seen[index]
    return Delivery(
        method="POST",
        path=scope["path"],
        query_string=scope["query_string"],
        headers=tuple(scope["headers"]),
        body=receiver.bodies[index],
        received_at=time.time(),
    )


@pytest.mark.parametrize("name", ["github", "stripe", "slack", "twitch", "standard-webhooks"])
def test_what_is_sent_verifies(run: Run, receiver: Receiver, origin: str, name: str) -> None:
    shown = run("send", name, "--to", f"{origin}/in", "--secret", SECRET)
    assert (shown.exit_code, shown.stdout[:6]) == (0, "200 OK")
    catalog.provider(name).scheme.verify(arrived(receiver), Secrets(SECRET))


def test_the_secret_may_come_from_the_environment(
    run: Run, receiver: Receiver, origin: str
) -> None:
    env = {"GITHUB_WEBHOOK_SECRET": SECRET}
    assert run("send", "github", "--to", f"{origin}/in", env=env).exit_code == 0
    catalog.provider("github").scheme.verify(arrived(receiver), Secrets(SECRET))


def test_without_a_secret_it_says_which_to_set(run: Run) -> None:
    shown = run("send", "github", "--to", "http://a/")
    assert shown.exit_code == 2
    assert shown.stderr == "hookmw: no secret: set GITHUB_WEBHOOK_SECRET, or pass --secret\n"


def test_an_unverified_source_needs_no_secret(
    run: Run, receiver: Receiver, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Provider("mine", scheme=Unverified())
    monkeypatch.setattr("hookmw.catalog.provider", lambda name: mine)
    assert run("send", "mine", "--to", f"{origin}/in").exit_code == 0
    assert run("send", "mine", "--to", f"{origin}/in", "--stale").exit_code == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--to", "http://127.0.0.1:1/"],
        ["--to", "nowhere"],
        ["--to", "http://127.0.0.1:1/", "--data", "missing.json"],
        ["--to", "http://127.0.0.1:1/", "--count", "3"],
        ["--to", "http://127.0.0.1:1/", "--header", "nonsense"],
        ["--to", "http://127.0.0.1:1/", "--rate", "0"],
        ["--to", "http://127.0.0.1:1/", "--count", "0"],
        ["--to", "http://127.0.0.1:1/", "--secret", "  "],
    ],
)
def test_the_secret_is_never_printed(run: Run, options: list[str]) -> None:
    for name in ("github", "standard-webhooks", "linear"):
        shown = run("send", name, "--secret", "hunter2-hunter2", *options)
        assert shown.exit_code != 0
        assert "hunter2" not in shown.output


def test_the_type_says_which_sample(run: Run, receiver: Receiver, origin: str) -> None:
    run("send", "github", "pull_request.opened", "--to", f"{origin}/in", "--secret", SECRET)
    delivery = arrived(receiver)
    assert catalog.provider("github").event_type(delivery) == "pull_request.opened"
    assert msgspec.json.decode(delivery.body)["pull_request"]["title"] == "Say hello"


def test_a_type_without_a_sample_is_sent_too(run: Run, receiver: Receiver, origin: str) -> None:
    run("send", "stripe", "charge.failed", "--to", f"{origin}/in", "--secret", SECRET)
    assert catalog.provider("stripe").event_type(arrived(receiver)) == "charge.failed"


def test_data_is_sent_as_it_is(run: Run, receiver: Receiver, origin: str, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(b'{ "id": "evt_1", "type": "a" }')
    run("send", "stripe", "--to", origin, "--secret", SECRET, "--data", str(file))
    assert receiver.bodies == [b'{ "id": "evt_1", "type": "a" }']
    assert receiver.seen[0]["path"] == "/"


def test_data_may_come_from_standard_input(run: Run, receiver: Receiver, origin: str) -> None:
    to = ["--to", f"{origin}/in", "--secret", SECRET]
    run("send", "github", "push", *to, "--data", "-", input=b"\xff")
    assert receiver.bodies == [b"\xff"]


def test_data_that_is_not_there_is_an_error(run: Run) -> None:
    shown = run("send", "stripe", "--to", "http://a", "--secret", "x", "--data", "/missing")
    assert shown.exit_code == 2
    assert shown.stderr == "hookmw: --data /missing: No such file or directory\n"


def test_data_sent_often_has_new_ids(run: Run, receiver: Receiver, origin: str) -> None:
    to = ["--to", f"{origin}/in", "--secret", SECRET]
    shown = run("send", "stripe", *to, "--data", "-", "--count", "3", input=b'{"id":"evt_1"}')
    ids = {msgspec.json.decode(body)["id"] for body in receiver.bodies}
    assert len(ids) == 3
    assert "evt_1" not in ids
    assert "duplicates are dropped" in shown.stderr


def test_an_id_is_the_same_in_all(run: Run, receiver: Receiver, origin: str) -> None:
    to = ["--to", f"{origin}/in", "--secret", SECRET]
    run("send", "stripe", *to, "--id", "evt_7", "--count", "2")
    assert {msgspec.json.decode(body)["id"] for body in receiver.bodies} == {"evt_7"}
    assert len(set(receiver.bodies)) == 1


def test_an_id_where_there_is_none_is_an_error(run: Run, origin: str) -> None:
    shown = run("send", "zoom", "--to", f"{origin}/in", "--secret", SECRET, "--id", "1")
    assert (shown.exit_code, "gives its events no id" in shown.stderr) == (2, True)


def test_headers_are_sent(run: Run, receiver: Receiver, origin: str) -> None:
    to = ["--to", f"{origin}/in?a=1", "--secret", SECRET]
    run("send", "github", *to, "--header", "X-Shop: a:b", "-H", "Content-Type: text/plain")
    headers = dict(receiver.seen[0]["headers"])
    assert (headers[b"x-shop"], headers[b"content-type"]) == (b"a:b", b"text/plain")
    assert receiver.seen[0]["query_string"] == b"a=1"


def test_a_header_that_is_none_is_an_error(run: Run) -> None:
    shown = run("send", "github", "--to", "http://a", "--secret", "x", "-H", "nonsense")
    assert shown.stderr == "hookmw: --header 'nonsense' is no header: write 'Name: value'\n"


def test_many_have_a_summary(run: Run, receiver: Receiver, origin: str) -> None:
    to = ["--to", f"{origin}/in", "--secret", SECRET]
    shown = run("send", "github", *to, "--count", "25", "--concurrency", "4")
    assert shown.exit_code == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["200", "p50", "p99", "rate"]
    assert len(set(receiver.bodies)) == 25


def test_no_2xx_ends_with_1(run: Run, receiver: Receiver, origin: str) -> None:
    receiver.status = 503
    shown = run("send", "github", "--to", f"{origin}/in", "--secret", SECRET)
    assert (shown.exit_code, shown.stdout[:23]) == (1, "503 Service Unavailable")
    shown = run("send", "github", "--to", "http://127.0.0.1:1", "--secret", SECRET)
    assert (shown.exit_code, shown.stdout[:9]) == (1, "no answer")


def test_a_forged_one_has_a_wrong_signature(run: Run, receiver: Receiver, origin: str) -> None:
    env = {"WEBHOOK_SECRET": SECRET}
    to = ["--to", f"{origin}/in"]
    shown = run("send", "standard-webhooks", *to, "--forge", env=env)
    with pytest.raises(BadSignature, match="does not match"):
        catalog.provider("standard_webhooks").scheme.verify(arrived(receiver), Secrets(SECRET))
    assert "is this endpoint verified?" in shown.stderr
    receiver.status = 401
    shown = run("send", "standard-webhooks", *to, "--forge")
    assert (shown.exit_code, shown.stderr) == (1, "")


def test_a_stale_one_is_too_old(run: Run, receiver: Receiver, origin: str) -> None:
    run("send", "stripe", "--to", f"{origin}/in", "--secret", SECRET, "--stale")
    with pytest.raises(BadSignature, match=r"36\d s old"):
        catalog.provider("stripe").scheme.verify(arrived(receiver), Secrets(SECRET))


def test_nothing_without_a_time_is_stale(run: Run) -> None:
    shown = run("send", "github", "--to", "http://a", "--secret", "x", "--stale")
    assert (shown.exit_code, "signs no time" in shown.stderr) == (2, True)


@pytest.mark.parametrize("url", ["localhost:8000/in", "/in", "ftp://a/", "http:///in", ""])
def test_a_url_that_is_none_is_an_error(run: Run, url: str) -> None:
    shown = run("send", "github", "--to", url, "--secret", "x")
    assert (shown.exit_code, "is no URL" in shown.stderr) == (2, True)


# samples


def identity(provider: Provider, delivery: Delivery) -> tuple[object, bytes]:
    """What a receiver tells events apart by."""
    id_, signed = provider.event_id(delivery)
    return (id_ if signed else None), delivery.body


@pytest.mark.parametrize("name", ROWS)
def test_every_provider_has_something_to_send_and_never_the_same(name: str) -> None:
    provider = catalog.provider(name)
    for type_ in (None, "thing"):
        order = Order(provider=provider, secret=SECRET, path="/{token}", type=type_, count=2)
        first, second = (request.delivery() for request in requests(order))
        assert provider.event_type(first) == sample_for(provider, type_).type
        assert identity(provider, first) != identity(provider, second)
        assert provider.scheme.verify(first, Secrets(SECRET)) is None


@pytest.mark.parametrize(
    "name", ["braintree", "fal", "mercado_pago", "nmi", "propexo", "solidgate", "treezor", "websub"]
)
def test_what_is_signed_besides_the_body_is_sent_too(name: str) -> None:
    provider = catalog.provider(name)
    if name == "fal":  # signed by a key pair
        private = Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes_raw()
        key, public = (
            base64.b64encode(each).decode() for each in (private.private_bytes_raw(), raw)
        )
    else:
        key = public = SECRET
    (request,) = requests(Order(provider=provider, secret=key, path="/in"))
    assert provider.scheme.verify(request.delivery(), Secrets(public)) is None


@pytest.mark.parametrize(("name", "type_"), [(n, s.type) for n in SAMPLES for s in SAMPLES[n]])
def test_every_sample_is_of_its_type(name: str, type_: str) -> None:
    provider = catalog.provider(name)
    order = Order(provider=provider, secret=SECRET, path="/", type=type_)
    (request,) = requests(order)
    assert provider.event_type(request.delivery()) == type_


def test_a_provider_with_no_type_has_a_sample_too() -> None:
    provider = Provider("mine", scheme=Unverified(), type="")
    assert sample_for(provider, None).payload == {"message": "hello"}


# rows of every kind

KINDS = (
    *("azure_event_grid", "contentful", "discord", "fal", "fusionauth", "gitlab", "mailgun_form"),
    *("http_message_signatures", "mandrill", "openpay", "plivo", "qstash", "sendgrid", "square"),
    *("standard_webhooks_v1a", "telegram_path", "tiktok_shop", "trello", "twilio", "vonage"),
    "whatsapp_query",
)
"""A form, an array, a nonce, a token, a key pair, a URL that is signed, a secret in the URL."""


@contextmanager
def receiving(name: str, public_url: str) -> Iterator[str]:
    """A whole `Hooks` behind uvicorn, with an endpoint of that row; where it listens."""
    endpoint = Endpoint(
        path_of(name), name, secrets=hand(name).secret, verify_token="verify-token-of-the-tests"
    )
    with served(Hooks([endpoint], inbox="memory:", public_url=public_url)) as origin:
        yield origin + path_of(name)


@pytest.mark.parametrize("name", KINDS)
def test_rows_of_every_kind_are_received(run: Run, name: str) -> None:
    told = "https://hooks.example.com"
    with receiving(name, told) as url:
        common = ("--to", url, "--public-url", told)
        for options in ([], ["thing.created"], ["--count", "2"]):
            shown = run("send", name, *options, *common, "--secret", hand(name).signs)
            assert (shown.exit_code, shown.stdout[:3]) == (0, "200"), shown.output
        shown = run("send", name, *common, "--forge")
        assert (shown.exit_code, shown.stdout[:3]) == (1, "401"), shown.output


@pytest.mark.parametrize("name", ["qstash", "fusionauth", "contentful", "discord", "fal"])
def test_tokens_and_key_pairs_get_stale_too(run: Run, name: str) -> None:
    with receiving(name, "https://hooks.example.com") as url:
        shown = run("send", name, "--to", url, "--secret", hand(name).signs, "--stale")
    assert (shown.exit_code, shown.stdout[:3]) == (1, "401"), shown.output


@pytest.mark.parametrize(
    ("told", "path", "signed"),
    [
        (None, "/square", "http://127.0.0.1:1/square"),
        ("https://a.example", "/square", "https://a.example/square"),
        ("https://a.example/hooks/", "/hooks/square", "https://a.example/hooks/square"),
        ("https://a.example/hooks", "/square", "https://a.example/hooks/square"),
        ("https://a.example/hooks", "/hooksquare", "https://a.example/hooks/hooksquare"),
    ],
)
def test_the_url_that_is_signed(told: str | None, path: str, signed: str) -> None:
    made = public_url_of(told or "http://127.0.0.1:1", path)
    assert made + path == signed


def test_a_public_url_that_is_none_is_an_error(run: Run) -> None:
    shown = run("send", "square", "--to", "http://a", "--secret", "x", "--public-url", "a.example")
    assert (shown.exit_code, "--public-url 'a.example' is no URL" in shown.stderr) == (2, True)


def test_a_secret_in_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(hand("fusionauth").signs + "\n")
    with receiving("fusionauth", "https://hooks.example.com") as url:
        shown = run("send", "fusionauth", "--to", url, "--secret", f"@{tmp_path}/key.pem")
    assert shown.exit_code == 0, shown.output
    shown = run("send", "fusionauth", "--to", "http://a", "--secret", "@/missing")
    assert shown.stderr == "hookmw: --secret /missing: No such file or directory\n"


@pytest.mark.parametrize("name", ["fusionauth", "saleor", "truelayer"])
def test_a_key_of_another_kind_or_a_public_one_is_an_error(run: Run, name: str) -> None:
    for secret in (hand(name).secret or "no key", pem_of(private_key("ed25519"))):
        shown = run("send", name, "--to", "http://127.0.0.1:1", "--secret", secret)
        assert (shown.exit_code, "key" in shown.stderr) == (2, True), shown.output
        assert secret[:24] not in shown.output.replace("-----BEGIN PRIVATE KEY--", "")
