"""Envelopes and signatures inside of bodies: what is genuine opens, and nothing else does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hookmw.catalog import provider
from hookmw.errors import BadSignature, Rejected, StaleTimestamp
from hookmw.secret import Secrets
from tests.verifiers.envelopes import (
    NAMES,
    SEALED,
    arrived,
    changed,
    kits,
    ours,
    public,
    receive,
    request,
)
from tests.verifiers.vectors import NOW, Vector, delivery_of, named, read

pytestmark = pytest.mark.anyio

PARTLY = {"adyen", "dropbox_sign", "praxis"}
"""Whose signature covers fields, not the body."""


VECTORS = [
    vector
    for name in (*NAMES, "qq_bot")
    if name != "praxis"  # there is no code of Praxis' own to ask
    for vector in read(name)
    if vector["scheme"] != "payload_header"
]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
async def test_judged_as_by_somebody_elses_code(vector: Vector) -> None:
    delivery, secret = delivery_of(vector), vector["secret"]
    if vector["expect"] == "reject":
        with pytest.raises(BadSignature):
            await receive(vector["provider"], delivery, secret)
        return
    await receive(vector["provider"], delivery, secret)
    opened = (vector.get("extra") or {}).get("opened")
    if opened is not None:
        assert delivery.opened
        assert delivery.body.decode() == opened


# what we sign ourselves


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_sealed_is_what_is_opened(name: str) -> None:
    delivery = await receive(name, arrived(name))
    if name in PARTLY:
        assert said(name, delivery.body) == said(name, request(name).body)
    else:
        assert delivery.body == kits()[name].payload
    assert delivery.opened == (name in SEALED)


def said(name: str, body: bytes) -> Any:
    """What the signature covers, read by nothing of ours."""
    if name == "dropbox_sign":
        body = body[body.index(b"{") : body.rindex(b"}") + 1]
        event = json.loads(body)["event"]
        return str(event["event_time"]), event["event_type"]
    if name == "adyen":
        (item,) = json.loads(body)["notificationItems"]
        item = item["NotificationRequestItem"]
        names = ("pspReference", "merchantReference", "merchantAccountCode", "amount", "success")
        return [item[each] for each in names], item["eventCode"], item.get("originalReference", "")
    event = json.loads(body)
    money = ("tid", "currency", "amount", "processed_currency", "processed_amount")
    return (
        *(event[each] for each in ("merchant_id", "application_key", "timestamp")),
        [event["transaction"][each] for each in money],
        event["transaction"].get("conversion_rate"),
    )


@pytest.mark.parametrize("name", NAMES)
async def test_the_older_and_the_newer_secret(name: str) -> None:
    right, wrong = ours(name), public(kits()[name].wrong)
    for secrets in ([right, wrong], [wrong, right]):
        delivery = await receive(name, arrived(name), secrets)
        assert delivery.body == (await receive(name, arrived(name))).body


@pytest.mark.parametrize("name", NAMES)
async def test_another_secret(name: str) -> None:
    with pytest.raises(BadSignature):
        await receive(name, arrived(name), public(kits()[name].wrong))


@pytest.mark.parametrize("name", NAMES)
async def test_each_byte_of_the_body(name: str) -> None:
    """What is still accepted says the same: white space, or what the signature never covered."""
    genuine = (await receive(name, arrived(name))).body
    for body in spoiled(request(name).body):
        delivery = arrived(name, body=body)
        try:
            await receive(name, delivery)
        except Rejected:
            continue
        if name in PARTLY:
            assert said(name, delivery.body) == said(name, genuine)
        elif name != "wechat":  # in plain mode the body is nobody's
            assert delivery.body == genuine


def spoiled(body: bytes) -> Iterator[bytes]:
    yield b""
    yield body[:-1]
    yield body * 2
    for at in range(len(body)):
        for bit in (0x01, 0x20, 0x80):
            yield body[:at] + bytes([body[at] ^ bit]) + body[at + 1 :]


@pytest.mark.parametrize("name", ["dingtalk", "wechat", "wechat_safe", "wecom"])
async def test_each_byte_of_the_query(name: str) -> None:
    genuine = arrived(name)
    for at in range(len(genuine.query_string)):
        query = bytearray(genuine.query_string)
        query[at] ^= 0x01
        with pytest.raises(Rejected):
            await receive(name, changed(genuine, query_string=bytes(query)))


@pytest.mark.parametrize("name", ["dingtalk", "lark", "praxis", "wechat", "wechat_safe", "wecom"])
@pytest.mark.parametrize("side", [-1, 1])
async def test_stale_and_future(name: str, side: int) -> None:
    tolerance = 3600 if name == "praxis" else 300
    near = request(name, at=NOW + side * (tolerance - 1)).delivery(NOW)
    assert (await receive(name, near)).proof is not None
    far = request(name, at=NOW + side * (tolerance + 2)).delivery(NOW)
    with pytest.raises(StaleTimestamp):
        await receive(name, far)


GARBAGE = [
    *(b"", b"{}", b"[]", b"null", b"\xff", b"\0", b"<xml>", b'{"encrypt":1}', b'{"encrypt":"A"}'),
    *(
        b'{"encrypt":"AAAA"}',
        b'{"encrypt":"' + b"A" * 64 + b'"}',
        b"<xml><Encrypt></Encrypt></xml>",
    ),
    *(
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>",
        b"a.b.c",
        b"..",
        b"--a--",
    ),
    *(b'{"notificationItems":[]}', b'{"notificationItems":[{}]}', b'{"event":{"event_hash":"x"}}'),
    *(b'{"encrypt":"\xed\xa0\x80"}', b'{"encrypt":"\\ud800"}', b'"' * 100, b"[" * 5000),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: ascii(body)[:24])
async def test_garbage_for_a_body(name: str, body: bytes) -> None:
    for headers in (arrived(name).headers, ((b"content-type", b"multipart/form-data"),)):
        delivery = arrived(name, body=body, headers=headers)
        if name == "wechat":
            assert (await receive(name, delivery)).body == body
        else:
            with pytest.raises(Rejected):
                await receive(name, delivery)


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.binary(max_size=120))
def test_garbage_everywhere(name: str, text: bytes) -> None:
    scheme: Any = provider(name).scheme
    headers = tuple((key, text) for key, _ in arrived(name).headers)
    secrets = Secrets(ours(name))
    for delivery in (
        arrived(name, headers=headers),
        arrived(name, query_string=text),
        arrived(name, body=text, headers=headers, query_string=text),
    ):
        for look in (scheme.verify, getattr(scheme, "open", None), getattr(scheme, "seal", None)):
            try:
                outcome: Any = look(delivery, secrets) if look else None
                if hasattr(outcome, "send"):
                    outcome.send(None)
            except (Rejected, StopIteration):
                pass
