"""A handshake that fails: what its owner is told, in the log and by `hookmw explain`."""

import logging

import pytest

from hookmw import Endpoint
from hookmw.explain import Explanation
from hookmw.testing import sign
from tests.app.receiving import hooks_of
from tests.explain.broken import AT, SECRET, changed, codes, explained, signed, with_header, without
from tests.handshakes.cases import CASES, Case
from tests.handshakes.receiving import as_sent, ask, provider_of, receiving, row_for
from tests.middleware.asgi import deliver

SLACK = b'{"type":"url_verification","challenge":"3eZbrw1aB1","token":"old"}'


def said(explanation: Explanation) -> str:
    return "\n".join(map(str, explanation.findings))


def test_slacks_handshake_with_the_secret_of_another_app() -> None:
    found = explained(signed("slack", SLACK, "another-app"), "slack")
    assert codes(found) == ["handshake_refused", "signature_mismatch"]
    assert "slack asks whether this URL is yours" in said(found)
    assert "Give the endpoint the secret of the very app whose URL is being checked" in said(found)
    assert found.handshake == found.findings[0]
    assert found.cause == found.findings[1]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (without(signed("slack", SLACK), "x-slack-signature"), "signature_missing"),
        (with_header(signed("slack", SLACK), "x-slack-signature", "v0=00"), "signature_malformed"),
        (changed(signed("slack", SLACK), received_at=AT + 3600), "timestamp_stale"),
        (changed(signed("slack", SLACK), body=SLACK + b"\n"), "body_newline"),
    ],
)
def test_whatever_is_wrong_with_it_it_is_a_handshake(broken: object, code: str) -> None:
    found = explained(broken, "slack")  # type: ignore[arg-type]
    assert codes(found)[0] == "handshake_refused"
    assert code in codes(found)


def test_a_genuine_one_has_no_findings() -> None:
    assert explained(signed("slack", SLACK), "slack").findings == ()


def test_an_event_is_none() -> None:
    found = explained(signed("slack", b'{"type":"event_callback"}', "another"), "slack")
    assert found.handshake is None
    assert "handshake" not in said(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_handshake_is_known_as_one(case: Case) -> None:
    found = explained(case.asked, provider_of(case.name))
    row = row_for(case)
    expected = "handshake_refused" if row.signed else "handshake_unsigned"
    assert found.handshake is not None
    assert found.handshake.code == expected
    assert case.name in found.handshake.sentence
    assert not found.verified
    assert (len(found.findings) > 1) is row.signed
    if not row.signed:
        assert ("verify_token=" in said(found)) is (row.needs_verify_token and not row.registers)
        assert ("on_secret=" in said(found)) is row.registers


def test_one_without_its_token() -> None:
    asked = changed(signed("meta"), method="GET", query_string=b"hub.mode=subscribe", body=b"")
    found = explained(asked, "meta")
    assert codes(found) == ["handshake_malformed"]
    assert "not at query:hub.challenge" in said(found)


def test_a_doubled_parameter_asks_nothing() -> None:
    twice = b"hub.mode=subscribe&hub.mode=subscribe"
    found = explained(changed(signed("meta"), query_string=twice, method="GET"), "meta")
    assert found.handshake is None


@pytest.mark.anyio
async def test_the_log_says_that_it_was_slacks_handshake(caplog: pytest.LogCaptureFixture) -> None:
    hooks = hooks_of(Endpoint("/slack", "slack", secrets=SECRET))
    with caplog.at_level(logging.WARNING):
        wire = await deliver(hooks, sign("slack", SLACK, "another-app", path="/slack"))
    assert (wire.status, wire.body) == (401, b"unauthorized")
    refused, handshake, why = [record.getMessage() for record in caplog.records]
    assert refused.startswith("refused POST '/slack'")
    assert refused.endswith("(signature_mismatch)")
    assert handshake.startswith("why: handshake_refused: It is a handshake: slack asks")
    assert "until then slack says that the URL did not answer" in handshake
    assert why.startswith("why: signature_mismatch: ")
    assert [record.__dict__["code"] for record in caplog.records[1:]] == [
        "handshake_refused",
        "signature_mismatch",
    ]
    for text in (SECRET, "another-app", "3eZbrw1aB1"):
        assert text not in caplog.text


@pytest.mark.anyio
async def test_no_handshake_that_is_answered_is_explained(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for case in CASES:
            await ask(receiving(case), as_sent(case))
    assert "why:" not in caplog.text
    assert "refused" not in caplog.text
