"""The rows of handshakes: complete, in order, and as the providers' own code answers."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hookmw.catalog import FAMILY_OF, names, provider
from hookmw.catalog.handshakes import ACKS, HANDSHAKES, PINGS
from hookmw.challenge import Challenge
from hookmw.errors import BadSignature, ConfigError, Malformed
from hookmw.secret import Secrets
from tests.handshakes.asking import changed, get, post, request
from tests.handshakes.cases import CASES, CODE, SECRET, TOLD, Case
from tests.handshakes.receiving import ALL_NAMES, row_for, rows_of

SIGNED = {
    *("adobe_sign", "asana", "azure_event_grid", "discord", "discord_webhook_events", "douyin"),
    *("front", "google_health", "line", "office365_management", "qq_bot", "slack", "slackchat"),
    *("tebex", "twitch", "viber", "vk", "wechat", "wechat_safe", "wecom", "xero"),
    "zoom",
}
"""Who signs its handshake: it is verified before any answer."""

UNSIGNED_TOO = {"asana", "azure_event_grid"}
"""Who signs one of its handshakes and not the other."""

COMPUTES = {
    *("braintree", "ebay", "linkedin", "qq_bot", "smartcar", "wrike", "x", "zoom"),
}
"""Whose answer is made with a secret: none may be an oracle."""


# the table


def test_every_name_is_the_catalogues() -> None:
    assert {*HANDSHAKES, *ACKS, *PINGS} <= {*names()}


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    asked = {(case.name, rows_of(case.name).index(row_for(case))) for case in CASES}
    rows = {(name, at) for name in ALL_NAMES for at, _ in enumerate(rows_of(name))}
    assert asked == rows
    assert len(CASES) == len(rows)
    assert [case.name for case in CASES] == sorted(case.name for case in CASES)


def test_the_table_is_sorted() -> None:
    for table in (HANDSHAKES, ACKS, PINGS):
        assert sorted(table) == [*table]


def test_the_catalogue_uses_the_table() -> None:
    for name in {*HANDSHAKES} & {*FAMILY_OF}:
        assert provider(name).challenges == tuple(Challenge(**row) for row in HANDSHAKES[name])
    for name in {*ACKS} & {*FAMILY_OF}:
        assert provider(name).ack == ACKS[name]


def test_161_who_signs_its_handshake_is_verified_first() -> None:
    phases = {name: {row.signed for row in rows_of(name)} for name in ALL_NAMES}
    assert {name for name, phase in phases.items() if True in phase} == SIGNED
    assert {name for name, phase in phases.items() if len(phase) > 1} == UNSIGNED_TOO


def test_there_are_enough() -> None:
    assert len(ALL_NAMES) >= 60


def test_nobody_is_answered_twice() -> None:
    assert not {*PINGS} & {*ALL_NAMES}


# what is answered


PAIRS = json.loads((Path(__file__).parents[1] / "vectors" / "handshakes.json").read_text("utf-8"))

UNSAID = {("lark", "encrypted"), ("wecom", None)}
"""The answer must be decrypted first: no row, but whatever verifies these envelopes, answers."""

SAID = [pair for pair in PAIRS if (pair["provider"], pair.get("case")) not in UNSAID]


@pytest.mark.parametrize("pair", SAID, ids=lambda pair: pair["provider"])
def test_answered_as_by_the_providers_own_sdk(pair: dict[str, Any]) -> None:
    url, secret = urlsplit(pair["request"]["url"]), Secrets(pair["secret"])
    told = Secrets(pair.get("extra", {}).get("public_key") or pair["secret"])
    query, headers = url.query.encode(), pair["request"]["headers"]
    asked = request(
        pair["request"]["method"],
        headers={name.lower(): value for name, value in headers.items()},
        body=base64.b64decode(pair["request"]["body"]),
    )
    asked = changed(asked, path=url.path, query_string=query)
    (row,) = (each for each in rows_of(pair["provider"]) if each.asked_by(asked))
    if row.signed and pair["provider"] in FAMILY_OF:
        provider(pair["provider"]).scheme.verify(asked, secret)
    reply, expected = row.answer(asked, secret, told), pair["response"]
    assert reply.status == expected["status"]
    assert dict(reply.headers)[b"content-type"].startswith(expected["content_type"].encode())
    if "json" in expected:
        assert json.loads(reply.body) == expected["json"]
    else:
        assert reply.body.decode() == expected["text"]


def test_all_pairs_but_the_encrypted_are_said() -> None:
    assert (len(PAIRS), len(SAID)) == (9, 7)


def test_only_what_goes_nowhere_but_into_a_header_may_be_any_visible_text() -> None:
    loose = {case.name for case in CASES if takes(row_for(case), "<b>")}
    assert loose == {"adobe_sign", "asana", "keap", "ringcentral"}
    assert not any(row_for(case).json for case in CASES if case.name in loose)


def takes(row: Challenge, token: str) -> bool:
    echo = Challenge("query:t", signed=False, grammar=row.grammar, text="")
    try:
        return bool(row.token) and echo.answer(get(t=token), None, None).status == 200
    except Malformed:
        return False


def test_who_computes() -> None:
    assert {name for name in ALL_NAMES if any(row.computes for row in rows_of(name))} == COMPUTES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_other_answers_know_nothing_of_the_secret(case: Case) -> None:
    row, told = row_for(case), Secrets(TOLD)
    if not row.signs:
        known = row.answer(case.asked, Secrets(SECRET), told)
        unknown = row.answer(case.asked, Secrets("another"), told)
        assert (known.body, known.headers) == (unknown.body, unknown.headers)
        assert SECRET.encode() not in known.body


# the row itself


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"text": "{token}"}, "the answer needs a token"),
        ({"json": {"a": "{hex}"}}, "the answer needs a token"),
        ({"json": {"a": "{number}"}}, "the answer needs a token"),
        ({"text": "{tokne}"}, r"no answer has \{tokne\} in it"),
        ({"text": "", "registers": True}, "the answer needs a token"),
        ({"text": "", "headers": {"x-a": "{token}"}}, "the answer needs a token"),
        ({"token": "query:t", "text": "{hex}", "content": "{token}{url}"}, "only a plain hash"),
        ({"token": "query:t", "text": "{hex}", "content": "{token}{nowhere:x}"}, "not a place"),
        (
            {"token": "query:t", "text": "{hex}", "content": "{token}{body:b}", "grammar": "(?i)a"},
            "no regular expression",
        ),
        ({"token": "query:t", "text": "{hex}", "algorithm": "rot13"}, "unknown"),
        ({"token": "query:t", "text": "{hex}", "key": "rot13"}, "unknown"),
    ],
)
def test_a_row_that_cannot_work(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Challenge(signed=False, **row)


def test_a_header_never_takes_more_than_visible_ascii_whatever_the_grammar() -> None:
    row = Challenge("query:t", signed=False, grammar=r"(?s).*", headers={"x-a": "{token}"}, text="")
    for token in ("a b", "a\r\nb: c", "é", "\0", "a\x7f"):
        with pytest.raises(Malformed):
            row.answer(get(t=token), None, None)


@pytest.mark.parametrize("when", ["", "1 ", "{", '1{"op":0}', "a" * 129, None])
def test_every_text_that_is_signed_must_be_of_the_grammar(when: str | None) -> None:
    (row,) = rows_of("qq_bot")
    asked = post({"op": 13, "d": {"plain_token": CODE, "event_ts": when}})
    assert row.asked_by(asked)
    with pytest.raises(Malformed):
        row.answer(asked, Secrets(SECRET), None)


def test_what_could_be_signed_is_known_beforehand() -> None:
    (qq,), (zoom,) = rows_of("qq_bot"), rows_of("zoom")
    assert qq.could_sign(b"1725442341Arq0D5A61EgUu4OxUvOp")
    assert zoom.could_sign(b"qgg8vlvZRS6UYooatFL8Aw")
    for content in (b"", b'1725442341{"op":0}', b'v0:1:{"a":1}', b"{}"):
        assert not qq.could_sign(content)
        assert not zoom.could_sign(content)
    assert not rows_of("dropbox")[0].could_sign(b"abc")


def test_a_body_that_is_signed_must_be_read_first() -> None:
    in_query = Challenge("query:t", signed=True, text="{hex}", content="{token}{query:u}")
    in_body = Challenge("query:t", signed=True, text="{hex}", content="{token}{body:u}")
    assert (in_query.in_body, in_body.in_body) == (False, True)


def test_ebay_needs_the_public_url() -> None:
    (row,) = rows_of("ebay")
    with pytest.raises(BadSignature, match="public_url="):
        row.answer(changed(get(challenge_code=CODE), public_url=None), None, Secrets(TOLD))


def test_smartcar_by_hand() -> None:
    """Its page on verification: version 4.0 says `VERIFY`, earlier ones `verify`."""
    mac = hmac.new(b"amt-token", b"49f2a9f6", "sha256").hexdigest()
    for asked in (
        post({"eventName": "verify", "payload": {"challenge": "49f2a9f6"}}),
        post(
            {"eventType": "VERIFY", "data": {"challenge": "49f2a9f6"}, "meta": {"version": "4.0"}}
        ),
    ):
        (row,) = (each for each in rows_of("smartcar") if each.asked_by(asked))
        reply = row.answer(asked, Secrets(["amt-token", "old"]), None)
        assert json.loads(reply.body) == {"challenge": mac}
