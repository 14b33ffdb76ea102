"""Flat XML: what is read, and what makes a whole body unreadable."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from hookmw.document import Document
from hookmw.elements import read_elements

MESSAGE = """<xml><ToUserName><![CDATA[gh_7f0]]></ToUserName>
<CreateTime>1348831860</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[grüße & <MsgType>event</MsgType>]]></Content>
<MsgId>1234567890123456</MsgId>
</xml>""".encode()


def test_a_message() -> None:
    assert read_elements(MESSAGE) == {
        "ToUserName": "gh_7f0",
        "CreateTime": "1348831860",
        "MsgType": "text",
        "Content": "grüße & <MsgType>event</MsgType>",
        "MsgId": "1234567890123456",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"<xml><a>1</a><a>2</a><b>3</b></xml>",
        b"<xml><a><b>1</b></a><b>3</b></xml>",
        b"<xml><a>1<b>1</b>2</a><b>3</b></xml>",
        b"<xml><a><a>1</a></a><b>3</b></xml>",
        b"<xml><a><x><y>1</y></x></a><b>3</b></xml>",
    ],
)
def test_what_may_be_read_in_two_ways_is_not_read(body: bytes) -> None:
    assert read_elements(body) == {"b": "3"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"text",
        b"<xml>",
        b"</xml>",
        b"<xml><a>1</b></xml>",
        b"<xml><a>1</xml></a>",
        b"<a>1</a><b>2</b>",
        b"x<xml><a>1</a></xml>",
        b"<xml><a>1</a></xml>x",
        b"<xml a='1'><a>1</a></xml>",
        b"<xml><a/><b>1</b></xml>",
        b"<xml><!-- --><a>1</a></xml>",
        b"<xml><a>&lt;</a></xml>",
        b"<xml><a>&x;</a></xml>",
        b"<?xml version='1.0'?><xml><a>1</a></xml>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><xml><a>1</a></xml>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><a>&a;</a></xml>",
        b"<xml><a><![CDATA[1]]></xml>",
        b"<xml><a><![CDATA[1</a></xml>",
        b"<xml><a>\xff</a></xml>",
        b"<x:a>1</x:a>",
        b"<xml>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</xml>",
        b"<xml>" + b"".join(b"<a%d>1</a%d>" % (n, n) for n in range(2000)) + b"</xml>",
    ],
)
def test_what_is_not_flat_is_not_read_at_all(body: bytes) -> None:
    assert read_elements(body) == {}


NAMES = st.text("abcXYZ", min_size=1, max_size=4)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=6))
def test_read_as_by_a_whole_parser(pairs: list[tuple[str, str]]) -> None:
    pairs = [(name, text.replace("]]>", "")) for name, text in pairs]
    body = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in pairs)
    found = read_elements(f"<xml>{body}</xml>".encode())
    root = ET.fromstring(f"<xml>{body}</xml>")
    names = [each.tag for each in root]
    assert found == {each.tag: each.text or "" for each in root if names.count(each.tag) == 1}


@given(st.binary(max_size=200) | st.text("<>/![]CDAT&ab \n", max_size=200).map(str.encode))
def test_nothing_is_raised(body: bytes) -> None:
    assert all(isinstance(text, str) for text in read_elements(body).values())


def test_a_document_of_it() -> None:
    document = Document(MESSAGE)
    assert document.element("MsgType") == "text"
    assert document.element("Nothing") is None
    assert document.value(["MsgType"]) is None
    assert document.text() == MESSAGE.decode()
    assert Document(b"\xff").text() is None
