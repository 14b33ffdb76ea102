"""Shops."""

from hookmw.catalog import Family

ROWS: Family = {
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
    },
}
