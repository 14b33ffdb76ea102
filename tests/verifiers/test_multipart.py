"""Multipart forms: one field, and nothing that anybody could read otherwise."""

import email.parser
import email.policy

import pytest
from hypothesis import given, strategies as st

from hookmw.errors import BadSignature, MalformedSignature
from hookmw.verifiers.multipart import CONTENT_TYPE, read_field, write_field

TYPE = "multipart/form-data; boundary=x"


def part(name: str = "json", value: str = "1", *, head: str = "") -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n{value}\r\n'


def read(body: str, content_type: str = TYPE) -> bytes:
    return read_field(body.encode(), content_type, "json")


@pytest.mark.parametrize(
    "body",
    [
        part() + "--x--",
        part() + "--x--\r\n",
        part("other", "2") + part() + part("third", "3") + "--x--\r\n",
        part(head='; filename="a.json"\r\nContent-Type: application/json') + "--x--\r\n",
        part(head="\r\nContent-Transfer-Encoding: 8bit") + "--x--\r\n",
        part().replace("Content-Disposition", "content-disposition") + "--x--\r\n",
    ],
)
def test_the_field_is_found(body: str) -> None:
    assert read(body) == b"1"


@pytest.mark.parametrize("written", ['boundary="x"', "boundary=x", "BOUNDARY=x"])
def test_ways_to_write_the_boundary(written: str) -> None:
    assert read(part() + "--x--\r\n", f"multipart/form-data; {written}") == b"1"


SMUGGLED = {
    "twice": part() + part(value="2") + "--x--\r\n",
    "not there": part("other") + "--x--\r\n",
    "in another case": part("JSON") + "--x--\r\n",
    "before the first part": "preamble\r\n" + part() + "--x--\r\n",
    "after the last": part() + "--x--\r\nepilogue",
    "and a whole form after it": part() + "--x--\r\n" + part(value="2") + "--x--\r\n",
    "no end": part(),
    "line feeds alone": (part() + "--x--\r\n").replace("\r\n", "\n"),
    "white space after the boundary": part().replace("--x\r\n", "--x \r\n") + "--x--\r\n",
    "a longer boundary": part().replace("--x\r\n", "--xy\r\n") + "--x--\r\n",
    "two names": part(head='; name="json"') + "--x--\r\n",
    "two dispositions": part(head='\r\nContent-Disposition: form-data; name="a"') + "--x--\r\n",
    "no disposition": "--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--\r\n",
    "a name without quotes": part().replace('"json"', "json") + "--x--\r\n",
    "a name of another kind": part().replace('name="json"', "name*=utf-8''json") + "--x--\r\n",
    "an escaped name": part('js\\"on') + "--x--\r\n",
    "a folded header": part(head='\r\n ; name="json"') + "--x--\r\n",
    "base64": part(head="\r\nContent-Transfer-Encoding: base64") + "--x--\r\n",
    "too many parts": "".join(part(f"a{n}") for n in range(100)) + part() + "--x--\r\n",
    "nothing": "",
}


@pytest.mark.parametrize("what", SMUGGLED)
def test_what_could_be_read_in_two_ways_is_refused(what: str) -> None:
    with pytest.raises(MalformedSignature):
        read(SMUGGLED[what])


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x; boundary=y",
        "multipart/form-data; charset=utf-8; boundary=x",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=" + "x" * 71,
        'multipart/form-data; boundary="x',
    ],
)
def test_another_type(content_type: str) -> None:
    with pytest.raises(MalformedSignature):
        read(part() + "--x--\r\n", content_type)


@given(st.binary(max_size=200))
def test_what_we_write_we_read_and_so_does_python(value: bytes) -> None:
    body = write_field("json", value)
    assert read_field(body, CONTENT_TYPE, "json") == value
    head = f"Content-Type: {CONTENT_TYPE}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    names = [part.get_param("name", header="content-disposition") for part in message.walk()]
    assert names[1:] == ["json"]


@given(st.binary(max_size=200), st.text(max_size=60))
def test_nothing_else_is_raised(body: bytes, content_type: str) -> None:
    for each in (content_type, TYPE):
        try:
            read_field(body, each, "json")
        except BadSignature:
            continue
