"""What `hookmw send` sends without `--data`: rows of small bodies in the shape of each provider.

The type and the id of an event are not in the rows: signing writes them where they belong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hookmw.provider import Provider
from hookmw.testing.filling import first_places

__all__ = ["Sample", "sample_for"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One event.

    Attributes:
        type: its type.
        payload: the body as data.
        id: how the provider writes ids: `{uuid}`, `{hex}` and `{number}` stand for new ones.
        vary: place of something else that is new in each event, where the id is not signed.
        headers: what the provider sends besides.
        body: the bytes, where the provider sends no JSON.
    """

    type: str
    payload: Mapping[str, Any] | Sequence[Any]
    id: str = "{uuid}"
    vary: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


_REPOSITORY = {
    "repository": {"id": 1, "name": "hello", "full_name": "octocat/hello"},
    "sender": {"login": "octocat", "id": 1},
}

_WHATSAPP_MESSAGE = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "0",
            "changes": [
                {
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"phone_number_id": "106540352242922"},
                        "messages": [
                            {
                                "from": "16505551234",
                                "timestamp": "1700000000",
                                "type": "text",
                                "text": {"body": "hello"},
                            }
                        ],
                    }
                }
            ],
        }
    ],
}

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "github": (
        Sample("push", {"ref": "refs/heads/main", "commits": [], **_REPOSITORY}, vary="body:after"),
        Sample("ping", {"zen": "Design for failure.", "hook_id": 1}, vary="body:hook.test_url"),
        Sample(
            "pull_request.opened",
            {"number": 1, "pull_request": {"number": 1, "title": "Say hello"}, **_REPOSITORY},
            vary="body:pull_request.head.sha",
        ),
        Sample(
            "issues.opened",
            {"issue": {"number": 1, "title": "Say hello"}, **_REPOSITORY},
            vary="body:issue.node_id",
        ),
    ),
    "gitlab": (
        Sample(
            "push",
            {"ref": "refs/heads/main", "project": {"id": 1, "path_with_namespace": "ada/hello"}},
            vary="body:after",
            headers={"x-gitlab-event": "Push Hook"},
        ),
        Sample(
            "merge_request.open",
            {"project": {"id": 1}, "object_attributes": {"iid": 1, "title": "Say hello"}},
            vary="body:object_attributes.last_commit.id",
            headers={"x-gitlab-event": "Merge Request Hook"},
        ),
    ),
    "linear": (
        Sample(
            "Issue.create",
            {"data": {"title": "Say hello", "number": 1}, "url": "https://linear.app/x/issue/X-1"},
            vary="body:data.id",
        ),
    ),
    "messages": (
        Sample(
            "message.received",
            {"data": {"from": "+16505551234", "text": "hello", "status": "received"}},
            vary="body:data.id",
        ),
    ),
    "protocol": (Sample("contact.created", {"payload": {"name": "Ada"}}, id="evt_{hex}"),),
    "shopify": (
        Sample(
            "orders/create",
            {"name": "#1001", "currency": "EUR", "total_price": "10.00", "line_items": []},
            vary="body:admin_graphql_api_id",
            headers={"x-shopify-shop-domain": "hello.myshopify.com"},
        ),
    ),
    "slack": (
        Sample(
            "message",
            {
                "team_id": "T0001",
                "type": "event_callback",
                "event": {"channel": "C0001", "user": "U0001", "text": "hello"},
            },
            id="Ev{hex}",
        ),
        Sample(
            "app_mention",
            {
                "team_id": "T0001",
                "type": "event_callback",
                "event": {"channel": "C0001", "user": "U0001", "text": "<@U0002> hello"},
            },
            id="Ev{hex}",
        ),
    ),
    "slackchat": (
        Sample(
            "update_notification.message_added",
            {"channel": "C0001", "channel_type": "chat", "message": {"text": "hello"}},
            vary="body:message.timestamp",
        ),
    ),
    "standard_webhooks": (
        Sample(
            "contact.created",
            {"timestamp": "2026-01-01T00:00:00Z", "data": {"name": "Ada"}},
            id="msg_{hex}",
        ),
    ),
    "strava": (
        Sample("activity.create", {"owner_id": 1, "subscription_id": 1}, vary="body:object_id"),
    ),
    "stripe": (
        Sample(
            "invoice.paid",
            {
                "object": "event",
                "livemode": False,
                "data": {"object": {"object": "invoice", "amount_paid": 1000, "currency": "eur"}},
            },
            id="evt_{hex}",
        ),
        Sample(
            "checkout.session.completed",
            {
                "object": "event",
                "livemode": False,
                "data": {"object": {"object": "checkout.session", "payment_status": "paid"}},
            },
            id="evt_{hex}",
        ),
    ),
    "telegram": (
        Sample(
            "message",
            {
                "message": {
                    "message_id": 1,
                    "date": 1_700_000_000,
                    "chat": {"id": 1, "type": "private"},
                    "text": "hello",
                }
            },
            id="{number}",
        ),
    ),
    "twitch": (
        Sample(
            "stream.online",
            {
                "subscription": {"type": "stream.online", "version": "1", "status": "enabled"},
                "event": {"broadcaster_user_login": "ada", "type": "live"},
            },
            headers={"twitch-eventsub-message-type": "notification"},
        ),
    ),
    "whatsapp": (
        Sample("messages", _WHATSAPP_MESSAGE, vary="body:entry.0.changes.0.value.messages.0.id"),
    ),
    "zoom": (
        Sample(
            "meeting.started",
            {"payload": {"account_id": "A1", "object": {"id": "1", "topic": "Hello"}}},
            vary="body:payload.object.uuid",
        ),
    ),
}

SAME_AS = {"telegram_path": "telegram", "whatsapp_query": "whatsapp"}

DEFAULT_TYPE = "ping"


def sample_for(provider: Provider, type_: str | None) -> Sample:
    """The provider's sample of that type, its first where none is asked for, else a small one."""
    samples = SAMPLES.get(SAME_AS.get(provider.name, provider.name), ())
    if type_ is None and samples:
        return samples[0]
    wanted = type_ or DEFAULT_TYPE
    known = next((each for each in samples if each.type == wanted), None)
    return known or _small(provider, wanted, samples[0].id if samples else "{uuid}")


def _small(provider: Provider, type_: str, id_: str) -> Sample:
    first = next(iter([*first_places(provider.type), *first_places(provider.id)]), None)
    if first is not None and first.kind == "key":  # the type must be the first key of all
        if "." in type_:
            return Sample(type_, {}, id=id_)
        return Sample(type_, {}, id=id_, vary=f"body:{_below(first.name)}{type_}.sample")
    if first is not None and first.in_body and first.name.partition(".")[0].isdigit():
        return Sample(type_, [{"message": "hello"}], id=id_, vary="body:0.sample")
    if first is not None and first.kind == "xml":
        return Sample(type_, {}, id="{number}", vary="xml:Sample", body=b"<xml></xml>")
    return Sample(type_, {"message": "hello"}, id=id_, vary="body:sample")


def _below(name: str) -> str:
    path, _, _ = name.partition("!")
    return f"{path}." if path else ""
