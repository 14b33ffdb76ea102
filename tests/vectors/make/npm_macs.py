"""The oracles on npm whose providers sign the body, or the time and the body."""

from tests.vectors.make.kinds import By, body_mac, standard_webhooks, time_and_mac
from tests.vectors.make.signing import b64

TRIGGER: By = (
    "@trigger.dev/core",
    "webhookProviderConfigs, by its engine of triggerdotdev/trigger.dev b082e44389",
)
HUB: By = ("x-hub-signature", "XHubSignature.verify")


def n8n(node: str) -> By:
    return "n8n-nodes-base", f"{node} verifySignature"


RECIPES = [
    body_mac("asana", "X-Hook-Signature", n8n("Asana"), "asana", empty=False),
    body_mac("attio", "Attio-Signature", TRIGGER, "attio"),
    standard_webhooks("autumn", "svix", TRIGGER, "autumn"),
    body_mac("bitbucket", "X-Hub-Signature", HUB, "bitbucket", form="sha256=%s"),
    body_mac("cal_com", "X-Cal-Signature-256", n8n("Cal"), "cal_com", empty=False),
    time_and_mac(
        "calendly", "Calendly-Webhook-Signature", n8n("Calendly"), "calendly", empty=False
    ),
    standard_webhooks("clerk", "svix", ("@clerk/backend", "verifyWebhook"), "clerk", empty=False),
    body_mac("confluence", "X-Hub-Signature", HUB, "confluence", form="sha256=%s"),
    body_mac("docusign", "X-DocuSign-Signature-1", TRIGGER, "docusign", write=b64),
    body_mac("firecrawl", "X-Firecrawl-Signature", TRIGGER, "firecrawl", form="sha256=%s"),
    standard_webhooks("granola", "webhook", TRIGGER, "granola"),
    body_mac("hookdeck", "X-Hookdeck-Signature", TRIGGER, "hookdeck", write=b64),
    body_mac("intercom", "X-Hub-Signature", TRIGGER, "intercom", form="sha1=%s", algorithm="sha1"),
    body_mac("jira", "X-Hub-Signature", TRIGGER, "jira", form="sha256=%s"),
    time_and_mac("langfuse", "X-Langfuse-Signature", TRIGGER, "langfuse", join=","),
    body_mac(
        "lemon_squeezy",
        "X-Signature",
        ("@hookflo/tern", "WebhookVerificationService.verify"),
        "lemon_squeezy",
        empty=False,
    ),
    standard_webhooks("loops", "webhook", TRIGGER, "loops"),
    body_mac("pagerduty", "X-PagerDuty-Signature", TRIGGER, "pagerduty", form="v1=%s"),
    body_mac("planetscale", "X-PlanetScale-Signature", TRIGGER, "planetscale"),
    body_mac("sentry", "Sentry-Hook-Signature", TRIGGER, "sentry"),
    time_and_mac(
        "tailscale", "Tailscale-Webhook-Signature", TRIGGER, "tailscale", window=300, join=","
    ),
    body_mac(
        "typeform",
        "Typeform-Signature",
        n8n("Typeform"),
        "typeform",
        form="sha256=%s",
        write=b64,
        empty=False,
    ),
    body_mac(
        "uploadthing",
        "x-uploadthing-signature",
        ("@uploadthing/shared", "verifySignature"),
        "uploadthing",
        form="hmac-sha256=%s",
    ),
    body_mac("vercel", "x-vercel-signature", TRIGGER, "vercel", algorithm="sha1"),
    body_mac(
        "webex",
        "X-Spark-Signature",
        ("n8n-nodes-base", "CiscoWebexTrigger.webhook"),
        "webex",
        algorithm="sha1",
    ),
    body_mac(
        "x",
        "x-twitter-webhooks-signature",
        ("twitter-autohook", "validateSignature"),
        "x",
        form="sha256=%s",
        write=b64,
        empty=False,
    ),
    body_mac(
        "x_hub_signature_256_generic",
        "X-Hub-Signature-256",
        HUB,
        "x_hub_signature_256_generic",
        form="sha256=%s",
    ),
]
