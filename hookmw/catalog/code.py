"""Where code lives and work is tracked."""

from typing import TYPE_CHECKING

from hookmw.catalog import Family
from hookmw.catalog.generic import STANDARD

if TYPE_CHECKING:
    from hookmw.catalog import SchemeRow

HUB_SHA256: "SchemeRow" = {
    # Atlassian's name for it is that of GitHub's old SHA-1 header.
    "signature": "header:x-hub-signature",
    "form": "sha256={signature}",
}

ATLASSIAN_ADDRESSES = "https://ip-ranges.atlassian.com/"

GITLAB_TYPE = (
    "body:object_kind body:object_attributes.action? | body:event_name | header:x-gitlab-event"
)

SKILLS = "https://github.com/hookdeck/webhook-skills/tree/main/skills"

ROWS: Family = {
    "asana": {
        "title": "Asana",
        "docs": "https://developers.asana.com/docs/webhooks-guide",
        "env": "ASANA_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-hook-signature"},
        "type": "body:events.0.resource.resource_type body:events.0.action",
        "proof": "vector",
        "deadline": 10,
        "retries": "for up to 24 hours",
        "notes": (
            "The secret is the X-Hook-Secret that the handshake brought, one for each webhook. A"
            " delivery holds many events, and is typed by the first."
        ),
    },
    "autodesk": {
        "title": "Autodesk Platform Services",
        "docs": (
            "https://aps.autodesk.com/en/docs/webhooks/v1/tutorials/how-to-verify-payload-signature/"
        ),
        "env": "APS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-adsk-signature",
            "algorithm": "hmac-sha1",
            "form": "sha1hash={signature}",
        },
        "id": "header:x-adsk-delivery-id",
        "type": "body:hook.event",
        "deadline": 6,
        "retries": "4 times in 48 hours",
        "disables": "the last retry, if it fails",
        "notes": "The prefix is `sha1hash=`, not `sha1=`.",
    },
    "azure_devops": {
        "title": "Azure DevOps (service hooks)",
        "docs": "https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks",
        "env": "AZURE_DEVOPS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:authorization",
            "algorithm": "token",
            "form": "Basic {signature}",
            "encoding": "base64",
        },
        "id": "body:id",
        "type": "body:eventType",
        "retries": (
            "up to 8 times in 3 minutes after 408, 502, 503 or 504; then, and after other errors, 7"
            " times in 36 hours on probation"
        ),
        "disables": "a 410 at once, or a probation that fails",
        "notes": "The secret is `username:password`; nothing of the delivery is signed.",
    },
    "bitbucket": {
        "title": "Bitbucket (Cloud, Data Center)",
        "docs": "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
        "env": "BITBUCKET_WEBHOOK_SECRET",
        "scheme": HUB_SHA256,
        "id": "header:x-request-uuid | header:x-request-id",
        "type": "header:x-event-key",
        "proof": "vector",
        "deadline": 10,
        "retries": "twice more after a 5xx (Cloud)",
        "addresses": ATLASSIAN_ADDRESSES,
        "notes": "A webhook without a secret sends no signature at all.",
    },
    "buildkite": {
        "title": "Buildkite",
        "docs": "https://buildkite.com/docs/apis/webhooks",
        "env": "BUILDKITE_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "header:x-buildkite-signature",
            "separator": ",",
            "form": "signature={signature}",
            "timestamp": "field:timestamp",
            "content": "{timestamp}.{body}",
        },
        "id": "header:x-buildkite-request",
        "type": "header:x-buildkite-event",
        "addresses": "https://api.buildkite.com/v2/meta",
        "notes": "Choose the signature, not the token, which proves nothing of what was sent.",
    },
    "circleci": {
        "title": "CircleCI",
        "docs": "https://circleci.com/docs/guides/integration/outbound-webhooks/",
        "env": "CIRCLECI_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:circleci-signature",
            "separator": ",",
            "form": "v1={signature}",
        },
        "id": "body:id",
        "type": "header:circleci-event-type | body:type",
        "proof": "vector",
        "deadline": 10,
        "retries": "later, until a 2xx",
        "notes": "The header is a list of versions, of which v1 is the only one yet.",
    },
    "clickup": {
        "title": "ClickUp",
        "docs": "https://developer.clickup.com/docs/webhooksignature",
        "env": "CLICKUP_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-signature"},
        "type": "body:event",
        "proof": "vector",
        "deadline": 7,
        "retries": "up to 5 times",
        "disables": "a 410 at once; 100 events that all attempts failed for",
        "notes": (
            "The secret is in the answer to the webhook's creation. The ids of history items come"
            " back in other events, so that they identify none."
        ),
    },
    "confluence": {
        "title": "Confluence Data Center",
        "docs": "https://confluence.atlassian.com/doc/managing-webhooks-1021225606.html",
        "env": "CONFLUENCE_WEBHOOK_SECRET",
        "scheme": HUB_SHA256,
        "type": "header:x-event-key | body:event",
        "proof": "vector",
        "notes": "SHA-256, though the header is named like GitHub's SHA-1 one.",
    },
    "cursor": {
        "title": "Cursor (cloud agents)",
        "docs": f"{SKILLS}/cursor-webhooks",
        "env": "CURSOR_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-webhook-signature",
            "form": "sha256={signature}",
        },
        "id": "header:x-webhook-id",
        "type": "header:x-webhook-event | body:event",
    },
    "favro": {
        "title": "Favro",
        "docs": "https://favro.com/developer/#webhooks",
        "env": "FAVRO_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-favro-webhook",
            "algorithm": "hmac-sha1",
            "encoding": "base64",
            "content": "{body:payloadId}{url}",
        },
        "id": "body:payloadId",
        "type": "body:action",
        "notes": (
            "Only the payload's id and the URL are signed, the URL exactly as it was registered;"
            " the rest of the body is not."
        ),
    },
    "fizzy": {
        "title": "Fizzy (37signals)",
        "docs": "https://docs.rs/fizzy-sdk/latest/fizzy_sdk/webhooks/",
        "env": "FIZZY_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-webhook-signature"},
        "type": "body:action | body:event",
        "proof": "sdk",
        "notes": "The secret is used as the text it is, also where it begins with `whsec_`.",
    },
    "gitea": {
        "title": "Gitea (Forgejo, Codeberg)",
        "docs": "https://docs.gitea.com/usage/webhooks",
        "env": "GITEA_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-gitea-signature", "content": "{envelope}"},
        "id": "header:x-gitea-delivery",
        "type": "header:x-gitea-event-type body:action? | header:x-gitea-event body:action?",
        "proof": "sdk",
        "deadline": 5,
        "notes": (
            "Of a form, its field `payload` is signed and not the body. Headers of GitHub's and of"
            " Gogs' are sent along."
        ),
    },
    "github": {
        "title": "GitHub",
        "docs": "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
        "env": "GITHUB_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-hub-signature-256",
            "form": "sha256={signature}",
        },
        "id": "header:x-github-delivery",
        "type": "header:x-github-event body:action?",
        "proof": "vector",
        "deadline": 10,
        "retries": "never: redeliver by hand or through the API",
        "addresses": "https://api.github.com/meta",
    },
    "gitlab": {
        "title": "GitLab (secret token)",
        "docs": "https://docs.gitlab.com/user/project/integrations/webhooks/",
        "env": "GITLAB_WEBHOOK_TOKEN",
        "scheme": {
            "signature": "header:x-gitlab-token",
            "algorithm": "token",
            "encoding": "text",
        },
        "id": "header:idempotency-key | header:x-gitlab-event-uuid",
        "type": GITLAB_TYPE,
        "proof": "vector",
        "deadline": 10,
        "disables": "4 failures in a row, for a minute at first and up to a day; 40, for good",
    },
    "gitlab_signing_token": {
        "title": "GitLab (signing token)",
        "docs": "https://docs.gitlab.com/user/project/integrations/webhooks/",
        "env": "GITLAB_WEBHOOK_SIGNING_TOKEN",
        "scheme": STANDARD,
        "id": "header:webhook-id",
        "type": GITLAB_TYPE,
        "proof": "vector",
        "deadline": 10,
        "disables": "4 failures in a row, for a minute at first and up to a day; 40, for good",
        "notes": "The secret token may be sent beside the signature; it proves less.",
    },
    "gogs": {
        "title": "Gogs",
        "docs": "https://gogs.io/docs/features/webhook",
        "env": "GOGS_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-gogs-signature", "content": "{envelope}"},
        "id": "header:x-gogs-delivery",
        "type": "header:x-gogs-event body:action?",
        "proof": "sdk",
        "deadline": 15,
        "notes": "Of a form, its field `payload` is signed and not the body.",
    },
    "jira": {
        "title": "Jira Cloud (webhooks with a secret)",
        "docs": "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
        "env": "JIRA_WEBHOOK_SECRET",
        "scheme": HUB_SHA256,
        "id": "header:x-atlassian-webhook-identifier",
        "type": "body:webhookEvent",
        "proof": "vector",
        "retries": "after 408, 409, 425, 429, a 5xx or a time-out, for up to 30 minutes",
        "addresses": ATLASSIAN_ADDRESSES,
        "notes": "SHA-256, though the header is named like GitHub's SHA-1 one.",
    },
    "langfuse": {
        "title": "Langfuse",
        "docs": "https://langfuse.com/docs/prompt-management/features/webhooks-slack-integrations",
        "env": "LANGFUSE_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-langfuse-signature",
            "separator": ",",
            "form": "v1={signature}",
            "timestamp": "field:t",
            "content": "{timestamp}.{body}",
        },
        "id": "body:id",
        "type": "body:type body:action?",
        "proof": "vector",
        "retries": "with growing delays, until a 2xx",
    },
    "launchdarkly": {
        "title": "LaunchDarkly",
        "docs": "https://launchdarkly.com/docs/home/infrastructure/webhooks",
        "env": "LAUNCHDARKLY_WEBHOOK_SECRET",
        "scheme": {"signature": "header:x-ld-signature"},
        "id": "body:_id",
        "type": "body:kind",
        "notes": "Signing must be switched on; a webhook without a secret sends no signature.",
    },
    "linear": {
        "title": "Linear",
        "docs": "https://linear.app/developers/webhooks",
        "env": "LINEAR_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:linear-signature",
            "timestamp": "body:webhookTimestamp",
            "unit": "ms",
            "tolerance": 60,
        },
        "id": "header:linear-delivery",
        "type": "body:type body:action?",
        "proof": "vector",
        "deadline": 5,
        "retries": "3 times: after 1 minute, 1 hour and 6 hours",
        "disables": "a URL that stays unresponsive",
        "addresses": "https://linear.app/developers/webhooks",
    },
    "sentry": {
        "title": "Sentry (integration platform)",
        "docs": "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
        "env": "SENTRY_CLIENT_SECRET",
        "scheme": {"signature": "header:sentry-hook-signature"},
        "id": "header:request-id",
        "type": "header:sentry-hook-resource body:action?",
        "timestamp": "header:sentry-hook-timestamp",
        "proof": "vector",
        "deadline": 1,
        "disables": "1000 time-outs in 24 hours, unless the integration is published",
        "notes": "The secret is the integration's client secret; the timestamp is not signed.",
    },
    "sonatype_nexus": {
        "title": "Sonatype Nexus Repository",
        "docs": "https://help.sonatype.com/en/working-with-hmac-payloads.html",
        "env": "NEXUS_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-nexus-webhook-signature",
            "algorithm": "hmac-sha1",
        },
        "id": "header:x-nexus-webhook-delivery",
        "type": "header:x-nexus-webhook-id body:action?",
    },
    "statsig": {
        "title": "Statsig",
        "docs": "https://docs.statsig.com/integrations/event_webhook",
        "env": "STATSIG_WEBHOOK_SECRET",
        "scheme": {
            "signature": "header:x-statsig-signature",
            "form": "v0={signature}",
            "timestamp": "header:x-statsig-request-timestamp",
            "unit": "ms",
            "content": "v0:{timestamp}:{body}",
        },
        "type": "body:0.eventName | body:data.0.eventName",
        "notes": "Slack's scheme, but in milliseconds. A delivery holds many events.",
    },
    "travis_ci": {
        "title": "Travis CI",
        "docs": "https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests",
        "env": "TRAVIS_PUBLIC_KEY",
        "scheme": {
            "signature": "header:signature",
            "algorithm": "rsa-sha1",
            "encoding": "base64",
            "content": "{envelope}",
        },
        "type": "body:type body:state?",
        "notes": (
            "The secret is notifications.webhook.public_key (PEM) of https://api.travis-ci.com/"
            "config. The form's field payload is signed, with SHA-1; id is the build's, which "
            "comes back as its state changes."
        ),
    },
    "trello": {
        "title": "Trello",
        "docs": "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
        "env": "TRELLO_API_SECRET",
        "scheme": {
            "signature": "header:x-trello-webhook",
            "algorithm": "hmac-sha1",
            "encoding": "base64",
            "content": "{body}{url}",
        },
        "id": "body:action.id",
        "type": "body:action.type",
        "proof": "vector",
        "retries": "3 times: after 30, 60 and 120 seconds",
        "disables": "a 410",
        "addresses": "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
        "notes": (
            "The URL is signed after the body, exactly as it was registered, query and all. The"
            " secret is the application's."
        ),
    },
}
