"""Tokens: pinned algorithms, claims, keys by name; and whatever else a stranger may write."""

import base64
import hashlib
import hmac
import json
import sys
from contextlib import suppress
from typing import Any

import anyio
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings, strategies as st

from hookmw.catalog import provider
from hookmw.catalog.index import FAMILY_OF
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, KeyUnavailable, Rejected
from hookmw.fetch import Fetcher
from hookmw.scheme import Draft
from hookmw.secret import Secrets
from hookmw.testing import sign
from hookmw.verifiers import Verifier, build
from tests.pure.rows import changed, with_headers
from tests.pure.test_garbage import BODIES, QUERIES, VALUES
from tests.verifiers.vectors import NOW, RecordingFetch, check, delivery_of, read

pytestmark = pytest.mark.anyio

SECRET = "a-secret-of-the-tests-that-is-long-enough"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
        .strip()
    )


RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P521 = ec.generate_private_key(ec.SECP521R1())
RSA_PUBLIC = (
    RSA.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
    .strip()
)

KEY_OF = {
    "fusionauth": pem(RSA),
    "saleor": pem(RSA),
    "plaid": pem(P256),
    "plaid_sandbox": pem(P256),
    "truelayer": pem(P521),
}
"""What signs in tests; the shared secret where a provider is not here."""

CANNOT_SIGN = {"aws_sns", "paypal", "paypal_sandbox"}
ROWS = sorted(name for name, family in FAMILY_OF.items() if family == "certificates")
SIGNING = [name for name in ROWS if name not in CANNOT_SIGN]
BODY = b'{"id":"evt_1","type":"ping","text":"gr\xc3\xbc\xc3\x9fe"}'


def made(name: str) -> Any:
    return provider(name).scheme


def signed(name: str, body: bytes = BODY, at: float = NOW) -> Delivery:
    draft = Draft(body, path="/hook")
    draft.query["a"] = "1"
    made(name).sign(draft, KEY_OF.get(name, SECRET), at)
    return draft.delivery(at)


def secrets_of(name: str) -> Secrets:
    return Secrets(KEY_OF.get(name, SECRET))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bare(header: bytes, token: bytes) -> Delivery:
    return with_headers(Draft(BODY).delivery(NOW), {header: token})


def forged(header: dict[str, Any], said: dict[str, Any], key: bytes = b"") -> bytes:
    content = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(said).encode())}"
    mac = hmac.digest(key, content.encode(), "sha256") if key else b""
    return f"{content}.{b64(mac)}".encode()


@pytest.mark.parametrize("name", SIGNING)
async def test_what_we_sign_we_accept(name: str) -> None:
    await check(made(name), signed(name), secrets_of(name))
    rotated = Secrets([KEY_OF.get(name, "the-newer-secret"), KEY_OF.get(name, SECRET)])
    await check(made(name), signed(name), rotated)


@pytest.mark.parametrize("name", SIGNING)
async def test_the_testing_kit_signs(name: str) -> None:
    request = sign(name, {"id": "1"}, KEY_OF.get(name, SECRET), at=NOW, path="/hook")
    parts = request.delivery(NOW)
    parts.public_url = "https://hooks.example.com"
    await check(made(name), parts, secrets_of(name))


@pytest.mark.parametrize("name", SIGNING)
async def test_every_byte_of_the_body_counts(name: str) -> None:
    if getattr(made(name), "covers_nothing", False):
        pytest.skip("its token does not cover the body")
    delivery = signed(name)
    public_url = delivery.public_url
    bodies = [BODY[:i] + bytes([BODY[i] ^ 1]) + BODY[i + 1 :] for i in range(len(BODY))]
    for body in [*bodies, BODY + b"\n", BODY[:-1], b""]:
        other = changed(delivery, body=body, public_url=public_url)
        with pytest.raises(Rejected):
            await check(made(name), other, secrets_of(name))


@pytest.mark.parametrize("name", SIGNING)
async def test_another_secret(name: str) -> None:
    others: dict[str, Any] = {"P-256": ec.SECP256R1(), "P-521": ec.SECP521R1()}
    other = "another-secret-of-the-tests-that-is-long"
    if name in {"fusionauth", "saleor"}:
        other = pem(rsa.generate_private_key(65537, 2048))
    elif name in KEY_OF:
        other = pem(ec.generate_private_key(others["P-521" if name == "truelayer" else "P-256"]))
    with pytest.raises(BadSignature):
        await check(made(name), signed(name), Secrets(other))


@pytest.mark.parametrize(
    "name", sorted({*SIGNING} - {"fusionauth", "saleor", "netlify"})
)  # these write no time
async def test_old_ones_and_future_ones(name: str) -> None:
    for moved in (400_000, -400_000):
        delivery = signed(name)
        delivery.received_at = NOW + moved
        with pytest.raises(BadSignature):
            await check(made(name), delivery, secrets_of(name))


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "nOnE", "HS512", "RS256", "", None, ["HS256"]]
)
async def test_algorithms_are_pinned(algorithm: Any) -> None:
    said = {"iss": "netlify", "sha256": hashlib.sha256(BODY).hexdigest()}
    draft = Draft(BODY, headers={})
    token = forged({"alg": algorithm}, said, SECRET.encode())
    delivery = with_headers(draft.delivery(NOW), {b"x-webhook-signature": token})
    with pytest.raises(BadSignature):
        await check(made("netlify"), delivery, Secrets(SECRET))


async def test_a_public_key_is_no_shared_secret() -> None:
    """The old confusion: HS256 under the text of the RSA key that everybody knows."""
    said = {"request_body_sha256": base64.b64encode(hashlib.sha256(BODY).digest()).decode()}
    token = forged({"alg": "HS256"}, said, RSA_PUBLIC.encode())
    delivery = with_headers(Draft(BODY).delivery(NOW), {b"x-fusionauth-signature-jwt": token})
    with pytest.raises(BadSignature):
        await check(made("fusionauth"), delivery, Secrets(RSA_PUBLIC))
    with pytest.raises(ConfigError, match="shared text"):
        made("netlify").check_secrets(Secrets(RSA_PUBLIC))
    with pytest.raises(ConfigError, match="mixed"):
        build("jwt", token="header:x", algorithms=("HS256", "RS256"))
    for none in ("none", "HS257", "", ()):
        with pytest.raises(ConfigError):
            build("jwt", token="header:x", algorithms=none)


async def test_names_of_keys() -> None:
    """[kid flood] Strange names are not looked up, unknown ones seldom."""
    jwks = read("saleor")[0]["extra"]["jwks"].encode()
    url = "https://x.saleor.cloud/.well-known/jwks.json"
    fetch = RecordingFetch(jwks)
    header = {"alg": "RS256", "b64": False, "crit": ["b64"]}
    for kid in ("x" * 1000, "a b", "<x>", "\u0661", "\x00"):
        head = b64(json.dumps({**header, "kid": kid}).encode())
        delivery = bare(b"saleor-signature", f"{head}..AA".encode())
        with pytest.raises(BadSignature):
            await check(made("saleor").with_fetch(fetch), delivery, Secrets(url))
    assert fetch.asked == []


async def test_a_flood_of_names_costs_few_fetches() -> None:
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return httpx.Response(404)

    fetch = Fetcher(made("plaid").fetches, transport=httpx.MockTransport(answer))
    verifier = made("plaid").with_fetch(fetch)
    for number in range(200):
        token = forged({"alg": "ES256", "kid": f"k{number}"}, {"iat": NOW}, b"x")
        delivery = with_headers(Draft(BODY).delivery(NOW), {b"plaid-verification": token})
        with pytest.raises((BadSignature, KeyUnavailable)):
            await check(verifier, delivery, Secrets("client:secret"))
    assert len(asked) <= 20


@pytest.mark.parametrize("critical", [["b64", "exp"], ["x"], "b64", [], None, 1])
async def test_critical_headers_that_we_do_not_know(critical: Any) -> None:
    head = b64(json.dumps({"alg": "RS256", "b64": False, "crit": critical}).encode())
    delivery = bare(b"saleor-signature", f"{head}..AA".encode())
    with pytest.raises(BadSignature):
        await check(made("saleor"), delivery, Secrets(pem(RSA)))


async def test_expired_keys_of_plaid_are_refused() -> None:
    vector = read("plaid")[0]
    expired = {**vector["extra"]["jwk"], "expired_at": 1_700_000_000}
    fetch = RecordingFetch(json.dumps({"key": expired}).encode())
    with pytest.raises(BadSignature):
        await check(made("plaid").with_fetch(fetch), delivery_of(vector), Secrets("a:b"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"keys":1}',
        b'{"keys":[1]}',
        b"\xff",
        b'{"keys":[{"kty":"RSA"}]}',
    ],
)
async def test_answers_that_are_no_keys(answer: bytes) -> None:
    verifier = made("saleor").with_fetch(RecordingFetch(answer))
    with pytest.raises(Rejected):
        await check(verifier, delivery_of(read("saleor")[0]), Secrets("https://x.test/jwks.json"))


def test_kinds() -> None:
    assert isinstance(build("sns"), Verifier)
    with pytest.raises(ConfigError, match="json_signature, jws, jwt, jwt_body"):
        build("nothing")
    with pytest.raises(ConfigError, match="kind='sns'"):
        build("sns", colour="red")


def test_extras_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("jwt", "cryptography", "http_message_signatures"):
        monkeypatch.setitem(sys.modules, module, None)
    for kind, keywords in {
        "jwt": {"token": "header:x", "algorithms": "RS256"},
        "sns": {},
        "http_signatures": {},
    }.items():
        with pytest.raises(ConfigError, match=r"hookmw\[crypto\]"):
            build(kind, **keywords)
    build("jwt", token="header:x", algorithms="HS256")


def headers_of(name: str) -> list[bytes]:
    """Headers that verification reads."""
    genuine = read("paypal")[0]["headers"] if name.startswith("paypal") else {}
    if name == "aws_sns":
        return []
    found = genuine or [k.decode() for k, _ in signed(name).headers]
    return [header.lower().encode() for header in found if header.lower() != "content-type"]


def genuine(name: str) -> Delivery:
    if name in CANNOT_SIGN:
        return delivery_of(read("paypal" if name.startswith("paypal") else name)[0])
    return signed(name)


async def survive(name: str, delivery: Delivery) -> None:
    verifier = made(name)
    if hasattr(verifier, "with_fetch"):
        verifier = verifier.with_fetch(RecordingFetch(b"garbage"))
    row = provider(name)
    for look in (row.event_id, row.event_type, row.event_timestamp):
        with suppress(Rejected):
            look(delivery)
    with pytest.raises(Rejected):
        await check(verifier, delivery, secrets_of(name))


@pytest.mark.parametrize("name", ROWS)
async def test_garbage_in_headers(name: str) -> None:
    delivery = genuine(name)
    for header in headers_of(name):
        for value in [
            *VALUES.values(),
            b"a.b.c",
            b"..",
            b"e30..e30",
            b"e30.e30.e30",
            b"x=()",
            b"x=:AA==:",
        ]:
            other = with_headers(delivery, {header: value})
            other.public_url = delivery.public_url
            await survive(name, other)


@pytest.mark.parametrize("name", ROWS)
async def test_garbage_in_bodies(name: str) -> None:
    if getattr(made(name), "covers_nothing", False):
        pytest.skip("its token does not cover the body")
    delivery = genuine(name)
    for body in BODIES.values():
        await survive(name, changed(delivery, body=body, public_url=delivery.public_url))


@pytest.mark.parametrize("name", ["atlassian_connect", "messagebird", "http_message_signatures"])
async def test_garbage_in_queries(name: str) -> None:
    delivery = genuine(name)
    for query in QUERIES.values():
        await survive(name, changed(delivery, query_string=query, public_url=delivery.public_url))


TIMES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([])
)


@settings(max_examples=200, deadline=None)
@given(
    said=st.dictionaries(
        st.sampled_from(["iat", "exp", "nbf", "iss", "sha256", "aud", "url_hash", "payload_hash"]),
        TIMES,
    ),
    name=st.sampled_from(["netlify", "messagebird", "vonage", "livekit", "monday"]),
)
def test_claims_that_are_rightly_signed_and_odd(name: str, said: dict[str, Any]) -> None:
    row = made(name)
    token = forged({"alg": "HS256"}, said, SECRET.encode())
    header = row.token.removeprefix("header:").encode()
    delivery = with_headers(Draft(BODY).delivery(NOW), {header: row.prefix.encode() + token})
    delivery.public_url = "https://hooks.example.com"
    with pytest.raises(Rejected):
        anyio.run(check, row, delivery, Secrets(SECRET))
