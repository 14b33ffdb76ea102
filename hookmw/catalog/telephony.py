"""Calls, texts and numbers."""

from hookmw.catalog import Family

SINCH_CONTENT = (
    "{method}\n{body|md5|base64}\n{header:content-type}\nx-timestamp:{timestamp}\n{path}"
)

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
        "title": "Plivo (V3)",
        "docs": "https://www.plivo.com/docs/voice/concepts/signature-validation",
        "env": "PLIVO_AUTH_TOKEN",
        "scheme": {
            "signature": "header:x-plivo-signature-v3",
            "separator": ",",
            "encoding": "base64",
            "content": "{url_only}{parameters}.{header:x-plivo-signature-v3-nonce}",
        },
        "type": "body:Event | body:Status | body:CallStatus",
        "proof": "vector",
        "notes": (
            "Names and values are signed without anything between them. V2 does not sign the"
            " fields, and is not accepted."
        ),
    },
    "prelude": {
        "title": "Prelude",
        "docs": "https://docs.prelude.so/session/documentation/webhooks/introduction",
        "env": "PRELUDE_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "algorithm": "rsa-pss-sha256",
            "encoding": "base64url_any",
            "form": "rsassa-pss-sha256={signature}",
        },
        "id": "body:id",
        "type": "body:type",
        "timestamp": "body:created_at",
        "unit": "rfc3339",
        "deadline": 10,
        "retries": "for two weeks, ever more seldom",
        "notes": (
            "The secret is the public key, in PEM. The Session API sends several events in one"
            " body, which then has neither id nor type."
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
        "proof": "vector",
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
        "proof": "vector",
        "notes": "SHA-1, unlike the other products; the secret is set by the callback's own API.",
    },
    "sinch_voice": {
        "title": "Sinch Voice and Verification (application callbacks)",
        "docs": "https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request",
        "env": "SINCH_APPLICATION_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "encoding": "base64",
            "form": "application *:{signature} | Application *:{signature}",
            "timestamp": "header:x-timestamp",
            "unit": "rfc3339",
            "content": SINCH_CONTENT,
            "key": "base64",
        },
        "type": "body:event",
        "proof": "vector",
        "notes": (
            "Content type and path are signed: public_url must be right, and a URL without a query "
            "is safest. callid is the call's, which comes back with every event about it."
        ),
    },
    "sinch_voice_v2": {
        "title": "Sinch Voice 2.0 (service webhooks)",
        "docs": "https://developers.sinch.com/docs/voice-2.0/api-reference/webhook-signature",
        "env": "SINCH_SERVICE_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "encoding": "base64",
            "form": "service *:{signature}",
            "timestamp": "header:x-timestamp",
            "unit": "rfc3339",
            "content": SINCH_CONTENT,
            "key": "base64",
        },
        "id": "header:ce-id",
        "type": "header:ce-type",
        "proof": "vector",
        "notes": (
            "As sinch_voice, but for the word `service`. The ce- headers are not signed; data in "
            "the body is."
        ),
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
        "title": "Twilio",
        "docs": "https://www.twilio.com/docs/usage/security",
        "env": "TWILIO_AUTH_TOKEN",
        "scheme": {
            "signature": "header:x-twilio-signature",
            "algorithm": "hmac-sha1",
            "encoding": "base64",
            "content": "{url}{form_or_digest:bodySHA256}",
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
            " of JSON, bodySHA256 in the query is the proof. SharedKeys: twilio_shared_key."
        ),
    },
    "twilio_shared_key": {
        "title": "Twilio (SharedKeys: SHA-256)",
        "docs": "https://www.twilio.com/docs/usage/security",
        "env": "TWILIO_SHARED_KEY_SECRET",
        "scheme": {
            "signature": "header:x-twilio-signature",
            "algorithm": "hmac-sha256",
            "encoding": "base64",
            "content": "{url}{form_or_digest:bodySHA256}",
        },
        "id": "header:i-twilio-idempotency-token",
        "type": (
            "body:EventType | body:MessageStatus | body:SmsStatus | body:RecordingStatus"
            " | body:CallStatus"
        ),
        "proof": "vector",
        "notes": (
            "For webhooks that are signed with a SharedKey. The header that names key and "
            "algorithm is not read: nothing but SHA-256 is taken."
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
        "proof": "vector",
        "notes": "The secret is the bot's authentication token.",
    },
    "vonage_sms": {
        "title": "Vonage SMS (signed with SHA-256 HMAC; POST)",
        "docs": "https://developer.vonage.com/en/getting-started/concepts/signing-messages",
        "env": "VONAGE_SIGNATURE_SECRET",
        "scheme": {
            "signature": "body:sig",
            "timestamp": "body:timestamp",
            "content": "{pairs!sig}",
        },
        "type": "body:status | body:type",
        "proof": "vector",
        "notes": (
            "Set the algorithm to SHA-256 HMAC and the method to POST: the default, a plain MD5, "
            "and GET are refused. `&`, `=` and `_` in a value have the same signature."
        ),
    },
}
