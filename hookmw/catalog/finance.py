"""Money, further down: banks, cards, ledgers and coins."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD

ROWS: Family = {
    "binance_connect": {
        "title": "Binance Connect",
        "docs": "https://developers.binance.com/en/docs/products/connect-prime/webhook/webhook",
        "env": "BINANCE_CONNECT_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-bn-connect-signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
            "timestamp": "header:x-bn-connect-timestamp",
            "unit": "ms",
            "content": "{body}{timestamp}",
        },
        "type": "body:webhookEventType",
        "notes": "The body stands before the timestamp. orderId is the order's, not the event's.",
    },
    "bridge_api": {
        "title": "Bridge (bridgeapi.io)",
        "docs": "https://docs.bridgeapi.io/docs/secure-your-webhooks",
        "env": "BRIDGE_API_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:bridgeapi-signature",
            "separator": ",",
            "form": "v1={signature}",
            "encoding": "hex_upper",
        },
        "type": "body:type",
        "addresses": "https://docs.bridgeapi.io/docs/secure-your-webhooks",
        "notes": "The digits are in upper case; not the company bridge.xyz.",
    },
    "bridge_xyz": {
        "title": "Bridge (bridge.xyz)",
        "docs": "https://apidocs.bridge.xyz/platform/additional-information/webhooks/signature",
        "env": "BRIDGE_XYZ_PUBLIC_KEY",
        # Hashed twice: their digest is what RSA-SHA256 signs, as their test data prove.
        "scheme": {
            "signature": "header:x-webhook-signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
            "separator": ",",
            "form": "v0={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "tolerance": 600,
            "content": "{timestamp}.{body}",
            "hashed": "sha256",
        },
        "id": "body:event_id",
        "type": "body:event_type",
        "refusals": {401: 400},
        "proof": "vector",
        "notes": (
            "The secret is the public key (PEM) of this webhook. Every retry is signed anew; a 400 "
            "asks for one. Not the company bridgeapi.io."
        ),
    },
    "coinbase_commerce": {
        "title": "Coinbase Commerce",
        "docs": "https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security",
        "env": "COINBASE_COMMERCE_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-cc-webhook-signature"},
        "id": "body:event.id",
        "type": "body:event.type",
        "proof": "vector",
        "retries": "for up to 3 days, at most an hour apart, until a 200",
        "notes": "The body's own id is that of the notification; the event's is event.id.",
    },
    "coinify": {
        "title": "Coinify",
        "docs": "https://coinify.readme.io/docs/webhook-signature",
        "env": "COINIFY_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-coinify-webhook-signature"},
        "id": "body:id",
        "type": "body:event",
        "proof": "vector",
    },
    "cryptapi": {
        "title": "CryptAPI (POST callbacks: post=1)",
        "docs": "https://docs.cryptapi.io/webhooks/verify-webhook-signature",
        "env": "CRYPTAPI_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-ca-signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
        },
        "type": "body:result",
        "notes": (
            "Ask for POST callbacks: of a GET, which is the default, the URL is signed. The query "
            "of a POST is not signed, and uuid comes back with each confirmation."
        ),
    },
    "fireblocks": {
        "title": "Fireblocks (static keys)",
        "docs": (
            "https://developers.fireblocks.com/reference/webhooks-gettingstarted-validatingevents"
        ),
        "env": "FIREBLOCKS_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:fireblocks-signature",
            "algorithm": "rsa-sha512",
            "encoding": "base64",
        },
        "type": "body:eventType | body:type",
        "retries": "9 times in 8 hours after 408, 429, a 5xx or no answer, until a 200",
        "notes": "The public key differs by region (US, EU, sandbox).",
    },
    "increase": {
        "title": "Increase",
        "docs": "https://increase.com/documentation/webhooks",
        "env": "INCREASE_WEBHOOK_SECRET",
        "scheme": {**STANDARD, "key": "utf8"},
        "id": "header:webhook-id",
        "type": "body:category",
        "proof": "vector",
        "notes": "Standard Webhooks, but the secret is the key as it is, without base64.",
    },
    "integrated_finance": {
        "title": "Integrated Finance",
        "docs": "https://developer.integrated.finance/docs/webhook-authentication",
        "env": "INTEGRATED_FINANCE_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "algorithm": "ed25519",
            "encoding": "base64",
            "key": "base64",
            "timestamp": "header:x-webhook-request-timestamp",
            "unit": "rfc3339",
            # The digest is ours, whatever X-Webhook-Content-Digest says.
            "content": (
                "{body|sha512|base64}|{header:x-webhook-event-id}"
                "|{header:x-webhook-event-timestamp}|{header:x-webhook-request-id}"
                "|{timestamp}|{header:x-webhook-key-version}"
            ),
        },
        "id": "header:x-webhook-event-id",
        "notes": "X-Webhook-Key-Version tells which public key; give all that are in use.",
    },
    "iron_xyz": {
        "title": "Iron (iron.xyz)",
        "docs": (
            "https://docs.iron.xyz/reference-2026-07-01/webhooks/"
            "dispatches-an-event-notification-to-a-configured-webhook-endpoint"
        ),
        "env": "IRON_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:webhook-signature",
            "form": "v1={signature}",
            "timestamp": "header:webhook-timestamp",
            "content": "{timestamp}{body}",
            "body_starts": "{",
        },
        # webhook-id names an attempt, not an event, and is not signed.
        "type": "body:type",
        "notes": "Not Standard Webhooks, though it says so: hex, no dots, and no id is signed.",
    },
    "kiwify_banking": {
        "title": "Kiwify (banking)",
        "docs": "https://docs.kiwify.com.br/en/api-reference/banking/webhook-headers",
        "env": "KIWIFY_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-kiwify-digital-signature",
            "algorithm": "ed25519",
            "encoding": "base64url",
            "timestamp": "header:x-kiwify-timestamp",
            "unit": "ms",
            "content": "{path_only}:POST:{body}:{timestamp}",
            "key": "pem_or_base64",
        },
        "id": "body:id",
        "type": "body:type",
        "notes": (
            "The secret is the key of GET /v1/webhooks-keys that is_active. The path is signed as "
            "it was registered, its query is not."
        ),
    },
    "lithic": {
        "title": "Lithic",
        "docs": "https://docs.lithic.com/docs/events-api",
        "env": "LITHIC_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:event_type | header:x-lithic-event",
        "proof": "vector",
    },
    "method_fi": {
        "title": "Method Financial",
        "docs": "https://docs.methodfi.com/changelog/2025/june",
        "env": "METHOD_WEBHOOK_HMAC_SECRET",
        "scheme": {
            "signature": "header:method-webhook-signature",
            "timestamp": "header:method-webhook-timestamp",
            "content": "{timestamp}:{body}",
        },
        "type": "body:type",
        "disables": "5 failures in a row",
        "notes": "Signed only if hmac_secret was given when the webhook was registered.",
    },
    "modern_treasury": {
        "title": "Modern Treasury",
        "docs": "https://docs.moderntreasury.com/platform/reference/webhooks",
        "env": "MODERN_TREASURY_WEBHOOK_KEY",
        "scheme": {"signature": "header:x-signature"},
        "id": "header:x-webhook-id",
        "type": "body:data.object? body:event",
        "proof": "vector",
        "deadline": 5,
        "retries": "with exponential backoff",
        "addresses": "https://docs.moderntreasury.com/reference/webhooks",
        "notes": "data.id is the object's; X-Webhook-ID is the delivery's and is not signed.",
    },
    "qonto": {
        "title": "Qonto",
        "docs": "https://docs.qonto.com/api-reference/business-api/webhooks/overview",
        "env": "QONTO_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-qonto-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "proof": "vector",
        "deadline": 1,
        "retries": "for a few days, with growing delays",
        "notes": "Business API; the onboarding API signs the bare body as Qonto-SHA256-Signature.",
    },
    "revolut": {
        "title": "Revolut (Business, Merchant, Ramp)",
        "docs": (
            "https://developer.revolut.com/docs/guides/crypto-ramp/tutorials/work-with-webhooks/"
            "verify-the-payload-signature.md"
        ),
        "env": "REVOLUT_WEBHOOK_SIGNING_SECRET",
        "scheme": {
            "signature": "header:revolut-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "header:revolut-request-timestamp",
            "unit": "ms",
            "content": "v1.{timestamp}.{body}",
        },
        "type": "body:event",
        "retries": "3 times, 10 minutes apart",
        "addresses": (
            "https://developer.revolut.com/docs/api/merchant/operations/webhook-webhook-event.md"
        ),
        "notes": "Milliseconds. While secrets rotate, the header holds one signature for each.",
    },
    "ripple_collections": {
        "title": "Ripple Collections",
        "docs": "https://docs.ripple.com/products/collections/v0/guides/verifying-webhooks",
        "env": "RIPPLE_COLLECTIONS_SIGNATURE_VERIFICATION_KEY",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "content": "{timestamp}.{body}",
            "key": "base64",
        },
        "type": "header:x-webhook-event-type",
        "notes": "The key is base64. The type's header is not signed; a key belongs to one type.",
    },
    "synctera": {
        "title": "Synctera",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/synctera-webhooks",
        "env": "SYNCTERA_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:synctera-signature",
            "separator": ".",
            "timestamp": "header:request-timestamp",
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:type",
        "notes": "While secrets rotate, two signatures stand in the header, joined by a dot.",
    },
    "tabapay": {
        "title": "TabaPay",
        "docs": "https://developers.tabapay.com/reference/verifying-webhook-signatures",
        "env": "TABAPAY_WEBHOOK_SECRET",
        # v1 and v2 are generations of the secret, not versions of the scheme.
        "scheme": {
            "signature": "header:x-hmac-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "header:idempotency-key",
        "type": "body:eventType",
        "notes": "v1 is by the newest secret, so set it here within 48 hours of asking for it.",
    },
    "token_io": {
        "title": "Token.io",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/tokenio-webhooks",
        "env": "TOKEN_IO_PUBLIC_KEY",
        "scheme": {
            "signature": "header:token-signature",
            "algorithm": "ed25519",
            "encoding": "base64url",
            "key": "base64",
        },
        "type": "header:token-event",
        "notes": "The type's header is not signed.",
    },
    "treezor": {
        "title": "Treezor",
        "docs": "https://docs.treezor.com/guide/webhooks/integrity-checks.html",
        "env": "TREEZOR_WEBHOOK_SECRET",
        # Signed is the JSON text as PHP writes it, whatever way it was sent in.
        "scheme": {
            "signature": "body:object_payload_signature",
            "encoding": "base64",
            "content": "{raw:object_payload|php}",
        },
        "id": "body:webhook_id",
        "type": "body:webhook",
        "refusals": {401: 500},
        "notes": (
            "Only object_payload is signed: neither the type nor the ids beside it are, so do not "
            "act on them. The content type is text/plain. They want a 500 for a wrong signature."
        ),
    },
}
