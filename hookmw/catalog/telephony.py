"""Calls, texts and numbers."""

from hookmw.catalog import Family

ROWS: Family = {
    "bandwidth": {
        "title": "Bandwidth (user name and password of the application)",
        "docs": "https://dev.bandwidth.com/docs/numbers/webhooks",
        "env": "BANDWIDTH_CALLBACK_CREDENTIALS",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "base64",
            "form": "Basic {signature}",
        },
        "type": "body:0.type | body:eventType | body:type",
        "deadline": 10,
        "retries": "messages for 24 hours; orders of numbers never",
        "notes": (
            "Nothing is signed: the secret is `user:password`, as set in the application or the"
            " subscription."
        ),
    },
    "bland_ai": {
        "title": "Bland AI",
        "docs": "https://docs.bland.ai/tutorials/webhook-signing",
        "env": "BLAND_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-webhook-signature"},
        "type": "body:type | body:status",
        "notes": "Their sample writes the parsed body anew; what counts is the bytes as they came.",
    },
    "plivo": {
        "title": "Plivo (V3, POST to a URL without a query)",
        "docs": "https://www.plivo.com/docs/voice/concepts/signature-validation",
        "env": "PLIVO_AUTH_TOKEN",
        "scheme": {
            "signature": "header:x-plivo-signature-v3",
            "separator": ",",
            "encoding": "base64",
            "content": "{url}?{form}.{header:x-plivo-signature-v3-nonce}",
        },
        "type": "body:Event | body:Status | body:CallStatus",
        "proof": "vector",
        "notes": (
            "Set the method to POST and the URL without a query: with one, Plivo sorts it before"
            " it signs. V2 does not sign the fields, and is not accepted."
        ),
    },
    "retell": {
        "title": "Retell AI",
        "docs": "https://docs.retellai.com/features/secure-webhook",
        "env": "RETELL_API_KEY",
        "scheme": {
            "signature": "header:x-retell-signature",
            "separator": ",",
            "form": "d={signature}",
            "timestamp": "field:v",
            "unit": "ms",
            "content": "{body}{timestamp}",
        },
        # `call.call_id` comes back with every event of the call.
        "type": "body:event",
        "proof": "vector",
        "deadline": 10,
        "retries": "up to 3 times",
        "addresses": "https://docs.retellai.com/features/secure-webhook",
        "notes": "The secret is the API key with the webhook badge; the time follows the body.",
    },
    "sinch_conversation": {
        "title": "Sinch Conversation",
        "docs": "https://developers.sinch.com/docs/conversation/callbacks",
        "env": "SINCH_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-sinch-webhook-signature",
            "encoding": "base64",
            "timestamp": "header:x-sinch-webhook-signature-timestamp",
            "content": "{body}.{header:x-sinch-webhook-signature-nonce}.{timestamp}",
        },
        "id": "header:x-sinch-webhook-signature-nonce",
        "type": (
            "body:trigger"
            " | key:!app_id,project_id,accepted_time,event_time,message_metadata,correlation_id"
        ),
        "proof": "sdk",
        "notes": "The body comes first: then the nonce, then the timestamp, with dots between.",
    },
    "sinch_numbers": {
        "title": "Sinch Numbers",
        "docs": "https://developers.sinch.com/docs/numbers",
        "env": "SINCH_NUMBERS_CALLBACK_SECRET",
        "scheme": {
            "signature": "header:x-sinch-signature",
            "algorithm": "hmac-sha1",
        },
        "id": "body:eventId",
        "type": "body:eventType",
        "proof": "sdk",
        "notes": "SHA-1, unlike the other products; the secret is set by the callback's own API.",
    },
    "telnyx": {
        "title": "Telnyx",
        "docs": (
            "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks"
        ),
        "env": "TELNYX_PUBLIC_KEY",
        "scheme": {
            "signature": "header:telnyx-signature-ed25519",
            "algorithm": "ed25519",
            "encoding": "base64",
            "timestamp": "header:telnyx-timestamp",
            "content": "{timestamp}|{body}",
            "key": "base64",
        },
        "id": "body:data.id",
        "type": "body:data.event_type",
        "proof": "vector",
        "deadline": 2,
        "retries": "3 attempts, and then at the failover URL",
        "notes": "A pipe, not a dot, is between timestamp and body.",
    },
    "twilio": {
        "title": "Twilio (forms)",
        "docs": "https://www.twilio.com/docs/usage/security",
        "env": "TWILIO_AUTH_TOKEN",
        "scheme": {
            "signature": "header:x-twilio-signature",
            "algorithm": "hmac-sha1",
            "encoding": "base64",
            "content": "{url}{form}",
        },
        "id": "header:i-twilio-idempotency-token",
        "type": (
            "body:EventType | body:MessageStatus | body:SmsStatus | body:RecordingStatus"
            " | body:CallStatus"
        ),
        "proof": "vector",
        "deadline": 15,
        "retries": "once, where no connection was made; more if the URL's fragment says so",
        "notes": (
            "The whole URL is signed as Twilio knows it, so `public_url` must be right to the port;"
            " JSON bodies (`bodySHA256` in the query) and SharedKeys (SHA-256) are refused."
        ),
    },
    "vapi": {
        "title": "Vapi (server secret)",
        "docs": "https://docs.vapi.ai/server-url/server-authentication",
        "env": "VAPI_SERVER_SECRET",
        "scheme": {
            "signature": "header:x-vapi-secret",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:message.type",
        "notes": (
            "Nothing is signed: the secret is sent as it is. An HMAC credential of Vapi lets you"
            " choose headers and content, so it is a Scheme of your own."
        ),
    },
    "viber": {
        "title": "Viber bots",
        "docs": "https://developers.viber.com/docs/api/rest-bot-api/",
        "env": "VIBER_AUTH_TOKEN",
        "scheme": {"signature": "header:x-viber-content-signature"},
        # `message_token` is the message's, and comes back when it is delivered and seen.
        "type": "body:event",
        "proof": "sdk",
        "notes": "The secret is the bot's authentication token.",
    },
}
