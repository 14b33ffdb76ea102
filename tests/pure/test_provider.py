"""A provider: where an event's id, type and time stand, and whether the signature covers them."""

from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Malformed
from hookmw.provider import MAX_ID, MAX_TYPE, Provider
from hookmw.scheme import Scheme
from hookmw.verifiers import Unverified, Verifier
from tests.pure.rows import BODY, FORM, NOW, changed, signed, with_headers

MAC = Scheme("header:x-s")
TOKEN = Scheme("header:x-s", algorithm="token", encoding="text")


def sender(scheme: Verifier = MAC, **row: Any) -> Provider:
    return Provider("sender", scheme=scheme, **row)


def delivery(body: bytes = b"{}", **headers: str) -> Delivery:
    pairs = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    return Delivery(
        method="POST",
        path="/",
        headers=tuple(pairs),
        body=body,
        received_at=NOW,
    )


# types


@pytest.mark.parametrize(
    ("grammar", "body", "headers", "found"),
    [
        ("body:type", b'{"type":"a.b"}', {}, "a.b"),
        ("body:type", b"{}", {}, ""),
        ("body:type", b'{"type":7}', {}, "7"),
        ("body:type", b'{"type":["a"]}', {}, ""),
        ("body:type", b"garbage", {}, ""),
        ("header:x-t body:action?", b'{"action":"opened"}', {"x_t": "issue"}, "issue.opened"),
        ("header:x-t body:action?", b"{}", {"x_t": "push"}, "push"),
        ("header:x-t body:action?", b'{"action":""}', {"x_t": "push"}, "push"),
        ("header:x-t body:action?", b'{"action":"opened"}', {}, ""),
        ("header:x-t? body:action?", b'{"action":"opened"}', {}, "opened"),
        ("header:x-t? body:action?", b"{}", {}, ""),
        ("header:x-t body:action", b"{}", {"x_t": "push"}, ""),
        ("body:a | body:b", b'{"b":"second"}', {}, "second"),
        ("body:a | body:b", b'{"a":"first","b":"second"}', {}, "first"),
        ("body:a body:b | header:x-t", b'{"a":"half"}', {"x_t": "other"}, "other"),
        ("body:a|body:b", b'{"b":"tight"}', {}, "tight"),
        (" | body:b | ", b'{"b":"x"}', {}, "x"),
        ("", b'{"type":"x"}', {}, ""),
        ("key:!id", b'{"id":1,"message":{}}', {}, "message"),
    ],
)
def test_the_grammar_of_types(
    grammar: str, body: bytes, headers: dict[str, str], found: str
) -> None:
    assert sender(type=grammar).event_type(delivery(body, **headers)) == found


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\x1b[31m", "a\x7f", "\u2028", "a\u202eb"])
def test_108_a_type_holds_no_control_characters(text: str) -> None:
    body = ('{"type":"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}').encode()
    assert sender().event_type(delivery(body)) == ""
    assert sender(id="body:type").event_id(delivery(body)) == (None, False)


@pytest.mark.parametrize("text", ["*", "user.*", "__class__", "../../x", "Push Hook", "é", "a/b"])
def test_109_a_type_may_look_like_anything_else(text: str) -> None:
    body = f'{{"type":"{text}"}}'.encode()
    assert sender().event_type(delivery(body)) == text


def test_108_types_are_short() -> None:
    for length, found in ((MAX_TYPE, "t" * MAX_TYPE), (MAX_TYPE + 1, "")):
        assert sender().event_type(delivery(b'{"type":"%b"}' % (b"t" * length))) == found


def test_a_type_in_two_headers_is_no_type() -> None:
    twice = changed(delivery(), headers=((b"x-t", b"a"), (b"x-t", b"b")))
    with pytest.raises(Malformed):
        sender(type="header:x-t").event_type(twice)


# ids


@pytest.mark.parametrize(
    ("places", "body", "headers", "found"),
    [
        ("", b'{"id":"1"}', {}, (None, False)),
        ("body:id", b'{"id":"1"}', {}, ("1", True)),
        ("body:id", b'{"id":1}', {}, ("1", True)),
        ("body:id", b'{"id":""}', {}, (None, False)),
        ("body:id", b'{"id":null}', {}, (None, False)),
        ("body:id", b"garbage", {}, (None, False)),
        ("header:x-id", b"{}", {"x_id": "h"}, ("h", False)),
        ("header:x-id", b"{}", {"x_id": ""}, (None, False)),
        ("header:x-id | body:id", b'{"id":"b"}', {"x_id": "h"}, ("h", False)),
        ("header:x-id | body:id", b'{"id":"b"}', {"x_id": ""}, ("b", True)),
        ("header:x-id | body:id", b'{"id":"b"}', {"x_id": "a\0"}, ("b", True)),
    ],
)
def test_ids(
    places: str, body: bytes, headers: dict[str, str], found: tuple[str | None, bool]
) -> None:
    assert sender(id=places).event_id(delivery(body, **headers)) == found
    unproved = (found[0], False)
    assert sender(TOKEN, id=places).event_id(delivery(body, **headers)) == unproved
    assert sender(Unverified(), id=places).event_id(delivery(body, **headers)) == unproved


def test_ids_are_of_some_length() -> None:
    for length, found in ((MAX_ID, True), (MAX_ID + 1, False)):
        body = b'{"id":"%b"}' % (b"i" * length)
        assert sender(id="body:id").event_id(delivery(body))[1] is found


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        *(("stripe", True), ("standard_webhooks", True), ("twitch", True), ("slack", True)),
        *(("protocol", True), ("github", False), ("shopify", False), ("linear", False)),
        *(("telegram", False), ("telegram_path", False), ("gitlab", False)),
    ],
)
def test_which_ids_the_signature_covers(name: str, covered: bool) -> None:  # noqa: FBT001
    body = b'{"id":"evt_1","event_id":"evt_1","update_id":"evt_1"}'
    headers = dict.fromkeys(
        (b"x-github-delivery", b"x-shopify-webhook-id", b"linear-delivery"), b"evt_1"
    )
    there = with_headers(signed(name, body), {**headers, b"idempotency-key": b"evt_1"})
    key, found = provider(name).event_id(there)
    assert key in {"evt_1", "msg_1"}
    assert found is covered


def test_the_content_type_cannot_put_another_id_into_a_signed_body() -> None:
    """[110] It is not signed; the body is, so what is read out of it must not depend on it."""
    text = "a&payload=%7B%22id%22%3A%22evt_2%22%2C%22type%22%3A%22invoice.paid%22%7D&b"
    there = signed("stripe", b'{"id":"evt_1","type":"t","text":"%b"}' % text.encode())
    as_form = with_headers(there, {b"content-type": FORM})
    assert provider("stripe").event_id(as_form) == ("evt_1", True)
    assert provider("stripe").event_type(as_form) == "t"


# times


def test_a_signed_time_counts() -> None:
    assert provider("slack").event_timestamp(signed("slack")) == NOW
    row = sender(Scheme("header:x-s", timestamp="header:x-t", content="{timestamp}"), unit="ms")
    there = delivery(x_s="0" * 64, x_t="1780000000")
    assert row.event_timestamp(there) == NOW


@pytest.mark.parametrize(
    ("unit", "text", "found"),
    [
        ("s", "1780000000", NOW),
        ("ms", "1780000000000", NOW),
        ("rfc3339", "2026-05-28T20:26:40Z", NOW),
        ("s", "nan", None),
        ("s", "", None),
    ],
)
def test_a_time_that_is_not_signed(unit: str, text: str, found: float | None) -> None:
    row = sender(timestamp="header:x-t", unit=unit)
    assert row.event_timestamp(delivery(x_t=text)) == found
    assert row.event_timestamp(delivery()) is None
    assert sender(Unverified(), timestamp="header:x-t", unit=unit).event_timestamp(
        delivery(x_t=text)
    ) == (found)


def test_no_time_at_all() -> None:
    assert sender().event_timestamp(delivery(BODY)) is None


# the row itself


@pytest.mark.parametrize(
    "row",
    [
        {"type": "type"},
        {"type": "body:a nowhere:b?"},
        {"id": "body:id | x-id"},
        {"timestamp": "x-t"},
        {"timestamp": "body:t", "unit": "minutes"},
    ],
)
def test_a_row_that_cannot_work(row: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        sender(**row)


def test_unverified_accepts_and_says_so() -> None:
    assert isinstance(Unverified(), Verifier)
    assert isinstance(MAC, Verifier)
    assert repr(Unverified()) == "Unverified()"
    everything: Any = Unverified()
    assert everything.verify(delivery(), None) is None


def test_providers_compare_by_what_they_say() -> None:
    assert sender() == sender()
    assert sender(id="body:a") != sender(id="body:b")
