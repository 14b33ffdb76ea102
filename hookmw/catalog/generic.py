"""Conventions that many senders share, and the small systems of the first users."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family

if TYPE_CHECKING:
    from hookmw.catalog import SchemeRow

STANDARD: "SchemeRow" = {
    "signature": "header:webhook-signature",
    "separator": " ",
    "form": "v1,{signature}",
    "encoding": "base64",
    "timestamp": "header:webhook-timestamp",
    "content": "{header:webhook-id}.{timestamp}.{body}",
    "key": "whsec_base64",
}
"""Standard Webhooks."""

SVIX: "SchemeRow" = {
    "signature": "header:svix-signature",
    "separator": " ",
    "form": "v1,{signature}",
    "encoding": "base64",
    "timestamp": "header:svix-timestamp",
    "content": "{header:svix-id}.{timestamp}.{body}",
    "key": "whsec_base64",
}
"""The same by the names that it had before it was a standard."""

ROWS: Family = {
    "360learning": {
        "title": "360Learning",
        "docs": "https://360learning.readme.io/docs/security-and-signature-verification",
        "env": "LEARNING360_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "deadline": 15,
        "retries": "7 times in 27.5 hours",
    },
    "autumn": {
        "title": "Autumn",
        "docs": "https://docs.useautumn.com/documentation/webhooks",
        "env": "AUTUMN_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "proof": "vector",
        "retries": "with growing delays",
    },
    "cloudevents_http_webhook": {
        "title": "CloudEvents (HTTP web hooks)",
        "docs": "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
        "env": "CLOUDEVENTS_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
            "form": "Bearer {signature}",
        },
        "id": "header:ce-id | body:id",
        "type": "header:ce-type | body:type",
        "disables": "a 410",
        "notes": (
            "The token proves who sends and nothing of the event; the handshake's origin proves"
            " nothing. An id is one only together with its source."
        ),
    },
    "messages": {
        "title": "Message events (optional HMAC; say verifier=Unverified() where it is off)",
        "docs": "https://datatracker.ietf.org/doc/html/rfc2104",
        "env": "MESSAGES_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "form": "sha256={signature}",
        },
        # `data.id` names a message, which is sent again at every change of its status: it is not
        # the id of an event, and de-duplicating by it would drop the later ones.
        "type": "body:data.type",
        "timestamp": "body:timestamp",
        "unit": "rfc3339",
    },
    "mux": {
        "title": "Mux",
        "docs": "https://www.mux.com/docs/core/verify-webhook-signatures",
        "env": "MUX_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:mux-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "proof": "vector",
    },
    "protocol": {
        "title": "Protocol",
        "docs": "https://protocol.tailwindui.com/webhooks",
        "env": "PROTOCOL_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-protocol-signature"},
        "id": "body:id",
        "type": "body:type",
    },
    "standard_webhooks": {
        "title": "Standard Webhooks",
        "docs": (
            "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/"
            "standard-webhooks.md"
        ),
        "env": "WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:type",
        "proof": "vector",
        "retries": "for days, as the specification recommends",
        "disables": "a 410; failing for long",
    },
    "standard_webhooks_v1a": {
        "title": "Standard Webhooks (v1a, asymmetric)",
        "docs": (
            "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/"
            "standard-webhooks.md"
        ),
        "env": "WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:webhook-signature",
            "separator": " ",
            "form": "v1a,{signature}",
            "algorithm": "ed25519",
            "encoding": "base64",
            "timestamp": "header:webhook-timestamp",
            "content": "{header:webhook-id}.{timestamp}.{body}",
            "key": "whpk_base64",
        },
        "id": "header:webhook-id",
        "proof": "vector",
        "retries": "for days, as the specification recommends",
        "disables": "a 410; failing for long",
        "notes": "The secret is the sender's public key, `whpk_...`; v1 entries are not looked at.",
    },
    "websub": {
        "title": "WebSub (PubSubHubbub; hubs that sign with SHA-256)",
        "docs": "https://www.w3.org/TR/websub/#authenticated-content-distribution",
        "env": "WEBSUB_SECRET",
        "scheme": {
            "signature": "header:x-hub-signature",
            "form": "sha256={signature}",
        },
        "type": "",
        "body": "raw",
        "proof": "vector",
        "notes": (
            "The hub chooses the hash; nothing weaker than the row's is taken. The body is the"
            " topic's own content, and the Link headers that name the topic are not signed."
        ),
    },
    "websub_sha1": {
        "title": "WebSub (hubs that sign with SHA-1, such as YouTube's)",
        "docs": "https://www.w3.org/TR/websub/#authenticated-content-distribution",
        "env": "WEBSUB_SECRET",
        "scheme": {
            "signature": "header:x-hub-signature",
            "algorithm": "hmac-sha1",
            "form": "sha1={signature}",
        },
        "type": "",
        "body": "raw",
        "proof": "vector",
        "notes": (
            "For hubs that know no better hash. The body is the topic's own content, and the Link"
            " headers that name the topic are not signed."
        ),
    },
    "x_hub_signature_256_generic": {
        "title": "X-Hub-Signature-256 (senders like GitHub)",
        "docs": "https://www.npmjs.com/package/x-hub-signature",
        "env": "WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hub-signature-256",
            "form": "sha256={signature}",
        },
        "type": "body:type | body:event",
        "proof": "vector",
    },
}
