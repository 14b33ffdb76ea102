import re
from collections.abc import Callable

import pytest
from typer.testing import Result

from hookmw import catalog
from hookmw.cli.describe import (
    endpoint_line,
    proof_in_words,
    scheme_in_words,
    send_line,
    signed_in_words,
    tolerance_in_words,
    unsigned_in_words,
)
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.scheme.algorithms import HMAC
from hookmw.verifiers import Unverified

Run = Callable[..., Result]


def about(run: Run, name: str) -> dict[str, str]:
    lines = run("providers", name).stdout.splitlines()
    return dict(re.split(r"  +", line.strip(), maxsplit=1) for line in lines)


def test_the_list_has_every_provider(run: Run) -> None:
    shown = run("providers")
    assert shown.exit_code == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:]] == catalog.names()


def test_a_narrow_terminal_has_no_room_for_the_variables(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "GITHUB_WEBHOOK_SECRET" in run("providers").stdout
    monkeypatch.setattr("hookmw.cli.terminal.WIDE", 80)
    shown = run("providers").stdout
    assert "GITHUB_WEBHOOK_SECRET" not in shown
    assert all(name in shown for name in catalog.names())


@pytest.mark.parametrize("name", catalog.names())
def test_each_provider_is_told_about(run: Run, name: str) -> None:
    provider = catalog.provider(name)
    facts = about(run, name)
    assert (facts["provider"], facts["docs"]) == (provider.title, provider.docs)
    assert facts["secret in"] == provider.env


def test_what_is_signed_and_what_is_not(run: Run) -> None:
    facts = about(run, "github")
    assert facts["signed"] == "the body"
    assert "id (header x-github-delivery), type (header x-github-event)" in facts["not signed"]
    facts = about(run, "standard-webhooks")
    assert facts["signed"] == "{webhook-id}.{timestamp}.{body}"
    assert "not signed" not in facts
    assert facts["tolerance"] == "300 s, both ways"
    assert about(run, "telegram")["signed"].startswith("nothing: ")


def test_handshakes_and_answers_are_told(run: Run) -> None:
    facts = about(run, "whatsapp")
    assert facts["handshake"] == (
        "unsigned GET, when query parameter hub.mode is subscribe: answers with"
        " query parameter hub.challenge; pass verify_token= to the endpoint"
    )
    assert 'verify_token=os.environ["VERIFY_TOKEN"]' in facts["receive"]
    assert about(run, "slackchat")["answers"] == "403 for 401"
    assert about(run, "x")["handshake"].startswith("unsigned GET: answers with query parameter")


def test_what_the_provider_does_and_wants(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Provider(
        "mine",
        scheme=Scheme("header:x"),
        deadline=2.5,
        retries="5 times in an hour",
        disables="a 410",
        refusals={401: 498, 413: 400},
        ack={"id": "{body:id}"},
        addresses="https://example.com/addresses",
        notes="The secret is on the page of the app.",
        proof="vector",
    )
    monkeypatch.setattr("hookmw.catalog.provider", lambda name: mine)
    facts = about(run, "mine")
    assert facts["deadline"] == "answer within 2.5 s"
    assert facts["retries"] == "5 times in an hour"
    assert facts["disables"] == "a 410"
    assert facts["answers"] == "498 for 401, 400 for 413"
    assert facts["stored"] == 'answers 200 with {"id":"{body:id}"}'
    assert facts["sent from"] == "https://example.com/addresses"
    assert facts["note"] == "The secret is on the page of the app."
    assert facts["proved by"] == "known answers made by somebody else's code"


def test_what_nobody_knows_is_not_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hookmw.catalog.provider", lambda name: Provider("mine", scheme=Scheme("header:x"))
    )
    unknown = {"deadline", "retries", "disables", "answers", "stored", "sent from", "note"}
    assert not unknown & set(about(run, "mine"))


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("cryptapi", "answers 200 with the text *ok*"),
        ("discord-webhook-events", "answers 204, empty"),
        ("xero", "answers 200, empty"),
    ],
)
def test_the_body_of_an_acknowledgement_is_told(run: Run, name: str, stored: str) -> None:
    assert about(run, name)["stored"] == stored


@pytest.mark.parametrize("name", catalog.names())
def test_the_example_endpoint_is_python(name: str) -> None:
    compile(endpoint_line(catalog.provider(name)), "example", "eval")


def test_a_secret_in_the_path_is_in_the_examples() -> None:
    provider = catalog.provider("telegram_path")
    assert endpoint_line(provider).startswith('Endpoint("/telegram/{token}", ')
    assert send_line(provider).endswith("--to 'http://localhost:8000/telegram/{token}'")


def test_verifiers_that_are_no_row_have_words_too() -> None:
    assert scheme_in_words(Unverified()) == proof_in_words(Unverified()) == "nothing"
    mine = Provider("mine", scheme=Verifying())
    assert scheme_in_words(mine.scheme) == "Looks at the moon"
    assert unsigned_in_words(mine) == ""
    assert endpoint_line(mine).startswith('Endpoint("/mine", ')


class Verifying:
    """Looks at the moon.

    And more.
    """

    def verify(self, delivery: object, secrets: object) -> None: ...


def test_an_algorithm_of_your_own_has_its_name() -> None:
    assert proof_in_words(Scheme("header:x", algorithm=HMAC("sha224"))) == "HMAC of the body"


def test_a_verifier_of_your_own_is_told_about(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Provider("mine", scheme=Verifying())
    monkeypatch.setattr("hookmw.catalog.provider", lambda name: mine)
    facts = about(run, "mine")
    assert (facts["provider"], facts["proof"]) == ("mine", "Looks at the moon")
    assert "signed" not in facts


def test_an_unknown_provider_has_a_nearest(run: Run) -> None:
    shown = run("providers", "githb")
    assert shown.exit_code == 2
    assert "did you mean 'github'?" in shown.stderr


@pytest.mark.parametrize("name", catalog.names())
def test_every_row_tells_what_is_signed_and_how_old_it_may_be(name: str) -> None:
    known = catalog.provider(name)
    assert signed_in_words(known.scheme)
    assert tolerance_in_words(known.scheme)


@pytest.mark.parametrize(
    ("name", "label", "text"),
    [
        ("plaid", "signed", "the body (claim request_body_sha256)"),
        ("plaid", "keys", "https://production.plaid.com/webhook_verification_key/get"),
        ("plaid", "tolerance", "300 s, both ways"),
        ("atlassian_connect", "signed", "method, path and query (claim qsh)"),
        ("atlassian_connect", "not signed", "the body, but for what is signed of it"),
        ("atlassian_connect", "tolerance", "as long as the token says"),
        ("truelayer", "signed", "x-tl-webhook-timestamp among them"),
        ("contentful", "signed", "{method}"),
        ("contentful", "not signed", "type (header x-contentful-topic)"),
        ("http_message_signatures", "signed", "@target-uri"),
        ("aws_sns", "signed", "TopicArn"),
        ("aws_sns", "keys", "SimpleNotificationService"),
        ("paypal", "signed", "CRC-32"),
        ("paypal", "not signed", "the body"),
        ("saleor", "tolerance", "no signed time"),
        ("favro", "not signed", "the body, but for what is signed of it"),
        ("adyen", "signed", "merchantReference, amount.value"),
        ("adyen", "not signed", "the body, but for what is signed of it"),
        ("adyen", "tolerance", "no signed time"),
        ("dingtalk", "signed", "the time, the nonce and the envelope at body:encrypt (POST)"),
        ("dropbox_sign", "signed", "{timestamp}{event.event_type}, of the JSON in the field json"),
        ("dropbox_sign", "tolerance", "of any age"),
        ("ebay", "signed", "the body"),
        ("lark", "signed", "{secret}{body}, the body being the envelope"),
        ("lark", "tolerance", "300 s, both ways"),
        ("praxis", "not signed", "transaction.transaction_status"),
        ("praxis", "tolerance", "3600 s, both ways"),
        ("wechat", "not signed", "the body"),
        ("wecom", "signed", "query:echostr (GET), xml:Encrypt (POST)"),
        ("wix", "tolerance", "as long as the token says"),
    ],
)
def test_verifiers_that_are_no_rows_tell_it_too(run: Run, name: str, label: str, text: str) -> None:
    assert text in about(run, name)[label]
