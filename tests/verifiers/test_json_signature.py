"""`JSONSignature`: what the header says besides the signature is pinned; keys may be one line."""

import base64
import json
from typing import Any

import pytest

from hookmw.catalog import provider
from hookmw.errors import ConfigError, MalformedSignature, MissingSignature
from hookmw.secret import Secrets
from tests.verifiers.envelopes import arrived, kits, ours, pem, public, receive

pytestmark = pytest.mark.anyio


def header_of(**changes: Any) -> bytes:
    genuine = arrived("ebay").header(b"x-ebay-signature") or ""
    said = {**json.loads(base64.b64decode(genuine)), **changes}
    return base64.b64encode(json.dumps(said).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "HMAC"},
        {"alg": None},
        {"digest": "SHA256"},
        {"digest": ""},
        {"digest": ["SHA1"]},
    ],
)
async def test_another_algorithm_is_refused_though_the_signature_is_right(changes: Any) -> None:
    header = ((b"x-ebay-signature", header_of(**changes)),)
    with pytest.raises(MalformedSignature) as caught:
        await receive("ebay", arrived("ebay", headers=header))
    assert caught.value.code == "algorithm_refused"


@pytest.mark.parametrize("changes", [{}, {"alg": "ECDSA"}, {"digest": "sha1"}, {"kid": "../x"}])
async def test_case_and_the_name_of_the_key_do_not_matter(changes: Any) -> None:
    header = ((b"x-ebay-signature", header_of(**changes)),)
    assert (await receive("ebay", arrived("ebay", headers=header))).proof is not None


async def test_no_header() -> None:
    with pytest.raises(MissingSignature):
        await receive("ebay", arrived("ebay", headers=()))


async def test_a_key_on_one_line_as_ebay_gives_it() -> None:
    line = ours("ebay").replace("\n", "")
    assert "\n" not in line
    assert (await receive("ebay", arrived("ebay"), line)).proof is not None
    assert (await receive("ebay", arrived("ebay"), [public(kits()["ebay"].wrong), line])).proof


@pytest.mark.parametrize(
    "secret", ["s3cret-s3cret", "-----BEGIN PUBLIC KEY-----AA-----END PUBLIC KEY-----"]
)
def test_what_is_no_key(secret: str) -> None:
    scheme: Any = provider("ebay").scheme
    for each in (secret, public(pem("rsa", 1))):
        with pytest.raises(ConfigError):
            scheme.check_secrets(Secrets(each))
