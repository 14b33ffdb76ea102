"""Every row: what it signs it accepts, and nothing else."""

import json
import re
from importlib import import_module
from typing import Any

import pytest

from hookmw.catalog import FAMILY_OF, provider
from hookmw.cli.describe import proof_in_words
from hookmw.delivery import Delivery
from hookmw.errors import (
    BadSignature,
    Malformed,
    MissingSignature,
    Rejected,
    StaleTimestamp,
)
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.verifiers.sealed_scheme import SealedScheme
from hookmw.verifiers.signed_fields import SignedFields
from hookmw.verifiers.sorted_envelope import SortedEnvelope
from hookmw.verifiers.sorted_hash import SortedHash
from tests.catalog.hands import hand
from tests.catalog.pages import family_of
from tests.catalog.sending import (
    NAMES,
    NOW,
    bound,
    changed,
    check,
    covers_body,
    is_timed,
    opens,
    proof_places,
    received,
    secrets_of,
    signed,
    type_of,
    with_proof,
)

pytestmark = pytest.mark.anyio

YEAR = 31_557_600.0

GARBAGE = [
    *(b"garbage", b"=", b",", b"sha256=", b"v1=", b"v1,", b"t=1,v1=", b"t=1,v1=x", b"t=nan,v1=00"),
    *(b"Bearer", b"Bearer ", b"Basic ", b"Basic Og==", b"\xff\xfe", b"\xff\xfe\x00", b"0" * 64),
    *(b"A" * 10_000, b"v1," + b"A" * 43 + b"=", b"sha256=" + b"0" * 64, b"=" * 99, b"a.b.c"),
    *(b"t=1780000000,v1=" + b"0" * 64, "\u0661\u0662\u0663".encode(), b"\x00"),
]

WHOLE = [name for name in NAMES if covers_body(name)]
TIMED = [name for name in NAMES if is_timed(name)]
URLS = [name for name in NAMES if getattr(provider(name).scheme, "signs_url", False)]

PARTLY = {
    "aws_sns": "a list of members",
    "braintree": "one field of the form",
    "treezor": "one member, as it stands",
    "favro": "the id of the payload and the URL",
    "mailgun": "time and token",
    "mailgun_form": "time and token",
    "openpay": "the text in data",
    "adyen": "eight members of the item",
    "dropbox_sign": "time and type",
    "praxis": "a list of members",
}
"""Rows that sign some of the body, and what."""

UNSIGNED = {"azure_web_pubsub", "mercado_pago"}
"""Rows that sign other parts of the request and nothing of the body."""


def needs_its_secret(name: str) -> bool:
    """Whether the secret proves something: some open the door at which keys are published."""
    scheme = provider(name).scheme
    return hand(name).secret is not None and not getattr(scheme, "ask", {})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_no_row_is_left_out() -> None:
    assert set(NAMES) == set(FAMILY_OF) == set(family_of())


@pytest.mark.parametrize("name", NAMES)
async def test_signed_is_accepted_and_id_and_type_are_read(name: str) -> None:
    delivery, row = received(name), bound(name, hand(name))
    await check(row, delivery, secrets_of(hand(name)))
    assert row.event_type(delivery) == (type_of(name) if row.type else "")
    assert row.event_id(delivery)[0] == ("evt_81231" if row.id else None)


@pytest.mark.parametrize("name", NAMES)
async def test_the_form_of_the_secret_is_the_rows(name: str) -> None:
    look = getattr(provider(name).scheme, "check_secrets", None)
    if look is not None:
        look(secrets_of(hand(name)))


@pytest.mark.parametrize("name", NAMES)
async def test_another_hand_is_refused_and_a_second_secret_is_tried(name: str) -> None:
    mine, other = hand(name), hand(name, 1)
    with pytest.raises(BadSignature):
        await check(bound(name, other), received(name), secrets_of(other))
    await check(bound(name, mine), received(name), secrets_of(other, mine))


@pytest.mark.parametrize("name", [name for name in NAMES if needs_its_secret(name)])
async def test_what_the_endpoint_was_told_counts_whatever_is_published(name: str) -> None:
    with pytest.raises(BadSignature):
        await check(bound(name, hand(name)), received(name), secrets_of(hand(name, 1)))


@pytest.mark.parametrize("name", WHOLE)
async def test_each_byte_of_the_body_is_signed(name: str) -> None:
    row, delivery, secrets = bound(name, hand(name)), received(name), secrets_of(hand(name))
    body = delivery.body
    bodies = [
        body[:index] + bytes([body[index] ^ bit]) + body[index + 1 :]
        for index in range(len(body))
        for bit in (1, 0x80)
    ]
    for other in (*bodies, body + b" ", body + b"\n", body + b"&x=1", body[:-1], b"", b"{}"):
        if opens(name):
            await is_refused_or_opened_alike(row, changed(delivery, body=other), secrets, delivery)
        elif not is_the_same(name, other, body):
            with pytest.raises(BadSignature):
                await check(row, changed(delivery, body=other), secrets)


async def is_refused_or_opened_alike(
    row: Provider, delivery: Delivery, secrets: Secrets, genuine: Delivery
) -> None:
    """Of an envelope the ciphertext is signed, not the XML or the blanks around it: what is in it
    must be what was in it."""
    sent = changed(genuine)
    await check(row, sent, secrets)
    try:
        await check(row, delivery, secrets)
    except BadSignature:
        return
    assert delivery.body == sent.body
    assert row.event_type(delivery) == row.event_type(sent)


def is_the_same(name: str, other: bytes, body: bytes) -> bool:
    """Byte for byte; where the signature is of the JSON with its keys sorted, as data."""
    if "sorted" not in getattr(provider(name).scheme, "content", ""):
        return other == body
    try:
        return bool(json.loads(other) == json.loads(body))
    except ValueError:
        return False


def test_what_is_no_part_of_the_signature_is_known() -> None:
    """A row that signs less than the body has this test to tell."""
    tokens = {name for name in NAMES if getattr(provider(name).scheme, "covers_nothing", False)}
    assert set(NAMES) - set(WHOLE) - tokens == {*PARTLY, *UNSIGNED}


@pytest.mark.parametrize("name", [name for name in NAMES if not covers_body(name)])
def test_what_signs_no_body_says_so(name: str) -> None:
    """In its notes, or by a name of its own: a token is a token."""
    row = provider(name)
    told = re.search(
        r"(not|nothing\b.*|never|[Oo]nly\b.*)\b.*(signed|signs|body)", row.notes, re.IGNORECASE
    )
    assert told or proof_in_words(row.scheme) == "shared token"


@pytest.mark.parametrize("name", sorted(PARTLY))
async def test_what_is_signed_of_the_body_cannot_be_changed(name: str) -> None:
    row, delivery, secrets = bound(name, hand(name)), received(name), secrets_of(hand(name))
    await check(row, changed(delivery, body=delivery.body), secrets)
    for other in (b"", b"{}", b"[]", b"a=1"):
        with pytest.raises(BadSignature):
            await check(row, changed(delivery, body=other), secrets)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [None, b"", b"   "], ids=["none", "empty", "blank"])
async def test_a_missing_signature_is_missing(name: str, text: bytes | None) -> None:
    row, secrets = bound(name, hand(name)), secrets_of(hand(name))
    kind = MissingSignature if proof_places(name)[0].kind == "header" else BadSignature
    with pytest.raises(kind):
        await check(row, with_proof(name, received(name), text), secrets)


@pytest.mark.parametrize("name", NAMES)
async def test_garbage_is_refused(name: str) -> None:
    row, secrets = bound(name, hand(name)), secrets_of(hand(name))
    for text in GARBAGE:
        with pytest.raises((BadSignature, Malformed)):
            await check(row, with_proof(name, received(name), text), secrets)


@pytest.mark.parametrize("name", NAMES)
async def test_only_refusals_come_of_any_of_it(name: str) -> None:
    row, secrets = bound(name, hand(name)), secrets_of(hand(name))
    delivery = received(name)
    bare = changed(delivery, headers=(), query_string=b"\xff", body=b"\x00", path_params={})
    with pytest.raises(Rejected):
        await check(row, bare, secrets)
    doubled = changed(delivery, headers=(*delivery.headers, *delivery.headers))
    if any(place.kind == "header" for place in proof_places(name)):
        with pytest.raises(Rejected):
            await check(row, doubled, secrets)


@pytest.mark.parametrize("name", TIMED)
async def test_stale_and_future_are_refused(name: str) -> None:
    row, request, secrets = bound(name, hand(name)), signed(name), secrets_of(hand(name))
    for late in (YEAR, -YEAR):
        with pytest.raises(StaleTimestamp):
            await check(row, received(name, request, NOW + late), secrets)


TOLERANT = (Scheme, SealedScheme, SignedFields, SortedEnvelope, SortedHash)
"""Verifiers whose tolerance alone says how old a delivery may be: no token, no certificate."""


@pytest.mark.parametrize("name", [n for n in TIMED if isinstance(provider(n).scheme, TOLERANT)])
async def test_the_tolerance_is_kept_both_ways(name: str) -> None:
    scheme: Any = provider(name).scheme
    request, secrets = signed(name), secrets_of(hand(name))
    for side in (1, -1):
        near = received(name, request, NOW + side * (scheme.tolerance - 1))
        await check(provider(name), near, secrets)
        far = received(name, request, NOW + side * (scheme.tolerance + 1))
        with pytest.raises(StaleTimestamp):
            await check(provider(name), far, secrets)


@pytest.mark.parametrize("name", NAMES)
async def test_each_further_place_is_enough(name: str) -> None:
    first, *further = proof_places(name)
    delivery, row, secrets = received(name), bound(name, hand(name)), secrets_of(hand(name))
    for place in further:
        if {first.kind, place.kind} == {"header"}:
            old, new = (each.name.lower().encode() for each in (first, place))
            headers = tuple((new if key == old else key, text) for key, text in delivery.headers)
            await check(row, changed(delivery, headers=headers), secrets)


@pytest.mark.parametrize("name", URLS)
async def test_another_url_is_refused(name: str) -> None:
    row, secrets = bound(name, hand(name)), secrets_of(hand(name))
    delivery = received(name)
    await check(row, changed(delivery), secrets)
    others: list[dict[str, Any]] = [{"path": "/other"}]
    if "{url}" in getattr(provider(name).scheme, "content", ""):
        others += [{"query_string": b"a=1"}, {"public_url": "http://hooks.example.com"}]
        others += [{"public_url": "https://proxy.internal"}, {"public_url": None}]
    if "{method}" in getattr(provider(name).scheme, "content", ""):
        others.append({"method": "PUT"})
    for parts in others:
        with pytest.raises(BadSignature):
            await check(row, changed(delivery, **parts), secrets)


@pytest.mark.parametrize("family", sorted(set(family_of().values())))
def test_rows_are_sorted_and_tell_where_they_come_from(family: str) -> None:
    rows: dict[str, Any] = import_module(f"hookmw.catalog.{family}").ROWS
    assert list(rows) == sorted(rows)
    for row in rows.values():
        assert row["title"]
        assert row["docs"].startswith("https://")
        assert row["env"].isidentifier()
        assert row["env"].isupper()
        assert row.get("notes", "").endswith(".") or "notes" not in row
