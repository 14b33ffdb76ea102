"""Who people are: accounts, sign-in and checks of identity."""

from hookmw.catalog import Family
from hookmw.catalog.generic import SVIX

ROWS: Family = {
    "auth0": {
        "title": "Auth0 (log streams, event streams)",
        "docs": "https://auth0.com/docs/customize/log-streams/custom-log-streams",
        "env": "AUTH0_WEBHOOK_AUTHORIZATION",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:0.log_id | body:id",
        "type": "body:0.data.type | body:type",
        "disables": "errors in a row: the stream must be restarted by hand",
        "notes": (
            "Nothing is signed. The secret is the whole value of the header as it was configured:"
            " `Bearer ...` with its `Bearer`. A log stream sends an array of many logs."
        ),
    },
    "clerk": {
        "title": "Clerk",
        "docs": "https://clerk.com/docs/reference/backend/verify-webhook",
        "env": "CLERK_WEBHOOK_SIGNING_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "proof": "vector",
        "deadline": 15,
        "retries": "7 times in 27.5 hours",
        "disables": "failing for 5 days",
        "addresses": "https://docs.svix.com/webhook-ips.json",
    },
    "dynamic_xyz": {
        "title": "Dynamic",
        "docs": "https://www.dynamic.xyz/docs/developer-dashboard/webhooks/setup",
        "env": "DYNAMIC_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-dynamic-signature-256",
            "form": "sha256={signature}",
        },
        "id": "body:messageId",
        "type": "body:eventName",
    },
    "logto": {
        "title": "Logto",
        "docs": "https://docs.logto.io/developers/webhooks/secure-webhooks",
        "env": "LOGTO_WEBHOOK_SIGNING_KEY",
        "scheme": {"signature": "header:logto-signature-sha-256"},
        "type": "body:event",
        "notes": "`hookId` is that of the webhook: no event has an id of its own.",
    },
    "okta": {
        "title": "Okta (event hooks)",
        "docs": "https://developer.okta.com/docs/concepts/event-hooks/",
        "env": "OKTA_EVENT_HOOK_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:eventId",
        "type": "body:data.events.0.eventType | body:eventType",
        "deadline": 3,
        "retries": "once, but not after 4xx",
        "notes": (
            "Nothing is signed. The secret is the whole value of the header that was given at"
            " registration, which must be named Authorization."
        ),
    },
    "onfido": {
        "title": "Onfido",
        "docs": "https://documentation.onfido.com/api/latest/#webhooks",
        "env": "ONFIDO_WEBHOOK_SECRET_TOKEN",
        "scheme": {"signature": "header:x-sha2-signature"},
        "type": "body:payload.action",
        "proof": "vector",
        "notes": "`payload.object.id` is that of the check or report, which has many events.",
    },
    "stytch": {
        "title": "Stytch",
        "docs": "https://stytch.com/docs/guides/implementation/webhooks",
        "env": "STYTCH_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:event_type | body:action",
        "proof": "vector",
    },
    "workos": {
        "title": "WorkOS",
        "docs": "https://workos.com/docs/events/data-syncing/webhooks",
        "env": "WORKOS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:workos-signature",
            "separator": ", ",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "tolerance": 180,
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:event",
        "proof": "vector",
        "retries": "6 times in 3 days",
        "addresses": "https://workos.com/docs/events/data-syncing/webhooks",
        "notes": "Milliseconds, and a space after the comma.",
    },
}
