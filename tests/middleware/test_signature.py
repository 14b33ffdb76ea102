import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Scope

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.middleware import RawBodyMiddleware, SignatureMiddleware
from hookmw.middleware.signature import VerifierMisuse
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign
from hookmw.verifiers import Unverified, Verifier
from tests.middleware.asgi import Spy, Wire, call, deliver, http

pytestmark = pytest.mark.anyio

SECRET = "s3cret-s3cret"
GITHUB = catalog.provider("github").scheme
STRIPE = catalog.provider("stripe").scheme
SLACKCHAT = catalog.provider("slackchat").scheme


def guarded(spy: Spy, secrets: Any = SECRET, verifier: Verifier = GITHUB) -> SignatureMiddleware:
    return SignatureMiddleware(spy, verifier, secrets)


async def test_what_is_signed_passes_with_its_proof() -> None:
    spy = Spy()
    wire = await deliver(guarded(spy), sign("github", b"\x00\xff {", SECRET))
    assert (wire.status, spy.bodies) == (200, [b"\x00\xff {"])
    assert spy.delivery.proof.content == b"\x00\xff {"


async def test_the_proof_holds_the_signed_content() -> None:
    spy = Spy()
    await deliver(guarded(spy, verifier=STRIPE), sign("stripe", b"{}", SECRET, at=time.time()))
    assert spy.delivery.proof.content.endswith(b".{}")
    assert spy.delivery.proof.content != b".{}"


async def test_what_is_forged_does_not_pass() -> None:
    spy = Spy()
    wire = await deliver(guarded(spy), sign("github", {}, "another secret"))
    assert (wire.status, wire.body) == (401, b"unauthorized")
    assert spy.scopes == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-hub-signature-256", b"")],
        [(b"x-hub-signature-256", b"sha256=00")],
        [(b"x-hub-signature-256", b"sha1=" + b"0" * 64)],
        [(b"X_Hub_Signature_256", b"sha256=" + b"0" * 64)],
        [(b"x-hub-signature-256", b"sha256=" + b"\xe9" * 64)],
    ],
)
async def test_what_cannot_be_signed_is_refused_unread(headers: list[tuple[bytes, bytes]]) -> None:
    spy = Spy()
    wire = await call(guarded(spy), http(headers=headers), Wire(b"{}"))
    assert (wire.status, wire.body, wire.receives) == (401, b"unauthorized", 0)
    assert spy.scopes == []


async def test_a_signature_that_is_there_twice_is_malformed() -> None:
    header = (b"x-hub-signature-256", b"sha256=" + b"0" * 64)
    wire = await call(guarded(Spy()), http(headers=[header, header]), Wire(b"{}"))
    assert (wire.status, wire.receives) == (400, 0)


async def test_a_trailer_signs_nothing() -> None:
    signed = sign("github", b"{}", SECRET)
    scope = http()
    headers = scope["headers"]
    wire = Wire([b"{", b"}"], on_receive=lambda: headers.extend(signed.headers))
    assert (await call(guarded(Spy()), scope, wire)).status == 401
    wire = Wire([b"{", b"}"], on_receive=lambda: headers.append(signed.headers[0]))
    scope = http(headers=signed.headers)
    headers = scope["headers"]
    assert (await call(guarded(Spy()), scope, wire)).status == 200
    assert len(headers) > len(signed.headers)


async def test_rotation() -> None:
    for secret in ("new", "old"):
        wire = await deliver(guarded(Spy(), ["new", "old"]), sign("github", {}, secret))
        assert wire.status == 200
    wire = await deliver(guarded(Spy(), ["new", "old"]), sign("github", {}, "older"))
    assert wire.status == 401


async def test_a_proof_in_the_body_is_read_from_the_body() -> None:
    app = guarded(Spy(), verifier=SLACKCHAT)
    assert (await deliver(app, sign("slackchat", {}, SECRET))).status == 200
    assert (await deliver(app, sign("slackchat", {}, "other"))).status == 401


# secrets of tenants


async def by_tenant(delivery: Delivery) -> str | None:
    secrets: dict[str, str | None] = {"a": "secret of a", "b": "secret of b", "none": None}
    return secrets[delivery.path_params["tenant"]]


@pytest.mark.parametrize(
    ("tenant", "secret", "status"),
    [
        ("a", "secret of a", 200),
        ("b", "secret of b", 200),
        ("b", "secret of a", 401),
        ("c", "secret of a", 401),
        ("none", "secret of a", 401),
    ],
)
async def test_each_tenant_has_its_secret(tenant: str, secret: str, status: int) -> None:
    app = guarded(Spy(), by_tenant)
    wire = await deliver(app, sign("github", {}, secret), path_params={"tenant": tenant})
    assert wire.status == status
    assert wire.status == 200 or wire.body == b"unauthorized"


async def test_a_stranger_cannot_make_us_look_for_secrets() -> None:
    asked = []

    async def find(delivery: Delivery) -> str:
        asked.append(delivery)
        return SECRET

    wire = await call(guarded(Spy(), find), http(), Wire(b"{}"))
    assert (wire.status, asked) == (401, [])


async def test_a_search_that_fails_is_no_acceptance() -> None:
    async def find(delivery: Delivery) -> str:
        raise OSError("the vault is closed")

    spy = Spy()
    with pytest.raises(OSError, match="vault"):
        await deliver(guarded(spy, find), sign("github", {}, SECRET))
    assert spy.scopes == []


# verifiers of one's own


class Own:
    def __init__(self, verify: Callable[[Delivery, Secrets], Any]) -> None:
        self._verify = verify

    def verify(self, delivery: Delivery, secrets: Secrets) -> Awaitable[None] | None:
        verdict: Awaitable[None] | None = self._verify(delivery, secrets)
        return verdict


def returns(value: Any) -> Callable[..., Any]:
    return lambda delivery, secrets: value


def raises(error: Exception) -> Callable[..., Any]:
    def verify(delivery: Delivery, secrets: Secrets) -> None:
        raise error

    return verify


async def _later(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def later(value: Any) -> Callable[..., Any]:
    return lambda delivery, secrets: _later(value)


@pytest.mark.parametrize("verify", [returns(None), later(None)])
async def test_none_is_content(verify: Callable[..., Any]) -> None:
    spy = Spy()
    wire = await call(guarded(spy, verifier=Own(verify)), http(), Wire(b"abc"))
    assert (wire.status, spy.bodies) == (200, [b"abc"])
    assert spy.delivery.proof.content == b"abc"


@pytest.mark.parametrize("verify", [raises(BadSignature("no")), later(BadSignature("no"))])
async def test_bad_signature_is_401(verify: Callable[..., Any]) -> None:
    spy = Spy()
    wire = await call(guarded(spy, verifier=Own(verify)), http(), Wire(b"abc"))
    assert (wire.status, spy.scopes) == (401, [])


@pytest.mark.parametrize("value", [True, False, 0, "", "yes", [], object()])
@pytest.mark.parametrize("how", [returns, later])
async def test_any_other_verdict_accepts_nothing(value: Any, how: Any) -> None:
    spy = Spy()
    with pytest.raises(VerifierMisuse, match=r"Own\.verify returned .*must return None, or raise"):
        await call(guarded(spy, verifier=Own(how(value))), http(), Wire(b"abc"))
    assert spy.scopes == []


async def test_a_coroutine_of_a_coroutine_accepts_nothing() -> None:
    spy = Spy()
    inner = _later(None)
    with pytest.raises(VerifierMisuse, match="coroutine"):
        await call(guarded(spy, verifier=Own(later(inner))), http(), Wire(b"abc"))
    inner.close()
    assert spy.scopes == []


@pytest.mark.parametrize("verify", [raises(RuntimeError("bug")), later(RuntimeError("bug"))])
async def test_an_exception_accepts_nothing(verify: Callable[..., Any]) -> None:
    spy = Spy()
    with pytest.raises(RuntimeError, match="bug"):
        await call(guarded(spy, verifier=Own(verify)), http(), Wire(b"abc"))
    assert spy.scopes == []


async def test_a_verifier_may_look_at_headers_first_and_say_what_is_signed() -> None:
    class Whole(Own):
        def precheck(self, delivery: Delivery) -> None:
            if delivery.header(b"x-proof") is None:
                raise BadSignature("no proof")

        def signed_content(self, delivery: Delivery) -> bytes:
            return b"signed:" + delivery.body

    spy = Spy()
    app = guarded(spy, verifier=Whole(returns(None)))
    wire = await call(app, http(), Wire(b"abc"))
    assert (wire.status, wire.receives) == (401, 0)
    assert (await call(app, http(headers=[(b"x-proof", b"1")]), Wire(b"abc"))).status == 200
    assert spy.delivery.proof.content == b"signed:abc"


async def test_unverified_needs_no_secrets_and_says_so() -> None:
    spy = Spy()
    app = SignatureMiddleware(spy, Unverified())
    assert (await call(app, http(), Wire(b"abc"))).status == 200
    assert spy.delivery.proof.content == b"abc"


@pytest.mark.parametrize(
    ("verifier", "secrets", "message"),
    [
        (GITHUB, None, "secrets is empty"),
        (GITHUB, "", "secrets is empty"),
        (GITHUB, [], "secrets is empty"),
        (GITHUB, ["good", ""], "secrets is empty"),
        (GITHUB, " \n", "secrets is empty"),
        (GITHUB, "good\n", "strip it where you read it"),
        (GITHUB, 42, "must be text or bytes"),
        (Scheme("header:x", key="hex"), "no hex", "must be hexadecimal"),
        (object(), "s", "it has no method verify"),
        (None, "s", "it has no method verify"),
        (Own(returns(None)), None, "secrets is empty"),
    ],
)
def test_what_cannot_work_fails_when_the_program_starts(
    verifier: Any, secrets: Any, message: str
) -> None:
    if secrets == 42:
        secrets = [42]
    with pytest.raises(ConfigError, match=message):
        SignatureMiddleware(Spy(), verifier, secrets)


async def test_its_own_cap_where_nobody_captures_and_the_other_where_somebody_does() -> None:
    large = sign("github", b"x" * ((1 << 20) + 1), SECRET)
    assert (await deliver(guarded(Spy()), large)).status == 413
    spy = Spy()
    assert (await deliver(RawBodyMiddleware(guarded(spy), max_body=1 << 21), large)).status == 200
    assert spy.bodies == [large.body]


async def test_a_client_that_leaves_is_not_answered() -> None:
    spy = Spy()
    signed = sign("github", b"abcdef", SECRET)
    scope: Scope = http(headers=signed.headers)
    wire = await call(guarded(spy), scope, Wire([b"abc"], gone=True))
    assert (wire.sent, spy.scopes) == ([], [])


async def test_nothing_is_left_to_await() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app = guarded(Spy(), verifier=Own(later(None)))
        assert (await call(app, http(), Wire(b""))).status == 200
