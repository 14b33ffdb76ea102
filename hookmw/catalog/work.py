"""Documents, forms, content, people, and the things they wear and drive."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD, SVIX

STANDARD_NOTE = "Standard Webhooks: the key is what the base64 after `whsec_` decodes to."

SVIX_NOTE = "Sent by Svix: the key is what the base64 after `whsec_` decodes to."

ROWS: Family = {
    "adobe_sign": {
        "title": "Adobe Acrobat Sign",
        "docs": "https://helpx.adobe.com/sign/web/fedramp/api/webhook-configuration.html",
        "env": "ADOBE_SIGN_CLIENT_ID",
        "scheme": {
            "signature": "header:x-adobesign-clientid",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:webhookNotificationId",
        "type": "body:event",
        "addresses": "https://helpx.adobe.com/sign/system-requirements.html",
        "notes": (
            "The client id is an identifier, not a secret, and nothing is signed: allow Adobe's"
            " addresses only. Every answer must give the id back."
        ),
    },
    "aurinko": {
        "title": "Aurinko",
        "docs": "https://docs.aurinko.io/unified-apis/webhooks-api/authentication",
        "env": "AURINKO_SIGNING_SECRET",
        "scheme": {
            "signature": "header:x-aurinko-signature",
            "timestamp": "header:x-aurinko-request-timestamp",
            "content": "v0:{timestamp}:{body}",
        },
        "type": "body:resource",
        "deadline": 30,
        "notes": "Events name what has changed, and say no more.",
    },
    "box": {
        "title": "Box",
        "docs": "https://developer.box.com/guides/webhooks/v2/signatures-v2/",
        "env": "BOX_WEBHOOK_SIGNATURE_KEY",
        "scheme": {
            "signature": "header:box-signature-primary | header:box-signature-secondary",
            "encoding": "base64",
            "timestamp": "header:box-delivery-timestamp",
            "unit": "rfc3339",
            "tolerance": 600,
            "content": "{body}{timestamp}",
        },
        "id": "body:id",
        "type": "body:trigger",
        "proof": "vector",
        "deadline": 30,
        "retries": "12 times in 2 hours",
        "disables": "30 days without a success, and events for 14 of them: the webhook is deleted",
        "notes": "The time comes after the body; give both keys, primary and secondary.",
    },
    "castle": {
        "title": "Castle",
        "docs": "https://docs.castle.io/docs/subscribe-to-webhooks",
        "env": "CASTLE_API_SECRET",
        "scheme": {"signature": "header:x-castle-signature", "encoding": "base64"},
        "type": "body:type",
        "proof": "vector",
        "notes": "The key is the API secret; no timestamp is signed.",
    },
    "checkr": {
        "title": "Checkr",
        "docs": "https://docs.checkr.com/apis/webhooks",
        "env": "CHECKR_API_KEY",
        "scheme": {"signature": "header:x-checkr-signature"},
        "id": "body:id",
        "type": "body:type",
        "notes": "The key is the API key of the account, or of the partner's application.",
    },
    "datasaur": {
        "title": "Datasaur",
        "docs": "https://docs.datasaur.ai/integrations/webhook-notifications/webhook-signature",
        "env": "DATASAUR_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-datasaur-signature"},
        "proof": "vector",
        "notes": "The signature has no prefix, and no timestamp is signed.",
    },
    "deel": {
        "title": "Deel",
        "docs": "https://developer.deel.com/v2.1.112/docs/webhooks-get-started",
        "env": "DEEL_WEBHOOK_SIGNING_KEY",
        "scheme": {"signature": "header:x-deel-signature", "content": "POST{body}"},
        "type": "body:data.meta.event_type",
        "notes": "The word POST is signed before the body, with nothing between them.",
    },
    "documenso": {
        "title": "Documenso",
        "docs": "https://docs.documenso.com/docs/developers/webhooks/verification",
        "env": "DOCUMENSO_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-documenso-secret",
            "algorithm": "token",
            "encoding": "text",
        },
        # `payload.id` names a document, not what happened to it.
        "type": "body:event",
        "deadline": 10,
        "retries": "2 to 4 times, by its job provider",
        "disables": "nothing",
        "notes": "Nothing is signed: the secret itself is sent, and empty where none was set.",
    },
    "docusign": {
        "title": "Docusign Connect",
        "docs": "https://developers.docusign.com/platform/webhooks/connect/validate",
        "env": "DOCUSIGN_HMAC_KEY",
        "scheme": {
            "signature": (
                "header:x-docusign-signature-1 | header:x-docusign-signature-2"
                " | header:x-docusign-signature-3 | header:x-docusign-signature-4"
                " | header:x-docusign-signature-5 | header:x-docusign-signature-6"
                " | header:x-docusign-signature-7 | header:x-docusign-signature-8"
                " | header:x-docusign-signature-9 | header:x-docusign-signature-10"
            ),
            "encoding": "base64",
        },
        "type": "body:event",
        "proof": "vector",
        "retries": "45 times in 7 days",
        "notes": (
            "One numbered header a key; of up to a hundred, the first ten are read. The key is used"
            " as the text it is."
        ),
    },
    "dropbox": {
        "title": "Dropbox",
        "docs": "https://www.dropbox.com/developers/reference/webhooks",
        "env": "DROPBOX_APP_SECRET",
        "scheme": {"signature": "header:x-dropbox-signature"},
        "type": "key:!delta",
        "retries": "for 10 minutes; wants exactly 200",
        "notes": "The key is the app's secret; what changed must be asked for by the API.",
    },
    "enode": {
        "title": "Enode",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/enode-webhooks",
        "env": "ENODE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-enode-signature",
            "algorithm": "hmac-sha1",
            "form": "sha1={signature}",
        },
        "id": "header:x-enode-delivery",
        "type": "body:0.event",
        "notes": "The body is an array of events; SHA-1 is all there is.",
    },
    "fathom": {
        "title": "Fathom",
        "docs": (
            "https://github.com/NangoHQ/nango/blob/master/packages/server/lib/webhook/"
            "fathom-webhook-routing.ts"
        ),
        "env": "FATHOM_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "proof": "vector",
        "notes": STANDARD_NOTE,
    },
    "finch": {
        "title": "Finch",
        "docs": "https://developer.tryfinch.com/developer-resources/Webhooks",
        "env": "FINCH_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:finch-signature",
            "separator": " ",
            "form": "v1,{signature}",
            "encoding": "base64",
            "timestamp": "header:finch-timestamp",
            "tolerance": 300,
            "content": "{header:finch-event-id}.{timestamp}.{body}",
            "key": "base64",
        },
        "id": "header:finch-event-id",
        "type": "body:event_type",
        "proof": "vector",
        "notes": "Standard Webhooks under its own header names, and the secret has no `whsec_`.",
    },
    "google_health": {
        "title": "Google Health",
        "docs": "https://developers.google.com/health/webhooks",
        "env": "GOOGLE_HEALTH_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:type | body:data.dataType body:data.operation?",
        "notes": (
            "Nothing is signed: the secret is the whole value of the header, as the subscriber was"
            " made with. Registration asks once without it and wants a refusal."
        ),
    },
    "granola": {
        "title": "Granola",
        "docs": "https://docs.granola.ai/webhooks",
        "env": "GRANOLA_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:event_type",
        "proof": "vector",
        "notes": STANDARD_NOTE,
    },
    "gusto": {
        "title": "Gusto",
        "docs": (
            "https://docs.gusto.com/app-integrations/v2026-02-01/reference/"
            "put-v1-verify-webhook-subscription-uuid"
        ),
        "env": "GUSTO_VERIFICATION_TOKEN",
        "scheme": {"signature": "header:x-gusto-signature"},
        "id": "body:uuid",
        "type": "body:event_type",
        "notes": "The key is the verification token that the new subscription itself delivers.",
    },
    "hygraph": {
        "title": "Hygraph",
        "docs": "https://www.npmjs.com/package/@hygraph/utils",
        "env": "HYGRAPH_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:gcms-signature",
            "separator": ", ",
            "form": "sign={signature}",
            "encoding": "base64",
            "timestamp": "field:t",
            "unit": "ms",
            "content": (
                '{"Body":{body|json},"EnvironmentName":{field:env|json},"TimeStamp":{timestamp}}'
            ),
        },
        "type": "body:operation",
        "proof": "vector",
        "notes": "A JSON object is signed that holds the body as a text; the time is milliseconds.",
    },
    "kontent_ai": {
        "title": "Kontent.ai",
        "docs": "https://kontent.ai/learn/docs/webhooks",
        "env": "KONTENT_AI_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-kontent-ai-signature | header:x-kc-signature",
            "encoding": "base64",
        },
        "type": "body:notifications.0.message.object_type body:notifications.0.message.action",
        "proof": "vector",
        "notes": "Legacy webhooks send the same signature in `X-KC-Signature`.",
    },
    "microsoft_graph": {
        "title": "Microsoft Graph (change notifications)",
        "docs": "https://learn.microsoft.com/en-us/graph/api/resources/changenotificationcollection",
        "env": "MICROSOFT_GRAPH_CLIENT_STATE",
        "scheme": {
            "signature": "body:value.0.clientState",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:value.0.changeType | body:value.0.lifecycleEvent",
        "proof": "vector",
        "deadline": 3,
        "retries": "for 4 hours",
        "notes": (
            "Nothing is signed. `clientState` is checked in the first notification of a delivery;"
            " a handler that tells subscriptions apart must look at every one's."
        ),
    },
    "moneybird": {
        "title": "Moneybird",
        "docs": "https://developer.moneybird.com/changelog/2019-08-08.md",
        "env": "MONEYBIRD_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "body:webhook_token",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:action",
        "notes": "Nothing is signed: the token of the new webhook comes back in every body.",
    },
    "notion": {
        "title": "Notion",
        "docs": "https://developers.notion.com/reference/webhooks",
        "env": "NOTION_VERIFICATION_TOKEN",
        "scheme": {"signature": "header:x-notion-signature", "form": "sha256={signature}"},
        "id": "body:id",
        "type": "body:type",
        "proof": "vector",
        "retries": "8 times in 24 hours",
        "notes": "The key is the verification token that the new subscription itself delivers.",
    },
    "nylas": {
        "title": "Nylas (v3)",
        "docs": "https://developer.nylas.com/docs/developer-guide/v3-webhooks",
        "env": "NYLAS_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-nylas-signature"},
        "id": "body:id",
        "type": "body:type",
        "deadline": 10,
        "notes": "Where deliveries are compressed, the compressed bytes are what is signed.",
    },
    "oura": {
        "title": "Oura",
        "docs": "https://cloud.ouraring.com/v2/docs",
        "env": "OURA_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-oura-signature",
            "encoding": "hex_upper",
            "timestamp": "header:x-oura-timestamp",
            "content": "{timestamp}{body}",
            # Nothing separates the two: a time with a body's beginning in it must not be one.
            "body_starts": "{",
        },
        "type": "body:data_type body:event_type",
        "deadline": 10,
        "notes": "The key is the app's client secret; the digits are written in upper case.",
    },
    "persona": {
        "title": "Persona",
        "docs": "https://docs.withpersona.com/v2022-09-01/docs/best-practices",
        "env": "PERSONA_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:persona-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "body:data.id",
        "type": "body:data.attributes.name",
        "notes": (
            "`wbhsec_` belongs to the key. While a secret is rotated, two signatures come with a"
            " space between them, and are refused: let the old one expire at once."
        ),
    },
    "pleo": {
        "title": "Pleo",
        "docs": "https://docs.svix.com/receiving/verifying-payloads/how/",
        "env": "PLEO_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "proof": "vector",
        "notes": SVIX_NOTE,
    },
    "prolific": {
        "title": "Prolific",
        "docs": "https://docs.prolific.com/api-reference/webhooks/verifying",
        "env": "PROLIFIC_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-prolific-request-signature",
            "encoding": "base64",
            "timestamp": "header:x-prolific-request-timestamp",
            "content": "{timestamp}{body}",
            # Nothing separates the two: a time with a body's beginning in it must not be one.
            "body_starts": "{",
        },
        "id": "header:x-event-id",
        "type": "body:event_type",
        "retries": "11 times in 24 hours",
        "notes": "Nothing stands between time and body; the id in the header is not signed.",
    },
    "sanity": {
        "title": "Sanity",
        "docs": "https://www.sanity.io/docs/webhooks",
        "env": "SANITY_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:sanity-webhook-signature",
            "separator": ",",
            "form": "v1={signature}",
            "encoding": "base64url",
            "timestamp": "field:t",
            "unit": "ms",
            "content": "{timestamp}.{body}",
        },
        "id": "header:idempotency-key",
        "type": "header:sanity-operation",
        "proof": "vector",
        "retries": "twice, 30 seconds apart, after 429 and 5xx",
        "notes": "Looks like Stripe's, but in base64url without padding, and in milliseconds.",
    },
    "seam": {
        "title": "Seam",
        "docs": "https://docs.seam.co/latest/developer-tools/webhooks",
        "env": "SEAM_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:event_type",
        "proof": "vector",
        "retries": "7 times in 27.5 hours",
        "notes": SVIX_NOTE,
    },
    "signable": {
        "title": "Signable (early access)",
        "docs": "https://developers.signable.app/early-access/ea-signed-webhooks",
        "env": "SIGNABLE_WEBHOOK_SECRET",
        "scheme": {"signature": "header:signature", "encoding": "base64"},
        "timestamp": "header:x-signable-webhook",
        "disables": "3 days without a 200",
        "notes": "The time in the header is not signed; the one in the body is.",
    },
    "signatureapi": {
        "title": "SignatureAPI",
        "docs": "https://signatureapi.com/docs/api/guides/how-to/verify-webhooks",
        "env": "SIGNATUREAPI_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "notes": STANDARD_NOTE,
    },
    "smartcar": {
        "title": "Smartcar",
        "docs": "https://smartcar.com/docs/integrations/webhooks/overview",
        "env": "SMARTCAR_MANAGEMENT_TOKEN",
        "scheme": {"signature": "header:sc-signature"},
        "id": "body:eventId",
        "type": "body:eventType | body:eventName",
        "proof": "vector",
        "deadline": 15,
        "retries": "under the same event id",
        "notes": "The key is the application management token; no timestamp is signed.",
    },
    "smartsheet": {
        "title": "Smartsheet",
        "docs": "https://developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-callbacks",
        "env": "SMARTSHEET_SHARED_SECRET",
        "scheme": {"signature": "header:smartsheet-hmac-sha256"},
        "id": "body:nonce",
        "type": "body:events.0.objectType? body:events.0.eventType | body:newWebhookStatus",
        "retries": "14 times, after 4xx but 410, 5xx and no answer; wants exactly 200",
        "disables": "a delivery given up, and a wrong answer to its challenge",
        "notes": (
            "The key is the webhook's `sharedSecret`; the challenge comes again every hundred"
            " callbacks."
        ),
    },
    "terra": {
        "title": "Terra",
        "docs": "https://docs.tryterra.co/destinations/webhooks",
        "env": "TERRA_SIGNING_SECRET",
        "scheme": {
            "signature": "header:terra-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "tolerance": 300,
            "content": "{timestamp}.{body}",
        },
        "id": "header:terra-reference",
        "type": "body:type",
        "proof": "vector",
        "addresses": "https://docs.tryterra.co/reference/signing",
        "notes": "The header with the reference is not signed.",
    },
    "turnkey": {
        "title": "Turnkey",
        "docs": "https://docs.turnkey.com/features/webhooks/verify-signatures",
        "env": "TURNKEY_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-turnkey-signature",
            "algorithm": "ed25519",
            "timestamp": "header:x-turnkey-timestamp",
            "unit": "ms",
            "content": (
                "v1.ed25519.{header:x-turnkey-signature-key-id}.{timestamp}"
                ".{header:x-turnkey-event-id}.{body}"
            ),
            "key": "base64",
        },
        "id": "header:x-turnkey-event-id",
        "type": "header:x-turnkey-event-type",
        "proof": "vector",
        "retries": "after 5xx and no answer; never after 3xx and 4xx",
        "notes": (
            "The secret is `x` of a key in Turnkey's published JWKS: give all that are there, and"
            " look again when one is added. The header with the type is not signed."
        ),
    },
    "typeform": {
        "title": "Typeform",
        "docs": "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
        "env": "TYPEFORM_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:typeform-signature",
            "form": "sha256={signature}",
            "encoding": "base64",
        },
        "id": "body:event_id",
        "type": "body:event_type",
        "proof": "vector",
        "deadline": 30,
        "retries": "every 2 to 3 minutes for 10 hours, after 408, 423, 429 and 503",
        "notes": "The prefix is GitHub's, but base64 follows it.",
    },
    "webex": {
        "title": "Cisco Webex",
        "docs": "https://developer.webex.com/blog/using-a-webhook-secret",
        "env": "WEBEX_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-spark-signature", "algorithm": "hmac-sha1"},
        # The body's `id` is that of the webhook, the same in all of its deliveries.
        "type": "body:resource body:event",
        "proof": "vector",
        "notes": "SHA-1 is all there is; a webhook that was made without a secret is not signed.",
    },
    "webflow": {
        "title": "Webflow",
        "docs": "https://developers.webflow.com/data/docs/working-with-webhooks",
        "env": "WEBFLOW_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-webflow-signature",
            "timestamp": "header:x-webflow-timestamp",
            "unit": "ms",
            "tolerance": 300,
            "content": "{timestamp}:{body}",
        },
        "type": "body:triggerType",
        "proof": "vector",
        "retries": "up to 3 attempts",
        "notes": "A colon, and milliseconds; the key is the app's client secret or the webhook's.",
    },
    "wrike": {
        "title": "Wrike",
        "docs": "https://developers.wrike.com/docs/webhooks",
        "env": "WRIKE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hook-secret",
            # The handshake signs any token for anybody; no token starts like this.
            "body_starts": "[",
        },
        "type": "body:0.eventType",
        "notes": "The header is called a secret, and holds a signature. Bodies are arrays.",
    },
    "xero": {
        "title": "Xero",
        "docs": "https://developer.xero.com/documentation/guides/webhooks/overview/",
        "env": "XERO_WEBHOOK_KEY",
        "scheme": {"signature": "header:x-xero-signature", "encoding": "base64"},
        "type": "body:events.0.eventCategory body:events.0.eventType",
        "deadline": 5,
        "retries": "ever more rarely for 24 hours",
        "disables": "failing for 24 hours",
        "notes": (
            "Registration sends wrong signatures and wants exactly 401; the key is used as the text"
            " it is, though it looks like base64."
        ),
    },
    "yousign": {
        "title": "Yousign",
        "docs": "https://developers.yousign.com/docs/security",
        "env": "YOUSIGN_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-yousign-signature-256",
            "form": "sha256={signature}",
        },
        "id": "body:event_id",
        "type": "body:event_name",
        "retries": "8 times in 4 days, after 2 minutes to 48 hours",
        "notes": "No timestamp is signed.",
    },
    "zulip": {
        "title": "Zulip (outgoing webhooks)",
        "docs": "https://zulip.com/api/outgoing-webhooks",
        "env": "ZULIP_OUTGOING_WEBHOOK_TOKEN",
        "scheme": {"signature": "body:token", "algorithm": "token", "encoding": "text"},
        "id": "body:message.id",
        "type": "body:trigger",
        "proof": "vector",
        "deadline": 10,
        "notes": "Nothing is signed: the bot's token comes in every body.",
    },
}
