"""Providers that sign nothing: all that can prove them is a token that only they were told."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family

if TYPE_CHECKING:
    from hookmw.catalog import SchemeRow

IN_URL: "SchemeRow" = {"signature": "query:token", "algorithm": "token", "encoding": "text"}

PUT_IN_URL = (
    "Nothing is signed, so nothing else proves anything: give the provider a URL that ends in"
    " ?token= and a secret of your own. What happened, ask the API."
)

ROWS: Family = {
    "green_dot": {
        "title": "Green Dot (embedded finance)",
        "docs": "https://developer.greendot.com/embedded-finance/docs/webhooks-overview",
        "env": "GREEN_DOT_TOKEN",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
            "form": "Bearer {signature}",
        },
        "id": "header:x-gd-requestid",
        "type": "body:eventType",
        "ack_headers": {"x-gd-requestid": "{header:x-gd-requestid}"},
        "retries": "for up to a day",
        "notes": (
            "The token is one that your own authorization server gave them; where it gives signed"
            " ones, pass verifier=JWT(...). How x-gd-signature is made is not published."
        ),
    },
    "keap": {
        "title": "Keap (Infusionsoft) REST hooks",
        "docs": "https://developer.infusionsoft.com/rest-hook-documentation",
        "env": "KEAP_URL_TOKEN",
        "scheme": IN_URL,
        "type": "body:event_key",
        "notes": PUT_IN_URL,
    },
    "mailchimp": {
        "title": "Mailchimp Marketing",
        "docs": "https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
        "env": "MAILCHIMP_URL_TOKEN",
        "scheme": IN_URL,
        "type": "body:type",
        "notes": f"{PUT_IN_URL} The body is a form.",
    },
    "strava": {
        "title": "Strava",
        "docs": "https://developers.strava.com/docs/webhooks/",
        "env": "STRAVA_URL_TOKEN",
        "scheme": IN_URL,
        "type": "body:object_type body:aspect_type",
        "timestamp": "body:event_time",
        "deadline": 2,
        "notes": f"{PUT_IN_URL} verify_token= is for the check of the URL alone.",
    },
}
