"""Customers: CRM, support, marketing, appointments."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD

HUBSPOT_DOCS = "https://developers.hubspot.com/docs/api/webhooks/validating-requests"

# A delivery of HubSpot holds up to a hundred events: the id of the first is not that of the whole.
HUBSPOT_TYPE = "body:0.subscriptionType | body:subscriptionType"

ROWS: Family = {
    "attio": {
        "title": "Attio",
        "docs": "https://docs.attio.com/rest-api/guides/webhooks",
        "env": "ATTIO_WEBHOOK_SECRET",
        "scheme": {"signature": "header:attio-signature | header:x-attio-signature"},
        "id": "header:idempotency-key",
        "type": "body:events.0.event_type",
        "proof": "vector",
        "retries": "up to 10 times in about 3 days",
        "notes": "The same signature comes in two headers; no timestamp is signed.",
    },
    "autotask": {
        "title": "Datto Autotask",
        "docs": "https://nango.dev/docs/api-integrations/autotask/webhooks",
        "env": "AUTOTASK_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hook-signature",
            "algorithm": "hmac-sha1",
            "form": "sha1={signature}",
            "encoding": "base64",
        },
        "type": "body:EntityType body:Action?",
        "notes": "The prefix is GitHub's old one, but base64 follows it; SHA-1 is all there is.",
    },
    "cal_com": {
        "title": "Cal.com",
        "docs": "https://cal.com/docs/developing/guides/automation/webhooks",
        "env": "CAL_COM_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-cal-signature-256"},
        # `payload.uid` names a booking, which is made, moved and cancelled under the same one.
        "type": "body:triggerEvent",
        "proof": "vector",
        "notes": "The signature has no `sha256=` before it, and no timestamp is signed.",
    },
    "calendly": {
        "title": "Calendly",
        "docs": "https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures",
        "env": "CALENDLY_WEBHOOK_SIGNING_KEY",
        "scheme": {
            "signature": "header:calendly-webhook-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "tolerance": 180,
            "content": "{timestamp}.{body}",
        },
        "type": "body:event",
        "proof": "vector",
        "retries": "for 24 hours, less and less often",
        "disables": "24 hours of failures: it must be made anew",
        "notes": "The key is given when the subscription is made; three minutes are tolerated.",
    },
    "connectwise_psa": {
        "title": "ConnectWise PSA",
        "docs": "https://developer.connectwise.com/Products/Manage/Developer_Guide#Webhooks",
        "env": "CONNECTWISE_SIGNING_KEY",
        "scheme": {
            "signature": "header:x-content-signature",
            "encoding": "base64",
            "key": "sha256",
        },
        "type": "body:Type body:Action?",
        "notes": (
            "The key is the SHA-256 of the signing key; fetch that once, from *.myconnectwise.net,"
            " never from whatever `key_url` a delivery holds."
        ),
    },
    "courier": {
        "title": "Courier (outbound webhooks)",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/courier-webhooks",
        "env": "COURIER_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:courier-signature",
            "separator": ",",
            "form": "signature={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "content": "{timestamp}.{body}",
        },
        # `data.id` names a message, which is updated again and again.
        "type": "body:type",
        "retries": "for 24 hours, after 5 seconds up to 15 minutes",
        "notes": "The item is `signature=`, not `v1=`, and the time is in milliseconds.",
    },
    "customer_io": {
        "title": "Customer.io (reporting webhooks)",
        "docs": "https://docs.customer.io/api/webhooks",
        "env": "CUSTOMERIO_WEBHOOK_SIGNING_KEY",
        "scheme": {
            "signature": "header:x-cio-signature",
            "timestamp": "header:x-cio-timestamp",
            "content": "v0:{timestamp}:{body}",
        },
        "id": "body:event_id",
        "type": "body:object_type body:metric",
        "proof": "vector",
        "deadline": 4,
        "retries": "for 7 days, while later events wait",
        "notes": "`v0:` is signed as with Slack, but the signature has no `v0=` before it.",
    },
    "dixa": {
        "title": "Dixa",
        "docs": "https://docs.dixa.io/docs/webhooks/webhooks-security",
        "env": "DIXA_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-dixa-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "unit": "ms",
            "content": "{timestamp}.{body}",
            "key": "hex",
        },
        "id": "body:event_id",
        "type": "body:event_fqn",
        "notes": "The secret is hexadecimal and decoded to key bytes; the time is in milliseconds.",
    },
    "firstpromoter": {
        "title": "FirstPromoter (v2)",
        "docs": "https://docs.firstpromoter.com/webhooks-v2/security",
        "env": "FIRSTPROMOTER_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-webhook-signature"},
        "id": "body:event_id",
        "type": "body:event_type",
        "deadline": 30,
        "retries": "3 times by default, after 20, 40 and 60 minutes",
        "notes": "Only v2 webhooks are meant; no timestamp header is signed.",
    },
    "folk": {
        "title": "folk",
        "docs": (
            "https://github.com/NangoHQ/nango/blob/master/packages/server/lib/webhook/"
            "folk-webhook-routing.ts"
        ),
        "env": "FOLK_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:type",
        "notes": "Standard Webhooks: the key is what the base64 after `whsec_` decodes to.",
    },
    "front": {
        "title": "Front (application webhooks)",
        "docs": "https://dev.frontapp.com/docs/webhooks-1",
        "env": "FRONT_SIGNING_KEY",
        "scheme": {
            "signature": "header:x-front-signature",
            "encoding": "base64",
            "timestamp": "header:x-front-request-timestamp",
            "unit": "ms",
            "content": "{timestamp}:{body}",
        },
        "id": "body:payload.id | body:id",
        "type": "body:type | body:payload.type",
        "retries": "up to 3 times",
        "notes": (
            "Rule webhooks sign the body alone with SHA-1 and another secret: not this row."
            " Milliseconds are sent, whatever the page says."
        ),
    },
    "highlevel": {
        "title": "HighLevel",
        "docs": "https://marketplace.gohighlevel.com/docs/2023-02-21/webhook/WebhookIntegrationGuide",
        "env": "HIGHLEVEL_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:x-ghl-signature",
            "algorithm": "ed25519",
            "encoding": "base64",
        },
        "id": "body:webhookId",
        "type": "body:type",
        "proof": "vector",
        "retries": "only after a 429: up to 6 times, 10 minutes apart",
        "notes": (
            "The secret is HighLevel's published Ed25519 key in PEM; the RSA signature in"
            " `x-wh-signature` is a thing of the past."
        ),
    },
    "hubspot_v1": {
        "title": "HubSpot (signature v1)",
        "docs": HUBSPOT_DOCS,
        "env": "HUBSPOT_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-hubspot-signature",
            "algorithm": "sha256",
            "content": "{secret}{body}",
        },
        "type": HUBSPOT_TYPE,
        "proof": "vector",
        "deadline": 5,
        "retries": "up to 10 times in 24 hours",
        "notes": "A plain hash, and neither time nor URL is signed: use `hubspot_v3`.",
    },
    "hubspot_v2": {
        "title": "HubSpot (signature v2: workflows, cards)",
        "docs": HUBSPOT_DOCS,
        "env": "HUBSPOT_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-hubspot-signature",
            "algorithm": "sha256",
            "content": "{secret}{method}{url}{body}",
        },
        "type": HUBSPOT_TYPE,
        "proof": "vector",
        "deadline": 30,
        "retries": "not after a 4xx",
        "notes": "A plain hash, and no time is signed: use `hubspot_v3` where it is sent.",
    },
    "hubspot_v3": {
        "title": "HubSpot (signature v3)",
        "docs": HUBSPOT_DOCS,
        "env": "HUBSPOT_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-hubspot-signature-v3",
            "encoding": "base64",
            "timestamp": "header:x-hubspot-request-timestamp",
            "unit": "ms",
            "tolerance": 300,
            "content": "{method}{url}{body}{timestamp}",
        },
        "type": HUBSPOT_TYPE,
        "proof": "vector",
        "deadline": 5,
        "retries": "up to 10 times in 24 hours",
        "notes": (
            "The public URL is signed, with some percent-encodings decoded: keep those out of the"
            " endpoint's query. The time is in milliseconds, after the body."
        ),
    },
    "intercom": {
        "title": "Intercom",
        "docs": "https://developers.intercom.com/docs/webhooks",
        "env": "INTERCOM_CLIENT_SECRET",
        "scheme": {
            "signature": "header:x-hub-signature",
            "algorithm": "hmac-sha1",
            "form": "sha1={signature}",
        },
        "id": "body:id",
        "type": "body:topic",
        "proof": "vector",
        "disables": (
            "errors for 7 days suspend it (private apps); 1000 in a row pause it for 15 minutes"
        ),
        "notes": "The key is the app's client secret; SHA-1 is all there is.",
    },
    "klaviyo": {
        "title": "Klaviyo (system webhooks)",
        "docs": "https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
        "env": "KLAVIYO_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:klaviyo-signature",
            "timestamp": "header:klaviyo-timestamp",
            "content": "{body}{timestamp}",
        },
        "type": "body:data.0.topic",
        "notes": (
            "The time comes after the body; the Webhook action of flows is not signed, so give it a"
            " header of your own."
        ),
    },
    "loops": {
        "title": "Loops",
        "docs": "https://loops.so/docs/webhooks",
        "env": "LOOPS_SIGNING_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": "body:eventName",
        "proof": "vector",
        "notes": "Standard Webhooks, but the type is `eventName`.",
    },
    "lusha": {
        "title": "Lusha",
        "docs": "https://docs.lusha.com/webhooks/security",
        "env": "LUSHA_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-lusha-signature",
            "timestamp": "header:x-lusha-timestamp",
            "content": "{timestamp}.{body}",
        },
        "notes": "The time in the header is signed, with a dot before the body.",
    },
    "pipedrive": {
        "title": "Pipedrive (v2)",
        "docs": "https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
        "env": "PIPEDRIVE_WEBHOOK_CREDENTIALS",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "form": "Basic {signature}",
            "encoding": "base64",
        },
        "id": "body:meta.id",
        "type": "body:meta.action body:meta.entity",
        "deadline": 10,
        "retries": "3 times: after 3, 30 and 150 seconds",
        "disables": (
            "10 first attempts that fail, for 30 minutes; 3 days without a success delete it"
        ),
        "notes": "Nothing is signed; the secret is `user:password` as the webhook was made with.",
    },
    "plain": {
        "title": "Plain",
        "docs": "https://www.plain.com/docs/request-signing",
        "env": "PLAIN_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:plain-request-signature",
            "timestamp": "body:webhookMetadata.webhookDeliveryAttemptTimestamp",
            "unit": "rfc3339",
            "tolerance": 300,
        },
        "id": "body:id",
        "type": "body:type",
        "retries": "12 times in 5 days",
        "notes": "The signed time is that of the attempt and stands in the body.",
    },
    "podium": {
        "title": "Podium",
        "docs": "https://docs.podium.com/docs/verifying-webhook-signatures",
        "env": "PODIUM_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:podium-signature",
            "timestamp": "header:podium-timestamp",
            "unit": "ms",
            "content": "{timestamp}.{body}",
        },
        "type": "body:metadata.event_type",
        "retries": "about 15 times in 8 hours, while other events wait",
        "disables": "8 hours of failures",
        "notes": "A webhook made without a secret is not signed; the time is in milliseconds.",
    },
    "postsyncer": {
        "title": "PostSyncer",
        "docs": "https://docs.postsyncer.com/guides/verify-webhooks",
        "env": "POSTSYNCER_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "deadline": 10,
        "retries": "up to 7 times in 41 hours",
        "notes": "Standard Webhooks: the key is what the base64 after `whsec_` decodes to.",
    },
    "propexo": {
        "title": "Propexo",
        "docs": "https://docs.propexo.com/how-it-works/webhooks/signed-payloads",
        "env": "PROPEXO_WEBHOOK_SECRET",
        "scheme": {"signature": "header:propexo-signature", "encoding": "base64_or_hex"},
        "type": "",
        "notes": "How the digest is written is not known for certain: hex and base64 are read.",
    },
    "pylon": {
        "title": "Pylon",
        "docs": "https://www.skills.sh/hookdeck/webhook-skills/pylon-webhooks",
        "env": "PYLON_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:pylon-webhook-signature",
            "form": "hs256={signature}",
            "timestamp": "header:pylon-webhook-timestamp",
            "content": "{timestamp}.{body}",
        },
        "type": "body:event_type | body:type",
        "notes": "The prefix is `hs256=`, not `sha256=`; the webhooks of triggers are not signed.",
    },
    "sellsy": {
        "title": "Sellsy",
        "docs": "https://help.sellsy.com/fr/articles/5876622-webhooks",
        "env": "SELLSY_WEBHOOK_SECRET",
        # A plain hash with the secret in front can be lengthened; `Scheme` takes text only.
        "scheme": {
            "signature": "header:x-webhook-signature",
            "algorithm": "sha1",
            "content": "{secret}{body}",
        },
        "type": "body:relatedtype? body:event",
        "notes": "No MAC but a plain SHA-1 of secret and body; no time is signed.",
    },
    "surge": {
        "title": "Surge",
        "docs": "https://docs.surge.app/api-reference/webhooks/signature-validation",
        "env": "SURGE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:surge-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "tolerance": 300,
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:type",
        "retries": "up to 20 times, until a 200 or 201",
        "notes": "More than one `v1` comes while the secret is rotated.",
    },
    "xobni": {
        "title": "Xobni",
        "docs": "https://www.xobni.ai/docs/webhooks/security",
        "env": "XOBNI_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-xobni-signature",
            "form": "sha256={signature}",
            "timestamp": "header:x-xobni-timestamp",
            "content": "{timestamp}.{body}",
        },
        "id": "header:x-xobni-delivery",
        "type": "header:x-xobni-event",
        "notes": "The headers with the event and the delivery are not signed.",
    },
    "zendesk": {
        "title": "Zendesk",
        "docs": "https://developer.zendesk.com/documentation/webhooks/verifying/",
        "env": "ZENDESK_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-zendesk-webhook-signature",
            "encoding": "base64",
            "timestamp": "header:x-zendesk-webhook-signature-timestamp",
            "unit": "rfc3339",
            "content": "{timestamp}{body}",
        },
        "id": "header:x-zendesk-webhook-invocation-id",
        "type": "body:type",
        "proof": "vector",
        "retries": "up to 3 times, after some statuses",
        "disables": "errors of 70 % of the requests, or 1000 of them, in 5 minutes, for a while",
        "notes": (
            "Nothing stands between time and body, which may be empty or no JSON; test deliveries"
            " are signed with a secret that everybody knows."
        ),
    },
}
