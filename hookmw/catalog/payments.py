"""Money."""

from hookmw.catalog import Family

ROWS: Family = {
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
    },
}
