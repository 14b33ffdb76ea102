"""[52-54] What a stranger's message points to is never visited."""

import json
import re
from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.errors import MalformedSignature, Rejected
from hookmw.secret import Secrets
from hookmw.verifiers.sns import CONFIRMATION
from tests.pure.rows import changed, with_headers
from tests.verifiers.vectors import TOPIC, RecordingFetch, check, delivery_of, read

pytestmark = pytest.mark.anyio

GOOD = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-01d0.pem"

SNS_URLS = [
    "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem",
    "https://evil.test/SimpleNotificationService-a.pem",
    "https://sns.us-east-1.amazonaws.com.evil.test/SimpleNotificationService-a.pem",
    "https://sns.us-east-1.amazonaws.com@evil.test/a.pem",
    "https://sns.us-east-1.amazonaws.com@evil.test/SimpleNotificationService-a.pem",
    "https://user@sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem",
    "https://s3.amazonaws.com/bucket/SimpleNotificationService-a.pem",
    "https://sns.us-east-1.amazonaws.com:8443/a.pem",
    "https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-a.pem",
    "https://sns.us-east-1.amazonaws.com/../a.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem?x",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem#x",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem\n",
    "https://sns.us-east-1.amazonaws.com\\@evil.test/SimpleNotificationService-a.pem",
    "https://sns.us-east-1.amazonaws.org/SimpleNotificationService-a.pem",
    "https://sns.us-east-1xamazonaws.com/SimpleNotificationService-a.pem",
    "https://sns.us-east-\u0661.amazonaws.com/SimpleNotificationService-a.pem",
    "https://sns.evil.test/SimpleNotificationService-a.pem",
    "https://x.sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem",
    "HTTPS://SNS.US-EAST-1.AMAZONAWS.COM/SimpleNotificationService-a.pem",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "",
    None,
    7,
    [GOOD],
]

PAYPAL_URLS = [
    "https://evil.test/cert",
    "http://api.paypal.com/cert",
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com.evil.test/c",
    "https://api.paypal.com.evil.test/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@evil.test/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://apixpaypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/../../x",
    "https://api.paypal.com/v1/notifications/certs/CERT-1?next=https://evil.test",
    "https://www.paypal.com/signin?returnUri=x",
    "",
]

CONFIRM_URLS = [
    "http://127.0.0.1:9/x",
    "https://evil.test/?Action=ConfirmSubscription&Token=1",
    "http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=1",
    "https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&TopicArn=x",
    "https://sns.us-east-1.amazonaws.com@evil.test/?Action=ConfirmSubscription&Token=1",
]


def message(**changes: Any) -> bytes:
    body = json.loads(delivery_of(read("aws_sns")[0]).body)
    return json.dumps(body | changes).encode()


@pytest.mark.parametrize("url", SNS_URLS, ids=repr)
async def test_52_hostile_certificates_of_sns(url: Any) -> None:
    fetch = RecordingFetch(read("aws_sns")[0]["extra"]["cert_pem"].encode())
    made: Any = provider("aws_sns").scheme
    for version in ("1", "2"):
        body = message(SigningCertURL=url, SignatureVersion=version)
        delivery = changed(delivery_of(read("aws_sns")[0]), body=body)
        with pytest.raises(MalformedSignature):
            await check(made.with_fetch(fetch), delivery, Secrets(TOPIC))
    assert fetch.asked == []


def test_the_good_address_is_one() -> None:
    made: Any = provider("aws_sns").scheme
    assert re.fullmatch(made.fetches, GOOD)
    for url in SNS_URLS:
        assert not isinstance(url, str) or not re.fullmatch(made.fetches, url, re.ASCII)


@pytest.mark.parametrize("url", CONFIRM_URLS)
async def test_53_hostile_confirmations(url: str) -> None:
    """Once unsigned, once rightly signed (which Amazon would not)."""
    signed = next(each for each in read("aws_sns") if each["case"] == "subscription_confirmation")
    fetch = RecordingFetch(signed["extra"]["cert_pem"].encode())
    made: Any = provider("aws_sns").scheme
    body = json.dumps({**json.loads(delivery_of(signed).body), "SubscribeURL": url}).encode()
    for each in (b'{"Type":"SubscriptionConfirmation","SubscribeURL":"%b"}' % url.encode(), body):
        delivery = changed(delivery_of(signed), body=each)
        with pytest.raises(Rejected):
            await check(made.with_fetch(fetch), delivery, Secrets(TOPIC))
    assert url not in [asked for asked, _ in fetch.asked]
    assert re.fullmatch(CONFIRMATION, url) is None


async def test_a_confirmation_of_our_topic_is_confirmed_and_of_others_is_not() -> None:
    signed = next(each for each in read("aws_sns") if each["case"] == "subscription_confirmation")
    made: Any = provider("aws_sns").scheme
    fetch = RecordingFetch(signed["extra"]["cert_pem"].encode())
    await check(made.with_fetch(fetch), delivery_of(signed), Secrets(TOPIC))
    assert fetch.asked[1][0] == json.loads(delivery_of(signed).body)["SubscribeURL"]
    other = RecordingFetch(signed["extra"]["cert_pem"].encode())
    with pytest.raises(Rejected):
        await check(made.with_fetch(other), delivery_of(signed), Secrets(TOPIC + "2"))
    assert other.asked == []


@pytest.mark.parametrize("url", PAYPAL_URLS)
async def test_54_hostile_certificates_of_paypal(url: str) -> None:
    fetch = RecordingFetch(read("paypal")[0]["extra"]["cert_pem"].encode())
    made: Any = provider("paypal").scheme
    delivery = with_headers(delivery_of(read("paypal")[0]), {b"paypal-cert-url": url.encode()})
    with pytest.raises(MalformedSignature):
        await check(made.with_fetch(fetch), delivery, Secrets(read("paypal")[0]["secret"]))
    assert fetch.asked == []


@pytest.mark.parametrize("algorithm", [b"none", b"", b"SHA1withRSA", b"sha256withrsa"])
async def test_54_other_algorithms_of_paypal(algorithm: bytes) -> None:
    fetch = RecordingFetch(read("paypal")[0]["extra"]["cert_pem"].encode())
    made: Any = provider("paypal").scheme
    delivery = with_headers(delivery_of(read("paypal")[0]), {b"paypal-auth-algo": algorithm})
    with pytest.raises(MalformedSignature):
        await check(made.with_fetch(fetch), delivery, Secrets("WH-2WR32451HC0233532"))
    assert fetch.asked == []


@pytest.mark.parametrize("pem", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nx\n", b"{}"])
@pytest.mark.parametrize("name", ["aws_sns", "paypal"])
async def test_what_is_no_certificate(name: str, pem: bytes) -> None:
    vector = read(name)[0]
    made: Any = provider(name).scheme
    secrets = Secrets(vector["secret"] or TOPIC)
    with pytest.raises(Rejected) as refused:
        await check(made.with_fetch(RecordingFetch(pem)), delivery_of(vector), secrets)
    assert refused.value.code == "certificate_refused"


@pytest.mark.parametrize("name", ["aws_sns", "paypal"])
async def test_somebody_elses_certificate_and_an_expired_one(name: str) -> None:
    other = {"aws_sns": "paypal", "paypal": "aws_sns"}[name]
    vector = read(name)[0]
    made: Any = provider(name).scheme
    secrets = Secrets(vector["secret"] or TOPIC)
    fetch = RecordingFetch(read(other)[0]["extra"]["cert_pem"].encode())
    with pytest.raises(Rejected, match="another name"):
        await check(made.with_fetch(fetch), delivery_of(vector), secrets)
    fetch = RecordingFetch(vector["extra"]["cert_pem"].encode())
    late = changed(delivery_of(vector), received_at=2_200_000_000.0)
    with pytest.raises(Rejected):
        await made.with_fetch(fetch).verify(late, secrets)
