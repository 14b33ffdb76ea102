"""Every handshake of the table: how it is asked, and exactly what is answered.

What is computed here was computed by `hmac` and `hashlib` alone, in a shell.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from hookmw.catalog import FAMILY_OF, provider
from hookmw.catalog.handshakes import HANDSHAKES
from hookmw.challenge import Challenge
from hookmw.delivery import Delivery
from hookmw.place import Place
from hookmw.secret import Secrets

NOW = 1_780_000_000.0
SECRET, TOLD = Secrets("the-signing-secret"), Secrets("told")
PLAIN, JSON = "text/plain; charset=utf-8", "application/json"
CODE = "3eZbrw1aB1"
GRAPH = "Validation: Testing client application reachability for subscription Request-Id: 7e-1"
HEX = "20f9f8ed05f77439fe955c977e4c8a53"
SHA256 = "a8551b67b8a7a304c7efd342fc8297f804196f61f319a3a1de9bb06760ae7ecb"
"""Of the code, the verify token and the URL."""
MAC = "aa415c627b79aa4795e86157cbe6b03519d6c9be0cbca1707e715f85966c1491"
"""HMAC-SHA256 of the code under the signing secret."""

Headers = Mapping[str, str]


class Answer(NamedTuple):
    """What goes out."""

    body: str = ""
    content_type: str = PLAIN
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Case(NamedTuple):
    """One handshake, genuine."""

    name: str
    asked: Delivery
    answer: Answer


def request(
    method: str, query: Headers | None = None, headers: Headers | None = None, body: Any = b""
) -> Delivery:
    return Delivery(
        method=method,
        path="/in",
        query_string=urlencode(query or {}).encode(),
        headers=tuple((k.encode(), v.encode()) for k, v in (headers or {}).items()),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        public_url="https://hooks.example.com",
        received_at=NOW,
    )


def get(**query: str) -> Delivery:
    return request("GET", query)


def post(body: Any, **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request("POST", headers=named, body=body)


def hub(**more: str) -> Delivery:
    query = {"hub.mode": "subscribe", "hub.challenge": CODE}
    return request("GET", query | {f"hub.{name}": value for name, value in more.items()})


def data(**answer: Any) -> Answer:
    return Answer(json.dumps(answer, separators=(",", ":")), JSON)


SECRET_COMES = post({}, x_hook_secret=CODE)
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

CASES = [
    Case(
        "adobe_sign",
        request("GET", headers={"x-adobesign-clientid": CODE}),
        Answer(headers=(("x-adobesign-clientid", CODE),)),
    ),
    Case("asana", SECRET_COMES, Answer(headers=(("x-hook-secret", CODE),))),
    Case("asana", post({"events": []}), EMPTY),
    Case("aurinko", request("POST", {"validationToken": CODE}), Answer(CODE)),
    Case(
        "azure_event_grid",
        post([VALIDATION]),
        data(validationResponse="512d38b6-c7b8-40c8-89fe-f46f9e9622b6"),
    ),
    Case("azure_event_grid", ORIGIN, ALLOWED),
    Case("bitbucket", post({"test": True}, x_event_key="diagnostics:ping"), EMPTY),
    Case(
        "braintree", get(bt_challenge=HEX), Answer("told|bb5ab7db9890846477255f35e4b549cbaf698b75")
    ),
    Case("cloudevents_http_webhook", ORIGIN, ALLOWED),
    Case("discord", post({"type": 1}), data(type=1)),
    Case("discord_webhook_events", post({"type": 0}), Answer(status=204)),
    Case("dropbox", get(challenge=CODE), Answer(CODE)),
    Case("ebay", get(challenge_code=CODE), data(challengeResponse=SHA256)),
    Case("front", post({"type": "sync"}, x_front_challenge=CODE), data(challenge=CODE)),
    Case("google_health", post({"type": "verification"}), Answer(status=201)),
    Case("gusto", post({"verification_token": CODE}), EMPTY),
    Case("intercom", request("HEAD"), EMPTY),
    Case("keap", SECRET_COMES, Answer(headers=(("x-hook-secret", CODE),))),
    Case(
        "lark",
        post({"challenge": CODE, "token": "told", "type": "url_verification"}),
        data(challenge=CODE),
    ),
    Case("line", post({"destination": "U1", "events": []}), EMPTY),
    Case("mailchimp", get(), EMPTY),
    Case("mandrill", request("HEAD"), EMPTY),
    Case("microsoft_graph", request("POST", {"validationToken": GRAPH}), Answer(GRAPH)),
    Case("microsoft_graph", request("POST", {"validationtoken": GRAPH}), Answer(GRAPH)),
    Case("monday", post({"challenge": CODE}), data(challenge=CODE)),
    Case("notion", post({"verification_token": "secret_tMrlL1qK5vuQ"}), EMPTY),
    Case("nylas", get(challenge=CODE), Answer(CODE)),
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
    Case("salesforce_mc_ens", post({"callbackId": "c1", "verificationKey": CODE}), EMPTY),
    Case("shoplineapp", post({"topic": "webhook/verification"}), Answer("told")),
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
    Case("strava", hub(verify_token="told"), data(**{"hub.challenge": CODE})),
    Case("tebex", post({"id": "e-1", "type": "validation.webhook"}), data(id="e-1")),
    Case("trello", request("HEAD"), EMPTY),
    Case("unisender_go", get(), EMPTY),
    Case("viber", post({"event": "webhook", "message_token": 1}), EMPTY),
    Case("websub", hub(topic="told", lease_seconds="60"), Answer(CODE)),
    Case(
        "wechat",
        get(signature="0" * 40, timestamp="1780000000", nonce="n1", echostr=CODE),
        Answer(CODE),
    ),
    Case("woocommerce", post(b"webhook_id=1"), EMPTY),
    Case(
        "xero",
        post({"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3"}),
        EMPTY,
    ),
]


def rows_of(name: str) -> list[Challenge]:
    """The handshakes of a provider, whether or not the catalogue has its scheme already."""
    if name in HANDSHAKES:
        return [Challenge(**row) for row in HANDSHAKES[name]]
    return list(provider(name).challenges)


ALL_NAMES = sorted({*HANDSHAKES, *(each for each in FAMILY_OF if provider(each).challenges)})


def row_for(case: Case) -> Challenge:
    """The one row that this request asks."""
    (row,) = (each for each in rows_of(case.name) if each.asked_by(case.asked))
    return row


def with_text(
    delivery: Delivery, where: str, value: str | None, *, twice: bool = False
) -> Delivery:
    """The same request with another text at that place, or none, or the text twice."""
    place, times = Place.of(where), 2 if twice else value is not None
    query, headers, body = delivery.query_string, list(delivery.headers), delivery.body
    if place.kind == "query":
        pairs = [(k, v) for k, v in parse_qsl(query.decode()) if k != place.name]
        query = urlencode([*pairs, *[(place.name, value or "")] * times]).encode()
    elif place.kind == "header":
        name, raw = place.name.encode(), (value or "").encode("utf-8")
        headers = [*((k, v) for k, v in headers if k != name), *[(name, raw)] * times]
    else:
        body = _with_field(body, place.name.split("."), value)
    return Delivery(
        method=delivery.method,
        path=delivery.path,
        query_string=query,
        headers=tuple(headers),
        body=body,
        public_url=delivery.public_url,
        received_at=NOW,
    )


def with_method(delivery: Delivery, method: str) -> Delivery:
    return Delivery(
        method=method,
        path=delivery.path,
        query_string=delivery.query_string,
        headers=delivery.headers,
        body=delivery.body,
        received_at=NOW,
    )


def _with_field(body: bytes, steps: list[str], value: str | None) -> bytes:
    document: Any = json.loads(body)
    parent = document
    for step in steps[:-1]:
        parent = parent[int(step) if step.isdigit() else step]
    if value is None:
        del parent[steps[-1]]
    else:
        parent[steps[-1]] = value
    return json.dumps(document).encode()
