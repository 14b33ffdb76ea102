"""Mail that was sent, opened, bounced or received."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family
from hookmw.catalog.generic import SVIX

if TYPE_CHECKING:
    from hookmw.catalog import SchemeRow


BASIC: "SchemeRow" = {
    "signature": "header:authorization",
    "algorithm": "token",
    "encoding": "base64",
    "form": "Basic {signature}",
}

# Ids of messages come back with every event of the message, so none of them may de-duplicate.
ROWS: Family = {
    "beehiiv": {
        "title": "beehiiv",
        "docs": "https://developers.beehiiv.com/webhooks",
        "env": "BEEHIIV_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:event_type | body:type",
        "proof": "vector",
        "notes": "Sent by Svix: the key is what `whsec_` and base64 hide, not the text.",
    },
    "brevo": {
        "title": "Brevo (user name and password in the URL)",
        "docs": "https://developers.brevo.com/docs/secured-webhooks.md",
        "env": "BREVO_WEBHOOK_CREDENTIALS",
        "scheme": BASIC,
        "type": "body:event",
        "proof": "vector",
        "retries": "after 10 minutes, 1, 2 and 8 hours; never after 4xx but 429",
        "addresses": "https://developers.brevo.com/docs/secured-webhooks.md",
        "notes": "Nothing is signed: the secret is `user:password`, as written into the URL.",
    },
    "mailersend": {
        "title": "MailerSend",
        "docs": "https://developers.mailersend.com/api/v1/webhooks.html",
        "env": "MAILERSEND_SIGNING_SECRET",
        "scheme": {"signature": "header:signature"},
        "type": "body:type",
        "proof": "vector",
        "retries": "twice, after 10 and 100 seconds",
        "notes": "The header is called just Signature; each webhook has its own secret.",
    },
    "mailgun": {
        "title": "Mailgun (events)",
        "docs": (
            "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"
        ),
        "env": "MAILGUN_WEBHOOK_SIGNING_KEY",
        "scheme": {
            "signature": "body:signature.signature | body:signature.parent-signature",
            "timestamp": "body:signature.timestamp",
            "content": "{timestamp}{body:signature.token}",
        },
        # The token is signed and of one use, so whoever repeats it with another event is refused
        # as a duplicate.
        "id": "body:signature.token",
        "type": "body:event-data.event",
        "proof": "vector",
        "retries": "for 8 hours; never after 406",
        "notes": (
            "Only timestamp and token are signed, not the event: whoever sees one delivery can"
            " write another, as long as it is fresh and its token was not seen."
        ),
    },
    "mailgun_form": {
        "title": "Mailgun (routes, legacy events: a form)",
        "docs": (
            "https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/"
            "receive-http"
        ),
        "env": "MAILGUN_WEBHOOK_SIGNING_KEY",
        "scheme": {
            "signature": "body:signature",
            "timestamp": "body:timestamp",
            "content": "{timestamp}{body:token}",
        },
        "id": "body:token",
        "type": "body:event",
        "proof": "vector",
        "retries": "for 8 hours; never after 406",
        "notes": (
            "Only timestamp and token are signed, not the message; a form in multipart/form-data"
            " (messages with attachments) cannot be read."
        ),
    },
    "mailtrap": {
        "title": "Mailtrap",
        "docs": "https://docs.mailtrap.io/email-api-smtp/advanced/webhooks",
        "env": "MAILTRAP_WEBHOOK_SIGNATURE_SECRET",
        "scheme": {"signature": "header:mailtrap-signature"},
        "type": "body:events.0.event",
        "proof": "vector",
        "notes": "One delivery holds up to 500 events, and its type is that of the first.",
    },
    "mandrill": {
        "title": "Mailchimp Transactional (Mandrill)",
        "docs": (
            "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/"
        ),
        "env": "MANDRILL_WEBHOOK_KEY",
        "scheme": {
            "signature": "header:x-mandrill-signature",
            "algorithm": "hmac-sha1",
            "encoding": "base64",
            "content": "{url}{form}",
        },
        "type": "body:0.event",
        "envelope": "mandrill_events",
        "proof": "vector",
        "notes": (
            "The URL is signed exactly as it was configured, user name and password included; one"
            " delivery holds many events, and its type is that of the first."
        ),
    },
    "postal": {
        "title": "Postal",
        "docs": "https://docs.postalserver.io/developer/webhooks",
        "env": "POSTAL_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-postal-signature",
            "algorithm": "rsa-sha1",
            "encoding": "base64",
            "key": "base64",
        },
        "id": "body:uuid",
        "type": "body:event",
        "proof": "vector",
        "deadline": 5,
        "notes": "The key is the `p=` of the server's DKIM record, and the hash is SHA-1.",
    },
    "postmark": {
        "title": "Postmark (user name and password in the URL)",
        "docs": "https://postmarkapp.com/developer/webhooks/webhooks-overview",
        "env": "POSTMARK_WEBHOOK_CREDENTIALS",
        "scheme": BASIC,
        "type": "body:RecordType",
        "proof": "vector",
        "retries": "inbound mail 10 times in 10.5 hours; never after 403",
        "addresses": "https://postmarkapp.com/support/article/800-ips-for-firewalls",
        "notes": "Nothing is signed: the secret is `user:password`, as written into the URL.",
    },
    "resend": {
        "title": "Resend",
        "docs": "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
        "env": "RESEND_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:type",
        "proof": "vector",
        "retries": "7 times in 27.5 hours",
        "notes": "Sent by Svix: the key is what `whsec_` and base64 hide, not the text.",
    },
    "sendgrid": {
        "title": "Twilio SendGrid (events, inbound parse)",
        "docs": (
            "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/"
            "getting-started-event-webhook-security-features"
        ),
        "env": "SENDGRID_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-twilio-email-event-webhook-signature",
            "algorithm": "ecdsa-sha256",
            "encoding": "base64",
            "timestamp": "header:x-twilio-email-event-webhook-timestamp",
            "content": "{timestamp}{body}",
            "key": "base64",
        },
        "type": "body:0.event",
        "body": "raw",
        "proof": "vector",
        "retries": "events for 24 hours; inbound mail after 5xx",
        "notes": (
            "The body ends with CR LF, which is signed; one delivery holds many events, and its"
            " type is that of the first."
        ),
    },
    "unisender_go": {
        "title": "Unisender Go",
        "docs": "https://godocs.unisender.ru/web-api-ref#callback-format",
        "env": "UNISENDER_GO_API_KEY",
        # The MD5 of the body in which the key stands where the MD5 will be.
        "scheme": {
            "signature": "body:auth",
            "algorithm": "md5",
            "content": "{body!auth}",
        },
        "type": "body:events_by_user.0.events.0.event_name",
        "proof": "vector",
        "notes": "A plain MD5 with the API's key in it; no time is signed. One body, many events.",
    },
}
