"""The table of handshakes: each asked rightly, each asked by somebody hostile."""

import base64
import hmac
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from hookmw.catalog import FAMILY_OF, names, provider
from hookmw.catalog.handshakes import ACKS, HANDSHAKES, PINGS
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery, Proof
from hookmw.errors import BadSignature, ChallengeRefused, ConfigError, Malformed, Rejected
from hookmw.event import Reply
from hookmw.middleware.challenge import NoOracle
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from tests.pure.handshakes import (
    ALL_NAMES,
    CASES,
    CODE,
    NOW,
    SECRET,
    TOLD,
    Case,
    get,
    post,
    request,
    row_for,
    rows_of,
    with_method,
    with_text,
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
with_token = pytest.mark.parametrize(
    "case", [case for case in CASES if row_for(case).token], ids=lambda case: case.name
)
with_guard = pytest.mark.parametrize(
    "case", [case for case in CASES if row_for(case).guard], ids=lambda case: case.name
)

NOT_YET: set[str] = {
    "adyen",
    "aurinko",
    "dropbox_sign",
    "ebay",
    "keap",
    "mailchimp",
    "prelude",
    "strava",
    "wechat",
}
"""Those that have no row in a family yet; whoever adds the row takes the name out."""

SIGNS = {"braintree", "smartcar", "x", "zoom"}
"""Whose answer is a MAC under the signing secret: each must be proved to be no oracle."""

UNSIGNED = {
    *("asana", "aurinko", "azure_event_grid", "bitbucket", "braintree", "cloudevents_http_webhook"),
    *("dropbox", "ebay", "gusto", "intercom", "keap", "lark", "mailchimp", "mandrill"),
    *("messenger", "meta", "meta_query", "microsoft_graph", "monday", "notion", "nylas", "okta"),
    *("oura", "prelude", "salesforce_mc_ens", "shoplineapp", "smartcar", "smartsheet", "strava"),
    *("trello", "unisender_go", "websub", "whatsapp", "whatsapp_query", "woocommerce", "x"),
}
"""Who does not sign its handshake, or not always: all others are verified before any answer."""

REGISTERS = {"asana", "gusto", "notion", "salesforce_mc_ens"}


# the table


def test_every_name_is_the_catalogues() -> None:
    known = {*names()}
    assert {*HANDSHAKES, *ACKS, *PINGS} - known == NOT_YET, "keep NOT_YET true: it only shrinks"


def test_every_row_is_asked_here() -> None:
    asked = [(case.name, row_for(case)) for case in CASES]
    assert [(name, row) for name in HANDSHAKES for row in rows_of(name)] == asked


def test_the_table_is_sorted() -> None:
    assert sorted(HANDSHAKES) == [*HANDSHAKES]
    assert sorted(ACKS) == [*ACKS]
    assert sorted(PINGS) == [*PINGS]


def test_the_catalogue_uses_the_table() -> None:
    for name in {*HANDSHAKES, *ACKS} & {*FAMILY_OF}:
        assert name not in HANDSHAKES or [*provider(name).challenges] == rows_of(name)
        assert name not in ACKS or provider(name).ack == ACKS[name]


def test_161_who_signs_its_handshake_is_verified_first() -> None:
    unsigned = {name for name in ALL_NAMES for row in rows_of(name) if not row.signed}
    assert unsigned == UNSIGNED


def test_there_are_enough() -> None:
    assert len({*ALL_NAMES, *ACKS, *PINGS}) >= 60


def test_nobody_is_answered_twice() -> None:
    assert not {*PINGS} & {*ALL_NAMES}


# what is answered


def is_answer(case: Case, reply: Reply) -> None:
    body = case.answer.body.encode()
    length = [] if reply.status == 204 else [(b"content-length", str(len(body)).encode())]
    assert reply.status == case.answer.status
    assert reply.body == body
    assert sorted(reply.headers) == sorted(
        [
            *length,
            (b"content-type", case.answer.content_type.encode()),
            (b"x-content-type-options", b"nosniff"),
            *((name.encode(), value.encode()) for name, value in case.answer.headers),
        ]
    )


@every_case
def test_the_genuine_one(case: Case) -> None:
    is_answer(case, row_for(case).answer(case.asked, SECRET, TOLD))


PAIRS = json.loads((Path(__file__).parents[1] / "vectors" / "handshakes.json").read_text("utf-8"))

UNSAID = {("lark", "encrypted"), ("wecom", None)}
"""The answer must be decrypted first: no row, but whatever verifies these envelopes, answers."""

SAID = [pair for pair in PAIRS if (pair["provider"], pair.get("case")) not in UNSAID]


@pytest.mark.parametrize("pair", SAID, ids=lambda pair: pair["provider"])
def test_answered_as_by_the_providers_own_sdk(pair: dict[str, Any]) -> None:
    asked, expected, secret = pair["request"], pair["response"], Secrets(pair["secret"])
    told = Secrets(pair.get("extra", {}).get("public_key") or pair["secret"])
    url = urlsplit(asked["url"])
    delivery = Delivery(
        method=asked["method"],
        path=url.path,
        headers=tuple((k.lower().encode(), v.encode()) for k, v in asked["headers"].items()),
        query_string=url.query.encode(),
        body=base64.b64decode(asked["body"]),
        public_url=f"{url.scheme}://{url.netloc}",
        received_at=NOW,
    )
    (row,) = (each for each in rows_of(pair["provider"]) if each.asked_by(delivery))
    if row.signed and pair["provider"] in FAMILY_OF:
        provider(pair["provider"]).scheme.verify(delivery, secret)
    reply = row.answer(delivery, secret, told)
    assert reply.status == expected["status"]
    assert dict(reply.headers)[b"content-type"].startswith(expected["content_type"].encode())
    if "json" in expected:
        assert json.loads(reply.body) == expected["json"]
    else:
        assert reply.body.decode() == expected["text"]


def test_all_pairs_but_the_encrypted_are_said() -> None:
    assert (len(PAIRS), len(SAID)) == (9, 7)


# what is not


@with_token
def test_no_token(case: Case) -> None:
    row = row_for(case)
    asked = with_text(case.asked, row.token, None)
    others = [each for each in rows_of(case.name) if each.asked_by(asked)]
    for each in others:
        with pytest.raises(Malformed):
            each.answer(asked, SECRET, TOLD)


HOSTILE = [
    "<script>alert(1)</script>",
    "a\r\nset-cookie: x=1",
    "a\n",
    "a\0b",
    "é",
    "\u0661",
    '{"type":"forged"}',
    "v0:1780000000:{}",
    "a" * 1_000_000,
    "a" * 1025,
]


@pytest.mark.parametrize("token", HOSTILE, ids=lambda token: ascii(token)[:20])
@with_token
def test_a_hostile_token(case: Case, token: str) -> None:
    row = row_for(case)
    reply = None
    with suppress(Malformed):
        reply = row.answer(with_text(case.asked, row.token, token), SECRET, TOLD)
    if reply is not None:
        assert_harmless(reply, token)


def assert_harmless(reply: Reply, token: str) -> None:
    """Only a header may say what no body does, and only in visible ASCII."""
    harmless = token == "v0:1780000000:{}" or not reply.body
    assert harmless
    assert len(token) <= 1024
    assert token.isascii()
    assert token.isprintable()
    assert b" " not in b"".join(value for name, value in reply.headers if name.startswith(b"x-"))


def test_only_what_goes_nowhere_but_into_a_header_may_be_any_visible_text() -> None:
    loose = {case.name for case in CASES if accepts(row_for(case), "<b>")}
    assert loose == {"adobe_sign", "asana", "keap"}
    assert not any(row_for(case).json for case in CASES if case.name in loose)


def accepts(row: Challenge, token: str) -> bool:
    echo = Challenge("query:t", signed=False, grammar=row.grammar, text="")
    with suppress(Malformed):
        return echo.answer(get(t=token), None, None).status == 200 and bool(row.token)
    return False


@with_token
def test_a_doubled_token(case: Case) -> None:
    row = row_for(case)
    if Place.of(row.token).in_body:
        pytest.skip("in JSON the last one counts, for us as for the signer")
    asked = with_text(case.asked, row.token, CODE, twice=True)
    with pytest.raises(Malformed):
        _ = row.asked_by(asked) and row.answer(asked, SECRET, TOLD)


@with_guard
@pytest.mark.parametrize("told", ["wrong", "tol", "toldx", "TOLD", "é", None])
def test_the_wrong_verify_token(case: Case, told: str | None) -> None:
    row = row_for(case)
    asked = with_text(case.asked, row.guard or "", told)
    with pytest.raises(ChallengeRefused) as caught:
        row.answer(asked, SECRET, TOLD)
    assert caught.value.status == 403
    assert CODE not in caught.value.reason


@every_case
def test_a_verify_token_that_nobody_configured(case: Case) -> None:
    row = row_for(case)
    if row.needs_verify_token:
        with pytest.raises(ChallengeRefused) as caught:
            row.answer(case.asked, SECRET, None)
        assert caught.value.code == "challenge_not_configured"
    else:
        is_answer(case, row.answer(case.asked, SECRET, None))


@every_case
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"])
def test_another_method(case: Case, method: str) -> None:
    asked = with_method(case.asked, method)
    methods = {each.method for each in rows_of(case.name)}
    assert any(each.asked_by(asked) for each in rows_of(case.name)) <= (method in methods)


EVENTS = [
    post({"id": "1", "type": "thing.created", "event": {"type": "x"}, "data": {"challenge": CODE}}),
    post({"type": 2, "events": [{"type": "message", "action": "changed", "resourceId": "1"}]}),
    post([{"id": "1", "eventType": "Microsoft.Storage.BlobCreated", "data": {}}]),
    post({"events": [{"resourceId": "1"}], "entropy": "x", "destination": "U1"}),
    post({"event": {"type": "create"}, "challenge": CODE}),
    post(b"webhook_id=1", x_wc_webhook_topic="order.created"),
    post(b"not json"),
    post(b""),
]


@pytest.mark.parametrize("name", sorted(HANDSHAKES))
def test_events_are_no_handshakes(name: str) -> None:
    for event in EVENTS:
        asked = [row for row in rows_of(name) if row.asked_by(event)]
        assert asked == []


# secrets that come over the hook


def test_who_registers() -> None:
    assert {name for name in HANDSHAKES for row in rows_of(name) if row.registers} == REGISTERS


@pytest.mark.parametrize("name", sorted({"gusto", "notion", "salesforce_mc_ens"}))
def test_such_a_secret_is_not_echoed(name: str) -> None:
    (case,) = (each for each in CASES if each.name == name)
    assert row_for(case).answer(case.asked, SECRET, TOLD).body == b""


# the oracle


def test_who_signs() -> None:
    signing = {name for name in ALL_NAMES for row in rows_of(name) if row.signs}
    assert signing == SIGNS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_other_answers_know_nothing_of_the_secret(case: Case) -> None:
    row = row_for(case)
    if not row.signs:
        known = row.answer(case.asked, SECRET, TOLD)
        unknown = row.answer(case.asked, Secrets("another"), TOLD)
        assert (known.body, known.headers) == (unknown.body, unknown.headers)
        assert b"the-signing-secret" not in known.body


STRICTEST: dict[str, Scheme] = {
    "braintree": Scheme("header:x-mac", algorithm="hmac-sha1", key="sha1"),
    "smartcar": Scheme("header:x-mac"),
    "x": Scheme("header:x-mac"),
    "zoom": Scheme("header:x-mac"),
}
"""Worse than the real ones: the whole content is a body that the attacker chooses."""


def ask(row: Challenge, token: str) -> Reply | None:
    asked = get()
    for place, expected in row.when.items():
        asked = _put(asked, place, expected)
    asked = _put(asked, row.token, token)
    with suppress(Rejected):
        return row.answer(asked, SECRET, TOLD)
    return None


def _put(delivery: Delivery, where: str, value: str) -> Delivery:
    place = Place.of(where)
    if not place.in_body:
        return with_text(delivery, where, value)
    document: dict[str, Any] = json.loads(delivery.body or b"{}")
    parent = document
    for step in place.name.split(".")[:-1]:
        parent = parent.setdefault(step, {})
    parent[place.name.split(".")[-1]] = value
    return request("POST", body=document)


def forged(name: str, reply: Reply, content: bytes) -> list[Delivery]:
    """Deliveries of this content that verify with something out of the reply."""
    found, scheme = [], STRICTEST[name]
    text = reply.body.decode()
    words = [word for cut in '"|,:{}=' for word in text.replace(cut, " ").split()]
    words += [word.removeprefix("sha256=").strip('"}') for word in (*words, text)]
    for word in {*words, *map(_hex, words)}:
        delivery = request("POST", headers={"x-mac": word}, body=content)
        with suppress(Rejected, UnicodeEncodeError):
            scheme.verify(delivery, SECRET)
            found.append(delivery)
    return found


def _hex(word: str) -> str:
    try:
        return base64.b64decode(word, validate=True).hex()
    except ValueError:
        return word


def refused_as_oracle(rows: list[Challenge], content: bytes) -> bool:
    delivery = post(content)
    delivery.proof = Proof(content)
    stage = NoOracle(rows)
    try:
        stage(delivery).send(None)
    except StopIteration:
        return False
    except BadSignature as error:
        return error.code == "signature_of_challenge"
    return False


TOKENS = st.text("abcdef0123456789{}:\"'.v=_-+/ ", max_size=40) | st.from_regex(
    r"\A([a-f0-9]{20,32}|[A-Za-z0-9-]{1,40}|[0-9]{1,9}|\"[a-z]{1,8}\"|true|null)\Z"
)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(SIGNS)), text=TOKENS)
def test_166_167_no_answer_is_a_signature(name: str, text: str) -> None:
    for row in rows_of(name):
        reply = ask(row, text)
        if row.signs and reply is not None and forged(name, reply, text.encode()):
            assert refused_as_oracle(rows_of(name), text.encode())


@pytest.mark.parametrize(
    ("name", "token"), [("braintree", "a" * 32), ("smartcar", "123"), ("x", "abc"), ("zoom", "abc")]
)
def test_the_search_for_oracles_finds_them_where_nothing_else_protects(
    name: str, token: str
) -> None:
    row = next(row for row in rows_of(name) if row.signs)
    reply = ask(row, token)
    assert reply is not None
    assert len(forged(name, reply, token.encode())) == 1
    assert refused_as_oracle(rows_of(name), token.encode())


@pytest.mark.parametrize("name", sorted(SIGNS & {*FAMILY_OF}))
def test_the_events_of_who_signs_are_no_tokens(name: str) -> None:
    for content in (b'{"id":"1"}', b"{}", b"[]", b"v0:1780000000:{}"):
        assert not refused_as_oracle(rows_of(name), content)


def test_what_is_not_verified_is_not_the_oracles_matter() -> None:
    stage = NoOracle(rows_of("smartcar"))
    with pytest.raises(StopIteration):
        stage(post(b"123")).send(None)


# the row itself


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"text": "{token}"}, "the answer needs a token"),
        ({"json": {"a": "{hex}"}}, "the answer needs a token"),
        ({"json": {"a": "{number}"}}, "the answer needs a token"),
        ({"text": "", "registers": True}, "the answer needs a token"),
        ({"text": "", "headers": {"x-a": "{token}"}}, "the answer needs a token"),
        ({"token": "query:t", "text": "{hex}", "content": "{token}{url}"}, "only a plain hash"),
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


def test_ebay_needs_the_public_url() -> None:
    (row,) = rows_of("ebay")
    asked = with_method(get(challenge_code=CODE), "GET")
    assert asked.public_url is None
    with pytest.raises(BadSignature, match="public_url="):
        row.answer(asked, SECRET, TOLD)


def test_smartcar_by_hand() -> None:
    row = rows_of("smartcar")[0]
    asked = post({"eventName": "verify", "payload": {"challenge": "49f2a9f6"}})
    mac = hmac.new(b"amt-token", b"49f2a9f6", "sha256").hexdigest()
    reply = row.answer(asked, Secrets(["amt-token", "old"]), None)
    assert json.loads(reply.body) == {"challenge": mac}


# acknowledgements


@pytest.mark.parametrize("name", sorted(ACKS))
def test_acknowledgements(name: str) -> None:
    parts = post({}, x_adobesign_clientid="CBJ1")
    reply = Provider(name, scheme=Scheme("header:x"), ack=ACKS[name]).acknowledgement(parts)
    expected: dict[str, Any] = {
        "adobe_sign": {"xAdobeSignClientId": "CBJ1"},
        "adyen": b"[accepted]",
        "binance_connect": {"returnCode": "SUCCESS", "returnMessage": "OK"},
        "cryptapi": b"*ok*",
        "discord_webhook_events": 204,
        "dropbox_sign": b"Hello API Event Received",
        "slack": b"",
        "supabase_auth_hooks": {},
        "twilio": b"",
        "xero": b"",
        "zulip": {"response_not_required": True},
    }
    if isinstance(expected[name], int):
        assert (reply.status, reply.body) == (expected[name], b"")
        return
    assert reply.status == 200
    if isinstance(expected[name], bytes):
        assert reply.body == expected[name]
        assert dict(reply.headers)[b"content-type"] == b"text/plain; charset=utf-8"
    else:
        assert json.loads(reply.body) == expected[name]
        assert dict(reply.headers)[b"content-type"] == b"application/json"


def test_who_wants_nothing_in_particular() -> None:
    assert provider("github").acknowledgement(post({})).body == b"ok"
