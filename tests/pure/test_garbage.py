"""Whatever bytes come in, only `Rejected` and its kin come out.

The SDKs of several providers raise `TypeError`, `ValueError` or `UnicodeDecodeError` here: a 500
that any stranger can cause. Numbers in brackets are cases of the attack catalogue.
"""

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from hookmw.delivery import Delivery, Headers
from hookmw.errors import Rejected
from hookmw.place import Place
from tests.pure.rows import (
    BODY,
    FORM,
    NOW,
    ROWS,
    changed,
    check,
    headers_read,
    looks,
    other_secret_of,
    scheme_of,
    secret_of,
    signed,
    with_headers,
    with_signature,
)

every_row = pytest.mark.parametrize("name", ROWS)

MEGABYTE = 1_000_000

VALUES: dict[str, bytes] = {
    "empty": b"",
    "blanks": b" \t ",
    "word": b"garbage",
    "latin-1 [24]": "éÿ".encode("latin-1"),
    "utf-8 [24]": "é☃\N{PILE OF POO}".encode(),
    "no utf-8": b"\xff\xfe\xc3\x28\xed\xa0\x80",
    "NUL CR LF [26]": b"a\x00b\r\nX: y",
    "escape [216]": b"\x1b]0;x\x07\x1b[31m",
    "1 MB [28]": b"a" * MEGABYTE,
    "1 MB of commas": b"," * MEGABYTE,
    "1 MB of blanks": b" " * MEGABYTE,
    "nan [62]": b"nan",
    "inf [62]": b"inf",
    "-inf [62]": b"-inf",
    "1e400 [62]": b"1e400",
    "400 digits [66]": b"9" * 400,
    "5000 digits [66]": b"9" * 5000,
    "12 digits": b"9" * 12,
    "15 digits": b"9" * 15,
    "negative [66]": b"-1",
    "underscored [64]": b"1_780_000_000",
    "arabic digits [64]": "١٧٨٠٠٠٠٠٠٠".encode(),
    "superscript": "²".encode("latin-1"),
    "fraction [64]": b"1780000000.9",
    "date": b"2026-99-99T99:99:99Z",
    "year 0": b"0000-01-01T00:00:00Z",
    "year 9999": b"9999-12-31T23:59:59.999999999-23:59",
    "prefix [4]": b"sha256=",
    "prefix and half a byte": b"sha256=0",
    "prefix and no hex": b"sha256=" + b"zz" * 32,
    "prefix and zeros": b"sha256=" + b"0" * 64,
    "v0=": b"v0=",
    "v1,": b"v1,",
    "v1,a,b [33]": b"v1,a,b",
    "v1,abc [35]": b"v1,abc",
    "v1,!!!! [36]": b"v1,!!!!",
    "v1a [38]": b"v1a," + base64.b64encode(bytes(64)),
    "many": b"v1," + b" v1,".join([base64.b64encode(bytes(32))] * 100),
    "t= alone [46]": b"t=1780000000",
    "t= twice [46]": b"t=1780000000,t=1,v1=" + b"0" * 64,
    "t=nan": b"t=nan,v1=" + b"0" * 64,
    "bad base64": b"====",
    "bad base64 2": b"AAAA=AAAA",
    "form": FORM,
    "form with charset": FORM + b"; charset=utf-16",
    "braces": b"{token}{hex}{0}%s%n",
}

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no utf-8 [98]": base64.b64decode("eyJhIjoi//4ifQ=="),
    "no utf-8 in a key": b'{"\xff":1,"type":"a\xff","id":"\xff","challenge":"\xff"}',
    "utf-16 [99]": '{"id":"u","type":"push"}'.encode("utf-16"),
    "utf-32 [99]": '{"id":"u","type":"push"}'.encode("utf-32"),
    "BOM [99]": '{"id":"u","type":"push"}'.encode("utf-8-sig"),
    "duplicate keys [100]": b'{"id":"1","id":"2","type":"a","type":"b"}',
    "5000 digits [102]": b'{"id":%b,"type":%b}' % (b"9" * 5000, b"9" * 5000),
    "1e400": b'{"id":1e400,"type":-1e400,"update_id":NaN}',
    "deep arrays [103]": b"[" * 100_000,
    "deep objects [103]": b'{"type":' * 100_000,
    "deep and closed [103]": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"type":"x"}',
    "900 levels [104]": b"[" * 900 + b"]" * 900,
    "NUL [106]": b'{"id":"z\\u0000","type":"a\\u0000b","token":"\\u0000"}',
    "lone surrogate": b'{"id":"\\ud800","type":"\\udfff","token":"\\ud800x","event":"\\udc00"}',
    "surrogate as key": b'{"\\ud800":{}}',
    "array [107]": b"[]",
    "string [107]": b'"x"',
    "number [107]": b"1",
    "null [107]": b"null",
    "true [107]": b"true",
    "types [108]": b'{"type":null,"event":[],"entry":{},"object":1,"data":1,"payload":true}',
    "nested types [108]": b'{"entry":[{"changes":[null],"messaging":"x"}],"event":{"type":{}}}',
    "challenge of no type": b'{"type":"url_verification","challenge":{"a":1}}',
    "challenge without": b'{"type":"url_verification","event":"endpoint.url_validation"}',
    "hostile challenge": b'{"type":"url_verification","challenge":"<script>\\r\\n{token}"}',
    "plainToken": b'{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1:{}"}}',
    "form": b"type=a&id=1&token=x&payload=%7B%22type%22%3A%22x%22%7D",
    "two payloads [112]": b"payload=%7B%7D&payload=%7B%7D",
    "form, no utf-8": b"type=%ff%fe&payload=%ed%a0%80",
    "form, raw bytes": b"type=\xff",
    "form, many fields": b"a=1&" * 5000,
    "form, payload of garbage": b"payload=" + b"[" * 50_000,
    "1 MB": b"x" * MEGABYTE,
    "NUL bytes": b"\x00" * 100,
}

QUERIES = {
    "nothing": b"",
    "no utf-8": b"auth=%ff&hub.mode=%fe&crc_token=%ed%a0%80",
    "raw bytes": b"auth=\xff\x00",
    "twice": b"auth=a&auth=a&hub.mode=subscribe&hub.mode=subscribe&crc_token=a&crc_token=b",
    "many": b"a&" * 500,
    "1 MB": b"auth=" + b"a" * MEGABYTE,
    "hostile": b"hub.mode=subscribe&hub.challenge=%0d%0a%00&hub.verify_token=%f0%9f%92%a9",
    "separators": b"auth;auth&&&===&hub.mode=subscribe;hub.challenge=1",
    "crc": b"crc_token=%7B%22type%22%3A1%7D",
}


def survive(name: str, delivery: Delivery) -> None:
    """Look at everything; any exception but a refusal is a failed test."""
    for look in looks(name, delivery):
        with suppress(Rejected):
            look()


@every_row
def test_headers(name: str) -> None:
    delivery = signed(name)
    for header in headers_read(name):
        for value in VALUES.values():
            survive(name, with_headers(delivery, {header: value}))
        for value in (b"", b"\xff", dict(delivery.headers).get(header, b"x")):
            survive(name, changed(delivery, headers=(*delivery.headers, (header, value))))


@every_row
def test_headers_all_at_once(name: str) -> None:
    for value in VALUES.values():
        headers = dict.fromkeys(headers_read(name), value)
        survive(name, with_headers(signed(name), headers))


@every_row
@pytest.mark.parametrize("content_type", [b"application/json", FORM])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_bodies(name: str, content_type: bytes, method: str) -> None:
    for body in BODIES.values():
        delivery = with_headers(signed(name), {b"content-type": content_type})
        survive(name, changed(delivery, body=body, method=method))


@every_row
def test_bodies_that_are_rightly_signed(name: str) -> None:
    """Behind the MAC it is no better: a provider may send what it likes."""
    if Place.of(scheme_of(name).signature).in_body or name == "linear":
        bodies = [b'{"type":"\\u0000","event":"\\u0000","id":[]}']
    else:
        bodies = list(BODIES.values())
    for body in bodies:
        survive(name, signed(name, body))


@every_row
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_queries(name: str, method: str) -> None:
    for query in QUERIES.values():
        survive(name, changed(signed(name), query_string=query, method=method))


@every_row
def test_signatures(name: str) -> None:
    for value in VALUES.values():
        survive(name, with_signature(name, signed(name), value))


@every_row
@pytest.mark.parametrize("token", ["", "\x00", "\ud800", "☃", "a" * MEGABYTE])
def test_paths(name: str, token: str) -> None:
    survive(name, changed(signed(name), path=token, path_params={"token": token}))


def test_this_file_would_notice() -> None:
    """`survive` sees errors that are no refusals."""
    delivery = changed(signed("github"), body=None)
    with pytest.raises(RuntimeError, match="has not been read"):
        survive("github", delivery)


def texts(name: str) -> st.SearchStrategy[bytes]:
    """Bytes, garbage, and bits of what is right, in any order."""
    pieces = [b"t=", b"v1=", b"v1,", b"v0=", b"sha256=", b",", b" ", b".", b":", b"1780000000"]
    right = [value for _, value in signed(name).headers]
    return st.one_of(
        st.binary(max_size=80),
        st.sampled_from([value for value in VALUES.values() if len(value) < MEGABYTE]),
        st.lists(st.sampled_from([*pieces, *right, b"\x00", b"\xff"]), max_size=6).map(b"".join),
    )


def headers(name: str) -> st.SearchStrategy[Headers]:
    names = st.sampled_from(headers_read(name)) | st.binary(max_size=10)
    return st.lists(st.tuples(names, texts(name)), max_size=8).map(tuple)


QUERY_NAMES = [b"auth", b"hub.mode", b"hub.challenge", b"hub.verify_token", b"crc_token"]
KEYS = ["id", "type", "event", "token", "challenge", "payload", "plainToken", "entry", "changes"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


def queries() -> st.SearchStrategy[bytes]:
    pairs = st.tuples(st.sampled_from(QUERY_NAMES), st.binary(max_size=20)).map(b"=".join)
    return st.binary(max_size=40) | st.lists(pairs, max_size=5).map(b"&".join)


def documents() -> st.SearchStrategy[bytes]:
    values = st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=4)
        ),
        max_leaves=12,
    )
    return values.map(lambda value: repr(value).replace("'", '"').encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(ROWS), data=st.data())
def test_anything(name: str, data: st.DataObject) -> None:
    survive(
        name,
        Delivery(
            method=data.draw(st.sampled_from(["POST", "GET", "", "\x00"])),
            path=data.draw(st.text(max_size=10)),
            path_params={"token": data.draw(st.text(max_size=10))},
            headers=data.draw(headers(name)),
            query_string=data.draw(queries()),
            body=data.draw(st.binary(max_size=100) | st.sampled_from([BODY]) | documents()),
            received_at=NOW,
        ),
    )


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(ROWS), data=st.data())
def test_anything_is_no_proof(name: str, data: st.DataObject) -> None:
    """What nobody signed is refused, however near it comes."""
    text = data.draw(texts(name).filter(lambda text: secret_of(name).encode() not in text))
    other = signed(name, b'{"type":"forged"}', secret=other_secret_of(name))
    with pytest.raises(Rejected):
        check(name, with_signature(name, other, text))
