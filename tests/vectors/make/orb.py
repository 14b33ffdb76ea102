"""Vectors of Orb: the one of its SDK's tests, and more, judged by `webhooks.verify_signature`."""

from datetime import UTC, datetime, tzinfo
from unittest.mock import patch

import orb
from orb.resources.webhooks import webhooks

from tests.vectors.make.made import oracle, vector, write

SECRET = "c-UGKYdnhHh436B_sMouYAPUvXyWpzOdunZBV5dFSD8"
TIME = "2024-03-27T15:42:29.551"
SIGNATURE = "9d25de966891ab0bc18754faf8d83d0980b44ae330fcc130b41a6cf3daf1f391"
BODY = (
    b'{"id": "o4mmewpfNNTnjfZc", "created_at": "2024-03-27T15:42:29+00:00", "type": '
    b'"resource_event.test", "properties": {"message": "A test webhook from Orb. Happy testing!"}}'
)
NOW = datetime.fromisoformat(TIME).replace(tzinfo=UTC).timestamp()
CLIENT = orb.Orb(api_key="x")


class Clock(datetime):
    """The moment of the delivery, or some time after it."""

    seconds = NOW

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(cls.seconds, tz)


def judged(
    case: str,
    signature: str,
    *,
    body: bytes = BODY,
    time: str = TIME,
    secret: str = SECRET,
    now: float = NOW,
    by: str = "",
) -> object:
    """The verdict of the SDK."""
    Clock.seconds = now
    headers = {"X-Orb-Timestamp": time, "X-Orb-Signature": signature}
    try:
        with patch.object(webhooks, "datetime", Clock):
            CLIENT.webhooks.verify_signature(body, headers, secret=secret)
        expect = "accept"
    except ValueError:
        expect = "reject"
    return vector(
        case,
        expect,
        body,
        {**headers, "content-type": "application/json"},
        provider="orb",
        scheme="v1",
        secret=secret,
        now=now,
        made_by=by + oracle("orb-billing", "webhooks.verify_signature"),
    )


PUBLISHED = "published: orbcorp/orb-python tests/api_resources/test_webhooks.py, accepted by "
RIGHT = f"v1={SIGNATURE}"
write(
    [
        judged("published_example", RIGHT, by=PUBLISHED),
        judged("second_of_two", f"v1={'0' * 64} {RIGHT}"),
        judged("tampered_body", RIGHT, body=BODY.replace(b"Happy", b"happy")),
        judged("wrong_secret", RIGHT, secret="other"),
        judged("another_time", RIGHT, time="2024-03-27T15:42:29.552"),
        judged("another_version", f"v2={SIGNATURE}"),
        judged("truncated_signature", RIGHT[:-2]),
        judged("time_is_none", RIGHT, time="yesterday"),
        judged("edge_of_window", RIGHT, now=NOW + 299),
        judged("stale_timestamp", RIGHT, now=NOW + 360),
        judged("future_timestamp", RIGHT, now=NOW - 360),
    ]
)
