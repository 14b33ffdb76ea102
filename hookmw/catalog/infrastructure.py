"""What things run on: hosting, monitoring, delivery networks, relays."""

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD, SVIX

ROWS: Family = {
    "azure_event_grid": {
        "title": "Azure Event Grid (secret in the URL: ?code=...)",
        "docs": "https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema",
        "env": "AZURE_EVENT_GRID_SECRET",
        "scheme": {
            "signature": "query:code | query:token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "body:0.id | header:ce-id | body:id",
        "type": "body:0.eventType | body:0.type | header:ce-type | body:type",
        "deadline": 30,
        "retries": "for 24 hours, up to 30 times",
        "notes": (
            "Nothing is signed: the secret is what you wrote into the subscription's URL. The body"
            " is an array, which may hold many events."
        ),
    },
    "cloudflare_notifications": {
        "title": "Cloudflare (notifications)",
        "docs": "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
        "env": "CLOUDFLARE_NOTIFICATIONS_SECRET",
        "scheme": {
            "signature": "header:cf-webhook-auth",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:alert_type",
        "addresses": "https://www.cloudflare.com/ips/",
        "notes": "Nothing is signed. The correlation id is one for all that concerns an incident.",
    },
    "cloudflare_stream": {
        "title": "Cloudflare Stream",
        "docs": "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/",
        "env": "CLOUDFLARE_STREAM_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:webhook-signature",
            "separator": ",",
            "form": "sig1={signature}",
            "timestamp": "field:time",
            "content": "{timestamp}.{body}",
        },
        "type": "body:status.state",
        "notes": "Not Standard Webhooks, though the header has its name. `uid` is the video's.",
    },
    "cloudinary": {
        "title": "Cloudinary (SHA-1, which is an account's default)",
        "docs": "https://cloudinary.com/documentation/notification_signatures",
        "env": "CLOUDINARY_API_SECRET",
        "scheme": {
            "signature": "header:x-cld-signature",
            "algorithm": "sha1",
            "timestamp": "header:x-cld-timestamp",
            "tolerance": 7200,
            "content": "{body}{timestamp}{secret}",
        },
        "type": "body:notification_type",
        "proof": "vector",
        "notes": (
            "A plain hash with the secret at its end, no HMAC. Accounts that are set to SHA-256"
            ' need a Scheme of their own with algorithm="sha256".'
        ),
    },
    "doppler": {
        "title": "Doppler",
        "docs": "https://docs.doppler.com/docs/webhooks",
        "env": "DOPPLER_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-doppler-signature",
            "form": "sha256={signature}",
        },
        "type": "body:type",
        "proof": "vector",
    },
    "dyte": {
        "title": "Dyte (Cloudflare RealtimeKit)",
        "docs": "https://docs.dyte.io/guides/capabilities/webhooks/signatures",
        "env": "DYTE_WEBHOOK_PUBLIC_KEY",
        "scheme": {
            "signature": "header:dyte-signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
        },
        "id": "header:dyte-uuid",
        "type": "body:event",
        "deadline": 3,
        "retries": "5 times",
        "notes": (
            "The secret is Dyte's public key (PEM, from api.dyte.io/.well-known/webhooks.json), one"
            " for all customers: look at whose meeting the event is about."
        ),
    },
    "getstream": {
        "title": "Stream (getstream.io)",
        "docs": "https://getstream.io/chat/docs/node/webhooks_overview/",
        "env": "STREAM_API_SECRET",
        "scheme": {"signature": "header:x-signature"},
        "id": "header:x-webhook-id",
        "proof": "vector",
        "notes": (
            "The secret is the app's API secret. Leave payload compression off: the signature is of"
            " the JSON before it."
        ),
    },
    "grafana": {
        "title": "Grafana (alerting)",
        "docs": "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
        "env": "GRAFANA_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-grafana-alerting-signature"},
        "type": "body:status",
        "proof": "vector",
        "notes": (
            "For contact points without a timestamp header: with one, it is signed as well."
            " `groupKey` is that of the alerts' group and comes back."
        ),
    },
    "heroku": {
        "title": "Heroku (app webhooks)",
        "docs": "https://devcenter.heroku.com/articles/app-webhooks#securing-webhook-requests",
        "env": "HEROKU_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:heroku-webhook-hmac-sha256",
            "encoding": "base64",
        },
        "id": "body:id",
        "type": "body:webhook_metadata.event.include body:action?",
    },
    "hookdeck": {
        "title": "Hookdeck (what it forwards)",
        "docs": "https://hookdeck.com/docs/authentication#hookdeck-webhook-signature-verification",
        "env": "HOOKDECK_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hookdeck-signature | header:x-hookdeck-signature-2",
            "encoding": "base64",
        },
        "id": "header:x-hookdeck-eventid",
        "type": "body:type | body:event",
        "proof": "vector",
        "notes": "This proves Hookdeck; whether it verified the source is set there.",
    },
    "incident_io": {
        "title": "incident.io",
        "docs": "https://docs.incident.io/integrations/webhooks",
        "env": "INCIDENT_IO_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:event_type",
        "proof": "vector",
    },
    "infisical": {
        "title": "Infisical",
        "docs": "https://infisical.com/docs/documentation/platform/webhooks",
        "env": "INFISICAL_WEBHOOK_SECRET",
        # The time in the header is not signed; the same one in the body is.
        "scheme": {
            "signature": "header:x-infisical-signature",
            "form": "t=*;{signature}",
            "timestamp": "body:timestamp",
            "unit": "ms",
        },
        "type": "body:event",
        "proof": "sdk",
        "notes": "Without a secret key of its own a webhook is not signed, and is refused.",
    },
    "liveblocks": {
        "title": "Liveblocks",
        "docs": "https://liveblocks.io/docs/platform/webhooks",
        "env": "LIVEBLOCKS_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "proof": "vector",
        "retries": "7 times in 27.5 hours",
        "disables": "failing for 5 days",
        "addresses": "https://liveblocks.io/docs/platform/webhooks",
    },
    "nango": {
        "title": "Nango",
        "docs": "https://nango.dev/docs/guides/platform/webhooks-from-nango",
        "env": "NANGO_WEBHOOK_SIGNING_KEY",
        "scheme": {"signature": "header:x-nango-hmac-sha256"},
        "type": "body:type",
        "proof": "vector",
        "deadline": 20,
        "retries": "twice, within a second",
        "notes": (
            "The older X-Nango-Signature, a hash of secret and body, can be extended by anybody"
            " and is not looked at."
        ),
    },
    "pagerduty": {
        "title": "PagerDuty (v3)",
        "docs": "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
        "env": "PAGERDUTY_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-pagerduty-signature",
            "separator": ",",
            "form": "v1={signature}",
        },
        "id": "body:event.id",
        "type": "body:event.event_type",
        "proof": "vector",
        "deadline": 5,
        "retries": "for 48 hours, after 429 and 5xx",
        "disables": "3 deliveries in a row given up: for 24 hours",
        "addresses": "https://developer.pagerduty.com/docs/webhook-ips",
        "notes": "X-Webhook-Id is that of the subscription, not of the event.",
    },
    "planetscale": {
        "title": "PlanetScale",
        "docs": "https://planetscale.com/docs/api/webhooks",
        "env": "PLANETSCALE_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-planetscale-signature"},
        "type": "body:event",
        "proof": "vector",
    },
    "pusher": {
        "title": "Pusher Channels",
        "docs": "https://pusher.com/docs/channels/server_api/webhooks/",
        "env": "PUSHER_SECRET",
        "scheme": {
            "signature": "header:x-pusher-signature",
            "timestamp": "body:time_ms",
            "unit": "ms",
        },
        "type": "body:events.0.name",
        "proof": "vector",
        "deadline": 4,
        "retries": "for 5 minutes",
        "notes": (
            "The secret is that of the app key in X-Pusher-Key. A delivery holds many events, and"
            " is typed by the first."
        ),
    },
    "render": {
        "title": "Render",
        "docs": "https://render.com/docs/webhooks",
        "env": "RENDER_WEBHOOK_SECRET",
        "scheme": STANDARD,
        "id": "header:webhook-id",
    },
    "supabase_auth_hooks": {
        "title": "Supabase (Auth Hooks)",
        "docs": "https://supabase.com/docs/guides/auth/auth-hooks",
        "env": "SUPABASE_AUTH_HOOK_SECRET",
        "scheme": {**STANDARD, "key": "v1_whsec_base64"},
        "id": "header:webhook-id",
        "type": "body:metadata.name",
        "deadline": 5,
        "retries": "up to 3 times, 2 seconds apart, after 429 and 503 with Retry-After",
        "notes": (
            "Secrets begin with `v1,whsec_`; where several are joined by `|`, give them as a list."
            " Which hook it is, its URL says, so give each an endpoint."
        ),
    },
    "supabase_database_webhooks": {
        "title": "Supabase (Database Webhooks)",
        "docs": "https://supabase.com/docs/guides/database/webhooks",
        "env": "SUPABASE_WEBHOOK_AUTHORIZATION",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:table body:type",
        "proof": "vector",
        "notes": (
            "Nothing is signed. The secret is the whole value of the Authorization header that you"
            " wrote into the trigger: `Bearer ...` with its `Bearer`."
        ),
    },
    "svix": {
        "title": "Svix",
        "docs": "https://docs.svix.com/receiving/verifying-payloads/how-manual",
        "env": "SVIX_WEBHOOK_SECRET",
        "scheme": SVIX,
        "id": "header:svix-id",
        "type": "body:type | body:event_type | body:eventType",
        "proof": "vector",
        "deadline": 15,
        "retries": "7 times in 27.5 hours",
        "disables": "failing for 5 days",
        "addresses": "https://docs.svix.com/webhook-ips.json",
        "notes": "For senders who call the headers `webhook-...`, take `standard_webhooks`.",
    },
    "tailscale": {
        "title": "Tailscale",
        "docs": "https://tailscale.com/kb/1213/webhooks#verifying-an-event-signature",
        "env": "TAILSCALE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:tailscale-webhook-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "type": "body:0.type",
        "proof": "vector",
        "notes": "The body is an array of many events, typed by the first.",
    },
    "terraform_cloud": {
        "title": "HCP Terraform (notifications)",
        "docs": "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations",
        "env": "TFC_NOTIFICATION_TOKEN",
        "scheme": {
            "signature": "header:x-tfe-notification-signature",
            "algorithm": "hmac-sha512",
        },
        "type": "body:notifications.0.trigger",
        "notes": "SHA-512. `run_id` is that of the run, which has many notifications.",
    },
    "uploadthing": {
        "title": "UploadThing",
        "docs": "https://docs.uploadthing.com/uploading-files#understanding-the-upload-process",
        "env": "UPLOADTHING_SECRET",
        "scheme": {
            "signature": "header:x-uploadthing-signature",
            "form": "hmac-sha256={signature}",
        },
        "type": "header:uploadthing-hook",
        "proof": "vector",
        "notes": "The secret is the API key (`sk_live_...`), not the token that it is wrapped in.",
    },
    "vault_radar": {
        "title": "HCP Vault Radar",
        "docs": "https://developer.hashicorp.com/hcp/docs/vault-radar/get-started/set-up-alerting/webhooks/payloads",
        "env": "VAULT_RADAR_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "header:x-hcp-radar-signature",
            "algorithm": "hmac-sha512",
            "form": "sha512={signature}",
        },
        "id": "header:x-hcp-radar-message-id",
        "type": "body:event_type body:event_subtype? | body:type body:sub_type?",
        "timestamp": "header:x-hcp-radar-timestamp",
        "notes": "The signature is of the body alone; the timestamp is not signed.",
    },
    "vercel": {
        "title": "Vercel",
        "docs": "https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks",
        "env": "VERCEL_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-vercel-signature",
            "algorithm": "hmac-sha1",
        },
        "id": "body:id",
        "proof": "vector",
        "notes": "SHA-1. For an integration's webhooks the secret is its client secret.",
    },
}
