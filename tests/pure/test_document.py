"""A body as data: read in one way by everybody, and never a reason to stumble."""

import json
from dataclasses import dataclass
from typing import Any, TypedDict
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel

from hookmw.delivery import Delivery
from hookmw.document import MAX_FIELDS, Document
from hookmw.errors import Undecodable
from tests.pure.rows import FORM, NOW


class AsStruct(msgspec.Struct):
    id: str
    amount: int


@dataclass
class AsDataclass:
    id: str
    amount: int


class AsTypedDict(TypedDict):
    id: str
    amount: int


class AsPydantic(BaseModel):
    id: str
    amount: int


TYPES = [AsStruct, AsDataclass, AsTypedDict, AsPydantic]
FORMED = b"id=evt_1&amount=7"
INVOICE = b'{"id":"evt_1","amount":7,"more":[]}'


def fields_of(value: Any) -> tuple[str, int]:
    if isinstance(value, dict):
        return value["id"], value["amount"]
    return value.id, value.amount


# the whole


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("body", [INVOICE, FORMED])
def test_typed(type_: Any, body: bytes) -> None:
    assert fields_of(Document(body).decode(type_)) == ("evt_1", 7)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(
    "body",
    [b'{"id":"evt_1","amount":"x"}', b'{"id":"evt_1"}', b"id=1&amount=x"],
)
def test_what_does_not_fit(type_: Any, body: bytes) -> None:
    with pytest.raises(Undecodable) as caught:
        Document(body).decode(type_)
    assert str(caught.value) != "not valid JSON"
    assert "evt_1" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_model_is_not_told_about_in_its_own_words() -> None:
    with pytest.raises(Undecodable, match=r"^not what the model asks for$"):
        Document(b'{"id":"evt_1","amount":"the secret of somebody"}').decode(AsPydantic)


def test_a_mismatch_names_the_place() -> None:
    with pytest.raises(Undecodable, match=r"Expected `int`, got `str` - at `\$\.amount`"):
        Document(b'{"id":"x","amount":"7"}').decode(AsStruct)


def test_anything() -> None:
    assert Document(b' {"a":[1,2.5,null,true]} ').decode() == {"a": [1, 2.5, None, True]}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"{'a':1}", b'{"a":1} x', b"\xff", b"\xef\xbb\xbf{}", b'{"\xff":1}']
    + ['{"a":1}'.encode(code) for code in ("utf-16", "utf-32", "utf-16-le")],
)
def test_no_json(body: bytes) -> None:
    with pytest.raises(Undecodable, match=r"^not valid JSON$"):
        Document(body).decode()
    assert Document(body).value(["a"]) is None
    assert Document(body).first_key([], frozenset()) is None


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 900_000 + b"]" * 900_000]
)
def test_103_nested_too_deeply(body: bytes) -> None:
    with pytest.raises(Undecodable, match=r"^nested too deeply$"):
        Document(body).decode()
    assert Document(body).value(["a", "a"]) is None
    assert Document(body).first_key(["a"], frozenset()) is None


def test_102_numbers_without_end() -> None:
    body = b'{"a":%b}' % (b"9" * 5000)
    with pytest.raises(Undecodable):
        Document(body).decode()
    assert Document(body).value(["a"]) is None


# one field


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("text", "é\0"),
        ("number", "7"),
        ("negative", "-7"),
        ("big", "123456789012345678901234567890"),
        ("a.b", "c"),
        ("items.0.id", "first"),
        ("items.1", "second"),
        ("items.2", None),
        ("items.9999999999999999999999", None),
        ("items.²", None),
        ("items.-1", None),
        ("items.x", None),
        ("float", None),
        ("true", None),
        ("null", None),
        ("a", None),
        ("items", None),
        ("missing", None),
        ("text.more", None),
        ("a.b.c", None),
        ("0", None),
        ("ключ", "unicode"),
        ('quo"te', None),
        ("", "empty"),
    ],
)
def test_a_field(path: str, found: str | None) -> None:
    body = {
        "text": "é\0",
        "number": 7,
        "negative": -7,
        "big": 123456789012345678901234567890,
        "a": {"b": "c"},
        "items": [{"id": "first"}, "second"],
        "float": 1.5,
        "true": True,
        "null": None,
        "ключ": "unicode",
        'quo"te': "x",
        "": "empty",
        "0": "digit",
    }
    for ensure_ascii in (True, False):
        document = Document(json.dumps(body, ensure_ascii=ensure_ascii).encode())
        assert document.value(path.split(".")) == found


def test_the_top_itself_may_be_the_field() -> None:
    assert Document(b'"x"').value([]) == "x"
    assert Document(b"[1,2]").value(["1"]) == "2"
    assert Document(b"{}").value([]) is None


def test_100_everybody_reads_the_same_of_two_equal_keys() -> None:
    body = b'{"id":"1","id":"2","\\u0069d":"3","a":{"b":1},"a":{"c":2}}'
    document = Document(body)
    assert document.value(["id"]) == document.decode()["id"] == json.loads(body)["id"] == "3"
    assert document.value(["a", "b"]) is None
    assert document.decode()["a"] == {"c": 2}
    assert document.first_key(["a"], frozenset()) == "c"


KEYS = st.sampled_from(["a", "b", "", "é", "0", "\0", "a.b"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUES, path=st.lists(st.sampled_from(["a", "b", "é", "", "0", "1"]), max_size=3))
def test_a_field_is_what_the_whole_has_there(value: Any, path: list[str]) -> None:
    """Two ways of reading one body must not differ: routing by one, handling by the other."""
    document = Document(json.dumps(value).encode())
    assert document.decode() == value
    found: Any = value
    for step in path:
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict) and not step.isdigit():
            found = found.get(step)
        else:
            found = None
    scalar = isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool))
    assert document.value(path) == (str(found) if scalar else None)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60) | st.text('{}[]":,\\u0d8ae1-. tn', max_size=30).map(str.encode))
def test_a_field_is_read_only_out_of_what_is_json(body: bytes) -> None:
    found = Document(body).value(["a"])
    if found is not None:
        try:
            assert str(Document(body).decode()["a"]) == found
        except Undecodable:
            json.loads(body.decode("utf-8", "replace"))  # but for bytes in a field that was skipped


def test_first_keys() -> None:
    document = Document(b'{"update_id":1,"message":{},"extra":[{"a":1}]}')
    assert document.first_key([], frozenset({"update_id"})) == "message"
    assert document.first_key(["extra", "0"], frozenset()) == "a"
    assert document.first_key([], frozenset({"update_id", "message", "extra"})) is None
    assert document.first_key(["message"], frozenset()) is None
    assert document.first_key(["nothing"], frozenset()) is None
    assert document.first_key(["update_id"], frozenset()) is None


# forms


def test_forms() -> None:
    document = Document(b"a=1&b.c=x+y%26&empty=&twice=1&twice=2&twice=3&%C3%A9=1")
    assert document.decode() == {
        "a": "1",
        "b.c": "x y&",
        "empty": "",
        "twice": ["1", "2", "3"],
        "é": "1",
    }
    assert document.value(["b", "c"]) == "x y&"
    assert document.value(["empty"]) == ""
    assert document.value(["twice"]) is None
    assert document.value(["missing"]) is None
    assert document.first_key([], frozenset()) is None


def test_json_in_a_form() -> None:
    body = b"payload=" + quote('{"type":"x","n":1}').encode() + b"&other=1"
    document = Document(body)
    assert document.decode() == {"type": "x", "n": 1}
    assert document.value(["type"]) == "x"
    assert document.first_key([], frozenset({"type"})) == "n"
    assert Document(body, "elsewhere").value(["other"]) == "1"
    assert Document(body.replace(b"payload", b"elsewhere"), "elsewhere").value(["n"]) == "1"


@pytest.mark.parametrize(
    "body",
    [
        b"payload=%7B%7D&payload=%7B%7D",  # [112]
        b"payload=garbage",
        b"payload=",
        b"a=\xff",
        b"a=%ff",
        b"a=%ed%a0%80",
        b"a=1&" * (MAX_FIELDS + 1),
    ],
)
def test_forms_that_are_none(body: bytes) -> None:
    with pytest.raises(Undecodable, match=r"^not valid JSON$"):
        Document(body).decode()
    assert Document(body).value(["a"]) is None


@pytest.mark.parametrize("blanks", [b"", b" ", b"\r\n\t "])
@pytest.mark.parametrize("body", [b'{"id":"1","s":"x&payload=%s&id=2"}', b'["&id=2"]', b'"&id=2"'])
def test_json_with_a_form_inside_is_json(blanks: bytes, body: bytes) -> None:
    body = blanks + body.replace(b"%s", quote('{"id":"forged"}').encode())
    assert Document(body).decode() == json.loads(body)
    assert Document(body).value(["id"]) != "2"


@pytest.mark.parametrize("content_type", [b"", b"text/plain", b"application/json", FORM, b"\xff"])
def test_the_content_type_is_not_signed_and_chooses_nothing(content_type: bytes) -> None:
    def of(body: bytes) -> Document:
        headers = ((b"content-type", content_type),)
        parts = Delivery(method="POST", path="/", headers=headers, body=body, received_at=NOW)
        return parts.document

    assert of(b'{"a":1}').value(["a"]) == "1"
    assert of(b"a=1").value(["a"]) == "1"


@pytest.mark.parametrize("body", [b"", b"=1", b" a=1", b"<a b=1>", b"a b=1", b"\xe9=1", b"123"])
def test_what_looks_like_no_form_is_none(body: bytes) -> None:
    assert Document(body).value(["a"]) is None
    assert Document(body).first_key([], frozenset()) is None
