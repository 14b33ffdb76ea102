"""The oracles on npm, and the requests that they are asked about."""

import datetime
import hashlib
import json
from typing import Any

import jwt

from tests.vectors.make import keys
from tests.vectors.make.cases import Recipe
from tests.vectors.make.python_recipes import OTHER_WHSEC, WHSEC, basic, unsigned
from tests.vectors.make.signing import b64, in_list, mac, of_body, standard, timed

N8N = "n8n-nodes-base"
TRIGGER = "@trigger.dev/core"
URL = "https://hooks.example.com/in/provider"


def hexed(provider: str, header: str, **more: Any) -> Recipe:
    """The MAC of the body in hex, as a provider of trigger.dev's table has it."""
    form, algorithm = more.pop("form", "%s"), more.pop("algorithm", "sha256")
    write = more.pop("write", bytes.hex)
    keywords: dict[str, Any] = {
        "package": TRIGGER,
        "oracle": f"webhookProviderConfigs, by its engine of {ENGINE}",
        "scheme": "hmac_hex" if write is bytes.hex else "hmac_base64",
        "prefix": form.removesuffix("%s"),
        "judge": provider,
        **more,
    }
    sign = of_body(header, form=form, algorithm=algorithm, write=write)
    return Recipe(provider=provider, sign=sign, signature=header, **keywords)


ENGINE = "triggerdotdev/trigger.dev b082e44389"


def svix(provider: str, prefix: str = "svix", **more: Any) -> Recipe:
    keywords: dict[str, Any] = {
        "package": TRIGGER,
        "oracle": f"webhookProviderConfigs, by its engine of {ENGINE}",
        "scheme": "svix" if prefix == "svix" else "standard_webhooks",
        "judge": provider,
        **more,
    }
    return Recipe(
        provider=provider,
        sign=standard(prefix),
        secret=WHSEC,
        other=OTHER_WHSEC,
        signature=f"{prefix}-signature",
        stamp=f"{prefix}-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
        **keywords,
    )


def listed(provider: str, header: str, **more: Any) -> Recipe:
    keywords: dict[str, Any] = {
        "package": TRIGGER,
        "oracle": f"webhookProviderConfigs, by its engine of {ENGINE}",
        "scheme": "v1",
        "judge": provider,
        "join": ",",
        **more,
    }
    sign = in_list(header, form="t=%s,v1=%s")
    return Recipe(provider=provider, sign=sign, signature=header, prefix="v1=", **keywords)


def trello(body: bytes, secret: str, _: int) -> dict[str, str]:
    return {"X-Trello-Webhook": b64(mac(secret, body + URL.encode(), "sha1"))}


def netlify(body: bytes, secret: str, _: int) -> dict[str, str]:
    claims = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()}
    return {"X-Webhook-Signature": jwt.encode(claims, secret, "HS256")}


def turnkey(body: bytes, secret: str, at: int) -> dict[str, str]:
    content = f"v1.ed25519.key-1.{at * 1000}.evt-1.".encode() + body
    return {
        "X-Turnkey-Timestamp": str(at * 1000),
        "X-Turnkey-Event-Id": "evt-1",
        "X-Turnkey-Signature-Key-Id": "key-1",
        "X-Turnkey-Signature-Algorithm": "ed25519",
        "X-Turnkey-Signature-Version": "v1",
        "X-Turnkey-Signature": keys.ed25519_key(secret).sign(content).hex(),
    }


def with_state(body: bytes, secret: str) -> bytes:
    notification = {"changeType": "created", "clientState": secret, "resource": json.loads(body)}
    return json.dumps({"value": [notification]}, ensure_ascii=False).encode()


def rfc3339(at: int) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(at: int) -> str:
    return str(at * 1000)


CLICK = (
    b'{"type":"PAYMENT_SUCCESS_WEBHOOK","data":{"n":1}}',
    '{"type":"PAYMENT_SUCCESS_WEBHOOK","data":{"who":"Zoë 🎣"}}'.encode(),
    b'{ "type": "PAYMENT_SUCCESS_WEBHOOK" }\n',
)

RECIPES = [
    hexed("asana", "X-Hook-Signature", package=N8N, oracle="Asana verifySignature", empty=False),
    hexed("attio", "Attio-Signature"),
    svix("autumn"),
    hexed(
        "bitbucket",
        "X-Hub-Signature",
        form="sha256=%s",
        package="x-hub-signature",
        oracle="XHubSignature.verify",
    ),
    hexed("cal_com", "X-Cal-Signature-256", package=N8N, oracle="Cal verifySignature", empty=False),
    listed(
        "calendly",
        "Calendly-Webhook-Signature",
        package=N8N,
        oracle="Calendly verifySignature",
        window=None,
        join="",
        empty=False,
    ),
    Recipe(
        provider="cashfree",
        scheme="timestamp_body_base64",
        package="cashfree-pg",
        oracle="Cashfree.PGVerifyWebhookSignature",
        judge="cashfree",
        sign=timed(
            "x-webhook-signature", "x-webhook-timestamp", content="%s", write=b64, time=milliseconds
        ),
        signature="x-webhook-signature",
        stamp="x-webhook-timestamp",
        empty=False,
        bodies=CLICK,
    ),
    Recipe(
        provider="chargebee",
        scheme="basic_auth",
        package="chargebee",
        oracle="basicAuthValidator",
        judge="chargebee",
        sign=basic,
        secret="a-user:a-secret-of-nobody",
        other="a-user:b-secret-of-nobody",
        signature="Authorization",
        prefix="Basic ",
        body=False,
    ),
    svix(
        "clerk",
        package="@clerk/backend",
        oracle="verifyWebhook",
        empty=False,
    ),
    hexed(
        "confluence",
        "X-Hub-Signature",
        form="sha256=%s",
        package="x-hub-signature",
        oracle="XHubSignature.verify",
    ),
    Recipe(
        provider="customer_io",
        scheme="v0",
        package=N8N,
        oracle="CustomerIo verifySignature",
        judge="customer_io",
        sign=timed("X-CIO-Signature", "X-CIO-Timestamp", content="v0:%s:"),
        signature="X-CIO-Signature",
        stamp="X-CIO-Timestamp",
        window=300,
        empty=False,
    ),
    hexed("docusign", "X-DocuSign-Signature-1", write=b64),
    hexed("firecrawl", "X-Firecrawl-Signature", form="sha256=%s"),
    svix("granola", "webhook"),
    hexed("hookdeck", "X-Hookdeck-Signature", write=b64),
    hexed("intercom", "X-Hub-Signature", form="sha1=%s", algorithm="sha1"),
    hexed("jira", "X-Hub-Signature", form="sha256=%s"),
    listed("langfuse", "X-Langfuse-Signature"),
    hexed(
        "lemon_squeezy",
        "X-Signature",
        package="@hookflo/tern",
        oracle="WebhookVerificationService.verify",
        empty=False,
    ),
    svix("loops", "webhook"),
    Recipe(
        provider="microsoft_graph",
        scheme="client_state",
        package=N8N,
        oracle="Microsoft Teams verifyWebhook",
        judge="microsoft_graph",
        sign=unsigned,
        place=with_state,
        body=False,
        empty=False,
    ),
    Recipe(
        provider="netlify",
        scheme="jws",
        package=N8N,
        oracle="Netlify verifySignature",
        judge="netlify",
        sign=netlify,
        signature="X-Webhook-Signature",
        empty=False,
    ),
    hexed("pagerduty", "X-PagerDuty-Signature", form="v1=%s"),
    hexed("planetscale", "X-PlanetScale-Signature"),
    hexed("sentry", "Sentry-Hook-Signature"),
    Recipe(
        provider="supabase_database_webhooks",
        scheme="bearer",
        package=TRIGGER,
        oracle=f"webhookProviderConfigs, by its engine of {ENGINE}",
        judge="supabase_database_webhooks",
        sign=lambda _, secret, __: {"Authorization": secret},
        secret="Bearer a-secret-of-nobody",
        other="Bearer b-secret-of-nobody",
        signature="Authorization",
        prefix="Bearer ",
        body=False,
    ),
    listed("tailscale", "Tailscale-Webhook-Signature", window=300),
    Recipe(
        provider="trello",
        scheme="sha1_body_url",
        package=N8N,
        oracle="Trello verifySignature",
        judge="trello",
        sign=trello,
        signature="X-Trello-Webhook",
        empty=False,
    ),
    Recipe(
        provider="turnkey",
        scheme="ed25519",
        package="@turnkey/crypto",
        oracle="verifyTurnkeyWebhookSignature",
        judge="turnkey",
        sign=turnkey,
        secret="one",
        other="two",
        verifier=lambda name: b64(keys.ed25519_public(name)),
        signature="X-Turnkey-Signature",
        stamp="X-Turnkey-Timestamp",
        window=300,
    ),
    hexed(
        "typeform",
        "Typeform-Signature",
        form="sha256=%s",
        write=b64,
        package=N8N,
        oracle="Typeform verifySignature",
        empty=False,
    ),
    hexed(
        "uploadthing",
        "x-uploadthing-signature",
        form="hmac-sha256=%s",
        package="@uploadthing/shared",
        oracle="verifySignature",
    ),
    hexed("vercel", "x-vercel-signature", algorithm="sha1"),
    hexed(
        "webex",
        "X-Spark-Signature",
        algorithm="sha1",
        package=N8N,
        oracle="CiscoWebexTrigger.webhook",
    ),
    hexed(
        "x",
        "x-twitter-webhooks-signature",
        form="sha256=%s",
        write=b64,
        package="twitter-autohook",
        oracle="validateSignature",
        empty=False,
    ),
    hexed(
        "x_hub_signature_256_generic",
        "X-Hub-Signature-256",
        form="sha256=%s",
        package="x-hub-signature",
        oracle="XHubSignature.verify",
    ),
    Recipe(
        provider="zendesk",
        scheme="timestamp_body_base64",
        package=N8N,
        oracle="Zendesk verifySignature",
        judge="zendesk",
        sign=timed(
            "X-Zendesk-Webhook-Signature",
            "X-Zendesk-Webhook-Signature-Timestamp",
            content="%s",
            write=b64,
            time=rfc3339,
        ),
        signature="X-Zendesk-Webhook-Signature",
        stamp="X-Zendesk-Webhook-Signature-Timestamp",
        empty=False,
    ),
]
