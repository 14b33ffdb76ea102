"""Shops, orders and what is booked or shipped."""

from hookmw.catalog import Family

ROWS: Family = {
    "aftership": {
        "title": "AfterShip (tracking, returns, warranty)",
        "docs": "https://www.aftership.com/docs/tracking/webhook/webhook-signature",
        "env": "AFTERSHIP_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:aftership-hmac-sha256 | header:as-signature-hmac-sha256",
            "encoding": "base64",
        },
        "id": "body:event_id",
        "type": "body:event",
        "retries": "13 times in 3 days, with growing delays",
        "notes": (
            "Tracking signs in aftership-hmac-sha256, returns and warranty in"
            " as-signature-hmac-sha256."
        ),
    },
    "aftership_legacy": {
        "title": "AfterShip Shipping (and returns of organisations from before October 2022)",
        "docs": "https://www.aftership.com/docs/shipping/webhook/webhook-signature",
        "env": "AFTERSHIP_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:am-webhook-signature",
            "form": "hmac-sha256={signature}",
            "encoding": "base64",
        },
        "type": "body:event",
        "retries": "up to 14 times, with growing delays, until a 200",
        "addresses": (
            "https://support.aftership.com/en/shipping/article/"
            "how-to-use-aftership-shipping-webhook-o85vkj"
        ),
        "notes": "What follows `hmac-sha256=` is base64, not hex.",
    },
    "akeneo": {
        "title": "Akeneo PIM Events API",
        "docs": "https://api.akeneo.com/events-documentation/security.html",
        "env": "AKENEO_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-akeneo-request-signature",
            "timestamp": "header:x-akeneo-request-timestamp",
            "content": "{timestamp}.{body}",
        },
        # A delivery holds several events: the id of the first is not that of the whole.
        "type": "body:events.0.action",
        "deadline": 0.5,
        "retries": "never",
        "notes": (
            "One delivery holds several events, and its type is that of the first; the newer Event"
            " Platform signs in its own way."
        ),
    },
    "commercelayer": {
        "title": "Commerce Layer",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/commercelayer-webhooks",
        "env": "COMMERCELAYER_SHARED_SECRET",
        "scheme": {
            "signature": "header:x-commercelayer-signature",
            "encoding": "base64",
        },
        # `data.id` is the order's or the customer's, and comes back with each of their events.
        "type": "header:x-commercelayer-topic",
        "deadline": 5,
        "disables": "a number of failures in a row, until its circuit is reset",
        "notes": (
            "The secret is the webhook's own shared_secret, one per webhook; the topic's header is"
            " not signed."
        ),
    },
    "easypost": {
        "title": "EasyPost",
        "docs": "https://docs.easypost.com/guides/webhooks-guide",
        "env": "EASYPOST_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hmac-signature",
            "form": "hmac-sha256-hex={signature}",
            "key": "nfkd_utf8",
        },
        "id": "body:id",
        "type": "body:description",
        "proof": "vector",
        "retries": "for up to 24 hours, with growing delays",
        "notes": "The secret is brought to Unicode form NFKD first, which changes only non-ASCII.",
    },
    "fourthwall": {
        "title": "Fourthwall",
        "docs": "https://docs.fourthwall.com/webhooks/signature-verification",
        "env": "FOURTHWALL_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-fourthwall-hmac-sha256 | header:x-fourthwall-hmac-apps-sha256",
            "encoding": "base64",
        },
        "id": "body:id",
        "type": "body:type",
        "deadline": 5,
        "retries": "5 times, until a 200",
        "notes": (
            "Platform apps sign in X-Fourthwall-Hmac-Apps-SHA256, with the app's key instead of the"
            " shop's."
        ),
    },
    "guesty": {
        "title": "Guesty",
        "docs": "https://open-api-docs.guesty.com/docs/webhooks",
        "env": "GUESTY_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:svix-signature",
            "separator": " ",
            "form": "v1,{signature}",
            "encoding": "base64",
            "timestamp": "header:svix-timestamp",
            "content": "{header:svix-id}.{timestamp}.{body}",
            "key": "whsec_base64",
        },
        "id": "header:svix-id",
        "type": "body:event | body:type",
        "proof": "vector",
        "notes": "Sent by Svix: the key is what `whsec_` and base64 hide, not the text.",
    },
    "jobber": {
        "title": "Jobber",
        "docs": "https://developer.getjobber.com/docs/using_jobbers_api/setting_up_webhooks/",
        "env": "JOBBER_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-jobber-hmac-sha256",
            "encoding": "base64",
        },
        "type": "body:data.webHookEvent.topic",
        "deadline": 1,
        "disables": "answers that are slow, or errors in large part",
        "notes": "The secret is the OAuth client secret of the app.",
    },
    "london_theatre_direct": {
        "title": "London Theatre Direct",
        "docs": "https://developer.londontheatredirect.com/documentation/webhooks/verification",
        "env": "LTD_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:ltd-webhook-signature",
            "encoding": "base64",
        },
        "type": "body:MessageType",
        "notes": (
            "The secret looks like base64 and is used as the text it is; the older"
            " X-LTD-Webhook-Signature is only a checksum with the secret in it, and is not read."
        ),
    },
    "oracle_commerce": {
        "title": "Oracle Commerce",
        "docs": "https://docs.oracle.com/en/cloud/saas/cx-commerce/ccdev/secure-webhooks.html",
        "env": "ORACLE_COMMERCE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-oracle-cc-webhook-signature",
            "algorithm": "hmac-sha512",
            "encoding": "base64",
        },
        "notes": "SHA-512; releases of before 2018 signed with SHA-1 in the same header.",
    },
    "recharge": {
        "title": "Recharge",
        "docs": "https://docs.getrecharge.com/docs/webhooks-overview",
        "env": "RECHARGE_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-recharge-webhook-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
            "tolerance": 172800,
        },
        "type": "header:x-recharge-topic",
        "deadline": 5,
        "retries": "20 times in 48 hours",
        "disables": "48 hours of failures delete it",
        "notes": "The secret is the API client secret, not the API token.",
    },
    "recharge_legacy": {
        "title": "Recharge (X-Recharge-Hmac-Sha256)",
        "docs": "https://docs.getrecharge.com/docs/webhooks-overview",
        "env": "RECHARGE_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-recharge-hmac-sha256",
            "algorithm": "sha256",
            "content": "{secret}{body}",
        },
        "type": "header:x-recharge-topic",
        "deadline": 5,
        "retries": "20 times in 48 hours",
        "disables": "48 hours of failures delete it",
        "notes": "A plain hash of secret and body, whatever its header says: prefer `recharge`.",
    },
    "salesforce_mc_ens": {
        "title": "Salesforce Marketing Cloud Event Notification Service",
        "docs": (
            "https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/"
            "ens-notification-signing.html"
        ),
        "env": "SFMC_ENS_SIGNATURE_KEY",
        "scheme": {
            "signature": "header:x-sfmc-ens-signature",
            "encoding": "base64",
        },
        "type": "body:0.eventCategoryType",
        "notes": (
            "The signature key is shown once, when the callback is made; one delivery holds several"
            " events, and its type is that of the first."
        ),
    },
    "shopify": {
        "title": "Shopify",
        "docs": "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
        "env": "SHOPIFY_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-shopify-hmac-sha256",
            "encoding": "base64",
        },
        "id": "header:x-shopify-webhook-id",
        "type": "header:x-shopify-topic",
        "timestamp": "header:x-shopify-triggered-at",
        "unit": "rfc3339",
        "proof": "vector",
        "deadline": 5,
        "retries": "8 times in 4 hours",
        "disables": "8 failures in a row delete a subscription that was made through the Admin API",
    },
    "shopline": {
        "title": "SHOPLINE (developer.shopline.com)",
        "docs": (
            "https://developer.shopline.com/docs/apps/api-instructions-for-use/webhooks/overview"
        ),
        "env": "SHOPLINE_APP_SECRET",
        "scheme": {
            "signature": "header:x-shopline-hmac-sha256",
            "encoding": "base64_or_hex",
        },
        "id": "header:x-shopline-webhook-id",
        "type": "header:x-shopline-topic",
        "notes": (
            "One page of theirs shows base64 and another hex, so both are read. Neither topic nor "
            "shop, which are headers, are signed. Not shoplineapp.com."
        ),
    },
    "shoplineapp": {
        "title": "SHOPLINE (shoplineapp.com)",
        "docs": "https://shopline-developers.readme.io/docs/webhook-signature",
        "env": "SHOPLINEAPP_APP_SECRET",
        # They sign the JSON with its keys sorted, not the bytes that they send.
        "scheme": {
            "signature": "query:sign",
            "timestamp": "header:x-shopline-developer-event-timestamp",
            "content": "{timestamp}:{body|sorted}",
        },
        "type": "body:topic",
        "notes": (
            "Signed is the body with all keys sorted, as JavaScript writes it: a body whose "
            "numbers are written otherwise is refused. Not developer.shopline.com."
        ),
    },
    "tiktok_shop": {
        "title": "TikTok Shop (app key in the URL: ?app_key=...)",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/tiktok-shop-webhooks",
        "env": "TIKTOK_SHOP_APP_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "content": "{query:app_key}{body}",
            # Nothing separates the two: a key with the start of a body in it must not be one.
            "body_starts": "{",
        },
        "id": "body:tts_notification_id",
        "type": "body:type",
        "notes": (
            "The app's key is signed in front of the body and is nowhere in the request: register"
            " the URL with ?app_key=... The signature is bare in Authorization, without a scheme."
        ),
    },
    "woocommerce": {
        "title": "WooCommerce",
        "docs": "https://woocommerce.com/document/webhooks/",
        "env": "WOOCOMMERCE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-wc-webhook-signature",
            "encoding": "base64",
        },
        # The delivery's id is a hash of webhook and second: two in one second have the same.
        "type": "header:x-wc-webhook-topic",
        "proof": "vector",
        "deadline": 60,
        "retries": "never",
        "disables": "more than 5 failures in a row",
        "notes": (
            "The topic is a header, which the signature does not cover; saving the webhook sends a"
            " form that has none, and refusing it disables the webhook."
        ),
    },
    "youcan": {
        "title": "YouCan",
        "docs": "https://developer.youcan.shop/store-admin/resthooks/listing",
        "env": "YOUCAN_CLIENT_SECRET",
        "scheme": {"signature": "header:x-youcan-signature"},
        "type": "body:event | body:type",
        "notes": "The secret is the client secret of the app.",
    },
}
