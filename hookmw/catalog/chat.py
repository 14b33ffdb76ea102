"""Chat, calls and meetings."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family

if TYPE_CHECKING:
    from hookmw.catalog import SchemeRow

DISCORD_SIGNATURE: "SchemeRow" = {
    "signature": "header:x-signature-ed25519",
    "algorithm": "ed25519",
    "timestamp": "header:x-signature-timestamp",
    "content": "{timestamp}{body}",
    "key": "hex",
    # Nothing separates the two.
    "body_starts": "{",
}

ROWS: Family = {
    "chatwork": {
        "title": "Chatwork",
        "docs": "https://developer.chatwork.com/docs/webhook",
        "env": "CHATWORK_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "header:x-chatworkwebhooksignature",
            "encoding": "base64",
            "key": "base64",
        },
        "type": "body:webhook_event_type",
        "notes": "The webhook's token is base64 of the key, not the key.",
    },
    "discord": {
        "title": "Discord interactions",
        "docs": "https://discord.com/developers/docs/interactions/overview",
        "env": "DISCORD_PUBLIC_KEY",
        "scheme": DISCORD_SIGNATURE,
        "id": "body:id",
        "type": "body:type body:data.name?",
        "proof": "vector",
        "deadline": 3,
        "disables": "a forged signature that is not answered with 401",
        "notes": "Discord tries forged signatures too, now and then.",
    },
    "discord_webhook_events": {
        "title": "Discord webhook events",
        "docs": "https://discord.com/developers/docs/events/webhook-events",
        "env": "DISCORD_PUBLIC_KEY",
        "scheme": DISCORD_SIGNATURE,
        "type": "body:event.type | body:type",
        "proof": "vector",
        "deadline": 3,
        "retries": "several times, for up to 10 minutes",
        "notes": "The ping is type 0 and wants 204, unlike that of interactions.",
    },
    "line": {
        "title": "LINE Messaging API",
        "docs": "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
        "env": "LINE_CHANNEL_SECRET",
        "scheme": {
            "signature": "header:x-line-signature",
            "encoding": "base64",
        },
        # A redelivery is the same events with `isRedelivery` set, so its bytes differ.
        "id": "body:events.0.webhookEventId",
        "type": "body:events.0.type",
        "proof": "vector",
        "retries": "only if webhook redelivery is switched on",
        "disables": "failures over a long time",
        "notes": (
            "One delivery may hold several events or none, and its id and type are those of the"
            " first; LINE publishes no addresses."
        ),
    },
    "mattermost": {
        "title": "Mattermost (outgoing webhooks, slash commands)",
        "docs": "https://developers.mattermost.com/integrate/webhooks/outgoing/",
        "env": "MATTERMOST_TOKEN",
        "scheme": {
            "signature": "body:token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:post_id | body:trigger_id",
        "type": "body:trigger_word | body:command",
        "deadline": 30,
        "retries": "never",
        "notes": "Nothing is signed: the token stands in the body, and whoever logs it leaks it.",
    },
    "qq_bot": {
        "title": "QQ bots",
        "docs": "https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/sign.html",
        "env": "QQ_BOT_SECRET",
        "scheme": {
            "signature": "header:x-signature-ed25519",
            "algorithm": "ed25519",
            "timestamp": "header:x-signature-timestamp",
            "content": "{timestamp}{body}",
            "key": "repeat32_seed",
            # The check of the URL has us sign a time and a token in the same way.
            "body_starts": "{",
        },
        "id": "body:id",
        "type": "body:t | body:op",
        "proof": "vector",
        "notes": (
            "The bot's secret, repeated to 32 bytes, is the seed of the key pair, so the signature"
            " proves no more than an HMAC would."
        ),
    },
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
        "proof": "vector",
        "deadline": 3,
        "retries": "3 times: at once, after 1 minute, after 5 minutes",
        "disables": "failures of more than 95 % of the deliveries within an hour",
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
        "proof": "vector",
        "retries": "every minute or two while the update is less than a day old",
        "disables": "23 hours of 410",
        "addresses": "https://core.telegram.org/bots/webhooks",
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
        "retries": "every minute or two while the update is less than a day old",
        "disables": "23 hours of 410",
        "addresses": "https://core.telegram.org/bots/webhooks",
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
        "proof": "vector",
        "deadline": 3,
        "retries": "3 times: after 5, then 20, then 60 minutes",
    },
}
