"""Why the verifiers that are no rows refuse: each reason by its name, with a remedy."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import KeyUnavailable
from hookmw.explain import Explanation, explain
from hookmw.provider import Provider
from hookmw.secret import Secrets
from hookmw.testing import handshake
from tests.catalog.hands import certificate, hand, private_key
from tests.catalog.sending import (
    NAMES,
    NOW,
    Serving,
    bound,
    changed,
    is_timed,
    proof_places,
    received,
    secrets_of,
    signed,
)

OF_NO_ROW = [name for name in NAMES if not hasattr(provider(name).scheme, "content")]


def codes(explanation: Explanation) -> list[str]:
    return [finding.code for finding in explanation.findings]


def explained(
    name: str, delivery: Delivery, row: Provider | None = None, number: int = 0
) -> Explanation:
    return explain(delivery, row or bound(name, hand(name)), secrets_of(hand(name, number)))


def serving(name: str, *answers: bytes) -> Provider:
    scheme: Any = provider(name).scheme
    return replace(provider(name), scheme=scheme.with_fetch(Serving(*answers)))


@pytest.mark.parametrize("name", OF_NO_ROW)
def test_a_genuine_one_verifies(name: str) -> None:
    assert explained(name, received(name)).verified


@pytest.mark.parametrize("name", OF_NO_ROW)
def test_every_finding_has_a_remedy_and_a_sentence(name: str) -> None:
    delivery = received(name)
    spoilt = (
        changed(delivery, headers=()),
        changed(delivery, body=b""),
        changed(delivery, received_at=NOW + 1e8),
        received(name, signed(name, hand(name, 1))),
    )
    for each in spoilt:
        explanation = explained(name, each)
        assert explanation.verified or explanation.findings
        for finding in explanation.findings:
            assert finding.code not in {"verifier_failed", "secret_form"}
            assert finding.sentence.endswith(".")
            assert finding.remedy.endswith(".")
            assert "documentation" not in finding.remedy


@pytest.mark.parametrize("name", NAMES)
def test_no_row_tells_a_secret_or_a_signature(name: str) -> None:
    delivery = received(name)
    first = proof_places(name)[0]
    proof = first.read(delivery) or ""
    for each, number in ((delivery, 1), (changed(delivery, body=delivery.body + b"\n"), 0)):
        said = repr(explained(name, each, number=number))
        for secret in (hand(name, number).secret, hand(name).signs, hand(name, 1).signs):
            assert secret is None or secret not in said
        assert len(proof) < 16 or proof[-16:] not in said
        assert len(proof) < 40 or proof[12:32] not in said


# one reason after the other


@pytest.mark.parametrize("name", ["plaid", "truelayer"])
def test_a_key_of_another_name(name: str) -> None:
    row = serving(name, hand(name, 1).served)
    explanation = explained(name, received(name), row)
    assert codes(explanation) == ["key_unknown"]
    assert "sandbox" in explanation.findings[0].remedy


@pytest.mark.parametrize("name", ["plaid", "truelayer", "aws_sns", "paypal"])
def test_nothing_is_fetched_unless_somebody_lets_it(name: str) -> None:
    explanation = explained(name, received(name), provider(name))
    assert codes(explanation) == ["key_unfetched"]
    assert "the network" in explanation.findings[0].remedy or "a network" in str(explanation)


async def down(*_: object, **__: object) -> bytes:
    raise KeyUnavailable("the key could not be fetched")


@pytest.mark.parametrize("name", ["plaid", "truelayer", "aws_sns", "paypal"])
def test_the_keys_cannot_be_had(name: str) -> None:
    scheme: Any = provider(name).scheme
    row = replace(provider(name), scheme=scheme.with_fetch(down))
    assert codes(explained(name, received(name), row)) == ["key_unavailable"]


def test_another_issuer() -> None:
    scheme: Any = provider("qstash").scheme
    other = replace(provider("qstash"), scheme=replace(scheme, claims={"iss": "Somebody"}))
    explanation = explained("qstash", received("qstash"), other)
    assert codes(explanation) == ["claim_refused"]
    assert "iss is not 'Somebody'" in explanation.findings[0].sentence


def test_another_audience() -> None:
    scheme: Any = provider("vonage").scheme
    row = replace(provider("vonage"), scheme=replace(scheme, claims={"aud": "me"}))
    assert codes(explained("vonage", received("vonage"), row)) == ["claim_refused"]


@pytest.mark.parametrize("name", [name for name in OF_NO_ROW if is_timed(name)])
@pytest.mark.parametrize("late", [9e7, -9e7], ids=["old", "early"])
def test_the_time(name: str, late: float) -> None:
    found = codes(explained(name, changed(received(name), received_at=NOW + late)))
    assert found[0] in {"timestamp_stale", "timestamp_future", "certificate_refused"}
    assert len(found) == 1


def test_an_address_that_is_not_pinned() -> None:
    body = json.loads(received("aws_sns").body)
    body["SigningCertURL"] = "https://evil.test/SimpleNotificationService-0.pem"
    row = bound("aws_sns", hand("aws_sns"))
    delivery = changed(received("aws_sns"), body=json.dumps(body).encode())
    assert codes(explained("aws_sns", delivery, row)) == ["url_not_pinned"]
    scheme: Any = row.scheme
    assert scheme.fetch.asked == []


def test_a_topic_of_somebody_else() -> None:
    assert codes(explained("aws_sns", received("aws_sns"), number=1)) == ["topic_refused"]


def test_a_certificate_that_has_expired() -> None:
    old = certificate("sns.amazonaws.com", private_key("rsa"), days=(-9000, -8000))
    explanation = explained("aws_sns", received("aws_sns"), serving("aws_sns", old))
    assert codes(explanation) == ["certificate_refused"]
    assert "expired" in explanation.findings[0].sentence


def test_the_token_says_another_algorithm() -> None:
    delivery = received("messagebird")
    scheme: Any = provider("messagebird").scheme
    row = replace(provider("messagebird"), scheme=replace(scheme, algorithms="HS512"))
    assert codes(explained("messagebird", delivery, row)) == ["algorithm_refused"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *[(name, "hash_differs") for name in ("vonage", "qstash", "plaid", "netlify")],
        *[(name, "signature_mismatch") for name in ("contentful", "saleor", "truelayer", "paypal")],
        ("http_message_signatures", "signature_mismatch"),
    ],
)
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda body: body + b"\n", "body_newline"),
        (lambda body: json.dumps(json.loads(body), ensure_ascii=True).encode(), "json_reencoded"),
        (lambda body: body.decode().encode("utf-8-sig"), "body_bom"),
    ],
)
def test_another_body(name: str, reason: str, change: Any, cause: str) -> None:
    delivery = changed(received(name), body=change(received(name).body))
    assert codes(explained(name, delivery)) == [reason, cause]


@pytest.mark.parametrize("name", ["vonage", "contentful", "http_message_signatures", "livekit"])
def test_another_secret(name: str) -> None:
    assert codes(explained(name, received(name), number=1))[0] == "signature_mismatch"
    mine = secrets_of(hand(name))
    others = [("billing", provider("github"), mine)]
    wrong = secrets_of(hand(name, 1))
    explanation = explain(received(name), provider(name), wrong, others=others)
    assert codes(explanation) == ["signature_mismatch", "other_secret"]


def test_a_secret_with_quotes() -> None:
    delivery = received("vonage", signed("vonage", replace(hand("vonage"), signs='"abc-abc-abc"')))
    secrets = secrets_of(replace(hand("vonage"), secret="abc-abc-abc"))
    explanation = explain(delivery, provider("vonage"), secrets)
    assert codes(explanation) == ["signature_mismatch", "secret_quoted"]


def test_a_key_of_another_app_under_a_token_that_is_right() -> None:
    """What the hash cannot tell: it is the token's alone."""
    token, _, owner = str(hand("wecom").secret).split(":")
    _, key, _ = str(hand("wecom", 1).secret).split(":")
    for secret in (f"{token}:{key}:{owner}", str(hand("wecom").secret) + "x"):
        explanation = explain(received("wecom"), provider("wecom"), Secrets(secret))
        assert codes(explanation) == ["envelope_refused"]
        assert "key of 43 characters" in explanation.findings[0].remedy


def test_what_is_not_in_an_envelope() -> None:
    delivery = changed(received("wecom"), body=b"<xml><Content>plain</Content></xml>")
    assert codes(explained("wecom", delivery)) == ["envelope_missing"]


def test_a_handshake_in_an_envelope_that_nobody_signed() -> None:
    request = handshake("lark", hand("lark").signs, verify_token="told")
    explanation = explain(request.delivery(NOW), provider("lark"), secrets_of(hand("lark")))
    assert codes(explanation) == ["handshake_unsigned"]
    assert codes(explained("lark", request.delivery(NOW), number=1))[0] == "signature_missing"


@pytest.mark.parametrize("name", ["http_message_signatures", "contentful", "messagebird"])
def test_another_url(name: str) -> None:
    delivery = changed(received(name), path="/hook/")
    assert codes(explained(name, delivery))[-1] == "url_differs"


def test_the_header_of_another_provider() -> None:
    explanation = explained("vonage", received("github"))
    assert codes(explanation) == ["signature_missing", "wrong_provider"]
    assert "github" in str(explanation)


@pytest.mark.parametrize("name", ["plaid", "fusionauth", "saleor"])
def test_no_secret_is_shown_at_a_door_that_is_not_its_own(name: str) -> None:
    """Plaid's is a part of the question; a guess would show it somebody else's."""
    asked: list[tuple[str, bytes | None]] = []

    async def fetch(url: str, body: bytes | None = None, *, fresh: bool = False) -> bytes:
        asked.append((url, body))
        return hand("plaid", 1).served

    scheme: Any = provider(name).scheme
    row = replace(provider(name), scheme=scheme.with_fetch(fetch))
    others = [("other", provider("github"), Secrets(["a:b-c-d", "https://evil.test/"]))]
    ours = Secrets("client:secret" if name == "plaid" else "https://keys.example.com/")
    explanation = explain(received(name), row, ours, others=others)
    assert codes(explanation) == ["key_unknown"]
    assert {url for url, _ in asked} <= {scheme.keys or "https://keys.example.com/"}
    assert all(b"a:b" not in (body or b"") and b"b-c-d" not in (body or b"") for _, body in asked)
    assert len(asked) <= 2
