"""Hook0's signature, whose own list names the headers and the time."""

import hmac

import pytest

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import MalformedSignature, MissingSignature, Rejected, StaleTimestamp
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.secret import Secrets
from hookmw.verifiers.named_headers import NamedHeaders
from tests.pure.rows import NOW, changed, with_headers

BODY = b'{"event":"user.created"}'
HEADERS = {"x-event-id": "evt-1", "x-event-type": "user.created"}
NAMES = "x-event-id x-event-type"


def row() -> NamedHeaders:
    scheme = provider("coinbase_cdp").scheme
    assert isinstance(scheme, NamedHeaders)
    return scheme


def signed(
    names: str = NAMES,
    body: bytes = BODY,
    at: float = NOW,
    headers: dict[str, str] | None = None,
) -> Delivery:
    draft = Draft(body, headers={**HEADERS, **(headers or {})})
    values = ".".join(draft.headers.get(name, "") for name in names.split(" "))
    content = f"{at:.0f}.{names}.{values}.".encode() + body
    mac = hmac.new(b"secret", content, "sha256").hexdigest()
    draft.headers["x-hook0-signature"] = f"t={at:.0f},h={names},v1={mac}"
    return draft.delivery(NOW)


def check(delivery: Delivery) -> None:
    row().precheck(delivery)
    row().verify(delivery, Secrets("secret"))


def refused(delivery: Delivery) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check(delivery)
    return caught.value


def rewritten(delivery: Delivery, old: str, new: str) -> Delivery:
    text = dict(delivery.headers)[b"x-hook0-signature"].decode()
    assert old in text
    return with_headers(delivery, {b"x-hook0-signature": text.replace(old, new).encode()})


def test_headers_are_signed_in_the_order_in_which_they_are_named() -> None:
    check(signed())
    check(signed("x-event-type x-event-id"))
    refused(rewritten(signed(), NAMES, "x-event-type x-event-id"))


def test_what_is_signed_counts() -> None:
    for change in ({b"x-event-id": b"evt-2"}, {b"x-event-type": b"user.deleted"}):
        refused(with_headers(signed(), change))
    refused(changed(signed(), body=BODY.replace(b"created", b"deleted")))
    refused(rewritten(signed(), f"t={NOW:.0f}", f"t={NOW + 1:.0f}"))
    for late in (301, -301):
        assert isinstance(refused(signed(at=NOW + late)), StaleTimestamp)


@pytest.mark.parametrize(
    "names",
    [
        *("", " ", "x-event-id ", "x-event-id  x-event-type", "x-event-id x-event-id", "x_y", "é"),
        *("x-missing", " ".join(f"x-{n}" for n in range(40))),
    ],
)
def test_names_that_are_none(names: str) -> None:
    assert isinstance(refused(signed(names)), MalformedSignature)


def test_the_list_must_be_whole() -> None:
    for old, new in (("t=", "T="), (",h=", ",g="), ("v1=", "v0="), ("v1=", "v2="), (",", ",,")):
        assert isinstance(refused(rewritten(signed(), old, new)), MalformedSignature)
    twice = rewritten(signed(), ",h=", f",t={NOW:.0f},h=")
    assert isinstance(refused(twice), MalformedSignature)
    assert isinstance(
        refused(with_headers(signed(), {b"x-hook0-signature": None})), MissingSignature
    )


def test_a_dot_moves_between_headers_so_that_none_is_covered() -> None:
    """The scheme's own weakness: what it costs is that ids of headers are not believed."""
    moved = with_headers(signed(), {b"x-event-id": b"evt-1.user", b"x-event-type": b"created"})
    check(moved)
    assert not row().covers(Place.of("header:x-event-id"))
    assert provider("coinbase_cdp").event_id(moved) == ("evt-1.user", False)
    assert row().covers(Place.of("body:id"))


def test_no_part_of_a_body_becomes_a_header_nor_the_other_way_round() -> None:
    """An inner object of a signed body is no body of its own."""
    delivery = signed(body=b'{"note":"a.{\\"event\\":\\"evil\\"}"}')
    check(delivery)
    text = b'user.created.{"note":"a'
    cut = with_headers(delivery, {b"x-event-type": text})
    cut = changed(cut, body=b'{\\"event\\":\\"evil\\"}"}')
    assert row().signed_content(delivery) == row_content(cut)
    assert isinstance(refused(cut), MalformedSignature)
    assert isinstance(refused(signed(headers={"x-event-type": "{x"})), MalformedSignature)
    assert isinstance(refused(signed(body=b"[]")), MalformedSignature)


def row_content(delivery: Delivery) -> bytes:
    """What would be signed if no header were refused."""
    values = [dict(delivery.headers)[name.encode()] for name in NAMES.split(" ")]
    return f"{NOW:.0f}.{NAMES}.".encode() + b".".join(values) + b"." + delivery.body
