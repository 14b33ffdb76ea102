"""Chat, calls and meetings."""

from hookmw.catalog import Family

ROWS: Family = {
    "slack": {
        "title": "Slack (events, slash commands, interactivity)",
        "docs": "https://docs.slack.dev/authentication/verifying-requests-from-slack/",
        "env": "SLACK_SIGNING_SECRET",
        "scheme": {
            "signature": "header:x-slack-signature",
            "form": "v0={signature}",
            "timestamp": "header:x-slack-request-timestamp",
            "content": "v0:{timestamp}:{body}",
        },
        "challenges": (
            {
                "signed": True,
                "when": {"body:type": "url_verification"},
                "token": "body:challenge",
                "text": "{token}",
            },
        ),
        "id": "body:event_id",
        "type": "body:event.type | body:command | body:type",
    },
    "slackchat": {
        "title": "Slackchat (slackchat-serializer)",
        "docs": "https://django-slackchat-serializer.readthedocs.io/en/latest/webhooks.html",
        "env": "SLACKCHAT_VERIFICATION_TOKEN",
        "scheme": {
            "signature": "body:token",
            "algorithm": "token",
            "encoding": "text",
        },
        "challenges": (
            {
                "signed": True,
                "when": {"body:type": "url_verification"},
                "token": "body:challenge",
                "json": "{token}",
            },
        ),
        "type": "body:type body:update_type?",
        "refusals": {401: 403},
    },
    "telegram": {
        "title": "Telegram Bot API",
        "docs": "https://core.telegram.org/bots/api#setwebhook",
        "env": "TELEGRAM_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-telegram-bot-api-secret-token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:update_id",
        "type": "key:!update_id",
    },
    "telegram_path": {
        "title": "Telegram Bot API (secret path: /telegram/{token})",
        "docs": "https://core.telegram.org/bots/api#setwebhook",
        "env": "TELEGRAM_WEBHOOK_SECRET",
        "scheme": {
            "signature": "path:token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:update_id",
        "type": "key:!update_id",
    },
    "zoom": {
        "title": "Zoom",
        "docs": "https://developers.zoom.us/docs/api/webhooks/",
        "env": "ZOOM_WEBHOOK_SECRET_TOKEN",
        "scheme": {
            "signature": "header:x-zm-signature",
            "form": "v0={signature}",
            "timestamp": "header:x-zm-request-timestamp",
            "content": "v0:{timestamp}:{body}",
        },
        "challenges": (
            {
                # Every signed content has colons, so no token may.
                "signed": True,
                "when": {"body:event": "endpoint.url_validation"},
                "token": "body:payload.plainToken",
                "grammar": r"[A-Za-z0-9+/=_-]{1,128}",
                "json": {"plainToken": "{token}", "encryptedToken": "{hex}"},
            },
        ),
        "type": "body:event",
    },
}
