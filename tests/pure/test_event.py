"""What happened: ids that sort, a payload that is parsed once, types that fit."""

from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import RFC_4122

import msgspec
import pytest
from pydantic import BaseModel

from hookmw.document import Document
from hookmw.errors import Undecodable
from hookmw.event import Event, Reply, new_event_id
from tests.pure.rows import FORM, NOW


class AsStruct(msgspec.Struct):
    name: str


@dataclass
class AsDataclass:
    name: str


class AsTypedDict(TypedDict):
    name: str


class AsPydantic(BaseModel):
    name: str


class Duck:
    """Anything with pydantic's two methods is treated as a model."""

    @classmethod
    def model_validate_json(cls, data: bytes) -> tuple[str, bytes]:
        return "json", data

    @classmethod
    def model_validate(cls, data: Any) -> tuple[str, Any]:
        return "form", data


def event(body: bytes = b'{"name":"Zo\xc3\xab"}', content_type: bytes = b"") -> Event[Any]:
    return Event(
        id=new_event_id(NOW),
        endpoint="shop",
        provider="stripe",
        type="thing.created",
        key="evt_1",
        body=body,
        headers=((b"content-type", content_type), (b"x-token", b"hunter2")),
        received_at=NOW,
        path="/hook",
        path_params={"tenant": "acme"},
        query_string=b"a=1",
    )


def test_ids_are_uuid7() -> None:
    for _ in range(100):
        made = new_event_id(NOW)
        assert (made.version, made.variant) == (7, RFC_4122)
        assert made.int >> 80 == int(NOW * 1000)


def test_ids_sort_by_time() -> None:
    ids = [new_event_id(NOW + step / 1000) for step in range(200)]
    assert ids == sorted(ids)
    assert [str(each) for each in ids] == sorted(str(each) for each in ids)
    assert [each.bytes for each in ids] == sorted(each.bytes for each in ids)


def test_ids_are_unique() -> None:
    assert len({new_event_id(NOW) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("seconds", [0.0, -1.0, 2.0**40, 1795471421.13])
def test_ids_of_any_clock(seconds: float) -> None:
    assert new_event_id(seconds).version == 7


def test_the_payload_is_parsed_at_the_first_look_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    decode = Document.decode

    def counted(self: Document, type_: Any = Any) -> Any:
        decoded.append(type_)
        return decode(self, type_)

    monkeypatch.setattr(Document, "decode", counted)
    happened = event()
    assert decoded == []
    assert happened.payload is happened.payload
    assert happened.payload == {"name": "Zoë"}
    assert decoded == [Any]
    happened.expect(AsStruct)
    assert happened.payload == AsStruct("Zoë")
    assert decoded == [Any, AsStruct]


@pytest.mark.parametrize("type_", [AsStruct, AsDataclass, AsPydantic])
@pytest.mark.parametrize(("body", "kind"), [(b'{"name":"x"}', b""), (b"name=x", FORM)])
def test_typed_payloads(type_: Any, body: bytes, kind: bytes) -> None:
    payload = event(body, kind).typed(type_).payload
    assert isinstance(payload, type_)
    assert payload.name == "x"


def test_typed_dicts() -> None:
    assert event().typed(AsTypedDict).payload == {"name": "Zoë"}
    assert event().typed(dict[str, str]).payload == {"name": "Zoë"}


def test_models_by_their_shape() -> None:
    assert event(b"{}").typed(Duck).payload == ("json", b"{}")
    assert event(b"a=1", FORM).typed(Duck).payload == ("form", {"a": "1"})


def test_typed_is_another_event_of_the_same_delivery() -> None:
    happened = event()
    other = happened.typed(AsStruct)
    assert other is not happened
    assert happened.payload == {"name": "Zoë"}
    assert other.payload == AsStruct("Zoë")
    names = (
        *("id", "endpoint", "provider", "type", "key", "timestamp", "received_at", "attempt"),
        *("replayed", "body", "headers", "path", "path_params", "query_string", "envelope"),
    )
    for name in names:
        assert getattr(other, name) == getattr(happened, name)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"name":1}'])
def test_a_payload_that_is_none(body: bytes) -> None:
    happened = event(body).typed(AsStruct)
    for _ in range(2):
        with pytest.raises(Undecodable):
            _ = happened.payload
    assert happened.body == body


def test_places_can_be_read_from_it() -> None:
    assert event().header(b"x-token") == "hunter2"
    assert event().query("a") == "1"


def test_its_body_and_headers_are_not_printed() -> None:
    happened = event()
    assert repr(happened) == f"<Event {happened.id}: shop 'thing.created'>"


def test_a_reply_says_what_it_is() -> None:
    reply = Reply(201, b"hello", "application/json", headers=((b"x-more", b"1"),))
    assert (reply.status, reply.body) == (201, b"hello")
    assert reply.headers == (
        (b"content-type", b"application/json"),
        (b"content-length", b"5"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-more", b"1"),
    )
    assert not reply.closes
    assert Reply(413, headers=((b"connection", b"close"),)).closes
    assert dict(Reply().headers)[b"content-length"] == b"0"
    assert dict(Reply().headers)[b"content-type"] == b"text/plain; charset=utf-8"
