"""The rows of code, infrastructure, identity, and some generic and social ones.

Held to what they sign themselves; `tests/vectors` holds them to the known answers of others.
"""

import json
from functools import cache
from typing import Any

import pytest

from hookmw.catalog import code, generic, identity, infrastructure, social
from hookmw.delivery import Delivery
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

NOW = 1_780_000_000.0
HOST = "https://hooks.example.com"

FAMILIES = (code, infrastructure, identity, generic, social)
ALL_ROWS = {name: row for family in FAMILIES for name, row in family.ROWS.items()}
NAMES = [name for name, row in ALL_ROWS.items() if row.get("challenges") is None]


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
