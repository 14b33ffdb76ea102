"""Suspicions: said where nothing was found, and only there."""

import json

import pytest

from hookmw.explain import Budget
from tests.explain.broken import changed, explained, signed

BODY = {"id": "evt_1", "type": "a", "list": [{"z": 1, "a": 2}], "b": {}, "name": "Zoë"}


def codes(*args: object, **options: object) -> list[str]:
    return [each.code for each in explained(*args, **options).findings]  # type: ignore[arg-type]


@pytest.mark.parametrize("spaced", [None, (",", ":")])
def test_keys_in_alphabetical_order(spaced: tuple[str, str] | None) -> None:
    body = json.dumps(BODY, sort_keys=True, separators=spaced).encode()
    delivery = changed(signed(body=json.dumps(BODY).encode()), body=body)
    assert codes(delivery) == ["signature_mismatch", "json_sorted"]
    assert codes(delivery, budget=Budget(body=10)) == ["signature_mismatch"]


@pytest.mark.parametrize(
    "body", [b'{"b":1,"a":2,"c":3,"d":4}', b'{"a":1}', b"[1]", b"text", b"", b"[" * 9000, b'{"a":']
)
def test_no_order_to_speak_of(body: bytes) -> None:
    assert "json_sorted" not in codes(changed(signed(body=b"other"), body=body))


def test_what_was_found_needs_no_suspicion() -> None:
    body = json.dumps(BODY, sort_keys=True).encode()
    assert codes(changed(signed(body=body), body=body + b"\n"))[-1] == "body_newline"
    assert codes(changed(signed("telegram", body=body, secret="other"), body=body), "telegram") == [
        "signature_mismatch"
    ]


def test_the_url_that_nobody_knows() -> None:
    delivery = signed("square", body=b"{}", public_url="https://a.example")
    assert codes(changed(delivery, public_url="https://b.example"), "square") == [
        "signature_mismatch", "url_unsure",
    ]  # fmt: skip
    assert codes(signed("github", secret="other"), "github") == ["signature_mismatch"]
