"""What is particular about one row: a second header, a digest of ours, a key of another account."""

import base64
import hashlib
import json
from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, StaleTimestamp
from hookmw.scheme import Scheme
from hookmw.scheme.algorithms import algorithm
from hookmw.secret import Secrets, key_decoder
from hookmw.testing import sign
from tests.catalog.hands import SYMMETRIC, hand
from tests.catalog.sending import NOW, changed, received, secrets_of, signed


def check(name: str, delivery: Delivery, secret: str | None = None) -> None:
    scheme: Any = provider(name).scheme
    assert isinstance(scheme, Scheme)
    scheme.precheck(delivery)
    scheme.verify(delivery, secrets_of(hand(name)) if secret is None else Secrets(secret))


def with_headers(delivery: Delivery, new: dict[bytes, bytes | None], **parts: Any) -> Delivery:
    kept = [(key, value) for key, value in delivery.headers if key not in new]
    added = [(key, value) for key, value in new.items() if value is not None]
    return changed(delivery, headers=(*kept, *added), **parts)


# more than one signature


def test_hookdecks_second_header_counts_while_the_secret_rotates() -> None:
    delivery = received("hookdeck")
    other = received("hookdeck", signed("hookdeck", hand("hookdeck", 1)))
    first = b"x-hookdeck-signature"
    headers = {first: dict(other.headers)[first], first + b"-2": dict(delivery.headers)[first]}
    check("hookdeck", with_headers(delivery, dict(headers)))
    with pytest.raises(BadSignature):
        check("hookdeck", other)


@pytest.mark.parametrize("number", range(1, 11))
def test_any_of_docusigns_headers_may_match(number: int) -> None:
    delivery = received("docusign")
    text = dict(delivery.headers)[b"x-docusign-signature-1"]
    wrong = base64.b64encode(bytes(32)) if number > 1 else None
    here = f"x-docusign-signature-{number}".encode()
    check("docusign", with_headers(delivery, {b"x-docusign-signature-1": wrong, here: text}))


def test_plivo_signs_for_account_and_subaccount() -> None:
    delivery, header = received("plivo"), b"x-plivo-signature-v3"
    both = base64.b64encode(bytes(32)) + b"," + dict(delivery.headers)[header]
    check("plivo", with_headers(delivery, {header: both}))


def test_mailgun_signs_with_the_key_of_the_parent_account() -> None:
    body = json.loads(received("mailgun").body)
    said = body["signature"]
    body["signature"] = said | {"parent-signature": said["signature"], "signature": "00" * 32}
    check("mailgun", changed(received("mailgun"), body=json.dumps(body).encode()))


def test_hub_signatures_are_not_weakened() -> None:
    weak, secret = received("websub_sha1"), hand("websub_sha1").secret
    for name in ("websub", "jira", "bitbucket", "confluence"):
        with pytest.raises(BadSignature):
            check(name, weak, secret)


# what else is signed, or is not


def test_favros_body_is_not_signed_but_its_id_is() -> None:
    body = b'{"payloadId":"evt_81231","forged":1}'
    delivery = changed(received("favro"), body=body)
    check("favro", delivery)
    assert provider("favro").event_id(delivery) == ("evt_81231", True)
    with pytest.raises(BadSignature):
        check("favro", changed(delivery, body=body.replace(b"evt_", b"evil")))


@pytest.mark.parametrize("change", [b"x-request-id", b"query"])
def test_mercado_pago_signs_what_names_the_resource(change: bytes) -> None:
    delivery = received("mercado_pago")
    headers = {} if change == b"query" else {change: b"other"}
    query = b"data.id=124" if change == b"query" else delivery.query_string
    with pytest.raises(BadSignature):
        check("mercado_pago", with_headers(delivery, dict(headers), query_string=query))


def test_integrated_finance_computes_the_digest_itself() -> None:
    """Whatever the header says: a captured one does not make another body genuine."""
    delivery = received("integrated_finance")
    digest = base64.b64encode(hashlib.sha512(delivery.body).digest())
    check("integrated_finance", with_headers(delivery, {b"x-webhook-content-digest": digest}))
    forged = with_headers(delivery, {b"x-webhook-content-digest": digest}, body=b"{}")
    with pytest.raises(BadSignature):
        check("integrated_finance", forged)


@pytest.mark.parametrize("name", [b"x-turnkey-event-id", b"x-turnkey-signature-key-id"])
def test_turnkeys_key_and_event_are_signed(name: bytes) -> None:
    with pytest.raises(BadSignature):
        check("turnkey", with_headers(received("turnkey"), {name: b"other"}))


def test_an_app_key_of_tiktok_holds_no_body() -> None:
    delivery = received("tiktok_shop")
    query, body = delivery.query_string + b"%7B", delivery.body[1:]
    for parts in ({"query_string": query, "body": body}, {"query_string": b""}):
        with pytest.raises(BadSignature):
            check("tiktok_shop", changed(delivery, **parts))


def test_hygraph_signs_what_is_no_ascii_as_it_is_and_refuses_what_is_no_text() -> None:
    for body in (b"\xff", b'{"a":"\xed\xa0\x80"}'):
        with pytest.raises(BadSignature):
            check("hygraph", changed(received("hygraph"), body=body))


def test_plains_time_stands_in_the_body() -> None:
    request = signed("plain")
    assert b'"webhookDeliveryAttemptTimestamp":"2026-05-28T20:26:40.000Z"' in request.body
    with pytest.raises(StaleTimestamp):
        check("plain", received("plain", request, NOW + 301))


def test_a_time_that_is_not_signed_is_still_read() -> None:
    assert provider("signable").event_timestamp(received("signable")) == NOW


def test_bad_signatures_get_the_status_that_gocardless_asks_for() -> None:
    assert provider("gocardless").refusals == {401: 498}


def test_web_pubsub_signs_the_connection_and_nothing_else() -> None:
    delivery, name = received("azure_web_pubsub"), "azure_web_pubsub"
    check(name, changed(delivery, body=b"another"))
    both = b"sha256=" + b"0" * 64 + b"," + dict(delivery.headers)[b"ce-signature"]
    check(name, with_headers(delivery, {b"ce-signature": both}))
    with pytest.raises(BadSignature):
        check(name, with_headers(delivery, {b"ce-connectionid": b"another"}))


def test_wrikes_bodies_are_arrays() -> None:
    """Else the answer to its handshake, an HMAC of any word, would sign that word as a body."""
    delivery = sign("wrike", {"a": 1}, hand("wrike").signs, at=NOW).delivery(NOW)
    with pytest.raises(BadSignature, match="does not start"):
        check("wrike", delivery)


# how secrets become keys


def test_a_supabase_secret_is_taken_whole_or_without_its_version() -> None:
    delivery, whole = received("supabase_auth_hooks"), hand("supabase_auth_hooks").secret
    assert whole is not None
    check("supabase_auth_hooks", delivery, whole.removeprefix("v1,"))
    with pytest.raises(ConfigError):
        check("standard_webhooks", delivery, whole)


def test_the_answer_that_qq_publishes() -> None:
    key = key_decoder("repeat32_seed")(b"DG5g3B4j9X2KOErG")
    signature = bytes.fromhex(
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
        "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    )
    content = b"1725442341Arq0D5A61EgUu4OxUvOp"
    assert algorithm("ed25519").verify_signature(key, content, signature)
    assert algorithm("ed25519").get_signature(key, content) == signature


def test_the_signature_over_qqs_token_is_none_of_an_event() -> None:
    """Else whoever has us answer the check of the URL could sign what he likes."""
    secret, scheme = SYMMETRIC["repeat32_seed"][0], provider("qq_bot").scheme
    assert isinstance(scheme, Scheme)
    assert scheme.algorithm == "ed25519"
    key = key_decoder("repeat32_seed")(secret.encode())
    signature = algorithm("ed25519").get_signature(key, b'1780000000{"op":0}').hex()
    headers = ("x-signature-ed25519", signature), ("x-signature-timestamp", "178000000")
    delivery = Delivery(
        method="POST",
        path="/in",
        headers=tuple((name.encode(), value.encode()) for name, value in headers),
        body=b'0{"op":0}',
        received_at=178000000.0,
    )
    with pytest.raises(BadSignature):
        check("qq_bot", delivery, secret)


def test_secrets_in_form_nfkd() -> None:
    decode = key_decoder("nfkd_utf8")
    assert decode("\u212bn".encode()) == decode("A\u030an".encode()) == "A\u030an".encode()
    with pytest.raises(ConfigError, match="UTF-8"):
        decode(b"\xff\xfe")


def test_secrets_with_and_without_whsec() -> None:
    decode = key_decoder("whsec_or_utf8")
    assert decode(b"whsec_MDEy") == b"012"
    assert decode(b"MDEy") == b"MDEy"
    with pytest.raises(ConfigError, match="base64"):
        decode(b"whsec_!")
