"""What happens at a place: tills, studios, telephones and wireless networks."""

from hookmw.catalog import Family

__all__ = ["ROWS"]

ROWS: Family = {
    "clover": {
        "title": "Clover",
        "docs": "https://docs.clover.com/docs/webhooks",
        "env": "CLOVER_AUTH_CODE",
        "scheme": {
            "signature": "header:x-clover-auth",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "",
        "notes": (
            "Nothing is signed; the secret is the Clover Auth Code, which is shown once the"
            " `verificationCode` that comes over the hook was pasted into the dashboard."
        ),
    },
    "meraki_scanning": {
        "title": "Cisco Meraki (Scanning API)",
        "docs": "https://developer.cisco.com/meraki/scanning-api",
        "env": "MERAKI_SCANNING_SECRET",
        "scheme": {
            "signature": "body:secret",
            "algorithm": "token",
            "encoding": "text",
        },
        "notes": (
            "Nothing is signed: the secret comes in every body. `verify_token` is the validator"
            " that the dashboard shows; Meraki asks for it with a GET before it sends."
        ),
    },
    "mindbody": {
        "title": "Mindbody",
        "docs": "https://developers.mindbodyonline.com/WebhooksDocumentation",
        "env": "MINDBODY_WEBHOOK_SIGNATURE_KEY",
        "scheme": {
            "signature": "header:x-mindbody-signature",
            "form": "sha256={signature}",
            "encoding": "base64",
        },
        "id": "body:messageId",
        "type": "body:eventId",
        "notes": (
            "The secret is the `messageSignatureKey` that the new subscription is answered with:"
            " have it here before the subscription is made active."
        ),
    },
    "ringcentral": {
        "title": "RingCentral",
        "docs": "https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks",
        "env": "RINGCENTRAL_VERIFICATION_TOKEN",
        "scheme": {
            "signature": "header:verification-token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:uuid",
        "type": "body:event",
        "deadline": 3,
        "notes": (
            "Nothing is signed; the secret is the `verificationToken` of the subscription. Answers"
            " of more than 1,024 bytes, headers and all, are refused at the handshake."
        ),
    },
}
