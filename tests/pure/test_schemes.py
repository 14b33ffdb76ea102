"""Every row signs what it verifies, and verifies nothing else.

Numbers such as `[15]` are cases of the attack catalogue that the project's reliability notes cite.
"""

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st
from itsdangerous.signer import HMACAlgorithm, NoneAlgorithm

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import (
    BadSignature,
    ConfigError,
    Malformed,
    MalformedSignature,
    MissingSignature,
    Rejected,
    StaleTimestamp,
)
from hookmw.place import Place
from hookmw.scheme import Draft, Scheme
from hookmw.scheme.algorithms import HMAC, SharedToken, algorithm
from hookmw.scheme.encodings import encoding
from hookmw.scheme.timestamps import parse_timestamp, timestamp_unit, write_timestamp
from hookmw.secret import Secrets
from tests.pure.rows import (
    BODY,
    FORM,
    MAC_ROWS,
    NOW,
    ROWS,
    TIMED_ROWS,
    TOKEN_ROWS,
    changed,
    check,
    draft_for,
    other_secret_of,
    proof_headers,
    scheme_of,
    secret_of,
    secrets_of,
    signature_text,
    signed,
    with_headers,
    with_signature,
)

every_row = pytest.mark.parametrize("name", ROWS)
every_mac = pytest.mark.parametrize("name", MAC_ROWS)
every_token = pytest.mark.parametrize("name", TOKEN_ROWS)
every_timed = pytest.mark.parametrize("name", TIMED_ROWS)


def refused(name: str, delivery: Delivery, secrets: Secrets | None = None) -> Rejected:
    """The refusal, which is always of the kind that a sender may cause."""
    with pytest.raises(Rejected) as caught:
        check(name, delivery, secrets)
    return caught.value


# what is genuine


@every_row
def test_what_it_signs_it_verifies(name: str) -> None:
    check(name, signed(name))


@every_row
def test_signing_is_deterministic_and_leaves_the_rest_alone(name: str) -> None:
    one, two = signed(name), signed(name)
    assert (one.headers, one.body, one.query_string) == (two.headers, two.body, two.query_string)
    if not Place.of(scheme_of(name).signature).in_body and name != "linear":
        assert one.body == BODY


@pytest.mark.parametrize("name", [name for name in MAC_ROWS if name != "linear"])  # signs JSON
@pytest.mark.parametrize("body", [b"{}", b'{"a":"\\u0000"}', b"{\xff\xfe\x00}", b"{" + b"x" * 9000])
def test_any_bytes_can_be_signed(name: str, body: bytes) -> None:
    check(name, signed(name, body))


@every_row
def test_verification_looks_only_once_but_judges_every_time(name: str) -> None:
    delivery = signed(name)
    check(name, delivery)
    check(name, delivery)
    with pytest.raises(BadSignature):
        check(name, delivery, Secrets(other_secret_of(name)))


def test_a_delivery_that_went_through_one_scheme_is_read_anew_by_another() -> None:
    delivery = signed("github")
    check("github", delivery)
    with pytest.raises(MissingSignature):
        scheme_of("slack").verify(delivery, secrets_of("slack"))


# secrets


@every_row
def test_wrong_secret(name: str) -> None:
    error = refused(name, signed(name), Secrets(other_secret_of(name)))
    assert type(error) is BadSignature


@every_mac
def test_8_mac_under_an_empty_key(name: str) -> None:
    mechanism, delivery = scheme_of(name)._mechanism, signed(name)
    content = scheme_of(name).signed_content(delivery)

    def text(key: bytes) -> bytes:
        return mechanism.encoding.encode(mechanism.algorithm.get_signature(key, content))

    right = signature_text(name, delivery)
    (key,) = secrets_of(name).keys(scheme_of(name).key)
    assert right.endswith(text(key))
    forged = with_signature(name, delivery, right.replace(text(key), text(b"")))
    assert type(refused(name, forged)) is BadSignature


@every_row
def test_rotation_takes_both_secrets_until_the_old_one_is_retired(name: str) -> None:
    old, new = secret_of(name), other_secret_of(name)
    check(name, signed(name, secret=old), Secrets([new, old]))
    check(name, signed(name, secret=new), Secrets([new, old]))
    refused(name, signed(name, secret=old), Secrets([new]))  # [41]


@pytest.mark.parametrize("name", ["stripe", "standard_webhooks"])
@pytest.mark.parametrize("first", [True, False])
def test_44_one_of_several_signatures_is_enough(name: str, *, first: bool) -> None:
    separator = scheme_of(name).separator.encode()
    delivery = signed(name)
    items = signature_text(name, delivery).split(separator)
    wrong = signature_text(name, signed(name, secret=other_secret_of(name))).split(separator)[-1]
    items.insert(len(items) - 1 if first else len(items), wrong)
    check(name, with_signature(name, delivery, separator.join(items)))


# the content


@every_mac
def test_15_every_byte_of_the_body_counts(name: str) -> None:
    delivery = signed(name)
    for at in range(len(delivery.body)):
        body = bytearray(delivery.body)
        body[at] ^= 1
        refused(name, changed(delivery, body=bytes(body)))


@every_mac
def test_14_16_another_body(name: str) -> None:
    delivery = signed(name)
    for body in (
        b'{"id":"x","type":"push"}',
        b"",
        delivery.body + b" ",
        b" " + delivery.body,
        json.dumps(json.loads(delivery.body)).encode(),
        delivery.body.replace("ë".encode(), b"\\u00eb"),
    ):
        assert body != delivery.body
        refused(name, changed(delivery, body=body))


@every_mac
def test_every_byte_of_every_signed_header_counts(name: str) -> None:
    delivery = signed(name)
    values = dict(delivery.headers)
    for header in proof_headers(name):
        for at in range(len(values[header])):
            value = bytearray(values[header])
            value[at] ^= 1
            if bytes(value).lower() == values[header]:
                continue  # the case of a hex digit, see [18]
            refused(name, with_headers(delivery, {header: bytes(value)}))


@every_row
def test_doubled_headers_are_refused_even_if_equal(name: str) -> None:
    delivery = signed(name)
    for header in proof_headers(name):
        value = dict(delivery.headers)[header]
        for twin in (value, b"x", b""):
            for headers in (
                (*delivery.headers, (header, twin)),
                ((header, twin), *delivery.headers),
            ):
                error = refused(name, changed(delivery, headers=headers))
                assert error.code == "header_doubled"


@every_row
def test_every_header_of_the_proof_is_needed(name: str) -> None:
    delivery = signed(name)
    for header in proof_headers(name):
        refused(name, with_headers(delivery, {header: None}))
        refused(name, with_headers(delivery, {header: b""}))


def test_42_dots_do_not_move_between_id_timestamp_and_body() -> None:
    now = str(int(NOW)).encode()
    delivery = signed("standard_webhooks", now + b".{}", at=NOW - 200)
    old = dict(delivery.headers)[b"webhook-timestamp"]
    moved = with_headers(delivery, {b"webhook-id": b"msg_1." + old, b"webhook-timestamp": now})
    error = refused("standard_webhooks", changed(moved, body=b"{}"))
    assert "comes after it" in error.reason
    # Without that rule both would sign the same bytes:
    assert b"msg_1." + old + b"." + now + b".{}" == scheme_of("standard_webhooks").signed_content(
        delivery
    )


def test_values_that_touch_do_not_move_into_each_other() -> None:
    """Twitch writes id, time and body without anything between.

    Somebody's stream title must not become the timestamp and the body of a replayed delivery.
    """
    name, later = "twitch", NOW + 86_400
    fresh = write_timestamp(later, "rfc3339").encode()
    delivery = signed(name, b'{"event":{"title":"a ' + fresh + b'{tail"}}')
    content = scheme_of(name).signed_content(delivery)
    cut = content.index(fresh)
    moved = with_headers(
        delivery,
        {
            b"twitch-eventsub-message-id": content[:cut],
            b"twitch-eventsub-message-timestamp": fresh,
        },
    )
    moved = changed(moved, body=content[cut + len(fresh) :], received_at=later)
    assert isinstance(refused(name, moved), MalformedSignature)


def test_a_separator_of_several_bytes_cannot_overlap() -> None:
    scheme = Scheme("header:x-s", content="{header:x-id}::{body}")
    draft = Draft(b":b", headers={"x-id": "a"})
    scheme.sign(draft, "secret", NOW)
    scheme.verify(draft.delivery(NOW), Secrets("secret"))
    moved = with_headers(changed(draft.delivery(NOW), body=b"b"), {b"x-id": b"a:"})
    with pytest.raises(MalformedSignature):
        scheme.verify(moved, Secrets("secret"))


def test_the_content_type_is_not_signed_so_it_chooses_nothing() -> None:
    """An old delivery, repeated as a form, finds a fresh timestamp in somebody's issue title."""
    later = NOW + 86_400
    text = f"a&webhookTimestamp={int(later)}000&type=Evil&b"
    delivery = signed("linear", json.dumps({"type": "Issue", "title": text}).encode())
    as_form = with_headers(delivery, {b"content-type": FORM})
    check("linear", as_form)
    assert provider("linear").event_type(as_form) == "Issue"
    error = refused("linear", changed(as_form, received_at=later))
    assert isinstance(error, StaleTimestamp)


# the signature


@every_row
def test_2_3_empty_is_missing(name: str) -> None:
    for text in (b"", b" \t ", b"\n", b" "):
        error = refused(name, with_signature(name, signed(name), text))
        assert isinstance(error, MissingSignature)


@every_mac
def test_4_5_6_7_cut_and_lengthened(name: str) -> None:
    delivery = signed(name)
    text = signature_text(name, delivery)
    prefix = scheme_of(name)._mechanism.forms[0].before
    start = text.rindex(prefix) + len(prefix) if prefix else 0
    digest = text[start:]
    for other in (b"", digest[:1], digest[:8], digest[:32], digest[:-1], digest + b"00"):
        error = refused(name, with_signature(name, delivery, text[:start] + other))
        assert isinstance(error, MalformedSignature | MissingSignature)


@every_mac
def test_a_signature_has_one_spelling(name: str) -> None:
    """[18] [24] [26] [35] [36] Nothing but the case of hex digits may differ."""
    delivery = signed(name)
    text = signature_text(name, delivery)
    last = bytes([text[-1] + 1]) if scheme_of(name).encoding == "hex" else b"="
    spellings = {
        text + b" ",
        b" " + text,
        text + b"\t",
        text + b"\n",
        text + b"\r\nX: y",
        text + b"\x00",
        text + b"=",
        text + b"==",
        text.rstrip(b"=") + (b"" if text.endswith(b"=") else b","),
        text[:-4] + b"!!!!" + text[-4:],
        text[:-4] + b" " + text[-4:],
        text[:-4] + b"\n" + text[-4:],
        b'"' + text + b'"',
        text.replace(b"=", b"%3D"),
        text.replace(b"=", b" = ", 1),
        text + last,
        text + b",",
        text + b";",
        text + b", " + text,
        text + b"," + text + b",",
        "é".encode() + text,
        text + "é".encode("latin-1"),
        text[:-1] + b"\xef\xbc\x90",
        text.translate(bytes.maketrans(b"+/", b"-_")) + b"\x0b",
        text.upper() if scheme_of(name).encoding == "base64" else text + b"x",
    } - {text}
    for spelling in spellings:
        refused(name, with_signature(name, delivery, spelling))


@pytest.mark.parametrize("name", ["shopify", "standard_webhooks", "x"])
def test_36_the_spare_bits_of_base64_are_zero(name: str) -> None:
    """32 bytes leave two bits of the last digit unused: four spellings, of which one is right."""
    delivery = signed(name)
    text = signature_text(name, delivery)
    assert text.endswith(b"=")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    others = [text[:-2] + bytes([digit]) + b"=" for digit in alphabet if digit != text[-2]]
    decoded = base64.b64decode(text[-44:])
    assert sum(base64.b64decode(other[-44:]) == decoded for other in others) == 3
    for other in others:
        refused(name, with_signature(name, delivery, other))


@pytest.mark.parametrize("name", [name for name in MAC_ROWS if scheme_of(name).encoding == "hex"])
def test_18_upper_case_hex_is_the_same_delivery(name: str) -> None:
    delivery = signed(name)
    text = signature_text(name, delivery)
    prefix = scheme_of(name)._mechanism.forms[0].before
    start = text.rindex(prefix) + len(prefix) if prefix else 0
    upper = with_signature(name, delivery, text[:start] + text[start:].upper())
    check(name, upper)
    scheme = scheme_of(name)
    assert scheme.signed_content(upper) == scheme.signed_content(delivery)
    if start:
        refused(name, with_signature(name, delivery, text.upper()))  # the prefix is no digit


def test_21_sha1_alone_is_no_sha256() -> None:
    mac = hmac.new(secret_of("github").encode(), BODY, "sha1").hexdigest()
    delivery = signed("github")
    for headers in (
        {b"x-hub-signature-256": None, b"x-hub-signature": f"sha1={mac}".encode()},
        {b"x-hub-signature-256": f"sha1={mac}".encode()},
        {b"x-hub-signature-256": f"sha256={mac}".encode()},
    ):
        assert isinstance(refused("github", with_headers(delivery, headers)), BadSignature)


@every_row
def test_27_header_names_that_are_not_ascii(name: str) -> None:
    delivery = signed(name)
    check(name, changed(delivery, headers=(*delivery.headers, (b"x-s\xefg\x00", b"\xff"))))


@every_row
def test_28_a_megabyte_of_signature(name: str) -> None:
    for text in (b"a" * 1_000_000, b"v1,a " * 200_000, b"v1=a," * 200_000, b"," * 1_000_000):
        error = refused(name, with_signature(name, signed(name), text))
        assert "longer" in error.reason


@every_mac
def test_31_joined_by_a_proxy(name: str) -> None:
    delivery = signed(name)
    good = signature_text(name, delivery)
    bad = signature_text(name, signed(name, secret=other_secret_of(name)))
    refused(name, with_signature(name, delivery, bad + b", " + good))
    refused(name, with_signature(name, delivery, good + b", " + bad))


@pytest.mark.parametrize(
    "text",
    [
        b"v1,",  # [5]
        b"v1,a,b",  # [33]
        b"v1,abc",  # [35]
        b"v1,!!!!",
        b"v1",
        b",",
        b"garbage",
        b"v1a," + base64.b64encode(bytes(64)),  # [38]
        b"v2," + base64.b64encode(bytes(32)),
        b"v1," + base64.b64encode(bytes(31)),
        b"v1," + base64.b64encode(bytes(33)),
        b"V1," + base64.b64encode(bytes(32)),
        b"v1," + base64.b64encode(bytes(32)) + b"  v1," + base64.b64encode(bytes(32)),
    ],
)
def test_standard_webhooks_that_are_none(text: bytes) -> None:
    delivery = with_signature("standard_webhooks", signed("standard_webhooks"), text)
    assert isinstance(refused("standard_webhooks", delivery), MalformedSignature)


def test_38_a_signature_under_another_label_is_none() -> None:
    delivery = signed("standard_webhooks")
    text = signature_text("standard_webhooks", delivery)
    for label in (b"v1a,", b"v2,", b"v0,", b"", b"v1.", b"v1=", b"v1, "):
        relabelled = with_signature("standard_webhooks", delivery, label + text[3:])
        refused("standard_webhooks", relabelled)


@pytest.mark.parametrize("name", ["stripe", "standard_webhooks"])
def test_other_versions_beside_it_are_ignored(name: str) -> None:
    separator = scheme_of(name).separator.encode()
    delivery = signed(name)
    text = signature_text(name, delivery)
    for other in (b"v0=" + b"a" * 64, b"v1a,AAAA", b"x", b"scheme=thing"):
        check(name, with_signature(name, delivery, text + separator + other))


@pytest.mark.parametrize("name", ["stripe", "standard_webhooks"])
def test_one_item_that_cannot_be_a_signature_spoils_the_list(name: str) -> None:
    separator, mark = scheme_of(name).separator.encode(), scheme_of(name)._mechanism.forms[0].before
    delivery = signed(name)
    text = signature_text(name, delivery)
    for other in (mark, mark + b"zz", mark + b"00", b"", b" x", b"x\t"):
        for spoiled in (text + separator + other, other + separator + text):
            error = refused(name, with_signature(name, delivery, spoiled))
            assert isinstance(error, MalformedSignature)


def stripe(*items: str) -> Delivery:
    return with_signature("stripe", signed("stripe"), ",".join(items).encode())


def stripe_mac(at: float) -> str:
    content = b"%d.%s" % (at, BODY)
    return hmac.new(secret_of("stripe").encode(), content, "sha256").hexdigest()


def test_43_stripe_v0_alone() -> None:
    right = stripe_mac(NOW)
    check("stripe", stripe(f"t={NOW:.0f}", f"v1={right}"))
    refused("stripe", stripe(f"t={NOW:.0f}", f"v0={right}"))
    refused("stripe", stripe(f"t={NOW:.0f}"))


def test_46_stripe_time_missing_or_twice() -> None:
    old = NOW - 9999
    fresh, stale = f"t={NOW:.0f}", f"t={old:.0f}"
    for items in (
        (f"v1={stripe_mac(NOW)}",),
        (fresh, stale, f"v1={stripe_mac(old)}"),
        (stale, fresh, f"v1={stripe_mac(old)}"),
        (stale, f"v1={stripe_mac(NOW)}", fresh),
        (fresh, fresh, f"v1={stripe_mac(NOW)}"),
        ("t=", f"v1={stripe_mac(NOW)}"),
        ("T=" + fresh[2:], f"v1={stripe_mac(NOW)}"),
    ):
        error = refused("stripe", stripe(*items))
        assert isinstance(error, MalformedSignature)


# shared tokens


@every_token
def test_48_49_a_token_is_exact(name: str) -> None:
    token = secret_of(name)
    for text in (token[:-1], token + "x", token.upper(), f"{token}é", f"{token} ", f" {token}"):
        error = refused(name, with_signature(name, signed(name), text.encode()))
        assert isinstance(error, BadSignature)
    refused(name, with_signature(name, signed(name), (token + "é").encode("latin-1")))


@every_token
@pytest.mark.parametrize("secret", ["pässword", "007", "1780000000", "a+b/c=&d%20", "☃"])
def test_any_token_can_be_sent(name: str, secret: str) -> None:
    check(name, signed(name, secret=secret), Secrets(secret))
    refused(name, signed(name, secret=secret), Secrets("x" + secret))


def test_a_token_of_any_bytes_fits_a_header() -> None:
    secret = b"\xff\xfe-token"
    check("telegram", signed("telegram", secret=secret), Secrets(secret))


def test_half_a_surrogate_pair_in_the_path_is_a_wrong_token() -> None:
    delivery = changed(signed("telegram_path"), path_params={"token": "\ud800\udcff"})
    assert type(refused("telegram_path", delivery)) is BadSignature


@every_row
def test_a_token_covers_nothing_and_a_mac_all(name: str) -> None:
    scheme, delivery = scheme_of(name), signed(name)
    covers = not scheme.covers_nothing
    assert scheme.covers(Place.of("body:id")) is covers
    assert scheme.covers(Place.of("key:!id")) is covers
    assert not scheme.covers(Place.of("header:x-unsigned"))
    assert delivery.body in scheme.signed_content(delivery)
    if not covers:
        assert scheme.signed_content(delivery) == delivery.body


# time


@every_timed
def test_the_timestamp_is_signed(name: str) -> None:
    """A row whose timestamp anybody may change would only seem to refuse replays."""
    scheme = scheme_of(name)
    assert "{timestamp}" in scheme.content or scheme.covers(Place.of(scheme.timestamp or ""))
    assert scheme.signed_at(signed(name)) == NOW


@every_timed
def test_61_the_edges_of_the_tolerance(name: str) -> None:
    tolerance = scheme_of(name).tolerance
    assert 0 < tolerance <= 600
    delivery = signed(name)
    for age in (0, 1, -1, tolerance, -tolerance):
        check(name, changed(delivery, received_at=NOW + age))
    for age, code in (
        (tolerance + 0.001, "timestamp_stale"),
        (86_400, "timestamp_stale"),
        (-tolerance - 0.001, "timestamp_future"),
        (-86_400, "timestamp_future"),
    ):
        error = refused(name, changed(delivery, received_at=NOW + age))
        assert isinstance(error, StaleTimestamp)
        assert error.code == code


@every_timed
def test_a_wrong_signature_is_not_told_about_the_time(name: str) -> None:
    delivery = signed(name, secret=other_secret_of(name), received_at=NOW + 86_400)
    assert type(refused(name, delivery)) is BadSignature


def test_69_the_refusal_says_by_how_much() -> None:
    late = refused("slack", changed(signed("slack"), received_at=NOW + 600))
    early = refused("slack", changed(signed("slack"), received_at=NOW - 600))
    assert "600 s old, tolerance 300 s" in late.reason
    assert "600 s in the future, tolerance 300 s" in early.reason


def hex_mac(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def slack_like(name: str, time: str, mac: str) -> Callable[[bytes], Delivery]:
    """Written out by hand, so that a timestamp of any text can be rightly signed."""

    def make(text: bytes) -> Delivery:
        digest = hex_mac(secret_of(name), b"v0:" + text + b":" + BODY)
        headers = ((time.encode(), text), (mac.encode(), b"v0=" + digest.encode()))
        return changed(signed(name), headers=headers)

    return make


def stripe_at(text: bytes) -> Delivery:
    digest = hex_mac(secret_of("stripe"), text + b"." + BODY)
    return with_signature("stripe", signed("stripe"), b"t=" + text + b",v1=" + digest.encode())


def standard_at(text: bytes) -> Delivery:
    key = base64.b64decode(secret_of("standard_webhooks").removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(key, b"msg_1." + text + b"." + BODY, "sha256"))
    delivery = with_signature("standard_webhooks", signed("standard_webhooks"), b"v1," + mac)
    return with_headers(delivery, {b"webhook-timestamp": text})


def twitch_at(text: bytes) -> Delivery:
    digest = hex_mac(secret_of("twitch"), b"msg_1" + text + BODY)
    headers = {
        b"twitch-eventsub-message-timestamp": text,
        b"twitch-eventsub-message-signature": b"sha256=" + digest.encode(),
    }
    return with_headers(signed("twitch"), headers)


def linear_at(text: bytes) -> Delivery:
    value = text if text.isdigit() else json.dumps(text.decode("latin-1")).encode()
    body = b'{"webhookTimestamp":' + value + b"}"
    headers = ((b"linear-signature", hex_mac(secret_of("linear"), body).encode()),)
    return changed(signed("linear"), headers=headers, body=body)


AT: dict[str, Callable[[bytes], Delivery]] = {
    "slack": slack_like("slack", "x-slack-request-timestamp", "x-slack-signature"),
    "zoom": slack_like("zoom", "x-zm-request-timestamp", "x-zm-signature"),
    "stripe": stripe_at,
    "standard_webhooks": standard_at,
    "twitch": twitch_at,
    "linear": linear_at,
}

DIGITS = str(int(NOW)).encode()

NO_TIMES = [
    *(b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"1e400", b"1e9"),  # [62]
    *(DIGITS + b".9", b"+" + DIGITS, b" " + DIGITS, DIGITS + b" "),  # [64]
    *(b"1_780_000_000", "١٧٨٠٠٠٠٠٠٠".encode(), b"\xef\xbc\x91\xef\xbc\x97"),
    *(DIGITS + b"\n", DIGITS + b"\x00", b"0x6a18f100", b"-1", b"9" * 400),
    *(b"9223372036854775808", b"18446744073709551616"),  # [66]
    *(b"", b"null", b"true", b"[]", b"{}", b"\xff\xfe", b"\xb2"),
    *(b"2026-05-28T20:26:40", b"2026-05-28", b"2026-13-45T99:99:99Z", b"0000-01-01T00:00:00Z"),
]


@every_timed
def test_the_hand_written_signers_are_right(name: str) -> None:
    unit = scheme_of(name).unit
    check(name, AT[name](write_timestamp(NOW, unit).encode()))


@every_timed
@pytest.mark.parametrize("text", NO_TIMES, ids=repr)
def test_62_64_66_a_rightly_signed_time_that_is_none(name: str, text: bytes) -> None:
    error = refused(name, AT[name](text))
    assert isinstance(error, BadSignature)
    assert not isinstance(error, StaleTimestamp)


@every_timed
def test_66_times_that_are_far_away(name: str) -> None:
    texts = {
        "s": (b"0", b"2147483648", DIGITS + b"00", b"999999999999"),
        "ms": (b"0", DIGITS, b"2147483648000", b"999999999999999"),
        "rfc3339": (b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59.999999999-23:59"),
    }
    for text in texts[scheme_of(name).unit]:
        assert isinstance(refused(name, AT[name](text)), StaleTimestamp)


@pytest.mark.parametrize("tolerance", [0, -1, None, math.nan, "300", -math.inf])
def test_68_a_tolerance_is_a_positive_number(tolerance: Any) -> None:
    with pytest.raises(ConfigError, match=r"math\.inf"):
        Scheme("header:s", timestamp="header:t", content="{timestamp}.{body}", tolerance=tolerance)


@pytest.mark.parametrize(
    ("timestamp", "content"),
    [("header:t", "{body}"), ("body:t", "{header:x}"), ("query:t", "{body}.")],
)
def test_a_timestamp_that_is_not_signed_is_refused(timestamp: str, content: str) -> None:
    with pytest.raises(ConfigError, match="does not contain the timestamp"):
        Scheme("header:s", timestamp=timestamp, content=content)


def test_68_no_tolerance_has_a_name_of_its_own() -> None:
    scheme = replace(scheme_of("slack"), tolerance=math.inf)
    scheme.verify(signed("slack", received_at=NOW + 1e9), secrets_of("slack"))


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("s", "1780000000", NOW),
        ("s", "0", 0.0),
        ("s", "1780000000000", None),
        ("ms", "1780000000123", NOW + 0.123),
        ("ms", "1780000000.5", None),
        ("rfc3339", "2026-05-28T20:26:40Z", NOW),
        ("rfc3339", "2026-05-28t20:26:40z", NOW),
        ("rfc3339", "2026-05-28T22:26:40.5+02:00", NOW + 0.5),
        ("rfc3339", "2026-05-28T20:26:40.123456789Z", NOW + 0.123456789),
        ("rfc3339", "2026-05-28T20:26:40.Z", None),
        ("rfc3339", "2026-05-28 20:26:40Z", None),
        ("rfc3339", "2026-05-28T20:26:60Z", None),
        ("rfc3339", "2026-05-28T20:26:40+99:99", None),
        ("rfc3339", "20260528T202640Z", None),
    ],
)
def test_reading_times(unit: str, text: str, seconds: float | None) -> None:
    assert parse_timestamp(text, unit) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("unit", ["s", "ms", "rfc3339"])
def test_written_times_are_read_again(unit: str) -> None:
    assert parse_timestamp(write_timestamp(NOW, unit), unit) == NOW
    assert timestamp_unit(unit) == unit


# precheck


@every_row
def test_precheck_needs_no_body(name: str) -> None:
    delivery = signed(name)
    unread = changed(delivery, body=None)
    scheme_of(name).precheck(unread)
    if not Place.of(scheme_of(name).signature).in_body:
        with pytest.raises(MissingSignature):
            scheme_of(name).precheck(with_signature(name, unread_copy(unread), b""))


def unread_copy(delivery: Delivery) -> Delivery:
    return Delivery(method="POST", path="/", headers=delivery.headers, received_at=NOW, body=b"")


@pytest.mark.parametrize("name", [name for name in TIMED_ROWS if name != "linear"])
def test_precheck_sees_a_malformed_time(name: str) -> None:
    delivery = AT[name](b"nan")
    with pytest.raises(MalformedSignature) as caught:
        scheme_of(name).precheck(changed(delivery, body=None))
    assert caught.value.code == "timestamp_malformed"


# the row itself


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"algorithm": "hmac-sha3"}, "known are ecdsa-sha1"),
        ({"encoding": "base32"}, "known are base64"),
        ({"form": "sha256="}, "must contain {signature}"),
        ({"unit": "minutes"}, "known are s, ms"),
        ({"key": "rot13"}, "known are base64"),
        ({"content": "{timestamp}.{body}"}, "'timestamp' is not a place"),
        ({"content": "{nowhere:x}"}, "is not a place"),
        ({"timestamp": "field:t"}, "needs a separator"),
        ({"timestamp": "t"}, "is not a place"),
        ({"signature": "x-signature"}, "is not a place"),
    ],
)
def test_a_row_that_cannot_work(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Scheme(**{"signature": "header:x-s", **row})


def test_check_secrets_says_what_a_key_must_be() -> None:
    scheme_of("standard_webhooks").check_secrets(secrets_of("standard_webhooks"))
    with pytest.raises(ConfigError, match="base64"):
        scheme_of("standard_webhooks").check_secrets(Secrets("not base64!"))


def test_an_algorithm_of_ones_own() -> None:
    scheme = Scheme("header:x-s", algorithm=HMACAlgorithm(hashlib.sha256), separator=",")
    draft = Draft(b"{}")
    scheme.sign(draft, "secret", NOW)
    assert draft.headers["x-s"] == hex_mac("secret", b"{}")
    for text in (draft.headers["x-s"], "00" * 32 + "," + draft.headers["x-s"]):
        delivery = with_headers(draft.delivery(NOW), {b"x-s": text.encode()})
        scheme.verify(delivery, Secrets(["new", "secret"]))
        with pytest.raises(BadSignature):
            scheme.verify(delivery, Secrets("other"))


def test_an_algorithm_that_signs_with_nothing_verifies_nothing() -> None:
    scheme = Scheme("header:x-s", algorithm=NoneAlgorithm(), form="sha256={signature}")
    delivery = Delivery(
        method="POST", path="/", headers=((b"x-s", b"sha256="),), body=b"", received_at=NOW
    )
    with pytest.raises(MalformedSignature):
        scheme.verify(delivery, Secrets("secret"))


def test_a_suffix_is_part_of_the_form() -> None:
    scheme = Scheme("header:x-s", form="<{signature}>")
    draft = Draft(b"{}")
    scheme.sign(draft, "secret", NOW)
    scheme.verify(draft.delivery(NOW), Secrets("secret"))
    for text in (draft.headers["x-s"][:-1], draft.headers["x-s"][1:], "<>", "<"):
        with pytest.raises(MalformedSignature):
            scheme.verify(
                with_headers(draft.delivery(NOW), {b"x-s": text.encode()}), Secrets("secret")
            )


def test_a_body_that_must_start_so() -> None:
    for body in (b"", b"abc", b" {}", b"[]"):
        assert isinstance(refused("x", signed("x", body)), MalformedSignature)


def test_places_of_other_kinds_can_be_signed() -> None:
    scheme = Scheme("header:x-s", content="{query:q}|{path:tenant}|{body:id}|{body}")
    draft = Draft(b'{"id":7}', path="/{tenant}")
    draft.put(Place.of("query:q"), "ä&b")
    draft.put(Place.of("path:tenant"), "acme")
    scheme.sign(draft, "secret", NOW)
    assert draft.path == "/acme"
    delivery = draft.delivery(NOW)
    assert scheme.signed_content(delivery) == 'ä&b|acme|7|{"id":7}'.encode()
    scheme.verify(delivery, Secrets("secret"))
    with pytest.raises(BadSignature):
        scheme.verify(changed(delivery, path_params={"tenant": "evil"}), Secrets("secret"))


def test_without_a_timestamp_there_is_no_time() -> None:
    assert scheme_of("github").signed_at(signed("github")) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"[1]", b'"x"', b"{", b'{"a":1}'])
def test_signing_inside_a_body_needs_an_object(body: bytes) -> None:
    draft = Draft(body)
    with pytest.raises(ConfigError, match="JSON object"):
        draft.put(Place.of("body:a.b"), "x")


def test_writing_into_a_body() -> None:
    draft = Draft(b'{"a":{"c":1}}')
    draft.put(Place.of("body:a.b"), "007")
    draft.put(Place.of("body:n.m"), 7)
    assert json.loads(draft.body) == {"a": {"c": 1, "b": "007"}, "n": {"m": 7}}


# algorithms and encodings


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha384", "sha512"])
def test_the_algorithms_are_the_standard_ones(name: str) -> None:
    made = algorithm(f"hmac-{name}")
    assert isinstance(made, HMAC)
    assert made.get_signature(b"key", b"value") == hmac.digest(b"key", b"value", name)
    assert made.digest_size == len(made.get_signature(b"", b""))
    assert isinstance(algorithm("token"), SharedToken)


@pytest.mark.parametrize("name", ["hex", "base64", "base64url"])
def test_encodings_read_what_they_write(name: str) -> None:
    code = encoding(name)
    for length in range(1, 40):
        raw = hashlib.sha512(bytes([length])).digest()[:length]
        assert code.decode(code.encode(raw)) == raw


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("base64url", b"-_8="),
        ("base64url", b"+/8"),
        ("base64url", b"-_9"),
        ("base64", b"-_8="),
        ("base64", b"+/8"),
        ("base64", b"+/9="),
        ("base64", b"+/8=\n"),
        ("hex", b"0"),
        ("hex", b"0x00"),
        ("hex", "0é".encode()),
        ("text", b""),
    ],
)
def test_encodings_read_nothing_else(name: str, text: bytes) -> None:
    with pytest.raises(ValueError):
        encoding(name).decode(text)


def test_base64url_is_unpadded() -> None:
    assert encoding("base64url").encode(b"\xfb\xff") == b"-_8"
    assert encoding("base64url").decode(b"-_8") == b"\xfb\xff"


def test_the_refusals_never_quote_the_sender() -> None:
    evil = b"<evil\x1b]0;x\x07>"
    for name in ROWS:
        delivery = signed(name)
        for header in proof_headers(name):
            for headers in (
                with_headers(delivery, {header: evil}).headers,
                (*delivery.headers, (header, evil)),
            ):
                assert "evil" not in str(refused(name, changed(delivery, headers=headers)))


def test_draft_defaults_to_json_and_utc() -> None:
    draft = draft_for("twitch")
    scheme_of("twitch").sign(draft, secret_of("twitch"), NOW)
    written = draft.headers["twitch-eventsub-message-timestamp"]
    assert datetime.fromisoformat(written) == datetime.fromtimestamp(NOW, UTC)
    assert draft.headers["content-type"] == "application/json"


def test_malformed_is_not_a_matter_of_signature() -> None:
    """A doubled header is the fault of the request, whoever sends it."""
    delivery = signed("github")
    twice = changed(delivery, headers=(*delivery.headers, *delivery.headers))
    assert isinstance(refused("github", twice), Malformed)


# the MAC


@given(key=st.binary(max_size=200), content=st.binary(max_size=300))
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha384", "sha512"])
def test_the_mac_is_that_of_the_standard_library(digest: str, key: bytes, content: bytes) -> None:
    made = algorithm(f"hmac-{digest}").get_signature(key, content)
    assert made == hmac.digest(key, content, digest)
