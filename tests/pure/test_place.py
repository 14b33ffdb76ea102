"""Places: where in a request something stands."""

import pytest

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Malformed
from hookmw.place import Place
from tests.pure.rows import NOW

DELIVERY = Delivery(
    method="POST",
    path="/hook/acme",
    path_params={"tenant": "acmé"},
    headers=((b"x-id", b"7"), (b"x-latin", b"\xe9"), (b"x-twice", b"1"), (b"x-twice", b"1")),
    query_string=b"token=t%C3%A9&twice=1&twice=2&empty",
    body=b'{"data":{"id":"evt_1"},"update_id":1,"message":{"a":1,"b":2}}',
    received_at=NOW,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("header:x-id", "7"),
        ("header:X-Id", "7"),
        ("header:x-latin", "é"),
        ("header:x-none", None),
        ("query:token", "té"),
        ("query:empty", ""),
        ("query:none", None),
        ("path:tenant", "acmé"),
        ("path:none", None),
        ("body:data.id", "evt_1"),
        ("body:data", None),
        ("body:update_id", "1"),
        ("key:!update_id,data", "message"),
        ("key:message!a", "b"),
        ("key:message", "a"),
        ("key:message!a,b", None),
        ("key:update_id!x", None),
    ],
)
def test_reading(text: str, found: str | None) -> None:
    place = Place(text)
    assert place.read(DELIVERY) == found
    assert str(place) == text
    assert place.in_body is text.startswith(("body:", "key:"))
    code = "latin-1" if text.startswith("header:") else "utf-8"
    assert place.read_bytes(DELIVERY) == (None if found is None else found.encode(code))


@pytest.mark.parametrize("text", ["header:x-twice", "query:twice"])
def test_what_is_there_twice_is_nowhere(text: str) -> None:
    with pytest.raises(Malformed, match="twice") as caught:
        Place(text).read(DELIVERY)
    assert caught.value.code.endswith("_doubled")


@pytest.mark.parametrize("query", [b"token=%ff", b"token=\xff", b"other=%ff", b"a&" * 101])
def test_a_query_that_cannot_be_read(query: bytes) -> None:
    delivery = Delivery(method="GET", path="/", headers=(), query_string=query, received_at=NOW)
    with pytest.raises(Malformed, match="not UTF-8, or too long"):
        Place("query:token").read(delivery)


@pytest.mark.parametrize(
    "text", ["", "x-id", "header", "header:", "cookie:x", "Header:x", ":x", "body", "header:é"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a place"):
        Place(text)


def test_bytes_come_back_as_they_were_sent() -> None:
    delivery = Delivery(
        method="POST", path="/", headers=((b"x", bytes(range(256))),), received_at=NOW,
        path_params={"p": "\ud800\udcff"}, body='{"ключ":"значение"}'.encode(),
    )  # fmt: skip
    assert Place("header:x").read_bytes(delivery) == bytes(range(256))
    assert Place("body:ключ").read_bytes(delivery) == "значение".encode()
    assert Place("path:p").read_bytes(delivery) is not None  # no text, but no error either


def test_the_same_text_is_the_same_place() -> None:
    assert Place.of("header:x-id") is Place.of("header:x-id")
    assert Place.of("header:x-id") is not Place.of("header:x-other")


@pytest.mark.parametrize("text", ["body:a", "key:a"])
def test_a_body_that_was_not_read(text: str) -> None:
    delivery = Delivery(method="POST", path="/", headers=(), received_at=NOW)
    with pytest.raises(RuntimeError, match=r"await delivery\.read\(\)"):
        Place(text).read(delivery)
