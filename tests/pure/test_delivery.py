"""What came in: read once, read strictly, never printed."""

import asyncio

import pytest

from hookmw.delivery import Delivery, Proof
from hookmw.errors import BodyTooLarge, Malformed
from tests.pure.rows import NOW


def delivery(body: bytes | None = None, **parts: bytes) -> Delivery:
    return Delivery(
        method="POST",
        path="/hook/swordfish",
        headers=((b"x-token", b"hunter2"), (b"x-latin", b"\xff")),
        query_string=parts.get("query", b"auth=hunter2&auth2=x"),
        body=body,
        received_at=NOW,
    )


def test_the_body_is_not_there_before_it_is_read() -> None:
    unread = delivery()
    assert not unread.armed
    with pytest.raises(RuntimeError, match=r"await delivery\.read\(\)"):
        _ = unread.body
    with pytest.raises(RuntimeError):
        asyncio.run(unread.read())


def test_the_body_is_pulled_once() -> None:
    pulls = []

    async def pull() -> bytes:
        pulls.append(1)
        return b"{}"

    async def reads() -> list[bytes]:
        return [await unread.read(), await unread.read()]

    unread = delivery()
    unread.arm(pull)
    assert unread.armed
    assert pulls == []
    assert asyncio.run(reads()) == [b"{}", b"{}"]
    assert pulls == [1]
    assert unread.body == b"{}"


def test_an_empty_body_is_read_too() -> None:
    async def pull() -> bytes:
        raise AssertionError("it is there already")

    there = delivery(b"")
    there.arm(pull)
    assert asyncio.run(there.read()) == b""


def test_a_pull_that_fails_may_be_asked_again() -> None:
    async def pull() -> bytes:
        raise BodyTooLarge("over 10 bytes")

    unread = delivery()
    unread.arm(pull)
    for _ in range(2):
        with pytest.raises(BodyTooLarge):
            asyncio.run(unread.read())


def test_headers() -> None:
    assert delivery().header(b"x-token") == "hunter2"
    assert delivery().header(b"x-latin") == "ÿ"
    assert delivery().header(b"x-none") is None
    twice = Delivery(method="POST", path="/", headers=((b"x", b"1"), (b"x", b"1")), received_at=NOW)
    with pytest.raises(Malformed) as caught:
        twice.header(b"x")
    assert caught.value.code == "header_doubled"


def test_queries() -> None:
    assert delivery().query("auth2") == "x"
    assert delivery().query("none") is None
    with pytest.raises(Malformed) as caught:
        delivery(query=b"a=1&a=1").query("a")
    assert caught.value.code == "query_doubled"
    assert "hunter2" not in str(caught.value)


def test_the_document_is_opened_once() -> None:
    there = delivery(b'{"a":1}')
    assert there.document is there.document
    assert there.document.value(["a"]) == "1"


def test_214_nothing_of_the_sender_is_printed() -> None:
    """Not even the path: `/telegram/{token}` holds a secret."""
    text = repr(delivery(b'{"secret":1}'))
    assert text == "<Delivery: POST>"


def test_it_is_not_proved_before_somebody_proves_it() -> None:
    assert delivery().proof is None
    assert Proof(b"x").content == b"x"
