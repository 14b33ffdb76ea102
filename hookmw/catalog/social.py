"""Social networks and streams."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family

if TYPE_CHECKING:
    from hookmw.catalog import ChallengeRow, SchemeRow

META_SIGNATURE: "SchemeRow" = {
    "signature": "header:x-hub-signature-256",
    "form": "sha256={signature}",
}

META_QUERY: "SchemeRow" = {"signature": "query:auth", "algorithm": "token", "encoding": "text"}

META_SUBSCRIBE: "ChallengeRow" = {
    "method": "GET",
    "signed": False,
    "when": {"query:hub.mode": "subscribe"},
    "guard": "query:hub.verify_token",
    "token": "query:hub.challenge",
    "text": "{token}",
}

META_DOCS = "https://developers.facebook.com/docs/graph-api/webhooks/getting-started"

# A Meta delivery may hold several changes, and its inner ids come back with every status, so none
# of them may de-duplicate the whole: the content does.
META_TYPE = (
    "body:entry.0.changes.0.field"
    " | key:entry.0.messaging.0!sender,recipient,timestamp"
    " | body:object"
)

ROWS: Family = {
    "douyin": {
        "title": "Douyin",
        "docs": (
            "https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/summarize"
        ),
        "env": "DOUYIN_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-douyin-signature",
            "algorithm": "sha1",
            "content": "{secret}{body}",
        },
        "id": "header:msg-id",
        "type": "body:event",
        "deadline": 5,
        "retries": "3 times",
        "notes": (
            "A plain hash with the secret at its start, no HMAC: a body that is no text is refused,"
            " for anybody could have made it longer. The id's header is not signed."
        ),
    },
    "kick": {
        "title": "Kick",
        "docs": "https://docs.kick.com/events/webhook-security",
        "env": "KICK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:kick-event-signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
            "timestamp": "header:kick-event-message-timestamp",
            "unit": "rfc3339",
            "content": "{header:kick-event-message-id}.{timestamp}.{body}",
        },
        "id": "header:kick-event-message-id",
        "type": "header:kick-event-type",
        "proof": "vector",
        "disables": "failing for a day: the app is unsubscribed from the event",
        "notes": (
            "The secret is Kick's public key (PEM, from api.kick.com/public/v1/public-key), one for"
            " all apps: a delivery to somebody else's app verifies at yours, so look at whom the"
            " event is about. The type's header is not signed."
        ),
    },
    "linkedin": {
        "title": "LinkedIn",
        "docs": "https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
        "env": "LINKEDIN_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-li-signature",
            "content": "hmacsha256={body}",
        },
        "id": "body:notificationId",
        "type": "body:type",
        "deadline": 3,
        "disables": "3 wrong answers in a row to its handshake, which comes every 2 hours",
        "notes": "The secret is the app's client secret.",
    },
    "messenger": {
        "title": "Messenger",
        "docs": "https://developers.facebook.com/docs/messenger-platform/webhooks",
        "env": "META_APP_SECRET",
        "scheme": META_SIGNATURE,
        "challenges": (META_SUBSCRIBE,),
        "type": META_TYPE,
        "proof": "vector",
        "disables": "failing for an hour: the app is unsubscribed from the page",
    },
    "meta": {
        "title": "Meta (Facebook, Instagram)",
        "docs": META_DOCS,
        "env": "META_APP_SECRET",
        "scheme": META_SIGNATURE,
        "challenges": (META_SUBSCRIBE,),
        "type": META_TYPE,
        "proof": "vector",
        "retries": "at once, then ever more rarely for 36 hours",
    },
    "meta_query": {
        "title": "Meta (shared secret in the URL: ?auth=...)",
        "docs": META_DOCS,
        "env": "META_QUERY_SECRET",
        "scheme": META_QUERY,
        "challenges": (META_SUBSCRIBE,),
        "type": META_TYPE,
        "retries": "at once, then ever more rarely for 36 hours",
    },
    "tiktok": {
        "title": "TikTok for Developers",
        "docs": "https://developers.tiktok.com/doc/webhooks-verification",
        "env": "TIKTOK_CLIENT_SECRET",
        "scheme": {
            "signature": "header:tiktok-signature",
            "separator": ",",
            "form": "s={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "type": "body:event",
        "retries": "for 72 hours",
        "notes": "The secret is the client secret; the signature's field is `s`, not `v1`.",
    },
    "twitch": {
        "title": "Twitch EventSub",
        "docs": "https://dev.twitch.tv/docs/eventsub/handling-webhook-events",
        "env": "TWITCH_EVENTSUB_SECRET",
        "scheme": {
            "signature": "header:twitch-eventsub-message-signature",
            "form": "sha256={signature}",
            "timestamp": "header:twitch-eventsub-message-timestamp",
            "unit": "rfc3339",
            "tolerance": 600,
            "content": "{header:twitch-eventsub-message-id}{timestamp}{body}",
            # Nothing separates the three: an id with a body in it must not be one.
            "body_starts": "{",
        },
        "challenges": (
            {
                "signed": True,
                "when": {
                    "header:twitch-eventsub-message-type": "webhook_callback_verification",
                },
                "token": "body:challenge",
                "text": "{token}",
            },
        ),
        "id": "header:twitch-eventsub-message-id",
        "type": "header:twitch-eventsub-subscription-type | body:subscription.type",
        "proof": "vector",
        "disables": "too many answers that failed or came late: the subscription is revoked",
    },
    "vk": {
        "title": "VK (Callback API)",
        "docs": "https://dev.vk.com/ru/api/callback/getting-started",
        "env": "VK_SECRET_KEY",
        "scheme": {
            "signature": "body:secret",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:event_id",
        "type": "body:type",
        "notes": (
            "Nothing is signed: the secret key comes in every body, so set it before the server is"
            " confirmed. `verify_token` is the string that VK wants to hear then."
        ),
    },
    "whatsapp": {
        "title": "WhatsApp Cloud API",
        "docs": "https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks",
        "env": "META_APP_SECRET",
        "scheme": META_SIGNATURE,
        "challenges": (META_SUBSCRIBE,),
        "type": META_TYPE,
        "proof": "vector",
        "retries": "ever more rarely for 7 days",
    },
    "whatsapp_query": {
        "title": "WhatsApp (shared secret in the URL: ?auth=...)",
        "docs": "https://developers.facebook.com/docs/whatsapp",
        "env": "WHATSAPP_QUERY_SECRET",
        "scheme": META_QUERY,
        "challenges": (META_SUBSCRIBE,),
        "type": META_TYPE,
        "retries": "ever more rarely for 7 days",
    },
    "x": {
        "title": "X (Account Activity)",
        "docs": "https://docs.x.com/x-api/webhooks/quickstart",
        "env": "X_CONSUMER_SECRET",
        "scheme": {
            "signature": "header:x-twitter-webhooks-signature",
            "form": "sha256={signature}",
            "encoding": "base64",
            # The CRC handshake signs any token for anybody; no token starts like this.
            "body_starts": "{",
        },
        "challenges": (
            {
                "method": "GET",
                "signed": False,
                "token": "query:crc_token",
                "grammar": r"[A-Za-z0-9+/=_-]{1,128}",
                "json": {"response_token": "sha256={base64}"},
            },
        ),
        "type": "key:!for_user_id,user_has_blocked",
        "proof": "vector",
        "deadline": 10,
        "disables": "a wrong answer to its handshake, or none for 28 hours",
    },
}
