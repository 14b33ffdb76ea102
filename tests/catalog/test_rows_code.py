"""The rows of code, infrastructure, identity, and some generic and social ones.

Held to what they sign themselves; `tests/vectors` holds them to the known answers of others.
"""

import base64
import json
from functools import cache
from typing import Any
from urllib.parse import quote_plus

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from hookmw.catalog import code, generic, identity, infrastructure, social
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, Malformed, MissingSignature, Rejected
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.scheme.algorithms import algorithm
from hookmw.secret import Secrets
from hookmw.testing import sign

NOW = 1_780_000_000.0
HOST = "https://hooks.example.com"

FAMILIES = (code, infrastructure, identity, generic, social)
ALL_ROWS = {name: row for family in FAMILIES for name, row in family.ROWS.items()}
NAMES = [name for name, row in ALL_ROWS.items() if row.get("challenges") is None]

BODY = {
    "id": "evt_1",
    "_id": "evt_1",
    "payloadId": "pl_1",
    "messageId": "msg_1",
    "event": {"id": "evt_1", "event_type": "thing.created"},
    "action": {"id": "act_1", "type": "updateCard"},
    "text": "grüße",
}


@cache
def provider_of(name: str) -> Provider:
    row = ALL_ROWS[name]
    keywords: dict[str, Any] = {**row, "scheme": Scheme(**row["scheme"]), "challenges": ()}
    return Provider(name, **keywords)


def scheme_of(name: str) -> Scheme:
    scheme = provider_of(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme


def check(name: str, delivery: Delivery, *secrets: str | bytes) -> None:
    scheme_of(name).precheck(delivery)
    scheme_of(name).verify(delivery, Secrets(secrets))


# signed by ourselves


@cache
def rsa_key(number: int) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    form, spki = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, form, serialization.NoEncryption())
    return private.strip(), key.public_key().public_bytes(pem, spki).strip()


@cache
def ed25519_key(number: int) -> tuple[bytes, bytes]:
    seed = bytes([number]) * 32
    public = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return b"whsk_" + base64.b64encode(seed), b"whpk_" + base64.b64encode(public)


def keys_of(name: str, number: int = 1) -> tuple[bytes, bytes]:
    """What signs, and what verifies."""
    scheme = scheme_of(name)
    if str(scheme.algorithm).startswith("rsa-"):
        return rsa_key(number)
    if scheme.algorithm == "ed25519":
        return ed25519_key(number)
    text = {
        "utf8": b"user:pass-%d" % number,
        "whsec_base64": b"whsec_" + base64.b64encode(b"%d" % number * 24),
        "v1_whsec_base64": b"v1,whsec_" + base64.b64encode(b"%d" % number * 24),
    }[scheme.key]
    return text, text


def signed(name: str, number: int = 1) -> Delivery:
    private, _ = keys_of(name, number)
    if name == "kick":
        return signed_by_kick(private)
    delivery = sign(provider_of(name), BODY, private, at=NOW, path="/hook").delivery(NOW)
    delivery.public_url = HOST
    return delivery


def signed_by_kick(private: bytes) -> Delivery:
    """By hand: `sign` writes milliseconds, whose dot `Scheme` takes for the one after the time."""
    headers = {
        b"kick-event-message-id": b"01JMSGID",
        b"kick-event-message-timestamp": b"2026-05-28T20:26:40Z",
    }
    body = json.dumps(BODY).encode()
    content = b".".join([*headers.values(), body])
    signature = algorithm("rsa-sha256").get_signature(private, content)
    headers[b"kick-event-signature"] = base64.b64encode(signature)
    return Delivery(
        method="POST", path="/hook", headers=tuple(headers.items()), body=body, received_at=NOW
    )


def changed(delivery: Delivery, **parts: Any) -> Delivery:
    kept = {
        "method": delivery.method,
        "path": delivery.path,
        "query_string": delivery.query_string,
        "headers": delivery.headers,
        "body": delivery.body,
        "received_at": delivery.received_at,
        "public_url": delivery.public_url,
    }
    return Delivery(**{**kept, **parts})


def with_signature(name: str, delivery: Delivery, text: bytes | None) -> Delivery:
    place = Place.of(scheme_of(name).signature.split(" | ")[0])
    if place.kind == "query":
        query = b"" if text is None else f"{place.name}={quote_plus(text)}".encode()
        return changed(delivery, query_string=query)
    if place.kind == "body":
        document = {k: v for k, v in json.loads(delivery.body).items() if k != place.name}
        given = {} if text is None else {place.name: text.decode("latin-1")}
        return changed(delivery, body=json.dumps(document | given).encode())
    others = [(key, value) for key, value in delivery.headers if key != place.name.encode()]
    added = [] if text is None else [(place.name.encode(), text)]
    return changed(delivery, headers=(*others, *added))


@pytest.mark.parametrize("name", NAMES)
def test_its_own_signature_is_accepted_and_rotation_works(name: str) -> None:
    _, mine = keys_of(name)
    _, newer = keys_of(name, 2)
    check(name, signed(name), mine)
    check(name, signed(name), newer, mine)


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_is_refused(name: str) -> None:
    _, other = keys_of(name, 2)
    with pytest.raises(BadSignature):
        check(name, signed(name), other)


@pytest.mark.parametrize("name", [name for name in NAMES if not scheme_of(name).covers_nothing])
def test_a_changed_body_is_refused(name: str) -> None:
    delivery, (_, mine) = signed(name), keys_of(name)
    bodies = [delivery.body.replace(b"pl_1", b"pl_2")]
    if name != "favro":  # which signs no more of it than `payloadId`
        bodies += [delivery.body + b" ", delivery.body[:-1], b"", b"{}"]
    for body in bodies:
        with pytest.raises(BadSignature):
            check(name, changed(delivery, body=body), mine)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_signature_is_missing(name: str) -> None:
    _, mine = keys_of(name)
    for text in (None, b"", b"   "):
        with pytest.raises(MissingSignature):
            check(name, with_signature(name, signed(name), text), mine)


GARBAGE = (
    b"garbage",
    b"=",
    b",",
    b"sha256=",
    b"v1,",
    b"t=nan,v1=00",
    b"Bearer",
    b"Bearer ",
    b"Basic Og==",
    b"\xff\xfe\x00",
    b"0" * 64,
    b"A" * 10_000,
    b"v1," + b"A" * 43 + b"=",
    b"sha256=" + b"0" * 64,
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: repr(text[:12]))
def test_garbage_is_refused(name: str, text: bytes) -> None:
    _, mine = keys_of(name)
    with pytest.raises((BadSignature, Malformed)):
        check(name, with_signature(name, signed(name), text), mine)


@pytest.mark.parametrize("name", [name for name in NAMES if scheme_of(name).timestamp])
def test_stale_and_future_are_refused(name: str) -> None:
    delivery, (_, mine) = signed(name), keys_of(name)
    tolerance = scheme_of(name).tolerance
    for late in (tolerance + 2, -tolerance - 2):
        with pytest.raises(BadSignature):
            check(name, changed(delivery, received_at=NOW + late), mine)
    check(name, changed(delivery, received_at=NOW + tolerance - 2), mine)


@pytest.mark.parametrize("name", ["favro", "trello"])
def test_another_url_is_refused(name: str) -> None:
    delivery, (_, mine) = signed(name), keys_of(name)
    for parts in ({"path": "/other"}, {"query_string": b"a=1"}, {"public_url": "https://a.test"}):
        with pytest.raises(BadSignature):
            check(name, changed(delivery, **parts), mine)


def test_favros_body_is_not_signed_but_its_id_is() -> None:
    delivery, (_, mine) = signed("favro"), keys_of("favro")
    check("favro", changed(delivery, body=b'{"payloadId":"pl_1","forged":1}'), mine)
    assert provider_of("favro").event_id(delivery) == ("pl_1", True)


def test_hookdecks_second_header_counts_while_the_secret_rotates() -> None:
    delivery, (_, mine) = signed("hookdeck"), keys_of("hookdeck")
    headers = dict(delivery.headers)
    right = headers[b"x-hookdeck-signature"]
    other = dict(signed("hookdeck", 2).headers)[b"x-hookdeck-signature"]
    headers |= {b"x-hookdeck-signature": other, b"x-hookdeck-signature-2": right}
    check("hookdeck", changed(delivery, headers=tuple(headers.items())), mine)


def test_hub_signatures_are_not_weakened() -> None:
    weak = signed("websub_sha1")
    for name in ("websub", "jira", "bitbucket", "confluence"):
        with pytest.raises(BadSignature):
            check(name, weak, b"user:pass-1")


def test_a_supabase_secret_is_taken_whole_or_without_its_version() -> None:
    delivery = signed("supabase_auth_hooks")
    whole, _ = keys_of("supabase_auth_hooks")
    check("supabase_auth_hooks", delivery, whole.removeprefix(b"v1,"))
    with pytest.raises(ConfigError):
        check("standard_webhooks", delivery, whole)


# reading events


def read(name: str, body: Any, headers: dict[str, str] | None = None) -> tuple[str, str | None]:
    delivery = Delivery(
        method="POST",
        path="/",
        headers=tuple((k.encode(), v.encode()) for k, v in (headers or {}).items()),
        body=json.dumps(body).encode(),
        received_at=NOW,
    )
    return provider_of(name).event_type(delivery), provider_of(name).event_id(delivery)[0]


EVENTS: list[tuple[str, Any, dict[str, str], str, str | None]] = [
    (
        "asana",
        {"events": [{"action": "changed", "resource": {"gid": "1", "resource_type": "task"}}]},
        {},
        "task.changed",
        None,
    ),
    ("asana", {"events": []}, {}, "", None),
    (
        "azure_event_grid",
        [{"id": "e1", "eventType": "Microsoft.Storage.BlobCreated"}],
        {},
        "Microsoft.Storage.BlobCreated",
        "e1",
    ),
    (
        "azure_devops",
        {"id": "a1", "notificationId": 3, "eventType": "git.push"},
        {},
        "git.push",
        "a1",
    ),
    ("bitbucket", {}, {"x-event-key": "repo:push", "x-request-uuid": "u"}, "repo:push", "u"),
    ("buildkite", {}, {"x-buildkite-event": "build.finished"}, "build.finished", None),
    ("circleci", {"type": "job-completed", "id": "c1"}, {}, "job-completed", "c1"),
    ("clerk", {"type": "user.created"}, {"svix-id": "msg_1"}, "user.created", "msg_1"),
    (
        "clickup",
        {"event": "taskUpdated", "history_items": [{"id": "h1"}]},
        {},
        "taskUpdated",
        None,
    ),
    (
        "gitea",
        {"action": "opened"},
        {"x-gitea-event": "pull_request", "x-gitea-delivery": "d"},
        "pull_request.opened",
        "d",
    ),
    (
        "heroku",
        {"id": "h", "action": "update", "webhook_metadata": {"event": {"include": "api:build"}}},
        {},
        "api:build.update",
        "h",
    ),
    ("jira", {"webhookEvent": "jira:issue_created"}, {}, "jira:issue_created", None),
    (
        "okta",
        {"eventId": "o", "data": {"events": [{"eventType": "user.lifecycle.create"}]}},
        {},
        "user.lifecycle.create",
        "o",
    ),
    (
        "onfido",
        {"payload": {"resource_type": "check", "action": "check.completed", "object": {"id": "1"}}},
        {},
        "check.completed",
        None,
    ),
    (
        "pagerduty",
        {"event": {"id": "p", "event_type": "incident.triggered"}},
        {},
        "incident.triggered",
        "p",
    ),
    (
        "pusher",
        {"time_ms": 1, "events": [{"name": "channel_occupied"}]},
        {},
        "channel_occupied",
        None,
    ),
    (
        "sentry",
        {"action": "created"},
        {"sentry-hook-resource": "issue", "request-id": "r"},
        "issue.created",
        "r",
    ),
    (
        "statsig",
        {"data": [{"eventName": "statsig::config_change"}]},
        {},
        "statsig::config_change",
        None,
    ),
    ("supabase_database_webhooks", {"type": "INSERT", "table": "users"}, {}, "users.INSERT", None),
    ("tailscale", [{"type": "nodeCreated"}], {}, "nodeCreated", None),
    (
        "terraform_cloud",
        {"notifications": [{"trigger": "run:completed"}]},
        {},
        "run:completed",
        None,
    ),
    ("trello", {"action": {"id": "t", "type": "updateCard"}}, {}, "updateCard", "t"),
    ("vercel", {"type": "deployment.created", "id": "v"}, {}, "deployment.created", "v"),
    ("workos", {"event": "dsync.user.created", "id": "w"}, {}, "dsync.user.created", "w"),
]


@pytest.mark.parametrize(("name", "body", "headers", "type_", "id_"), EVENTS)
def test_events_are_read(
    name: str, body: Any, headers: dict[str, str], type_: str, id_: str | None
) -> None:
    assert read(name, body, headers) == (type_, id_)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_rows_are_sorted_and_say_where_they_come_from(family: Any) -> None:
    assert list(family.ROWS) == sorted(family.ROWS)
    for row in family.ROWS.values():
        assert row["docs"].startswith("https://")
        assert row["env"].isidentifier()
        assert row["env"].isupper()


def test_only_rejections_come_of_any_of_it() -> None:
    for name in NAMES:
        delivery = changed(signed(name), headers=(), query_string=b"\xff", body=b"\x00")
        with pytest.raises(Rejected):
            check(name, delivery, keys_of(name)[1])
