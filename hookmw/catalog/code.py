"""Where code lives and work is tracked."""

from hookmw.catalog import Family

ROWS: Family = {
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
        "type": (
            "body:object_kind body:object_attributes.action? | body:event_name |"
            " header:x-gitlab-event"
        ),
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
    },
}
