import time
from collections.abc import Callable
from typing import Any

import anyio
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.provider import Provider
from hookmw.scheme import Draft, Scheme
from hookmw.secret import Secrets
from hookmw.testing import Response, SignedRequest, WebhookClient, check_verifier, sign
from hookmw.verifiers import Unverified
from tests.pure.rows import ROWS

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMDEyMzQ1"

PATHS = {"telegram_path": "/telegram/{token}"}


def header(request: SignedRequest, name: str) -> str | None:
    return request.delivery().header(name.encode())


SIGNABLE = ROWS


# sign


@pytest.mark.parametrize("name", SIGNABLE)
def test_every_row_verifies_what_it_signed(name: str) -> None:
    provider = catalog.provider(name)
    request = sign(name, {}, SECRET, type="thing", path=PATHS.get(name, "/"))
    assert provider.event_type(request.delivery()) == "thing"
    assert provider.scheme.verify(request.delivery(), Secrets(SECRET)) is None


@pytest.mark.parametrize("name", SIGNABLE)
def test_every_row_refuses_another_secret(name: str) -> None:
    request = sign(name, {}, SECRET, path=PATHS.get(name, "/"))
    other = Secrets(SECRET.replace("c2Vj", "d2Vj"))
    with pytest.raises(BadSignature):
        catalog.provider(name).scheme.verify(request.delivery(), other)


def test_bytes_and_text_go_out_as_they_are() -> None:
    assert sign("github", b"\xff{", SECRET).body == b"\xff{"
    assert sign("github", "grüße", SECRET).body == "grüße".encode()


def test_anything_else_goes_out_as_json() -> None:
    class Push(msgspec.Struct):
        ref: str

    assert sign("github", Push("main"), SECRET).body == b'{"ref":"main"}'


def test_a_form_goes_out_as_a_form() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = sign("slack", {"command": "/deploy", "text": "a b"}, SECRET, headers=form)
    assert request.body == b"command=%2Fdeploy&text=a+b"
    assert catalog.provider("slack").event_type(request.delivery()) == "/deploy"


def test_what_is_signed_besides_is_filled_in() -> None:
    request = sign("plivo", {"A": "1"}, SECRET)
    assert header(request, "x-plivo-signature-v3-nonce")
    assert sign("plivo", {"A": "1"}, SECRET).headers == request.headers
    given = sign("plivo", {"A": "1"}, SECRET, headers={"x-plivo-signature-v3-nonce": "mine"})
    assert header(given, "x-plivo-signature-v3-nonce") == "mine"
    assert b"app_key=" in sign("tiktok_shop", {}, SECRET).query_string


def test_who_signs_the_fields_of_a_form_sends_one() -> None:
    request = sign("twilio", {"To": "+1", "Body": "a b"}, SECRET)
    assert request.body == b"To=%2B1&Body=a+b"
    assert header(request, "content-type") == "application/x-www-form-urlencoded"
    events = sign("mandrill", [{"n": 1}], SECRET, type="open")
    assert events.body.startswith(b"mandrill_events=%5B%7B%22n%22%3A1%2C%22event%22%3A%22open")


def test_type_id_and_proof_go_into_a_form() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    request = sign("mailgun_form", {"to": "a"}, SECRET, id="t-1", type="opened", headers=form)
    assert request.body.startswith(b"to=a&event=opened&token=t-1&timestamp=")
    assert (
        catalog.provider("mailgun_form").scheme.verify(request.delivery(), Secrets(SECRET)) is None
    )


def test_the_proof_goes_into_an_array() -> None:
    request = sign("microsoft_graph", {"value": [{"id": "1"}]}, SECRET)
    assert msgspec.json.decode(request.body) == {"value": [{"id": "1", "clientState": SECRET}]}


def test_an_index_is_no_key_of_an_object() -> None:
    with pytest.raises(ConfigError, match=r"no room for body:0\.event"):
        sign("sendgrid", {}, SECRET, type="open")
    with pytest.raises(ConfigError, match=r"no room for body:0\.event"):
        sign("mandrill", {"a": "b"}, SECRET, type="open")


def test_the_url_that_the_provider_was_told() -> None:
    request = sign("square", {}, SECRET, path="/square", public_url="https://a.example/hooks")
    scheme = catalog.provider("square").scheme
    assert scheme.verify(request.delivery(), Secrets(SECRET)) is None
    delivery = request.delivery()
    delivery.public_url = "https://hooks.example.com"
    with pytest.raises(BadSignature):
        scheme.verify(delivery, Secrets(SECRET))


@pytest.mark.parametrize(
    ("name", "payload", "words"),
    [
        ("aws_sns", {}, "a TopicArn"),
        ("aws_sns", [], "a TopicArn"),
        ("paypal", {}, "paypal-cert-url"),
        ("fusionauth", {}, "private key in PEM"),
    ],
)
def test_what_cannot_be_signed_says_what_is_missing(name: str, payload: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        sign(name, payload, SECRET)


def test_a_type_is_split_over_the_places_of_its_row() -> None:
    request = sign("github", {"number": 1}, SECRET, type="pull_request.opened")
    assert header(request, "x-github-event") == "pull_request"
    assert msgspec.json.decode(request.body) == {"number": 1, "action": "opened"}


def test_a_type_without_its_optional_part_leaves_the_body_alone() -> None:
    request = sign("github", b'{ "action":"opened"}', SECRET, type="pull_request")
    assert request.body == b'{ "action":"opened"}'


def test_a_type_that_the_body_has_already_changes_nothing() -> None:
    body = b'{"type": "invoice.paid"}'
    assert sign("stripe", body, SECRET, type="invoice.paid").body == body


def test_a_type_that_the_body_contradicts_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"says 'pull_request\.closed' there"):
        sign("github", {"action": "closed"}, SECRET, type="pull_request.opened")


def test_a_type_reaches_into_arrays() -> None:
    request = sign("whatsapp", {}, SECRET, type="messages")
    assert msgspec.json.decode(request.body) == {"entry": [{"changes": [{"field": "messages"}]}]}


def test_a_type_may_be_the_name_of_a_key() -> None:
    request = sign("telegram", {}, SECRET, type="message", id="7")
    assert msgspec.json.decode(request.body) == {"message": {}, "update_id": 7}


@pytest.mark.parametrize("payload", [b"no json", "1", {"entry": 5}, {"entry": [{"changes": 5}]}])
def test_a_payload_with_no_room_for_its_type_is_an_error(payload: Any) -> None:
    with pytest.raises(ConfigError, match="no room for body:entry"):
        sign("whatsapp", payload, SECRET, type="messages")


def test_a_payload_of_another_shape_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no room for body:entry"):
        sign("whatsapp", {"entry": {}}, SECRET, type="messages")


def test_a_list_takes_only_its_next_item() -> None:
    provider = Provider("own", scheme=Unverified(), type="body:1.a")
    with pytest.raises(ConfigError, match="no room"):
        sign(provider, [], SECRET, type="x")
    assert sign(provider, [{}], SECRET, type="x").body == b'[{},{"a":"x"}]'


def test_the_last_step_may_be_an_index() -> None:
    provider = Provider("own", scheme=Unverified(), type="body:tags.0")
    assert sign(provider, {"tags": [[]]}, SECRET, type="x").body == b'{"tags":["x"]}'


def test_an_id_goes_into_its_header_or_into_the_body() -> None:
    assert header(sign("github", {}, SECRET, id="1-2"), "x-github-delivery") == "1-2"
    assert sign("stripe", {}, SECRET, id="evt_1").body == b'{"id":"evt_1"}'


def test_an_id_that_is_nearly_a_number_stays_text() -> None:
    assert sign("telegram", {}, SECRET, id="007").body == b'{"update_id":"007"}'


def test_an_id_that_the_body_contradicts_is_an_error() -> None:
    with pytest.raises(ConfigError, match="the payload says 'evt_2' there"):
        sign("stripe", {"id": "evt_2"}, SECRET, id="evt_1")


def test_an_id_that_cannot_stand_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="cannot be read back"):
        sign("github", {}, SECRET, id="")


def test_an_id_for_a_provider_without_ids_is_an_error() -> None:
    with pytest.raises(ConfigError, match="leave id= out"):
        sign("zoom", {}, SECRET, id="1")


def test_an_id_header_is_there_anyway_and_the_same_for_the_same_event() -> None:
    first, again, other = (
        header(sign("standard_webhooks", {"n": n}, SECRET), "webhook-id") for n in (1, 1, 2)
    )
    assert first
    assert first == again != other


def test_an_id_header_given_by_hand_stays() -> None:
    request = sign("github", {}, SECRET, headers={"X-GitHub-Delivery": "mine"})
    assert header(request, "x-github-delivery") == "mine"


def test_at_is_when_it_was_signed() -> None:
    request = sign("stripe", {}, SECRET, at=1_700_000_000)
    assert (header(request, "stripe-signature") or "").startswith("t=1700000000,")


def test_a_header_that_dates_the_event_is_written_once() -> None:
    name = "x-shopify-triggered-at"
    assert header(sign("shopify", {}, SECRET, at=0), name) == "1970-01-01T00:00:00.000Z"
    assert header(sign("shopify", {}, SECRET, headers={name: "then"}), name) == "then"


def test_a_path_has_its_query_and_its_parameters() -> None:
    request = sign("telegram_path", {}, "123:abc", path="/telegram/{token}?a=1")
    assert (request.path, request.query_string) == ("/telegram/123:abc", b"a=1")
    assert request.path_params == {"token": "123:abc"}


def test_a_query_may_hold_the_secret() -> None:
    assert sign("meta_query", {}, SECRET, path="/in?a=1").query_string == b"a=1&auth=" + bytes(
        SECRET, "ascii"
    )


def test_a_scheme_of_your_own() -> None:
    scheme = Scheme("header:x-mine")
    request = sign(scheme, {}, SECRET, type="ping")
    scheme.verify(request.delivery(), Secrets(SECRET))
    assert request.body == b'{"type":"ping"}'


def test_a_provider_of_your_own() -> None:
    provider = Provider("mine", scheme=Scheme("header:x-mine"), id="header:x-id")
    assert header(sign(provider, {}, SECRET, id="1"), "x-id") == "1"


def test_an_unverified_source_signs_nothing() -> None:
    provider = Provider("open", scheme=Unverified())
    assert sign(provider, {}, SECRET).headers == ((b"content-type", b"application/json"),)


def test_a_verifier_that_cannot_sign_is_an_error() -> None:
    class Mine:
        def verify(self, delivery: Delivery, secrets: Secrets) -> None: ...

    with pytest.raises(ConfigError, match="give it a method sign"):
        sign(Mine(), {}, SECRET)


def test_an_unknown_provider_is_an_error() -> None:
    with pytest.raises(ConfigError, match="did you mean 'github'"):
        sign("githb", {}, SECRET)


# WebhookClient


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it got, chunk by chunk."""
    assert scope["type"] == "http"
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message["body"].decode())
        more = message["more_body"]
    headers = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
    answer = {
        "chunks": chunks,
        "headers": headers,
        **{key: scope[key] for key in ("method", "path", "client")},
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
    }
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]})
    body = msgspec.json.encode(answer)
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    await send({"type": "http.response.body", "body": body[5:]})


@pytest.mark.anyio
async def test_a_client_posts_a_signed_delivery() -> None:
    client = WebhookClient(echo, base_path="/webhooks/")
    answer = await client.post("/github", "github", {"n": 1}, SECRET, type="push", id="7")
    seen = answer.json()
    assert (answer.status, answer.header("X-A"), answer.header("x-b")) == (200, "1", None)
    assert (seen["method"], seen["path"], seen["chunks"]) == (
        "POST",
        "/webhooks/github",
        ['{"n":1}'],
    )
    assert seen["headers"]["x-github-delivery"] == "7"
    assert (seen["headers"]["host"], seen["headers"]["content-length"]) == ("testserver", "7")
    assert answer.text == answer.body.decode()


@pytest.mark.anyio
async def test_a_client_sends_anything() -> None:
    client = WebhookClient(echo, peer=None)
    answer = await client.request(
        "put", "/a ü", headers={"Host": "h", "X-B": "ü"}, body=[b"a", b"b"], query={"q": "a b"}
    )
    seen = answer.json()
    assert (seen["method"], seen["client"], seen["chunks"]) == ("PUT", None, ["a", "b"])
    assert (seen["raw_path"], seen["query"]) == ("/a%20%C3%BC", "q=a+b")
    assert (seen["headers"]["host"], seen["headers"]["x-b"]) == (
        "h",
        "ü".encode().decode("latin-1"),
    )
    assert seen["headers"]["transfer-encoding"] == "chunked"


@pytest.mark.anyio
async def test_a_client_leaves_a_given_length_alone() -> None:
    client = WebhookClient(echo)
    answer = await client.request("POST", "/", headers=[(b"Content-Length", b"99")], query="a=b")
    seen = answer.json()
    assert (seen["headers"]["content-length"], seen["query"]) == ("99", "a=b")


@pytest.mark.anyio
async def test_what_the_app_raises_comes_through() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await WebhookClient(broken).request("GET", "/")


@pytest.mark.anyio
@pytest.mark.parametrize("start", [True, False])
async def test_an_app_that_does_not_answer_is_an_error(start: bool) -> None:  # noqa: FBT001
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        if start:
            await send({"type": "http.response.start", "status": 200})

    with pytest.raises(RuntimeError, match="without a whole answer"):
        await WebhookClient(silent).request("GET", "/")


@pytest.mark.anyio
async def test_the_client_hangs_up_after_the_answer() -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        assert (await receive())["type"] == "http.disconnect"

    assert await WebhookClient(waits).request("GET", "/") == Response(204, (), b"")


# its lifespan


@pytest.mark.anyio
async def test_the_lifespan_runs_and_its_state_reaches_requests() -> None:
    seen: list[str] = []

    class Life:
        def __init__(self, app: Any) -> None: ...

        async def __aenter__(self) -> dict[str, str]:
            seen.append("up")
            return {"db": "open"}

        async def __aexit__(self, *error: object) -> None:
            seen.append("down")

    async def show(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": scope["state"]["db"].encode()})

    app = Starlette(lifespan=Life)
    app.mount("/", show)
    async with WebhookClient(app) as client:
        assert (await client.request("GET", "/")).text == "open"
    assert seen == ["up", "down"]


@pytest.mark.anyio
async def test_an_app_without_a_lifespan_is_left_alone() -> None:
    async with WebhookClient(echo) as client:
        assert (await client.request("GET", "/")).status == 200


@pytest.mark.anyio
async def test_an_app_that_cannot_start_is_an_error() -> None:
    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})
        raise OSError

    with pytest.raises(RuntimeError, match="did not start up: no disk"):
        await WebhookClient(refuses).__aenter__()


@pytest.mark.anyio
async def test_an_app_that_breaks_while_starting_is_an_error() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise OSError("no disk")

    with pytest.raises(RuntimeError, match="did not start up: OSError"):
        await WebhookClient(breaks).__aenter__()


async def bad_end(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.failed"})


@pytest.mark.anyio
async def test_an_app_that_cannot_shut_down_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="did not shut down: it did not say why"):
        async with WebhookClient(bad_end):
            pass


@pytest.mark.anyio
async def test_an_error_of_the_test_itself_is_not_hidden() -> None:
    with pytest.raises(LookupError):
        async with WebhookClient(bad_end):
            raise LookupError


@pytest.mark.anyio
async def test_an_app_that_never_ends_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await anyio.sleep_forever()

    monkeypatch.setattr("hookmw.testing.lifespan.PATIENCE", 0.01)
    async with WebhookClient(endless):
        pass


# check_verifier


class Wrapped:
    """A verifier that goes wrong in a chosen way."""

    def __init__(self, verify: Callable[[Delivery, Secrets], object]) -> None:
        self.verify: Any = verify


GOOD = Scheme("header:x-sig", form="sha256={signature}")


@pytest.mark.anyio
@pytest.mark.parametrize("name", ROWS)
async def test_the_catalogue_conforms(name: str) -> None:
    provider = catalog.provider(name)
    scheme = provider.scheme
    assert isinstance(scheme, Scheme)

    def prove(draft: Draft, secret: str | bytes, at: float) -> None:
        for word in ("webhook-id", "twitch-eventsub-message-id"):
            if word in scheme.content:
                draft.headers[word] = "m1"
        draft.path = PATHS.get(name, "/")
        scheme.sign(draft, secret, at)

    await check_verifier(
        scheme,
        prove,
        SECRET,
        covers_body=not scheme.covers_nothing,
        tolerance=scheme.tolerance if scheme.timestamp else None,
    )


@pytest.mark.anyio
async def test_an_asynchronous_verifier_conforms() -> None:
    async def verify(delivery: Delivery, secrets: Secrets) -> None:
        GOOD.verify(delivery, secrets)

    async def prove(draft: Draft, secret: str | bytes, at: float) -> None:
        GOOD.sign(draft, secret, at)

    await check_verifier(Wrapped(verify), prove, "a secret", wrong_secret="another")


async def check(verify: Callable[[Delivery, Secrets], object], secret: str = "a secret") -> None:
    await check_verifier(Wrapped(verify), GOOD.sign, secret)


@pytest.mark.anyio
async def test_a_verifier_that_answers_is_caught() -> None:
    with pytest.raises(AssertionError, match="must return None, not True"):
        await check(lambda delivery, secrets: True)


@pytest.mark.anyio
async def test_a_verifier_that_refuses_everything_is_caught() -> None:
    def verify(delivery: Delivery, secrets: Secrets) -> None:
        raise BadSignature

    with pytest.raises(AssertionError, match="a genuine delivery was refused: BadSignature"):
        await check(verify)


@pytest.mark.anyio
async def test_a_verifier_that_accepts_everything_is_caught() -> None:
    with pytest.raises(AssertionError, match="another secret: was accepted"):
        await check(lambda delivery, secrets: None)


@pytest.mark.anyio
async def test_a_verifier_that_crashes_is_caught() -> None:
    def verify(delivery: Delivery, secrets: Secrets) -> None:
        signature = dict(delivery.headers).get(b"x-sig", b"")
        signature.decode("ascii")
        GOOD.verify(delivery, secrets)

    with pytest.raises(AssertionError, match=r"x-sig = .*BadSignature, not UnicodeDecodeError"):
        await check(verify)


@pytest.mark.anyio
async def test_a_verifier_that_looks_at_half_the_body_is_caught() -> None:
    short = Scheme("header:x-sig", content="{body:id}")

    with pytest.raises(AssertionError, match="was accepted"):
        await check_verifier(short, short.sign, "a secret")


@pytest.mark.anyio
async def test_a_verifier_with_another_tolerance_is_caught() -> None:
    lax = Scheme("header:x-sig", timestamp="header:x-t", content="{timestamp}.{body}")
    with pytest.raises(AssertionError, match="62 s old: was accepted"):
        await check_verifier(lax, lax.sign, "a secret", tolerance=60)


@pytest.mark.anyio
async def test_a_secret_that_has_no_other_needs_one_said() -> None:
    with pytest.raises(AssertionError, match="pass wrong_secret="):
        await check(GOOD.verify, "aaaa")


def test_a_request_is_received_now_unless_said() -> None:
    request = sign("github", {}, SECRET)
    assert abs(request.delivery().received_at - time.time()) < 5
    assert request.delivery(7).received_at == 7
