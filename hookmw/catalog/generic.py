"""Conventions that many senders share, and the small systems of the first users."""

from hookmw.catalog import Family

ROWS: Family = {
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
        "scheme": {
            "signature": "header:webhook-signature",
            "separator": " ",
            "form": "v1,{signature}",
            "encoding": "base64",
            "timestamp": "header:webhook-timestamp",
            "content": "{header:webhook-id}.{timestamp}.{body}",
            "key": "whsec_base64",
        },
        "id": "header:webhook-id",
        "type": "body:type",
    },
}
