"""Signatures inside of bodies, end to end, and answers that are signed."""

import copy
import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from hookmw import Endpoint
from hookmw.testing import SignedRequest, WebhookClient, sign
from tests.app.receiving import hooks_of
from tests.app.sending import NOW, pair, receiving, send, sent, told
from tests.verifiers.envelopes import ADYEN, PRAXIS, encoded, kits, public

pytestmark = pytest.mark.anyio


async def test_adyen_takes_one_item_and_says_accepted() -> None:
    hooks = receiving("adyen")
    genuine = sent("adyen", ADYEN)
    unsigned = re.sub(rb'"additionalData":\{', rb'"reason":"x","additionalData":{', genuine.body)
    changed = SignedRequest("POST", "/in", b"", genuine.headers, unsigned)
    answers = await send(hooks, genuine, genuine, changed)
    assert [(each.status, each.body) for each in answers] == [(200, b"[accepted]")] * 3
    (only,) = await told(hooks)
    assert only.type == "AUTHORISATION"
    assert b"reason" not in only.body


@pytest.mark.parametrize("second", ["the same", "a forged one"])
async def test_adyen_with_a_second_item(second: str) -> None:
    hooks = receiving("adyen")
    said = json.loads(sent("adyen", ADYEN).body)
    (item,) = said["notificationItems"]
    forged = {"NotificationRequestItem": {"pspReference": "forged", "success": "true"}}
    for items in ([item, item if second == "the same" else forged], [forged, item], []):
        body = encoded({"notificationItems": items})
        (answer,) = await send(hooks, SignedRequest("POST", "/in", b"", (), body))
        assert answer.status == 401
    assert await told(hooks) == []


@pytest.mark.parametrize("name", ["amount", "originalReference", "pspReference"])
async def test_adyen_with_something_else_than_text(name: str) -> None:
    """What was signed as empty, or not at all, must not be anything else."""
    hooks = receiving("adyen")
    said = json.loads(sent("adyen", ADYEN).body)
    others: list[Any] = [[], {"x": 1}, True, 1.5]
    for other in others:
        said["notificationItems"][0]["NotificationRequestItem"][name] = other
        (answer,) = await send(hooks, SignedRequest("POST", "/in", b"", (), encoded(said)))
        assert answer.status == 401


async def test_adyens_colons_move_no_value() -> None:
    hooks = receiving("adyen")
    said = json.loads(sent("adyen", ADYEN).body)
    item = said["notificationItems"][0]["NotificationRequestItem"]
    item["merchantAccountCode"], item["merchantReference"] = "TestMerchant:order", "1"
    (answer,) = await send(hooks, SignedRequest("POST", "/in", b"", (), encoded(said)))
    assert answer.status == 401


async def test_dropbox_sign_stores_the_json_and_says_what_it_must() -> None:
    hooks = receiving("dropbox_sign")
    event = {"event": {"event_type": "signature_request_sent"}, "account": {"id": 1}}
    (answer,) = await send(hooks, sent("dropbox_sign", event))
    (only,) = await told(hooks)
    assert answer.body == b"Hello API Event Received"
    assert only.type == "signature_request_sent"
    assert only.payload["account"] == {"id": 1}
    assert only.timestamp == NOW


async def test_ebay_hears_412_where_it_must() -> None:
    event = {"metadata": {"topic": "MARKETPLACE_ACCOUNT_DELETION"}}
    event["notification"] = {"notificationId": "n1"}
    hooks = receiving("ebay", verify_token="token-32-chars-long-aaaaaaaaaaaaaaaa")
    genuine = sent("ebay", event)
    forged = SignedRequest("POST", "/in", b"", genuine.headers, genuine.body + b" ")
    assert [each.status for each in await send(hooks, genuine, forged)] == [200, 412]
    (only,) = await told(hooks)
    assert (only.type, only.key) == ("MARKETPLACE_ACCOUNT_DELETION", "n1")


async def test_ebays_check_of_the_url() -> None:
    asked = pair("ebay")
    key = public(kits()["ebay"].secret)
    endpoint = Endpoint("/in/ebay", "ebay", secrets=key, verify_token=asked["secret"])
    hooks = hooks_of(endpoint, public_url="https://hooks.example.com")
    url = urlsplit(asked["request"]["url"])
    answer = await WebhookClient(hooks).request("GET", url.path, query=url.query)
    assert json.loads(answer.body) == asked["response"]["json"]


@pytest.mark.usefixtures("clock")
async def test_wix_stores_what_the_token_says() -> None:
    hooks = receiving("wix")
    event = {"data": {"id": "e1"}, "eventType": "wix.x", "instanceId": "i1"}
    await send(hooks, sent("wix", event), sent("wix", event, NOW + 1))
    (only,) = await told(hooks)
    assert (only.type, only.payload) == ("wix.x", event)


@pytest.mark.usefixtures("clock")
async def test_praxis_hears_a_signed_answer() -> None:
    hooks = receiving("praxis")
    (answer,) = await send(hooks, sent("praxis", PRAXIS))
    said = json.loads(answer.body)
    assert (said["status"], said["timestamp"]) == (0, int(NOW))
    expected = hashlib.sha384(f"0{int(NOW)}s3cret-s3cret".encode()).hexdigest()
    assert answer.header("external-request-signature") == expected
    assert answer.header("gt-authentication") == expected
    (only,) = await told(hooks)
    assert only.type == "approved"


@pytest.mark.usefixtures("clock")
async def test_two_states_of_one_payment_in_one_second_are_two_events() -> None:
    """They are signed alike."""
    hooks = receiving("praxis")
    pending: Any = copy.deepcopy(PRAXIS)
    pending["transaction"]["transaction_status"] = "pending"
    await send(hooks, sent("praxis", pending), sent("praxis", PRAXIS))
    assert [each.type for each in await told(hooks)] == ["pending", "approved"]


@pytest.mark.usefixtures("clock")
async def test_a_praxis_subscription() -> None:
    hooks = receiving("praxis")
    names = ("merchant_id", "application_key", "cid", "plan_id", "subscription_id")
    said = {"event": "renewed", **dict.fromkeys(names, "x"), "subscription_status": "active"}
    request = sent("praxis", said)
    signed = "".join(("renewed", *["x"] * 5, "active", str(int(NOW)), "s3cret-s3cret"))
    expected = hashlib.sha384(signed.encode()).hexdigest()
    assert dict(request.headers)[b"gt-authentication"].decode() == expected
    await send(hooks, request)
    assert [each.type for each in await told(hooks)] == ["renewed"]


@pytest.mark.usefixtures("clock")
async def test_constant_contact() -> None:
    secret = kits()["wix"].secret
    hooks = receiving("constant_contact", public(secret))
    request = sign("constant_contact", {"event_type": "tier.increase"}, secret, at=NOW, path="/in")
    late = sign("constant_contact", {"event_type": "x"}, secret, at=NOW - 301, path="/in")
    assert [each.status for each in await send(hooks, request, late)] == [200, 401]
    assert [each.type for each in await told(hooks)] == ["tier.increase"]
