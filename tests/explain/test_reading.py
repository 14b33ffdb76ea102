"""What the refusal itself says."""

import pytest

from hookmw.explain import explain
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.verifiers import Unverified
from tests.explain.broken import (
    AT,
    changed,
    codes,
    explained,
    signed,
    value,
    with_header,
    without,
)


@pytest.mark.parametrize("name", ["github", "stripe", "slack", "standard_webhooks", "telegram"])
def test_what_verifies_has_no_findings(name: str) -> None:
    explanation = explained(signed(name), name)
    assert (explanation.verified, explanation.findings, explanation.cause) == (True, (), None)


def test_what_is_unverified_verifies() -> None:
    assert explain(signed(), Provider("any", scheme=Unverified()), Secrets("any")).verified


def test_no_header_at_all() -> None:
    explanation = explained(without(signed(), "x-hub-signature-256"))
    assert codes(explanation) == ["signature_missing"]
    assert "no header looks like one" in explanation.findings[0].sentence


def test_another_header_that_looks_like_a_signature() -> None:
    delivery = with_header(without(signed(), "x-hub-signature-256"), "x-my-hmac", "abcdef")
    sentence = explained(delivery).findings[0].sentence
    assert "headers like a signature are x-my-hmac" in sentence


def test_a_github_delivery_at_a_stripe_endpoint() -> None:
    explanation = explained(signed("github"), "stripe", "whsec_another")
    assert codes(explanation) == ["signature_missing", "wrong_provider"]
    assert "github" in explanation.findings[1].sentence


def test_a_stripe_delivery_at_a_github_endpoint() -> None:
    explanation = explained(signed("stripe"), "github", "another")
    assert codes(explanation) == ["signature_missing", "wrong_provider"]
    assert "stripe" in explanation.findings[1].sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sha256=" + "0" * 40, "has 20 bytes, the size of SHA-1, which hmac-sha256 has not"),
        ("sha256=zz", "2 characters are not hex"),
        ("sha256:" + "0" * 64, "Nothing at header:x-hub-signature-256 is written as"),
        ("x" * 9000, "is written as 'sha256={signature}'"),
    ],
)
def test_malformed_says_which_part(text: str, words: str) -> None:
    explanation = explained(with_header(signed(), "x-hub-signature-256", text))
    assert codes(explanation) == ["signature_malformed"]
    assert words in explanation.findings[0].sentence


def test_a_malformed_signature_in_base64_is_recognised() -> None:
    text = "sha256=qL9h8Jf0hQ5p2l0G3e9r1sJ4v5w6x7y8z9A0B1C2D3E="
    explanation = explained(with_header(signed(), "x-hub-signature-256", text))
    assert "could be base64" in explanation.findings[0].sentence


def test_a_doubled_header() -> None:
    delivery = signed()
    doubled = changed(delivery, headers=(*delivery.headers, *delivery.headers))
    assert codes(explained(doubled)) == ["header_doubled"]


def test_a_wrong_secret_is_no_more_than_that() -> None:
    explanation = explained(signed(), "github", "a-wrong-one", "another-wrong-one")
    assert codes(explanation) == ["signature_mismatch"]
    assert "any of the 2 secrets" in explanation.findings[0].sentence


def test_an_empty_body_is_pointed_out() -> None:
    assert codes(explained(changed(signed(), body=b""))) == ["signature_mismatch", "body_empty"]


def test_a_secret_that_cannot_be_a_key() -> None:
    explanation = explained(signed("standard_webhooks"), "standard_webhooks", "not base64!")
    assert codes(explanation) == ["secret_form"]
    assert "must be base64" in explanation.findings[0].sentence


@pytest.mark.parametrize(
    ("late", "code", "words"),
    [
        (400, "timestamp_stale", "400 s old; the tolerance is 300 s"),
        (90_000 * 3, "timestamp_stale", "3 days (270000 s) old"),
        (-400, "timestamp_future", "400 s in the future"),
    ],
)
def test_stale_and_future_say_by_how_much(late: float, code: str, words: str) -> None:
    explanation = explained(changed(signed("stripe"), received_at=AT + late), "stripe")
    assert codes(explanation) == [code]
    assert words in explanation.findings[0].sentence
    assert "NTP" in explanation.findings[0].remedy


def test_hours_look_like_a_time_zone() -> None:
    delivery = changed(signed("slack"), received_at=AT - 7200)
    assert codes(explained(delivery, "slack")) == ["timestamp_future", "timestamp_zone"]


def test_milliseconds_where_seconds_are_due() -> None:
    in_ms = Scheme("header:x-s", timestamp="header:x-t", unit="ms", content="{timestamp}.{body}")
    in_s = Scheme("header:x-s", timestamp="header:x-t", content="{timestamp}.{body}")
    assert codes(explained(signed(in_ms), in_s)) == ["timestamp_malformed", "timestamp_unit"]
    assert codes(explained(signed(in_s), in_ms)) == ["timestamp_stale", "timestamp_unit"]


def test_no_time_at_all() -> None:
    delivery = with_header(signed("slack"), "x-slack-request-timestamp", "yesterday")
    assert codes(explained(delivery, "slack")) == ["timestamp_malformed"]


def test_a_list_with_blanks() -> None:
    delivery = signed("stripe")
    spaced = value(delivery, "stripe-signature").replace(",", ", ")
    explanation = explained(with_header(delivery, "stripe-signature", spaced), "stripe")
    assert codes(explanation) == ["signature_malformed", "signature_spaced"]
    assert "blanks" in explanation.findings[0].sentence
