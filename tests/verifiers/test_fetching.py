"""Keys and certificates over real TLS from a real server, through a whole endpoint."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from hookmw import Endpoint, Hooks
from hookmw.catalog import provider
from hookmw.fetch import COOLDOWN, TTL, Fetcher
from hookmw.provider import Provider
from hookmw.testing import Response, SignedRequest, WebhookClient, sign
from tests.catalog.hands import Hand, certificate, hand, private_key
from tests.catalog.sending import HOST
from tests.verifiers.https import Door, reply, serving, slowly

pytestmark = pytest.mark.anyio

KINDS = ("aws_sns", "paypal", "plaid", "truelayer")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A server that the machine trusts."""
    with serving(tmp_path) as door:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        yield door


def row_at(name: str, url: str) -> Provider:
    """The provider, its keys pinned to that address alone."""
    row = provider(name)
    scheme: Any = row.scheme
    pinned = {"certificates": re.escape(url)} if hasattr(scheme, "certificates") else {"keys": url}
    return replace(row, scheme=replace(scheme, **pinned))


def request_to(name: str, url: str, hand_: Hand | None = None, **more: Any) -> SignedRequest:
    """A genuine request, whose certificate stands at that address."""
    one = hand_ or hand(name)
    payload = {"TopicArn": hand(name).secret, "SigningCertURL": url, "text": "hello", **more}
    row = row_at(name, url)
    return sign(row, payload, one.signs, headers={"paypal-cert-url": url}, path="/in")


class Receiving:
    """An app with one endpoint; `now` is the clock of its fetcher."""

    def __init__(self, name: str, url: str, **parts: Any) -> None:
        self.now = 1000.0
        row = row_at(name, url)
        scheme: Any = row.scheme
        fetcher = Fetcher(scheme.fetches, clock=lambda: self.now)
        bound = replace(row, scheme=scheme.with_fetch(fetcher), **parts)
        self.fetcher = fetcher
        endpoint = Endpoint("/in", bound, secrets=hand(name).secret)
        self.hooks = Hooks([endpoint], inbox="memory:", public_url=HOST)

    async def send(self, *requests: SignedRequest) -> list[Response]:
        async with WebhookClient(self.hooks) as client:
            return [await client.send(each) for each in requests]

    async def send_at_once(self, request: SignedRequest, times: int) -> list[int]:
        answers: list[int] = []
        async with WebhookClient(self.hooks) as client, anyio.create_task_group() as tasks:

            async def one() -> None:
                answers.append((await client.send(request)).status)

            for _ in range(times):
                tasks.start_soon(one)
        return answers


@pytest.mark.parametrize("name", KINDS)
async def test_good_and_fetched_once(door: Door, name: str) -> None:
    door.answers["/key"] = hand(name).served
    url = f"{door.url}/key"
    requests = [request_to(name, url, number=number) for number in range(3)]
    answers = await Receiving(name, url).send(*requests)
    assert [each.status for each in answers] == [200, 200, 200]
    assert door.asked == ["/key"]


async def test_an_endpoint_binds_the_real_fetcher_by_itself(door: Door) -> None:
    door.answers["/key"] = hand("truelayer").served
    url = f"{door.url}/key"
    endpoint = Endpoint("/in", row_at("truelayer", url))
    async with WebhookClient(Hooks([endpoint], inbox="memory:", public_url=HOST)) as client:
        answer = await client.send(request_to("truelayer", url))
    assert (answer.status, door.asked) == (200, ["/key"])


@pytest.mark.parametrize("name", KINDS)
async def test_forged_under_a_real_key(door: Door, name: str) -> None:
    door.answers["/key"] = hand(name).served
    url = f"{door.url}/key"
    (answer,) = await Receiving(name, url).send(request_to(name, url, hand(name, 1)))
    assert answer.status == 401


def assert_later(answer: Response) -> None:
    """It is not the sender's fault: it is asked to come again."""
    assert answer.status == 503
    assert 1 <= int(dict(answer.headers)[b"retry-after"]) <= COOLDOWN


@pytest.mark.parametrize("name", KINDS)
async def test_nobody_listens(door: Door, name: str) -> None:
    url = "https://127.0.0.1:1/key"
    (answer,) = await Receiving(name, url).send(request_to(name, url))
    assert_later(answer)


@pytest.mark.parametrize("name", KINDS)
async def test_a_server_that_takes_its_time(
    door: Door, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookmw.fetch.TIMEOUT", 0.3)
    door.answers["/key"] = slowly(5)
    url = f"{door.url}/key"
    started = time.monotonic()
    (answer,) = await Receiving(name, url).send(request_to(name, url))
    assert_later(answer)
    assert time.monotonic() - started < 3


async def test_an_answer_of_ten_megabytes(door: Door) -> None:
    door.answers["/key"] = b" " * 10_000_000 + hand("truelayer").served
    url = f"{door.url}/key"
    (answer,) = await Receiving("truelayer", url).send(request_to("truelayer", url))
    assert_later(answer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(door: Door, status: int) -> None:
    door.answers["/other"] = hand("truelayer").served
    door.answers["/key"] = lambda request: reply(request, status, b"", f"{door.url}/other")
    url = f"{door.url}/key"
    (answer,) = await Receiving("truelayer", url).send(request_to("truelayer", url))
    assert_later(answer)
    assert door.asked == ["/key"]


@pytest.mark.parametrize("name", KINDS)
async def test_a_server_with_a_certificate_for_another_host(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, name="127.0.0.2") as door:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        door.answers["/key"] = hand(name).served
        url = f"{door.url}/key"
        (answer,) = await Receiving(name, url).send(request_to(name, url))
        assert_later(answer)
        assert door.asked == []


async def test_a_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        door.answers["/key"] = hand("truelayer").served
        url = f"{door.url}/key"
        (answer,) = await Receiving("truelayer", url).send(request_to("truelayer", url))
        assert_later(answer)
        assert door.asked == []


@pytest.mark.parametrize("name", ["aws_sns", "paypal"])
async def test_an_address_that_is_not_pinned_is_never_asked(door: Door, name: str) -> None:
    door.answers["/key"] = door.answers["/other"] = hand(name).served
    receiving = Receiving(name, f"{door.url}/key")
    (answer,) = await receiving.send(request_to(name, f"{door.url}/other"))
    assert (answer.status, door.asked) == (401, [])


@pytest.mark.parametrize("name", ["aws_sns", "paypal"])
async def test_an_expired_certificate(door: Door, name: str) -> None:
    names = {"aws_sns": "sns.amazonaws.com", "paypal": "messageverificationcerts.paypal.com"}
    old = certificate(names[name], private_key("rsa"), days=(-20, -10))
    door.answers["/key"] = old
    url = f"{door.url}/key"
    (answer,) = await Receiving(name, url).send(request_to(name, url))
    assert answer.status == 401


async def test_a_rotated_key_is_looked_up_once_and_a_flood_of_names_is_not(door: Door) -> None:
    """[kid flood] 200 forged deliveries at once cost one fetch in each cooldown."""
    url = f"{door.url}/key"
    receiving = Receiving("truelayer", url)
    old, new = (request_to("truelayer", url, hand("truelayer", number)) for number in (0, 1))
    door.answers["/key"] = hand("truelayer").served
    assert await receiving.send_at_once(old, 20) == [200] * 20
    assert len(door.asked) == 1
    receiving.now += COOLDOWN
    assert await receiving.send_at_once(new, 200) == [401] * 200
    assert len(door.asked) == 2
    door.answers["/key"] = hand("truelayer", 1).served
    assert await receiving.send_at_once(new, 200) == [401] * 200
    assert len(door.asked) == 2
    receiving.now += COOLDOWN
    assert await receiving.send_at_once(new, 200) == [200] * 200
    assert len(door.asked) == 3


async def test_what_is_not_there_is_remembered_for_a_while(door: Door) -> None:
    url = f"{door.url}/key"
    receiving, request = Receiving("truelayer", url), request_to("truelayer", url)
    answers = await receiving.send(*[request] * 5)
    assert [each.status for each in answers] == [401] * 5
    assert len(door.asked) == 1
    door.answers["/key"] = hand("truelayer").served
    receiving.now += COOLDOWN
    assert [each.status for each in await receiving.send(request)] == [200]


async def test_a_server_that_goes_away_does_not_take_the_key_with_it(door: Door) -> None:
    url = f"{door.url}/key"
    receiving, request = Receiving("truelayer", url), request_to("truelayer", url)
    door.answers["/key"] = hand("truelayer").served
    await receiving.send(request)
    door.answers["/key"] = lambda request: reply(request, 500, b"")
    receiving.now += TTL + 1
    assert [each.status for each in await receiving.send(request)] == [200]
    assert len(door.asked) == 2


async def test_a_flood_of_names_does_not_drive_a_key_out(door: Door) -> None:
    """Each name that Plaid is asked for is an answer of its own to keep."""
    url = f"{door.url}/key"
    receiving = Receiving("plaid", url)
    door.answers["/key"] = hand("plaid").served
    await receiving.send(request_to("plaid", url))
    door.answers.clear()
    for number in range(600):
        receiving.now += 4
        question = json.dumps({"key_id": str(number)}).encode()
        with pytest.raises(Exception, match="key"):
            await receiving.fetcher(url, question)
    asked = len(door.asked)
    assert [each.status for each in await receiving.send(request_to("plaid", url))] == [200]
    assert len(door.asked) == asked


@pytest.mark.parametrize("status", [401, 407, 408, 425, 429, 500, 502, 503])
async def test_an_answer_about_us_is_no_verdict_on_the_key(door: Door, status: int) -> None:
    door.answers["/key"] = lambda request: reply(request, status, b"{}")
    url = f"{door.url}/key"
    (answer,) = await Receiving("truelayer", url).send(request_to("truelayer", url))
    assert_later(answer)


async def test_who_asks_and_hangs_up_does_not_stop_the_fetch(door: Door) -> None:
    url = f"{door.url}/key"
    receiving = Receiving("truelayer", url)
    door.answers["/key"] = hand("truelayer").served
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(receiving.fetcher, url)
        await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    assert [each.status for each in await receiving.send(request_to("truelayer", url))] == [200]
    assert door.asked == ["/key"]
