"""How a row is set up for a vector: mostly its scheme and one secret, sometimes more."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hookmw.catalog import provider
from hookmw.errors import KeyUnavailable
from tests.vectors.reading import Vector, kind, read

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
JWKS_URL = "https://x.saleor.cloud/.well-known/jwks.json"


class RecordingFetch:
    """Serves what it is told, and remembers what it was asked for."""

    def __init__(self, answers: Mapping[str, bytes] | bytes = b"") -> None:
        self.answers = answers
        self.asked: list[tuple[str, bytes | None]] = []

    async def __call__(self, url: str, body: bytes | None = None, *, fresh: bool = False) -> bytes:
        self.asked.append((url, body))
        if isinstance(self.answers, bytes):
            return self.answers
        if url not in self.answers:
            raise KeyUnavailable("not served")
        return self.answers[url]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """A verifier with its secrets, and whether it accepts the vector."""

    verifier: Any
    secrets: str | list[str]
    accepts: bool


def arrangements(row: str, vector: Vector) -> Iterator[Arrangement]:
    """Each way in which somebody may set the row up for this vector."""
    accepts = vector["expect"] == "accept"
    arrange = ARRANGED.get(kind(vector), _plainly)
    for verifier, secrets, *verdict in arrange(provider(row).scheme, vector):
        expected = verdict[0] if verdict else accepts
        yield Arrangement(verifier=verifier, secrets=secrets, accepts=expected)


Setups = Iterator[tuple[Any, Any] | tuple[Any, Any, bool]]


def _plainly(scheme: Any, vector: Vector) -> Setups:
    """Box has a second secret; a PEM ends with a newline, which no secret may."""
    second = (vector.get("extra") or {}).get("secondary")
    yield scheme, [each.strip() for each in (vector["secret"], second) if each]


def _extra(vector: Vector, name: str) -> str:
    """Some vectors leave out what the first of their file says."""
    extra = vector.get("extra") or read(vector["provider"])[0]["extra"]
    return str(extra[name]) if isinstance(extra[name], str) else json.dumps(extra[name])


def _fal(scheme: Any, vector: Vector) -> Setups:
    yield scheme, json.loads(_extra(vector, "jwks"))["keys"][0]["x"]


def _sns(scheme: Any, vector: Vector) -> Setups:
    yield scheme.with_fetch(RecordingFetch(_extra(vector, "cert_pem").encode())), TOPIC


def _paypal(scheme: Any, vector: Vector) -> Setups:
    fetch = RecordingFetch(_extra(vector, "cert_pem").encode())
    yield scheme.with_fetch(fetch), vector["secret"]


def _plaid(scheme: Any, vector: Vector) -> Setups:
    """The key is asked for, or given."""
    jwk = _extra(vector, "jwk")
    fetch = RecordingFetch(json.dumps({"key": json.loads(jwk), "request_id": "x"}).encode())
    yield scheme.with_fetch(fetch), "client:secret"
    yield scheme, jwk


def _saleor(scheme: Any, vector: Vector) -> Setups:
    jwks = _extra(vector, "jwks")
    yield scheme, jwks
    yield scheme.with_fetch(RecordingFetch({JWKS_URL: jwks.encode()})), JWKS_URL


def _truelayer(scheme: Any, vector: Vector) -> Setups:
    """The SDK asks for no header to be signed; ours does unless told otherwise."""
    as_the_sdk = replace(scheme, required=(), timestamp=None)
    yield as_the_sdk, vector["secret"]
    fetched = as_the_sdk.with_fetch(RecordingFetch(vector["secret"].encode()))
    yield fetched, "none is asked for"
    strict = vector["expect"] == "accept" and vector["case"] != "no_signed_headers"
    yield scheme, vector["secret"], strict


def _rfc9421(**keywords: str) -> Callable[[Any, Vector], Setups]:
    """The RFC's own examples cover no digest, which ours insists on unless told otherwise."""

    def arranged(scheme: Any, vector: Vector) -> Setups:
        components = ("date", "@authority", "content-type")
        as_published = replace(scheme, **keywords, components=components, covers_body=False)
        yield as_published, vector["secret"]
        yield replace(as_published, covers_body=True), vector["secret"], False

    return arranged


RFC9421 = {
    "b25_hmac": {"algorithm": "hmac-sha256", "key": "base64"},
    "b26_ed25519": {"algorithm": "ed25519"},
}

ARRANGED: Mapping[tuple[str, str], Callable[[Any, Vector], Setups]] = {
    ("aws_sns", "rsa"): _sns,
    ("fal", "ed25519_jwks"): _fal,
    ("http_message_signatures", "rfc9421_b25_hmac"): _rfc9421(
        algorithm="hmac-sha256", key="base64"
    ),
    ("http_message_signatures", "rfc9421_b26_ed25519"): _rfc9421(**RFC9421["b26_ed25519"]),
    ("paypal", "rsa_crc32"): _paypal,
    ("plaid", "jwt_es256"): _plaid,
    ("saleor", "detached_jws_rs256"): _saleor,
    ("truelayer", "es512_detached_jws"): _truelayer,
}
