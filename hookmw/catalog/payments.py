"""Money: checkouts, gateways and subscriptions. Banks, cards, ledgers and coins: `finance`."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD

ROWS: Family = {
    "adyen_payload": {
        "title": "Adyen (platform and management webhooks: HmacSignature header)",
        "docs": (
            "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/"
            "verify-hmac-signatures"
        ),
        "env": "ADYEN_HMAC_KEY",
        "scheme": {"signature": "header:hmacsignature", "encoding": "base64", "key": "hex"},
        "type": "body:type",
        "proof": "vector",
        "deadline": 10,
        "retries": "3 times at once, then from a queue for up to 30 days",
        "addresses": (
            "https://help.adyen.com/knowledge/ecommerce-integrations/webhooks/"
            "what-ip-addresses-does-adyen-use-to-send-webhook-events"
        ),
        "notes": "The HMAC key is hexadecimal. Payment webhooks are signed inside their body.",
    },
    "airwallex": {
        "title": "Airwallex",
        "docs": "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events.md",
        "env": "AIRWALLEX_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-signature",
            "timestamp": "header:x-timestamp",
            "unit": "ms",
            "content": "{timestamp}{body}",
            "body_starts": "{",
        },
        "id": "body:id",
        "type": "body:name",
        "retries": "for about 3 days, with growing delays, until a 200",
        "addresses": (
            "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events.md"
        ),
        "notes": "Nothing stands between timestamp and body in the signed text.",
    },
    "braintree": {
        "title": "Braintree",
        "docs": "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
        "env": "BRAINTREE_PRIVATE_KEY",
        # One pair for each public key of the merchant: `public|hex&public|hex`. Ours is the one
        # that our private key makes, so that nobody need be told the public key.
        "scheme": {
            "signature": "body:bt_signature",
            "algorithm": "hmac-sha1",
            "separator": "&",
            "form": "*|{signature}",
            "content": "{body:bt_payload}",
            "key": "sha1",
        },
        "type": "",
        "proof": "vector",
        "deadline": 30,
        "retries": "every hour, up to 24 hours (3 in the sandbox)",
        "notes": (
            "The body is a form of which only bt_payload is signed: base64 of XML, which also says "
            "the kind and the time. The secret is the API's private key."
        ),
    },
    "cashfree": {
        "title": "Cashfree Payments",
        "docs": "https://www.cashfree.com/docs/payments/subscription/webhook-signature",
        "env": "CASHFREE_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "encoding": "base64",
            "timestamp": "header:x-webhook-timestamp",
            "unit": "ms",
            "content": "{timestamp}{body}",
            "body_starts": "{",
        },
        "id": "header:x-idempotency-key",
        "type": "body:type",
        "proof": "vector",
        "retries": "as its dashboard is set, until a 200",
        "addresses": (
            "https://www.cashfree.com/docs/api-reference/prepaid-payment-instruments/"
            "webhook-signature-verification"
        ),
        "notes": "The key is the client secret of the API. One page shows a dot that is not there.",
    },
    "chargebee": {
        "title": "Chargebee",
        "docs": (
            "https://github.com/hookdeck/webhook-skills/blob/main/skills/chargebee-webhooks/"
            "references/verification.md"
        ),
        "env": "CHARGEBEE_WEBHOOK_BASIC_AUTH",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "base64",
            "form": "Basic {signature}",
        },
        "id": "body:id",
        "type": "body:event_type",
        "proof": "vector",
        "deadline": 20,
        "retries": "up to 7 times, after 2 minutes to 2 days",
        "notes": "Nothing is signed; the secret is user:password as set for the webhook.",
    },
    "chargify": {
        "title": "Maxio Advanced Billing (Chargify)",
        "docs": (
            "https://github.com/ngrok/ngrok-docs/blob/main/integrations/webhooks/"
            "chargify-webhooks.mdx"
        ),
        "env": "CHARGIFY_SHARED_KEY",
        "scheme": {"signature": "header:x-chargify-webhook-signature-hmac-sha-256"},
        "id": "body:id",
        "type": "body:event",
        "disables": "25 failures in a row pause it, and 48 hours later it is off",
        "notes": "The body is a form, signed as it was sent; the key is the site's shared key.",
    },
    "checkout_com": {
        "title": "Checkout.com",
        "docs": "https://checkout.com/docs/workflows/set-up-your-webhook-receiver",
        "env": "CHECKOUT_WEBHOOK_SECRET",
        "scheme": {"signature": "header:cko-signature"},
        "id": "body:id",
        "type": "body:type",
        "addresses": "https://checkout.com/docs/public/files/ip-lists/webhooks-live.txt",
        "notes": "The key is the webhook's signature key, not the API's secret key.",
    },
    "coinflow": {
        "title": "Coinflow",
        "docs": (
            "https://docs.coinflow.cash/guides/developer-resources/webhooks/"
            "verifying-webhook-signatures"
        ),
        "env": "COINFLOW_WEBHOOK_VALIDATION_KEY",
        "scheme": {
            "signature": "header:coinflow-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "type": "body:eventType",
        "deadline": 5,
        "retries": "15 times in 18 hours, until a 200",
        "notes": "The same key is also sent in clear in Authorization: that header proves less.",
    },
    "dodo_payments": {
        "title": "Dodo Payments",
        "docs": "https://docs.dodopayments.com/developer-resources/webhooks",
        "env": "DODO_PAYMENTS_WEBHOOK_KEY",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:type",
        "proof": "vector",
        "deadline": 15,
        "retries": "8 times in 28 hours",
    },
    "fintoc": {
        "title": "Fintoc",
        "docs": "https://docs.fintoc.com/docs/resources/webhooks-walkthrough/webhooks-validating",
        "env": "FINTOC_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:fintoc-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "retries": "for several days",
        "addresses": "https://docs.fintoc.com/docs/webhooks-good-practices",
    },
    "flutterwave_v3": {
        "title": "Flutterwave v3",
        "docs": "https://developer.flutterwave.com/docs/webhooks",
        "env": "FLW_SECRET_HASH",
        "scheme": {"signature": "header:verif-hash", "algorithm": "token", "encoding": "text"},
        "type": "body:event",
        "notes": (
            "Nothing is signed: the header repeats the secret hash. data.id is the transaction's, "
            "which comes back with every event about it."
        ),
    },
    "gocardless": {
        "title": "GoCardless",
        "docs": "https://developer.gocardless.com/getting-started/api/staying-up-to-date-with-webhooks",
        "env": "GOCARDLESS_WEBHOOK_SECRET",
        "scheme": {"signature": "header:webhook-signature"},
        # A delivery may hold several events; its type is that of the first.
        "id": "body:meta.webhook_id",
        "type": "body:events.0.resource_type body:events.0.action",
        "refusals": {401: 498},
        "proof": "vector",
        "deadline": 10,
        "retries": "up to 8 times, at growing intervals",
        "addresses": "https://developer.gocardless.com",
        "notes": "One delivery holds up to hundreds of events. A bad signature must be told 498.",
    },
    "klarna": {
        "title": "Klarna",
        "docs": (
            "https://docs.klarna.com/klarna-network-distribution/setup-your-integration/"
            "connection-configuration/setup-your-webhooks/"
        ),
        "env": "KLARNA_SIGNING_KEY",
        "scheme": {"signature": "header:klarna-signature"},
        "id": "body:metadata.event_id",
        "type": "body:metadata.event_type",
        "refusals": {401: 400},
        "retries": "after 10 seconds, 2 and 15 minutes, and 3, 6 and 12 hours",
        "notes": "Ports 443 and 8443 only. Klarna-Signing-Key-Id tells which key: give all.",
    },
    "lemon_squeezy": {
        "title": "Lemon Squeezy",
        "docs": "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
        "env": "LEMON_SQUEEZY_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-signature"},
        "type": "body:meta.event_name",
        "proof": "vector",
        "retries": "3 times, after 5, 25 and 125 seconds, until a 200",
        "notes": "The header X-Event-Name is not signed; meta.event_name in the body is.",
    },
    "mercado_pago": {
        "title": "Mercado Pago",
        "docs": (
            "https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/"
            "webhooks"
        ),
        "env": "MERCADO_PAGO_WEBHOOK_SECRET",
        # `ts` is signed, but written in seconds by some of their senders and pages, and in
        # milliseconds by others; so its age is not checked, as their SDKs do not by default.
        "scheme": {
            "signature": "header:x-signature",
            "separator": ",",
            "form": "v1={signature}",
            "content": "id:{query:data.id};request-id:{header:x-request-id};ts:{field:ts};",
        },
        "id": "header:x-request-id",
        "type": "body:action | body:type | query:type | query:topic",
        "proof": "vector",
        "deadline": 22,
        "retries": "after 15 and 30 minutes, then 6, 48 and 96 hours",
        "notes": (
            "The body is NOT signed, nor is the type: use nothing but data.id of the query, and "
            "fetch the resource. Notifications of QR codes carry no signature at all."
        ),
    },
    "metronome": {
        "title": "Metronome",
        "docs": "https://docs.metronome.com/guides/platform-configuration/setup-webhooks",
        "env": "METRONOME_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:metronome-webhook-signature",
            "timestamp": "header:x-metronome-date",
            "unit": "http_date",
            "content": "{timestamp}\n{body}",
        },
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "notes": "Deliveries that are dated by the older header Date alone are refused.",
    },
    "mollie": {
        "title": "Mollie (next-gen webhooks)",
        "docs": "https://docs.mollie.com/reference/best-practices",
        "env": "MOLLIE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-mollie-signature",
            "form": "sha256={signature} | {signature}",
        },
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "notes": (
            "Classic webhooks, forms with an id alone, carry no signature and are refused: fetch "
            "the payment. Their SDK answers False for these, and does not raise."
        ),
    },
    "moneyhash": {
        "title": "MoneyHash",
        "docs": "https://docs.moneyhash.io/docs/webhooks-signature",
        "env": "MONEYHASH_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:moneyhash-signature",
            "separator": ",",
            "form": "v3={signature}",
            "timestamp": "field:t",
            "content": "{body|base64}{timestamp}",
        },
        "type": "body:type",
        "proof": "vector",
        "notes": "v1 and v2 are older calculations and are not read.",
    },
    "moyasar": {
        "title": "Moyasar",
        "docs": "https://docs.moyasar.com/api/other/webhooks/verify-webhook",
        "env": "MOYASAR_WEBHOOK_SECRET",
        "scheme": {"signature": "body:secret_token", "algorithm": "token", "encoding": "text"},
        "id": "body:id",
        "type": "body:type",
        "retries": "5 times",
        "notes": (
            "Nothing is signed: the body repeats the secret. A new webhook is silent until its "
            "webhook_verification code was sent back through the API."
        ),
    },
    "nmi": {
        "title": "NMI",
        "docs": "https://docs.nmi.com/reference/webhook-events-2.md",
        "env": "NMI_WEBHOOK_SIGNING_KEY",
        "scheme": {
            "signature": "header:webhook-signature",
            "separator": ",",
            "form": "s={signature}",
            "content": "{field:t}.{body}",
        },
        "id": "body:event_id",
        "type": "body:event_type",
        "retries": "up to 20 times in 3 days, until a 200",
        "notes": "t is a nonce and no time, so a replay shows only by its event_id.",
    },
    "openpay": {
        "title": "OpenPay (getopenpay.com)",
        "docs": "https://docs.getopenpay.com/developer-resources/webhooks/payload-signature",
        "env": "OPENPAY_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:signature-digest",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body:data}",
        },
        "id": "body:id",
        "notes": "Only the text in data, which is JSON once more, is signed; id is not.",
    },
    "orb": {
        "title": "Orb",
        "docs": "https://www.npmjs.com/package/orb-billing",
        "env": "ORB_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-orb-signature",
            "separator": " ",
            "form": "v1={signature}",
            "timestamp": "header:x-orb-timestamp",
            "unit": "iso_utc",
            "content": "v1:{timestamp}:{body}",
            "body_starts": "{",
        },
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "notes": "The time is UTC without saying so; one that names a zone is refused.",
    },
    "paddle": {
        "title": "Paddle Billing",
        "docs": "https://developer.paddle.com/webhooks/signature-verification",
        "env": "PADDLE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:paddle-signature",
            "separator": ";",
            "form": "h1={signature}",
            "timestamp": "field:ts",
            "tolerance": 5,
            "content": "{timestamp}:{body}",
        },
        "id": "body:event_id | body:notification_id",
        "type": "body:event_type",
        "proof": "vector",
        "deadline": 5,
        "retries": "60 times in 3 days; in a sandbox 3 times in 15 minutes",
        "addresses": "https://developer.paddle.com/webhooks/about/respond-to-webhooks",
        "notes": "Five seconds are allowed, so the clock must be right. The secret stays whole.",
    },
    "paymid": {
        "title": "PayMid",
        "docs": "https://developer-hub.paymid.com/api-config/verify-webhook",
        "env": "PAYMID_API_SECRET",
        # They sign the JSON with its keys sorted, not the bytes that they send.
        "scheme": {"signature": "header:signature", "content": "{body|sorted}"},
        "type": "body:type body:status",
        "notes": (
            "Signed is the body with its keys sorted. No time is signed; transaction_id comes back "
            "with every status."
        ),
    },
    "paynow": {
        "title": "PayNow.gg",
        "docs": "https://docs.paynow.gg/webhooks/validating-incoming-webhooks",
        "env": "PAYNOW_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:paynow-signature",
            "encoding": "base64",
            "timestamp": "header:paynow-timestamp",
            "unit": "ms",
            "content": "{timestamp}.{body}",
        },
        "id": "body:event_id",
        "type": "body:event_type",
        "retries": "with growing delays",
        "addresses": "https://docs.paynow.gg/webhooks/validating-incoming-webhooks",
        "notes": "Not the Polish paynow.pl, nor Singapore's PayNow.",
    },
    "paystack": {
        "title": "Paystack",
        "docs": (
            "https://github.com/PaystackOSS/doc-code-snippets/blob/main/src/doc/payments/webhooks/"
            "verifying-transaction/index.js"
        ),
        "env": "PAYSTACK_SECRET_KEY",
        "scheme": {
            "signature": "header:x-paystack-signature",
            "algorithm": "hmac-sha512",
        },
        "type": "body:event",
        "notes": (
            "The key is the API's secret key, sk_... Newer samples of theirs show a signature with "
            "a time in it (t=...,v1=...): it is refused. data.id is the transaction's, not the "
            "event's."
        ),
    },
    "polar": {
        "title": "Polar",
        "docs": "https://polar.sh/docs/integrate/webhooks/delivery",
        "env": "POLAR_WEBHOOK_SECRET",
        "scheme": {**STANDARD, "key": "whsec_or_utf8"},
        "id": "header:webhook-id",
        "type": "body:type",
        "proof": "vector",
        "deadline": 10,
        "retries": "up to 10 times, with growing delays",
        "disables": "10 failed deliveries in a row",
        "notes": (
            "A secret without whsec_ is the key as it is. So is one with it that is older than "
            "8 September 2026, or your own choice: rotate it."
        ),
    },
    "razorpay": {
        "title": "Razorpay",
        "docs": "https://razorpay.com/docs/webhooks/validate-test/",
        "env": "RAZORPAY_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-razorpay-signature"},
        "id": "header:x-razorpay-event-id",
        "type": "body:event",
        "proof": "vector",
        "retries": "for 24 hours, with growing delays",
        "disables": "24 hours of failures",
        "notes": "The webhook has a secret of its own; a retry is signed with the one of its day.",
    },
    "setu": {
        "title": "Setu UMAP",
        "docs": "https://docs.setu.co/payments/umap/notifications/verify-signature",
        "env": "SETU_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-setu-signature"},
        "id": "body:eventId",
        "type": "body:eventType",
    },
    "solidgate": {
        "title": "Solidgate",
        "docs": "https://docs.solidgate.com/payments/integrate/webhooks/",
        "env": "SOLIDGATE_WEBHOOK_SECRET_KEY",
        "scheme": {
            "signature": "header:signature",
            "algorithm": "hmac-sha512",
            "encoding": "base64_hex",
            "content": "{header:merchant}{body}{header:merchant}",
            "body_starts": "{",
        },
        "id": "header:solidgate-event-id",
        "type": "header:solidgate-event-type",
        "proof": "vector",
        "deadline": 30,
        "notes": "Keys start with wh_sk_; the signature is base64 of the hex digits.",
    },
    "square": {
        "title": "Square",
        "docs": "https://developer.squareup.com/docs/webhooks/step3validate",
        "env": "SQUARE_WEBHOOK_SIGNATURE_KEY",
        "scheme": {
            "signature": "header:x-square-hmacsha256-signature",
            "encoding": "base64",
            "content": "{url}{body}",
            "body_starts": "{",
        },
        "id": "body:event_id",
        "type": "body:type",
        "proof": "vector",
        "retries": "for up to 24 hours",
        "disables": "three weeks without a 2xx",
        "notes": (
            "The URL is signed as it stands in the portal, byte for byte: set public_url. "
            "x-square-signature is the old SHA-1 and is not read."
        ),
    },
    "stripe": {
        "title": "Stripe",
        "docs": "https://docs.stripe.com/webhooks/signature",
        "env": "STRIPE_WEBHOOK_SECRET",
        # The secret is used as the text it is: `whsec_` is not the mark of base64 here.
        "scheme": {
            "signature": "header:stripe-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "retries": "for up to 3 days with growing delays; in test mode 3 times in a few hours",
        "addresses": "https://stripe.com/files/ips/ips_webhooks.txt",
    },
    "tebex": {
        "title": "Tebex",
        "docs": "https://docs.tebex.io/developers/webhooks/overview.md",
        "env": "TEBEX_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-signature", "content": "{body|sha256|hex}"},
        "id": "body:id",
        "type": "body:type",
        "addresses": "https://docs.tebex.io/developers/webhooks/overview.md",
        "notes": "Signed are the hex digits of the body's SHA-256, but for the affiliate API.",
    },
    "transfi": {
        "title": "TransFi",
        "docs": "https://docs.transfi.com/docs/webhook-signature",
        "env": "TRANSFI_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-transfi-hmac-hash"},
        "type": "body:entityType body:status",
        "retries": "8 times, 15 minutes apart, until a 200",
    },
    "vipps_mobilepay": {
        "title": "Vipps MobilePay",
        "docs": "https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/request-authentication/",
        "env": "VIPPS_WEBHOOK_SECRET",
        # The header x-ms-content-sha256 is not read: the digest is made of the body itself.
        "scheme": {
            "signature": "header:authorization",
            "encoding": "base64",
            "form": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
            "&Signature={signature}",
            "timestamp": "header:x-ms-date",
            "unit": "http_date",
            "content": "{method}\n{path}\n{timestamp};{host};{body|sha256|base64}",
        },
        "type": "",
        "proof": "vector",
        "notes": "Host, path and query are signed as registered: public_url must be right.",
    },
    "worldpay_access": {
        "title": "Worldpay (Access: events)",
        "docs": "https://docs.worldpay.com/access/products/events/signature",
        "env": "WORLDPAY_EVENTS_SECRET",
        "scheme": {
            "signature": "header:event-signature",
            "encoding": "base64_or_hex",
            "separator": ",",
            "form": "*/SHA256/{signature}",
        },
        "id": "body:eventId",
        "type": "body:eventDetails.type",
        "refusals": {401: 400},
        "notes": (
            "Signatures have to be asked for. No key is chosen by its id: give all secrets that "
            "are in use. Their page does not say how the digest is written: hex and base64 are "
            "read."
        ),
    },
    "xendit": {
        "title": "Xendit",
        "docs": "https://docs.xendit.co/api-integration/callback/setup",
        "env": "XENDIT_CALLBACK_TOKEN",
        "scheme": {
            "signature": "header:x-callback-token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "header:webhook-id",
        "type": "body:event",
        "deadline": 30,
        "retries": "6 times in 24 hours, but not after a time-out",
        "notes": "Nothing is signed; one token serves all webhooks of the account.",
    },
    "zoho_payments": {
        "title": "Zoho Payments",
        "docs": "https://zoho.com/in/payments/developerdocs/webhooks/verification",
        "env": "ZOHO_PAYMENTS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-zoho-webhook-signature",
            "separator": ",",
            "form": "v={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "content": "{timestamp}.{body}",
        },
        "id": "body:event_id",
        "type": "body:event_type",
        "deadline": 15,
        "retries": "for up to 2 days",
        "disables": "2 days of failures",
    },
}
