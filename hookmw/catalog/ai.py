"""Models, agents and what they have made."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD

ROWS: Family = {
    "alchemy": {
        "title": "Alchemy Notify",
        "docs": "https://www.alchemy.com/docs/reference/notify-api-quickstart",
        "env": "ALCHEMY_SIGNING_KEY",
        "scheme": {"signature": "header:x-alchemy-signature"},
        "id": "body:id",
        "type": "body:type",
        "retries": "3 times: after 15 seconds, 1 and 10 minutes",
        "addresses": "https://www.alchemy.com/docs/reference/notify-api-quickstart",
        "notes": "The signing key is the webhook's own, not the app's auth token.",
    },
    "deepgram": {
        "title": "Deepgram callbacks",
        "docs": "https://developers.deepgram.com/docs/callback",
        "env": "DEEPGRAM_API_KEY_ID",
        "scheme": {
            "signature": "header:dg-token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:metadata.request_id",
        "retries": "10 times, 30 seconds apart",
        "notes": (
            "Nothing is signed, and the identifier of the API key, which is sent, was never meant"
            " to be secret: keep the callback's URL to yourself as well."
        ),
    },
    "elevenlabs": {
        "title": "ElevenLabs",
        "docs": "https://elevenlabs.io/docs/eleven-api/resources/webhooks",
        "env": "ELEVENLABS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:elevenlabs-signature",
            "separator": ",",
            "form": "v0={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
            "tolerance": 1800,
        },
        "type": "body:type",
        "proof": "vector",
        "retries": "none, unless switched on: 4 times in 40 minutes, after 408, 429 and 5xx",
        "disables": "10 failures in a row, and no success for 7 days",
        "addresses": "https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks",
        "notes": "The SDK lets a timestamp be 30 minutes old, and takes any from the future.",
    },
    "fal": {
        "title": "fal",
        "docs": "https://docs.fal.ai/model-endpoints/webhooks",
        "env": "FAL_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-fal-webhook-signature",
            "algorithm": "ed25519",
            "timestamp": "header:x-fal-webhook-timestamp",
            "content": (
                "{header:x-fal-webhook-request-id}\n{header:x-fal-webhook-user-id}\n"
                "{timestamp}\n{body|sha256|hex}"
            ),
            "key": "base64",
        },
        "id": "header:x-fal-webhook-request-id",
        "type": "body:status",
        "proof": "vector",
        "deadline": 15,
        "retries": "10 times in 2 hours",
        "addresses": "https://api.fal.ai/v1/meta",
        "notes": (
            "The secrets are the `x` of every key at"
            " https://rest.alpha.fal.ai/.well-known/jwks.json, which may change."
        ),
    },
    "firecrawl": {
        "title": "Firecrawl",
        "docs": "https://docs.firecrawl.dev/webhooks/security",
        "env": "FIRECRAWL_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-firecrawl-signature",
            "form": "sha256={signature}",
        },
        # `id` is the job's, and comes back with each of its pages.
        "type": "body:type",
        "proof": "vector",
        "deadline": 10,
        "retries": "after 1, 5 and 15 minutes",
        "notes": "`id` names the crawl, not the event.",
    },
    "higgsfield": {
        "title": "Higgsfield",
        "docs": "https://docs.higgsfield.ai/docs/enterprise/webhook-security",
        "env": "HIGGSFIELD_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:type | body:status",
        "notes": (
            "For 24 hours after a rotation there are two signatures; X-Webhook-Secret-Key, which"
            " is going away, is not read."
        ),
    },
    "openai": {
        "title": "OpenAI",
        "docs": "https://platform.openai.com/docs/guides/webhooks",
        "env": "OPENAI_WEBHOOK_SECRET",
        "scheme": {**STANDARD, "key": "whsec_or_utf8"},
        "id": "header:webhook-id",
        "type": "body:type",
        "proof": "vector",
        "retries": "for 72 hours; a redirect counts as a failure",
        "notes": "A secret that does not start with `whsec_` is used as the text it is.",
    },
    "parallel_ai": {
        "title": "Parallel",
        "docs": "https://docs.parallel.ai/resources/webhook-setup",
        "env": "PARALLEL_WEBHOOK_SECRET",
        "scheme": {**STANDARD, "key": "utf8"},
        "id": "header:webhook-id",
        "type": "body:type",
        "proof": "vector",
        "notes": "Standard Webhooks, but for the secret: it is used as the text it is.",
    },
    "pyannote": {
        "title": "pyannoteAI",
        "docs": "https://docs.pyannote.ai/webhooks/verifying-webhooks",
        "env": "PYANNOTE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-signature",
            "encoding": "base64_or_hex",
            "timestamp": "header:x-request-timestamp",
            "content": "v0:{timestamp}:{body}",
        },
        "type": "body:status",
        "notes": (
            "Their page says base64 and their samples show hex, so both are read. jobId is the "
            "job's."
        ),
    },
    "replicate": {
        "title": "Replicate",
        "docs": "https://replicate.com/docs/topics/webhooks/verify-webhook",
        "env": "REPLICATE_WEBHOOK_SIGNING_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:status",
        "proof": "vector",
        "retries": "for a minute, the last state alone",
        "notes": "The SDK checks no age unless it is told to; 300 seconds hold here.",
    },
}
