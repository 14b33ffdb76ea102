"""What rows can say beyond the common: signed, verified, forged, and read in one way only.

The engine as a whole is tested in `test_schemes.py`.
"""

import base64
import hashlib
import hmac
import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies as st

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
from hookmw.scheme.encodings import encoding
from hookmw.scheme.filters import filter_named
from hookmw.scheme.form import Form
from hookmw.scheme.timestamps import ends_before, parse_timestamp, write_timestamp
from hookmw.secret import Secrets, key_decoder
from tests.pure.rows import BODY, NOW, changed, with_headers

SECRET, OTHER = "a-secret-of-the-tests", "another-secret-of-them"
FORM = "application/x-www-form-urlencoded"
URL = "https://hooks.example.com/base"


def signed(scheme: Scheme, body: bytes = BODY, *, at: float = NOW, **parts: Any) -> Delivery:
    draft = Draft(body, path=parts.pop("path", "/in"), headers=parts.pop("headers", None))
    draft.public_url = URL
    draft.query.update(parts.pop("query", {}))
    draft.fields.update(parts.pop("fields", {}))
    scheme.sign(draft, SECRET, at)
    return draft.delivery(at)


def judge(scheme: Scheme, delivery: Delivery, secret: str = SECRET) -> None:
    scheme.precheck(delivery)
    scheme.verify(delivery, Secrets(secret))


def refused(scheme: Scheme, delivery: Delivery, secret: str = SECRET) -> Rejected:
    with pytest.raises(Rejected) as caught:
        judge(scheme, delivery, secret)
    return caught.value


def mac(content: bytes, digest: str = "sha256", key: str = SECRET) -> bytes:
    return hmac.new(key.encode(), content, digest).hexdigest().encode()


def moved(delivery: Delivery, **parts: Any) -> Delivery:
    return changed(delivery, public_url=parts.pop("public_url", URL), **parts)


# the whole: every row of the new kinds signs what it verifies, and nothing else

S = "header:x-s"
SCHEMES = {
    "wildcard": Scheme(S, form="*/SHA256/{signature}", separator=","),
    "alternatives": Scheme(S, form="sha256={signature} | {signature}"),
    "path": Scheme(S, content="{method}\n{path}\n{host};{body|sha256|base64}"),
    "path_only": Scheme(
        S, content="{path_only}:POST:{body}:{timestamp}", timestamp="header:t", unit="ms"
    ),
    "url_only": Scheme(S, content="{url_only}{parameters}.{header:x-nonce}"),
    "http_date": Scheme(S, content="{timestamp}\n{body}", timestamp="header:t", unit="http_date"),
    "iso_utc": Scheme(S, content="{timestamp}|{body}", timestamp="header:t", unit="iso_utc"),
    "envelope": Scheme(S, content="{envelope}"),
    "raw": Scheme("body:sig", content="{raw:data|php}", encoding="base64"),
    "sorted": Scheme(S, content="{body|sorted}"),
    "self": Scheme("body:auth", content="{body!auth}", algorithm="md5"),
    "pairs": Scheme("body:sig", content="{pairs!sig}", timestamp="body:time"),
    "digest": Scheme(S, content="{url}{form_or_digest:sha}"),
    "hashed": Scheme(S, hashed="sha256", content="{body}"),
    "either": Scheme(S, encoding="base64_or_hex"),
    "fields": Scheme(S, separator=",", form="s={signature}", content="{field:t}.{field:e}.{body}"),
    "prefixed": Scheme(S, content="{secret}{body}", algorithm="sha1"),
}
HEADERS = {"x-nonce": "12345"}
BODIES = {
    "sorted": b'{"a":"Zo\xc3\xab","b":[1.50,"x"]}',
    "url_only": b"a=1&b=Zo%C3%AB+x",
    "pairs": b'{"a":"1","b":"Zo\xc3\xab & = _","n":7}',
}
every = pytest.mark.parametrize("name", SCHEMES)


def of(name: str) -> Delivery:
    body = BODIES.get(name, BODY)
    headers = {**HEADERS, "content-type": FORM} if name == "url_only" else HEADERS
    return signed(SCHEMES[name], body, headers=headers, query={"q": "1"})


@every
def test_what_it_signs_it_verifies(name: str) -> None:
    judge(SCHEMES[name], of(name))


@every
def test_another_secret_is_refused(name: str) -> None:
    assert type(refused(SCHEMES[name], of(name), OTHER)) is BadSignature
    SCHEMES[name].verify(of(name), Secrets([OTHER, SECRET]))


@every
def test_every_byte_of_the_body_counts(name: str) -> None:
    """Where one value is signed, every byte of that value."""
    delivery = of(name)
    first, last = 0, len(delivery.body)
    if name == "raw":
        first = delivery.body.index(b'"data":') + len(b'"data":')
    for at in range(first, last):
        body = bytearray(delivery.body)
        body[at] ^= 1
        after = moved(delivery, body=bytes(body))
        if name in {"pairs", "self", "raw"} and same_data(bytes(body), delivery.body):
            continue  # the case of a hex digit
        refused(SCHEMES[name], after)


def same_data(one: bytes, other: bytes) -> bool:
    """But for the case of the signature's hex digits."""
    return one.lower() == other.lower()


@every
def test_nothing_but_rejections_comes_of_garbage(name: str) -> None:
    scheme = SCHEMES[name]
    bodies = (b"", b"{", b"[]", b"\xff\xfe", b"a=1&a=2", b"a=%ff", b"&" * 9, b"{}" * 9, b"\x00")
    texts = (b"", b" ", b"*", b"1/SHA256/", b"\xff", b"a" * 9000, b"1/SHA256/zz", b"x=1,x=2")
    for body in bodies:
        for delivery in (moved(of(name), body=body), moved(of(name), body=body, public_url=None)):
            refused(scheme, delivery)
    for text in texts:
        if scheme.signature == S:
            refused(scheme, moved(with_headers(of(name), {b"x-s": text})))


@given(body=st.binary(max_size=80), text=st.binary(max_size=80), query=st.binary(max_size=40))
def test_nothing_but_rejections_comes_of_anything(body: bytes, text: bytes, query: bytes) -> None:
    for name, scheme in SCHEMES.items():
        delivery = moved(with_headers(of(name), {b"x-s": text}), body=body, query_string=query)
        refused(scheme, delivery)


# forms


@pytest.mark.parametrize(
    ("written", "item", "text"),
    [
        ("*|{signature}", b"integration_public_key|abc", b"abc"),
        ("*|{signature}", b"|abc", None),
        ("*|{signature}", b"a|b|c", b"b|c"),
        ("*|{signature}", b"a b|c", None),
        ("*|{signature}", b"a" * 65 + b"|c", None),
        ("*/SHA256/{signature}", b"12/SHA256/ab", b"ab"),
        ("*/SHA256/{signature}", b"12/SHA512/ab", None),
        ("*/SHA256/{signature}", b"12/sha256/ab", None),
        ("*/SHA256/{signature}", b"1/SHA256/SHA256/ab", b"SHA256/ab"),
        ("application *:{signature}", b"application 669E-36:Zg==", b"Zg=="),
        ("application *:{signature}", b"application  669E-36:Zg==", None),
        ("t=*;{signature}", b"t=1700;ab", b"ab"),
        ("t=*;{signature}", b"t=;ab", None),
        ("t=*;{signature}", b"xt=1;ab", None),
        ("<{signature}>", b"<ab>", b"ab"),
        ("*:{signature}!", b"k:ab!", b"ab"),
        ("*:{signature}!", b"k:ab", None),
        ("*:{signature}", b"k:a\nb", b"a\nb"),
    ],
)
def test_forms(written: str, item: bytes, text: bytes | None) -> None:
    assert Form(written).read(item) == text


def test_what_a_form_writes_it_reads() -> None:
    for written in ("*|{signature}", "t=*;{signature}", "v1={signature}", "<{signature}>"):
        assert Form(written).read(Form(written).write(b"abc")) == b"abc"


@pytest.mark.parametrize(
    "written",
    [
        *("", "x", "{signature}{signature}", "*{signature}", "a*{signature}", "*a{signature}"),
        *("**|{signature}", "*-{signature}", "{signature}*", "*_x|{signature}"),
        "v1={signature} | ",
    ],
)
def test_forms_that_could_be_read_in_two_ways(written: str) -> None:
    with pytest.raises(ConfigError, match="form="):
        Scheme(S, form=written)


def test_a_wildcard_chooses_nothing() -> None:
    scheme = SCHEMES["wildcard"]
    right = mac(BODY).decode()
    for key in ("1", "2", "any-key_1.0"):
        judge(
            scheme, moved(with_headers(of("wildcard"), {b"x-s": f"{key}/SHA256/{right}".encode()}))
        )
    weaker = mac(BODY, "sha1").decode()
    for text in (f"1/SHA1/{weaker}", f"1/SHA256/{weaker}", f"1/MD5/{right}", right, f"/{right}"):
        error = refused(scheme, moved(with_headers(of("wildcard"), {b"x-s": text.encode()})))
        assert isinstance(error, MalformedSignature)


def test_the_first_alternative_that_fits_counts() -> None:
    scheme, right = SCHEMES["alternatives"], mac(BODY)
    for text in (right, b"sha256=" + right):
        judge(scheme, with_headers(of("alternatives"), {b"x-s": text}))
    for text in (b"sha256=sha256=" + right, b"sha1=" + right, b"SHA256=" + right, b"sha256="):
        refused(scheme, with_headers(of("alternatives"), {b"x-s": text}))


# several places


TWO = Scheme("header:x-1 | header:x-2", separator=",", form="v={signature}")
TIMED = replace(TWO, timestamp="field:t", content="{timestamp}.{body}")


def at_two(one: bytes | None, two: bytes | None) -> Delivery:
    return with_headers(Draft(BODY).delivery(NOW), {b"x-1": one, b"x-2": two})


SPOILED = [b"x", b"v=", b"v=zz", b"v=00", b"a, b", b",", b"v=" + b"0" * 9000, b"\xff"]


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda text: repr(text[:9]))
def test_a_place_that_is_spoiled_spoils_no_other(spoiled: bytes) -> None:
    right, wrong = b"v=" + mac(BODY), b"v=" + mac(BODY, key=OTHER)
    for delivery in (at_two(right, spoiled), at_two(spoiled, right), at_two(wrong, right)):
        judge(TWO, delivery)
    for delivery in (at_two(wrong, spoiled), at_two(spoiled, wrong)):
        assert type(refused(TWO, delivery)) is BadSignature


@pytest.mark.parametrize("spoiled", [b"v=", b"v=zz", b"v=00", b"", b" a"])
def test_within_one_place_one_item_spoils_the_list(spoiled: bytes) -> None:
    right = b"v=" + mac(BODY)
    for text in (right + b"," + spoiled, spoiled + b"," + right):
        assert isinstance(refused(TWO, at_two(text, None)), MalformedSignature)


def test_the_refusal_names_the_place_that_is_spoiled() -> None:
    assert "header:x-2" in str(refused(TWO, at_two(None, b"v=zz")))
    assert "header:x-1" in str(refused(TWO, at_two(b"v=zz", b"x")))
    assert isinstance(refused(TWO, at_two(None, b" ")), MissingSignature)


def test_a_doubled_header_is_refused_at_any_place() -> None:
    right = at_two(b"v=" + mac(BODY), b"x")
    twice = changed(right, headers=(*right.headers, (b"x-2", b"y")))
    assert isinstance(refused(TWO, twice), Malformed)


def test_each_place_has_a_time_of_its_own() -> None:
    def item(at: float, **key: str) -> bytes:
        return b"t=%d,v=" % at + mac(b"%d." % at + BODY, **key)

    judge(TIMED, at_two(item(NOW), item(NOW - 9999, key=OTHER)))
    judge(TIMED, at_two(item(NOW - 9999, key=OTHER), item(NOW)))
    stale = at_two(item(NOW - 9999), item(NOW, key=OTHER))
    assert isinstance(refused(TIMED, stale), StaleTimestamp)
    mixed = at_two(b"t=%d" % NOW, b"v=" + mac(b"%d." % NOW + BODY))
    assert isinstance(refused(TIMED, mixed), MalformedSignature)


def test_what_matched_is_what_is_remembered() -> None:
    old, new = NOW - 100, NOW - 50
    text = {at: b"t=%d,v=" % at + mac(b"%d." % at + BODY) for at in (old, new)}
    wrong = b"t=%d,v=%064d" % (old, 0)
    delivery = at_two(wrong, text[new])
    judge(TIMED, delivery)
    assert TIMED.signed_at(delivery) == new
    assert TIMED.signed_content(delivery) == b"%d." % new + BODY


# URLs


def test_the_path_has_its_query_and_its_prefix() -> None:
    delivery = signed(SCHEMES["path"], query={"a": "1 2"}, path="/in box")
    content = SCHEMES["path"].signed_content(delivery)
    digest = base64.b64encode(hashlib.sha256(BODY).digest())
    assert content == b"POST\n/base/in%20box?a=1+2\nhooks.example.com;" + digest
    for parts in ({"path": "/in"}, {"query_string": b"a=1+3"}, {"query_string": b""}):
        refused(SCHEMES["path"], moved(delivery, **parts))
    for url in ("https://hooks.example.com", "https://other.example/base"):
        refused(SCHEMES["path"], moved(delivery, public_url=url))


def test_nothing_is_made_of_the_header_host() -> None:
    judge(SCHEMES["path"], moved(with_headers(of("path"), {b"host": b"evil.example"})))
    error = refused(SCHEMES["path"], changed(of("path")))
    assert "public_url" in str(error)


def test_url_schemes_say_that_they_need_the_url() -> None:
    for name in ("path", "path_only", "url_only", "digest"):
        assert SCHEMES[name].signs_url
    assert not SCHEMES["raw"].signs_url


def test_the_path_alone_leaves_the_query_out() -> None:
    delivery = signed(SCHEMES["path_only"], query={"a": "1"})
    judge(SCHEMES["path_only"], moved(delivery, query_string=b"b=2"))
    refused(SCHEMES["path_only"], moved(delivery, path="/on"))


def test_a_path_cannot_hold_what_comes_after_it() -> None:
    """Else a part of a body could become one of the path, where paths have parameters."""
    scheme = SCHEMES["path_only"]
    delivery = signed(scheme, b"x:POST:{}")
    cut = moved(delivery, path="/in:POST:x", body=b"{}")
    assert b"/base/in:POST:x:POST:{}" in scheme.signed_content(delivery)
    assert "comes after it" in str(refused(scheme, cut))


def test_what_stands_after_a_body_cannot_take_its_end() -> None:
    """A nonce is anybody's: without the rule it would swallow the end of the last field."""
    scheme = SCHEMES["url_only"]
    body = urlencode({"Text": "pay 1.50 now"}).encode()
    delivery = signed(scheme, body, headers={**HEADERS, "content-type": FORM})
    judge(scheme, delivery)
    cut = moved(
        with_headers(delivery, {b"x-nonce": b"50 now.12345"}),
        body=urlencode({"Text": "pay 1"}).encode(),
    )
    assert "x-nonce" in str(refused(scheme, cut))


# times


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("http_date", "Thu, 28 May 2026 20:26:40 GMT", NOW),
        ("http_date", "Fri, 28 May 2026 20:26:40 GMT", None),
        ("http_date", "Thu, 28 May 2026 20:26:40 UTC", None),
        ("http_date", "Thu, 28 May 2026 20:26:40 +0000", None),
        ("http_date", "thu, 28 may 2026 20:26:40 gmt", None),
        ("http_date", "Thu, 8 May 2026 20:26:40 GMT", None),
        ("http_date", "Thu, 32 May 2026 20:26:40 GMT", None),
        ("http_date", "Thu, 28 May 2026 24:26:40 GMT", None),
        ("http_date", "Thu, 28 May 2026 20:26:60 GMT", None),
        ("http_date", "Thu, 28 May 0000 20:26:40 GMT", None),
        ("http_date", " Thu, 28 May 2026 20:26:40 GMT", None),
        ("http_date", "Thu, 28 May 2026 20:26:40 GMT\n", None),
        ("http_date", "Thursday, 28-May-26 20:26:40 GMT", None),
        ("http_date", "Thu May 28 20:26:40 2026", None),
        ("http_date", "Thu, ٢٨ May 2026 20:26:40 GMT", None),
        ("iso_utc", "2026-05-28T20:26:40", NOW),
        ("iso_utc", "2026-05-28T20:26:40.5", NOW + 0.5),
        ("iso_utc", "2026-05-28T20:26:40Z", None),
        ("iso_utc", "2026-05-28T20:26:40+02:00", None),
        ("iso_utc", "2026-05-28 20:26:40", None),
        ("iso_utc", "2026-05-28T20:26:60", None),
        ("iso_utc", "2026-05-28T20:26:40.", None),
        ("iso_utc", "2026-05-28", None),
    ],
)
def test_reading_times(unit: str, text: str, seconds: float | None) -> None:
    assert parse_timestamp(text, unit) == (None if seconds is None else pytest.approx(seconds))


@given(st.integers(0, 253_402_300_799))
@pytest.mark.parametrize("unit", ["http_date", "iso_utc"])
def test_written_times_are_read_again(unit: str, seconds: int) -> None:
    assert parse_timestamp(write_timestamp(seconds, unit), unit) == seconds


@pytest.mark.parametrize("name", ["http_date", "iso_utc", "path_only", "pairs"])
def test_old_ones_and_future_ones(name: str) -> None:
    for late in (301, -301):
        assert isinstance(
            refused(SCHEMES[name], moved(of(name), received_at=NOW + late)), StaleTimestamp
        )
    judge(SCHEMES[name], moved(of(name), received_at=NOW + 299))


# the JSON in a form, and one value of it


def in_form(text: str, name: str = "payload") -> bytes:
    return f"{name}={quote_plus(text)}".encode()


def test_the_envelope_is_the_json_however_it_was_sent() -> None:
    scheme, text = SCHEMES["envelope"], '{"a":"x=y & z","b":"ë"}'
    headers = {b"x-s": mac(text.encode())}
    for body in (text.encode(), in_form(text), in_form(text).replace(b"+", b"%20")):
        delivery = with_headers(Draft(body).delivery(NOW), headers)
        judge(scheme, delivery)
        assert scheme.signed_content(delivery) == text.encode()
        assert delivery.document.decode() == json.loads(text)


@pytest.mark.parametrize("row", ["gitea", "gogs"])
def test_gitea_signs_the_json_in_its_forms(row: str) -> None:
    scheme = provider(row).scheme
    assert isinstance(scheme, Scheme)
    text = '{"action":"opened","number":1}'
    header = scheme.signature.removeprefix("header:").encode()
    delivery = with_headers(Draft(in_form(text)).delivery(NOW), {header: mac(text.encode())})
    judge(scheme, delivery)
    assert provider(row).scheme.covers(Place.of("body:action"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body",
    [
        in_form("{}") + b"&x=1",
        b"x=1&" + in_form("{}"),
        in_form("{}") + b"&" + in_form("{}"),
        in_form("{}", "other"),
        b"payload=%ff",
        b"payload",
    ],
)
def test_a_form_with_more_in_it_is_no_envelope(body: bytes) -> None:
    delivery = with_headers(Draft(body).delivery(NOW), {b"x-s": mac(b"{}")})
    assert isinstance(refused(SCHEMES["envelope"], delivery), BadSignature)


RAW = b'{ "data" : {"a/b": "Zo\xc3\xab", "n" : 1.50, "s":"\\/ \\u00EB \\" / "} ,"sig":"%s"}'


def test_the_text_of_a_value_is_signed_as_it_was_sent() -> None:
    scheme = Scheme("body:sig", content="{raw:data}")
    value = RAW[RAW.index(b'{"a') : RAW.index(b' ,"sig')]
    body = RAW % mac(value)
    judge(scheme, Draft(body).delivery(NOW))
    refused(scheme, Draft(body.replace(b"1.50", b"1.5")).delivery(NOW))
    assert scheme.signed_content(Draft(body).delivery(NOW)) == value


def test_the_value_that_is_signed_is_the_one_that_is_read() -> None:
    """Of keys that are there twice the last counts, for the signature and for the handler."""
    scheme = Scheme("body:sig", content="{raw:data}")
    for twice in (b'"data":"evil","data":"good"', b'"data":"good","data":"evil"'):
        delivery = Draft(b'{%s,"sig":"%s"}' % (twice, mac(b'"good"'))).delivery(NOW)
        if delivery.document.decode()["data"] == "good":
            judge(scheme, delivery)
        else:
            refused(scheme, delivery)


def test_only_the_value_is_covered() -> None:
    scheme = SCHEMES["raw"]
    assert scheme.covers(Place.of("body:data"))
    assert scheme.covers(Place.of("body:data.id"))
    for place in ("body:database", "body:webhook", "body:sig", "header:x", "key:!id"):
        assert not scheme.covers(Place.of(place))
    whole = ("envelope", "self", "pairs", "digest", "hashed", "url_only")
    assert all(SCHEMES[name].covers(Place.of("body:any.id")) for name in whole)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{"a" : [1.50, -0, 1e5] }', '{"a":[1.50,-0,1e5]}'),
        ('"a/b\\/c"', '"a\\/b\\/c"'),
        ('"é\\u00E9"', '"\\u00e9\\u00E9"'),
        ('"😀"', '"\\ud83d\\ude00"'),
        ('" a  b\\" / \\\\"', '" a  b\\" \\/ \\\\"'),
        ("\t[\n] ", "[]"),
        ('"unfinished / ', '"unfinished/'),
    ],
)
def test_json_as_php_writes_it(text: str, written: str) -> None:
    assert filter_named("php")(text.encode()) == written.encode()


@given(st.recursive(st.text() | st.integers() | st.none(), lambda x: st.lists(x, max_size=3)))
def test_php_writes_no_other_data(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    try:
        made = filter_named("php")(text.encode())
    except UnicodeEncodeError:
        return  # half a surrogate pair is no text
    assert json.loads(made) == data
    assert made.isascii()
    assert not re.search(rb"(?<!\\)/", made)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{ "b": 1, "a": {"d": [ {"z":1.50,"y":-0} ]}}', '{"a":{"d":[{"y":-0,"z":1.50}]},"b":1}'),
        ("[1E5, true, null, 1e-7]", "[1E5,true,null,1e-7]"),
        ('{"é":"\\u00e9\\/","B":null,"a":true}', '{"B":null,"a":true,"é":"é/"}'),
        ('{"\uffff":1,"😀":2}', '{"😀":2,"\uffff":1}'),
        ('"a"', '"a"'),
        ("[]", "[]"),
    ],
)
def test_json_with_its_keys_sorted(text: str, written: str) -> None:
    assert filter_named("sorted")(text.encode()) == written.encode()
    assert json.loads(written) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '{"7":1}', "NaN", "[Infinity]", "{", ""),
        *("[" * 99_999, '"\\ud800"', "\ufeff{}", "[1,]", "'a'"),
    ],
    ids=lambda text: text[:9],
)
def test_what_cannot_be_sorted_is_refused(text: str) -> None:
    with pytest.raises(MalformedSignature):
        filter_named("sorted")(text.encode())


def test_sorted_json_is_the_same_data() -> None:
    """The order of keys and the blanks may change, and nothing else."""
    scheme = SCHEMES["sorted"]
    judge(scheme, moved(of("sorted"), body=b'{"b": [1.50, "x"],\n"a":"Zo\\u00eb"}'))
    for other in (b'{"a":"Zo\xc3\xab","b":["x",1.50]}', b'{"a":"Zo\xc3\xab","b":[1.5,"x"]}'):
        refused(scheme, moved(of("sorted"), body=other))


def test_treezor_as_its_page_computes_it() -> None:
    """Their JavaScript: `JSON.stringify`, slashes escaped, all that is not ASCII as \\uxxxx."""
    payload = '{"users":[{"name":"Zo\\u00eb","url":"https:\\/\\/x.example","amount":1.50}]}'
    signature = base64.b64encode(hmac.digest(SECRET.encode(), payload.encode(), "sha256")).decode()
    for sent in (payload, payload.replace("\\/", "/"), payload.replace("\\u00eb", "ë")):
        body = f'{{"webhook":"user.create","object_payload":{sent}'
        body += f',"object_payload_signature":"{signature}"}}'
        row = provider("treezor")
        delivery = Draft(body.encode()).delivery(NOW)
        row.scheme.verify(delivery, Secrets(SECRET))
        assert row.event_id(delivery) == (None, False)
        assert not row.scheme.covers(Place.of("body:webhook"))  # type: ignore[attr-defined]


# the body with the key in it


def test_the_key_stands_where_the_signature_will_be() -> None:
    scheme, body = SCHEMES["self"], b'{"auth":"%s","x":[1.50,"a"]}'
    right = hashlib.md5(body % SECRET.encode(), usedforsecurity=False).hexdigest().encode()
    judge(scheme, Draft(body % right).delivery(NOW))
    for spoiled in (
        body % right + b" ",
        body.replace(b"1.50", b"1.5") % right,
        b'{"auth":"%s","auth":"%s"}' % (right, right),
        b'{"auth":"%s","x":"%s"}' % (right, right),
        body % right.replace(b"a", b"\\u0061").replace(b"0", b"\\u0030"),
        body % SECRET.encode(),
    ):
        refused(scheme, Draft(spoiled).delivery(NOW))


def test_a_hash_with_the_key_in_front_cannot_be_lengthened() -> None:
    """Whoever has seen a delivery can hash on; the padding that then stands in it is no text."""
    for tail in (b"\x80" + bytes(40) + b"{}", b"\x00", b"\xff"):
        after = moved(of("prefixed"), body=of("prefixed").body + tail)
        assert "lengthened" in str(refused(SCHEMES["prefixed"], after))
        refused(SCHEMES["self"], moved(of("self"), body=of("self").body + tail))  # no JSON either
    assert SCHEMES["self"]._mechanism.only_text
    behind = Scheme(S, content="{body}{secret}", algorithm="sha256")
    assert not behind._mechanism.only_text
    judge(behind, signed(behind, b"{\xff\x00}"))


def test_sellsy_cannot_be_lengthened_for_real() -> None:
    """The attack itself, with SHA-1 carried on from the digest that was sent."""
    scheme = provider("sellsy").scheme
    assert isinstance(scheme, Scheme)
    delivery = signed(scheme, b'{"event":"created"}')
    glue = padding_of(len(SECRET) + len(delivery.body))
    forged = moved(delivery, body=delivery.body + glue + b"&evil=1")
    digest = hashlib.sha1(SECRET.encode() + forged.body, usedforsecurity=False).hexdigest()
    forged = moved(with_headers(forged, {b"x-webhook-signature": digest.encode()}))
    assert "lengthened" in str(refused(scheme, forged))


def padding_of(length: int) -> bytes:
    """What SHA-1 appends to a message of that many bytes."""
    return b"\x80" + bytes((55 - length) % 64) + (length * 8).to_bytes(8, "big")


# fields


def test_pairs_are_sorted_and_underscored() -> None:
    scheme = replace(SCHEMES["pairs"], timestamp=None)
    body = urlencode({"to": "1", "Z": "=", "text": "a=b & c", "sig": "0" * 64, "a": "ë"})
    delivery = Draft(body.encode(), headers={"content-type": FORM}).delivery(NOW)
    assert scheme.signed_content(delivery) == "&Z=_&a=ë&text=a_b _ c&to=1".encode()


@pytest.mark.parametrize(
    "body",
    [
        *(b"a%26b=1", b"a%3Db=1", b"a=1&a=1", b'{"a":["1"]}', b'{"a":{"b":"1"}}', b'{"a":1.5}'),
        *(b'{"a":null}', b'{"a":true}', b"[]", b'{"a&b":"1"}'),
    ],
)
def test_pairs_that_could_be_others_are_refused(body: bytes) -> None:
    scheme = Scheme(S, content="{pairs!sig}")
    delivery = with_headers(Draft(body).delivery(NOW), {b"x-s": b"0" * 64})
    assert isinstance(refused(scheme, delivery), MalformedSignature)


@pytest.mark.parametrize(
    ("query", "body", "content"),
    [
        (b"", b"", b""),
        (b"b=2&a=1", b"", b"?a=1&b=2"),
        (b"", b"b=2&a=1&a=0", b"?a0a1b2"),
        (b"b=2&a=x%20y", b"c=3", b"?a=x y&b=2.c3"),
        (b"a=1.5", b"c=3", b"?a=1.5.c3"),
    ],
)
def test_parameters(query: bytes, body: bytes, content: bytes) -> None:
    scheme = Scheme(S, content="{parameters}")
    delivery = with_headers(Draft(body).delivery(NOW), {b"x-s": b"0" * 64})
    assert scheme.signed_content(changed(delivery, query_string=query)) == content


@pytest.mark.parametrize(
    ("query", "body"),
    [(b"a=1%26b=2", b""), (b"a=1%3D2", b"x=1"), (b"a%3Db=1", b""), (b"a=1.Text", b"")],
)
def test_parameters_that_could_be_others_are_refused(query: bytes, body: bytes) -> None:
    scheme = Scheme(S, content="{parameters}")
    delivery = with_headers(Draft(body).delivery(NOW), {b"x-s": b"0" * 64})
    assert isinstance(refused(scheme, changed(delivery, query_string=query)), MalformedSignature)


TWILIO = provider("twilio").scheme
assert isinstance(TWILIO, Scheme)


def test_twilios_json_is_that_of_its_digest() -> None:
    assert isinstance(TWILIO, Scheme)
    delivery = signed(TWILIO)
    judge(TWILIO, delivery)
    digest = hashlib.sha256(BODY).hexdigest()
    assert f"bodySHA256={digest}".encode() in delivery.query_string
    for body in (b"", b"{}", BODY + b" ", b"a=1", BODY[:-1]):
        assert isinstance(refused(TWILIO, moved(delivery, body=body)), BadSignature)
    for query in (b"", b"bodySHA256=", f"bodySHA256={hashlib.sha256().hexdigest()}".encode()):
        refused(TWILIO, moved(delivery, body=b"", query_string=query))
    upper = delivery.query_string.replace(digest.encode(), digest.upper().encode())
    refused(TWILIO, moved(delivery, query_string=upper))
    twice = delivery.query_string + b"&bodySHA256=" + digest.encode()
    assert isinstance(refused(TWILIO, moved(delivery, query_string=twice)), Malformed)


def test_a_form_is_signed_without_a_digest() -> None:
    assert isinstance(TWILIO, Scheme)
    body = urlencode({"CallSid": "CA1", "From": "+1555"}).encode()
    delivery = signed(TWILIO, body, headers={"content-type": FORM})
    assert b"bodySHA256" not in delivery.query_string
    judge(TWILIO, delivery)
    refused(TWILIO, moved(delivery, body=body + b"&x=1"))


# digests, encodings, keys


def test_the_digest_is_what_is_signed() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    scheme = Scheme(S, algorithm="rsa-sha256", encoding="base64", hashed="sha256")
    for content, right in ((hashlib.sha256(BODY).digest(), True), (BODY, False)):
        signature = base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256()))
        delivery = with_headers(Draft(BODY).delivery(NOW), {b"x-s": signature})
        assert scheme.signed_content(delivery) == BODY
        if right:
            scheme.verify(delivery, Secrets(public))
        else:
            with pytest.raises(BadSignature):
                scheme.verify(delivery, Secrets(public))


def test_hex_and_base64_are_told_apart_by_themselves() -> None:
    raw = hmac.digest(SECRET.encode(), BODY, "sha256")
    for text in (raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw)):
        judge(SCHEMES["either"], with_headers(of("either"), {b"x-s": text}))
    unpadded = base64.b64encode(raw).rstrip(b"=")
    for text in (unpadded, raw.hex().encode()[:-2], b"0x" + raw.hex().encode(), b"a" * 44):
        refused(SCHEMES["either"], with_headers(of("either"), {b"x-s": text}))


@given(st.binary(min_size=1, max_size=70))
def test_either_is_read_in_one_way(raw: bytes) -> None:
    code = encoding("base64_or_hex")
    assert code.decode(raw.hex().encode()) == raw
    text = base64.b64encode(raw)
    if not re.fullmatch(rb"[0-9a-fA-F]+", text):
        assert code.decode(text) == raw


def test_keys_in_pem_or_base64() -> None:
    decode = key_decoder("pem_or_base64")
    pem = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"
    assert decode(pem) == pem
    assert decode(b"AAEC") == b"\x00\x01\x02"
    with pytest.raises(ConfigError, match="base64"):
        decode(b"not base64!")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"hashed": "sha3"}, "known are md5"),
        ({"content": "{body|rot13}"}, "known are md5"),
        ({"content": "{raw}"}, "is not a place"),
        ({"content": "{envelope}", "timestamp": "header:t"}, "does not contain the timestamp"),
        ({"content": "{raw:data}", "timestamp": "body:time"}, "does not contain the timestamp"),
        ({"algorithm": "md5", "content": "{envelope}"}, "proves nothing"),
    ],
)
def test_a_row_that_cannot_work(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Scheme(**{"signature": S, **row})


def test_a_time_in_what_is_signed_is_signed() -> None:
    for content in ("{envelope}", "{body!auth}{secret}", "{pairs!sig}", "{form}", "{body|sha256}"):
        assert Scheme(S, content=content, timestamp="body:t").covers(Place.of("body:t"))
    assert Scheme(S, content="{raw:data}", timestamp="body:data.t").covers(Place.of("body:data.t"))


# signing what rows ask for besides


def test_further_fields_of_the_list_are_written() -> None:
    scheme = SCHEMES["fields"]
    made = signed(scheme)
    assert dict(made.headers)[b"x-s"].startswith(b"t=1780000000,e=1780000000,s=")
    named = signed(scheme, fields={"t": "nonce", "e": "production"})
    judge(scheme, named)
    assert scheme.signed_content(named) == b"nonce.production." + BODY


@pytest.mark.parametrize("name", ["nmi", "mercado_pago", "hygraph"])
def test_rows_with_such_fields_can_be_signed(name: str) -> None:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme)
    delivery = signed(scheme, headers={"x-request-id": "1"}, query={"data.id": "2"})
    judge(scheme, delivery)


def test_what_is_signed_besides_is_written_where_nothing_is() -> None:
    scheme = Scheme(S, content="{header:x-id}.{query:q}.{body:data.id}.{raw:more}.{body:no?}")
    made = signed(scheme, b"{}")
    judge(scheme, made)
    assert scheme.signed_content(made) == b'1780000000.1780000000.1780000000."sample".'
    own = signed(scheme, b'{"data":{"id":7},"more":[1]}', headers={"x-id": "a"}, query={"q": "b"})
    assert scheme.signed_content(own) == b"a.b.7.[1]."


def test_what_cannot_be_signed_is_the_callers_mistake() -> None:
    for scheme, body in (
        (Scheme(S, content="{form}"), b"\xff"),
        (Scheme("body:s", content="{body!s}{secret}"), b"[]"),
        (Scheme(S, content="{header:x-id}.{body}"), b"{}"),
    ):
        with pytest.raises(ConfigError):
            signed(scheme, body, headers={"x-id": "a.b"})


def test_signing_in_a_form() -> None:
    draft = Draft(b"a=1&sig=old&b=%C3%AB+x", headers={"content-type": f"{FORM}; charset=utf-8"})
    draft.put(Place.of("body:sig"), "ne&w")
    draft.put(Place.of("body:n"), 7)
    assert draft.body == b"a=1&sig=ne%26w&b=%C3%AB+x&n=7"


# where a time ends


@pytest.mark.parametrize(
    ("unit", "following", "ends"),
    [
        ("rfc3339", b".", True),
        ("rfc3339", b"", True),
        ("http_date", b"\n", True),
        ("iso_utc", b":", True),
        ("iso_utc", b".", False),
        ("iso_utc", b"7", False),
        ("iso_utc", b"", False),
        ("s", b".", False),
        ("ms", b"", False),
    ],
)
def test_where_a_time_ends(unit: str, following: bytes, ends: object) -> None:
    assert ends_before(unit, following) is ends


@pytest.mark.parametrize(
    ("unit", "sent", "separator"),
    [
        ("rfc3339", "2026-05-28T20:26:40.125Z", "."),
        ("rfc3339", "2026-05-28T20:26:40.125+00:00", ":"),
        ("iso_utc", "2026-05-28T20:26:40.125", ":"),
    ],
)
def test_a_time_may_hold_what_separates_where_it_ends_by_itself(
    unit: str, sent: str, separator: str
) -> None:
    """And no other time and body make the same content."""
    scheme = Scheme(
        "header:x",
        timestamp="header:t",
        unit=unit,
        content=f"{{timestamp}}{separator}{{body}}",
        tolerance=1e12,
    )
    content = f"{sent}{separator}{{}}".encode()
    signature = hmac.digest(b"secret", content, "sha256").hex()
    taken = []
    for at in range(len(content)):
        if content[at : at + 1] != separator.encode():
            continue
        headers = ((b"x", signature.encode()), (b"t", content[:at]))
        delivery = Delivery(
            method="POST", path="/", headers=headers, body=content[at + 1 :], received_at=NOW
        )
        with suppress(BadSignature):
            scheme.verify(delivery, Secrets("secret"))
            taken.append(content[:at].decode())
    assert taken == [sent]


def test_a_time_that_might_go_on_may_not() -> None:
    scheme = Scheme("header:x", timestamp="header:t", unit="iso_utc", content="{timestamp}.{body}")
    sent = b"2026-05-28T20:26:40.125"
    signature = hmac.digest(b"secret", sent + b".{}", "sha256").hex().encode()
    delivery = Delivery(
        method="POST",
        path="/",
        headers=((b"x", signature), (b"t", sent)),
        body=b"{}",
        received_at=NOW,
    )
    with pytest.raises(MalformedSignature):
        scheme.verify(delivery, Secrets("secret"))
