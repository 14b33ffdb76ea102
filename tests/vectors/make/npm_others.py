"""The oracles on npm whose providers prove it otherwise: tokens, keys, times apart, URLs."""

from tests.vectors.make import keys
from tests.vectors.make.bodies import with_client_state
from tests.vectors.make.cases import Recipe
from tests.vectors.make.npm_macs import TRIGGER
from tests.vectors.make.signing import b64, timed
from tests.vectors.make.signing_otherwise import (
    basic,
    milliseconds,
    netlify,
    rfc3339,
    trello,
    turnkey,
    unsigned,
)

PAYMENTS = (
    b'{"type":"PAYMENT_SUCCESS_WEBHOOK","data":{"n":1}}',
    '{"type":"PAYMENT_SUCCESS_WEBHOOK","data":{"who":"Zoë 🎣"}}'.encode(),
    b'{ "type": "PAYMENT_SUCCESS_WEBHOOK" }\n',
)

RECIPES = [
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
        bodies=PAYMENTS,
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
    Recipe(
        provider="customer_io",
        scheme="v0",
        package="n8n-nodes-base",
        oracle="CustomerIo verifySignature",
        judge="customer_io",
        sign=timed("X-CIO-Signature", "X-CIO-Timestamp", content="v0:%s:"),
        signature="X-CIO-Signature",
        stamp="X-CIO-Timestamp",
        window=300,
        empty=False,
    ),
    Recipe(
        provider="microsoft_graph",
        scheme="client_state",
        package="n8n-nodes-base",
        oracle="Microsoft Teams verifyWebhook",
        judge="microsoft_graph",
        sign=unsigned,
        place=with_client_state,
        body=False,
        empty=False,
    ),
    Recipe(
        provider="netlify",
        scheme="jws",
        package="n8n-nodes-base",
        oracle="Netlify verifySignature",
        judge="netlify",
        sign=netlify,
        signature="X-Webhook-Signature",
        empty=False,
    ),
    Recipe(
        provider="supabase_database_webhooks",
        scheme="bearer",
        package=TRIGGER[0],
        oracle=TRIGGER[1],
        judge="supabase_database_webhooks",
        sign=lambda _, secret, __: {"Authorization": secret},
        secret="Bearer a-secret-of-nobody",
        other="Bearer b-secret-of-nobody",
        signature="Authorization",
        prefix="Bearer ",
        body=False,
    ),
    Recipe(
        provider="trello",
        scheme="sha1_body_url",
        package="n8n-nodes-base",
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
    Recipe(
        provider="zendesk",
        scheme="timestamp_body_base64",
        package="n8n-nodes-base",
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
