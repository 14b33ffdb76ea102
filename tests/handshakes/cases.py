"""Every handshake of the catalogue: how it is asked, and exactly what is answered.

What is computed here was computed by `hmac` and `hashlib` alone, in a shell, or is published.
"""

import json
from typing import Any, NamedTuple

from hookmw.delivery import Delivery
from tests.handshakes.asking import get, post, request

SECRET, TOLD = "the-signing-secret", "told"
PLAIN, JSON = "text/plain; charset=utf-8", "application/json"
CODE = "3eZbrw1aB1"
GRAPH = "Validation: Testing client application reachability for subscription Request-Id: 7e-1"
HEX = "20f9f8ed05f77439fe955c977e4c8a53"
UUID = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
SHA256 = "a8551b67b8a7a304c7efd342fc8297f804196f61f319a3a1de9bb06760ae7ecb"
"""Of the code, the verify token and the URL."""
MAC = "aa415c627b79aa4795e86157cbe6b03519d6c9be0cbca1707e715f85966c1491"
"""HMAC-SHA256 of the code under the signing secret."""
MAC_BASE64 = "qkFcYnt5qkeV6GFXy+awNRnWyb4MvKFwfnFfhZZsFJE="
MAC_OF_UUID = "35cec402d207d642b51544534277ee4a5f9609775995584b32c84e20479a573e"


class Answer(NamedTuple):
    """What goes out."""

    body: str = ""
    content_type: str = PLAIN
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Case(NamedTuple):
    """One handshake, genuine but for its signature.

    Attributes:
        name: of the provider.
        asked: without a signature.
        answer: to it, once it is signed where the provider signs it.
        secret: of the endpoint.
    """

    name: str
    asked: Delivery
    answer: Answer
    secret: str = SECRET


def hub(**more: str) -> Delivery:
    query = {"hub.mode": "subscribe", "hub.challenge": CODE}
    return request("GET", query | {f"hub.{name}": value for name, value in more.items()})


def data(**answer: Any) -> Answer:
    return Answer(json.dumps(answer, separators=(",", ":")), JSON)


def in_header(name: str, value: str = CODE) -> Answer:
    return Answer(headers=((name, value),))


SECRET_COMES = post({}, x_hook_secret=CODE)
SUBSCRIBE = hub(verify_token="told")
EMPTY = Answer()
ORIGIN = request("OPTIONS", headers={"webhook-request-origin": "eventgrid.azure.net"})
ALLOWED = Answer(
    headers=(
        ("webhook-allowed-origin", "eventgrid.azure.net"),
        ("webhook-allowed-rate", "*"),
        ("allow", "POST, OPTIONS"),
    )
)
VALIDATION = {
    "id": "2d17",
    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
    "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
}

QQ_SECRET = "DG5g3B4j9X2KOErG"
QQ_SIGNATURE = (
    "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
    "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
)
"""Published by QQ, with the token and the time."""

CASES = [
    Case(
        "adobe_sign",
        request("GET", headers={"x-adobesign-clientid": SECRET}),
        in_header("x-adobesign-clientid", SECRET),
    ),
    Case("asana", SECRET_COMES, in_header("x-hook-secret")),
    Case("asana", post({"events": []}), EMPTY),
    Case("aurinko", request("POST", {"validationToken": CODE}), Answer(CODE)),
    Case(
        "azure_event_grid",
        post([VALIDATION]),
        data(validationResponse="512d38b6-c7b8-40c8-89fe-f46f9e9622b6"),
    ),
    Case("azure_event_grid", ORIGIN, ALLOWED),
    Case("azure_web_pubsub", ORIGIN, ALLOWED),
    Case("bitbucket", post({"test": True}, x_event_key="diagnostics:ping"), EMPTY),
    Case(
        "braintree", get(bt_challenge=HEX), Answer("told|bb5ab7db9890846477255f35e4b549cbaf698b75")
    ),
    Case("business_central", request("POST", {"validationToken": GRAPH}), Answer(GRAPH)),
    Case("cloudevents_http_webhook", ORIGIN, ALLOWED),
    Case("clover", post({"verificationCode": UUID}), EMPTY),
    Case("discord", post({"type": 1}), data(type=1)),
    Case("discord_webhook_events", post({"type": 0}), Answer(status=204)),
    Case(
        "douyin",
        post({"event": "verify_webhook", "client_key": "", "content": {"challenge": 12345}}),
        data(challenge=12345),
    ),
    Case("dropbox", get(challenge=CODE), Answer(CODE)),
    Case("ebay", get(challenge_code=CODE), data(challengeResponse=SHA256)),
    Case("front", post({"type": "sync"}, x_front_challenge=CODE), data(challenge=CODE)),
    Case("google_health", post({"type": "verification"}), Answer(status=201)),
    Case("gusto", post({"verification_token": CODE}), EMPTY),
    Case("intercom", request("HEAD"), EMPTY),
    Case("keap", SECRET_COMES, in_header("x-hook-secret")),
    Case(
        "lark",
        post({"challenge": CODE, "token": "told", "type": "url_verification"}),
        data(challenge=CODE),
    ),
    Case("line", post({"destination": "U1", "events": []}), EMPTY),
    Case(
        "linkedin",
        get(challengeCode=UUID),
        data(challengeCode=UUID, challengeResponse=MAC_OF_UUID),
    ),
    Case("mailchimp", get(), EMPTY),
    Case("mandrill", request("HEAD"), EMPTY),
    Case("meraki_scanning", get(), Answer(TOLD)),
    Case("messenger", SUBSCRIBE, Answer(CODE)),
    Case("meta", SUBSCRIBE, Answer(CODE)),
    Case("meta_query", SUBSCRIBE, Answer(CODE)),
    Case("microsoft_graph", request("POST", {"validationToken": GRAPH}), Answer(GRAPH)),
    Case("microsoft_graph", request("POST", {"validationtoken": GRAPH}), Answer(GRAPH)),
    Case("mindbody", request("HEAD"), EMPTY),
    Case("monday", post({"challenge": CODE}), data(challenge=CODE)),
    Case("notion", post({"verification_token": "secret_tMrlL1qK5vuQ"}), EMPTY),
    Case("nylas", get(challenge=CODE), Answer(CODE)),
    Case(
        "office365_management",
        post({"validationCode": CODE}, webhook_validationcode=CODE),
        EMPTY,
    ),
    Case(
        "okta",
        request("GET", headers={"x-okta-verification-challenge": CODE}),
        data(verification=CODE),
    ),
    Case("oura", get(verification_token="told", challenge=CODE), data(challenge=CODE)),
    Case(
        "prelude",
        get(event="activate", verification_token="told", challenge="1234567890", app_id="a"),
        data(challenge=1234567890),
    ),
    Case(
        "qq_bot",
        post({"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}}),
        data(plain_token="Arq0D5A61EgUu4OxUvOp", signature=QQ_SIGNATURE),
        QQ_SECRET,
    ),
    Case("ringcentral", post(b"", validation_token=UUID), in_header("validation-token", UUID)),
    Case("salesforce_mc_ens", post({"callbackId": "c1", "verificationKey": CODE}), EMPTY),
    Case("shoplineapp", post({"topic": "webhook/verification"}), Answer("told")),
    Case(
        "slack",
        post({"token": "Jhj5d", "challenge": CODE, "type": "url_verification"}),
        Answer(CODE),
    ),
    Case(
        "slackchat",
        post({"challenge": CODE, "type": "url_verification"}),
        Answer(f'"{CODE}"', JSON),
    ),
    Case(
        "smartcar",
        post({"eventName": "verify", "payload": {"challenge": CODE}}),
        data(challenge=MAC),
    ),
    Case(
        "smartcar", post({"eventType": "VERIFY", "data": {"challenge": CODE}}), data(challenge=MAC)
    ),
    Case(
        "smartsheet",
        post({"challenge": CODE, "webhookId": 1}, smartsheet_hook_challenge=CODE),
        data(smartsheetHookResponse=CODE)._replace(headers=(("smartsheet-hook-response", CODE),)),
    ),
    Case(
        "statsig",
        post({"data": {"event": "url_verification", "verification_code": CODE}}),
        data(verification_code=CODE),
    ),
    Case("strava", hub(verify_token="told"), data(**{"hub.challenge": CODE})),
    Case("tebex", post({"id": "e-1", "type": "validation.webhook"}), data(id="e-1")),
    Case("trello", request("HEAD"), EMPTY),
    Case(
        "twitch",
        post(
            {"challenge": CODE, "subscription": {"status": "pending"}},
            twitch_eventsub_message_type="webhook_callback_verification",
            twitch_eventsub_message_id="m-1",
        ),
        Answer(CODE),
    ),
    Case("unisender_go", get(), EMPTY),
    Case("viber", post({"event": "webhook", "message_token": 1}), EMPTY),
    Case("vk", post({"type": "confirmation", "group_id": 1}), Answer(TOLD)),
    Case("websub", hub(topic="told", lease_seconds="60"), Answer(CODE)),
    Case("websub_sha1", hub(topic="told", lease_seconds="60"), Answer(CODE)),
    Case(
        "wechat",
        get(signature="0" * 40, timestamp="1780000000", nonce="n1", echostr=CODE),
        Answer(CODE),
    ),
    Case(
        "wechat_safe",
        get(signature="0" * 40, timestamp="1780000000", nonce="n1", echostr=CODE),
        Answer(CODE),
    ),
    Case("wecom", request("GET", {"echostr": "sealed"}, body=CODE.encode()), Answer(CODE)),
    Case("whatsapp", SUBSCRIBE, Answer(CODE)),
    Case("whatsapp_query", SUBSCRIBE, Answer(CODE)),
    Case("woocommerce", post(b"webhook_id=1"), EMPTY),
    Case(
        "wrike",
        post({"requestType": "WebHook secret verification"}, x_hook_secret=CODE),
        in_header("x-hook-secret", MAC),
    ),
    Case("x", get(crc_token=CODE), data(response_token=f"sha256={MAC_BASE64}")),
    Case(
        "xero",
        post({"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3"}),
        EMPTY,
    ),
    Case(
        "zoom",
        post({"event": "endpoint.url_validation", "payload": {"plainToken": CODE}}),
        data(plainToken=CODE, encryptedToken=MAC),
    ),
]
