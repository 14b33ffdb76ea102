"""`SortedEnvelope`, with envelopes made by hand: right, nearly right, and moved about."""

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.secret import Secrets
from hookmw.verifiers.stamp import sorted_hash
from tests.verifiers.envelopes import KEY, OTHER_KEY, XML, arrived, changed, kits, public, receive
from tests.verifiers.vectors import NOW

pytestmark = pytest.mark.anyio


def wecom(plain: bytes, *, cut: int = 0, nonce: str = "n1") -> Delivery:
    """An envelope around any bytes, with a signature that is right."""
    raw = base64.b64decode(KEY + "=")
    sealed = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    made = sealed.update(plain) + sealed.finalize()
    text = base64.b64encode(made[: len(made) - cut])
    sent = str(int(NOW))
    signature = sorted_hash(b"token", sent.encode(), nonce.encode(), text).hex()
    return Delivery(
        method="POST",
        path="/",
        headers=(),
        query_string=f"msg_signature={signature}&timestamp={sent}&nonce={nonce}".encode(),
        body=b"<xml><Encrypt>" + text + b"</Encrypt></xml>",
        received_at=NOW,
    )


def padded(plain: bytes, count: int | None = None) -> bytes:
    count = 32 - len(plain) % 32 if count is None else count
    return plain + bytes([count % 256]) * count


def written(message: bytes, owner: bytes = b"corp1", length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + owner


async def test_by_hand() -> None:
    assert (await receive("wecom", wecom(padded(written(XML))))).body == XML


REFUSED = {
    "no padding": written(b"x" * 7),
    "a padding of none": padded(written(b"x" * 6))[:-1] + b"\0",
    "a padding of more than a block": padded(written(b"x" * 7), 48),
    "a padding of unlike bytes": padded(written(b"x" * 5))[:-2] + b"\x01\x02",
    "a padding and nothing else": bytes([32]) * 32,
    "nothing but a head": padded(b"0123456789abcdef"),
    "another id": padded(written(b"x", b"corp2")),
    "no id": padded(written(b"x", b"")),
    "an id and more": padded(written(b"x", b"corp11")),
    "a length that takes the id in": padded(written(b"x", length=6)),
    "a length past the end": padded(written(b"x", length=2**32 - 1)),
    "a length too short": padded(written(b"xx", length=1)),
}
"""What is encrypted, and signed rightly."""


@pytest.mark.parametrize("what", REFUSED)
async def test_an_envelope_that_is_none_is_refused_with_one_word(what: str) -> None:
    with pytest.raises(BadSignature) as caught:
        await receive("wecom", wecom(REFUSED[what]))
    assert (caught.value.code, caught.value.reason) == (
        "envelope_refused",
        "the envelope cannot be opened",
    )


@pytest.mark.parametrize("cut", [1, 15, 16, 32, 1000])
async def test_a_ciphertext_that_is_cut(cut: int) -> None:
    with pytest.raises(BadSignature):
        await receive("wecom", wecom(padded(written(XML)), cut=cut))


async def test_nothing_is_decrypted_before_the_signature_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else whether the padding was right could be asked, and then the text."""
    decrypted: list[bytes] = []
    monkeypatch.setattr("hookmw.verifiers.sorted_envelope.decrypt", decrypted.append)
    monkeypatch.setattr("hookmw.verifiers.sealed_scheme.decrypt", decrypted.append)
    for name in ("dingtalk", "lark", "wechat_safe", "wecom"):
        with pytest.raises(BadSignature):
            await receive(name, arrived(name), public(kits()[name].wrong))
    assert decrypted == []


async def test_a_key_that_two_companies_share() -> None:
    """Whoever else has the key and the token cannot have their envelopes taken for ours."""
    with pytest.raises(BadSignature):
        await receive("wecom", arrived("wecom"), f"token:{KEY}:corp2")
    with pytest.raises(BadSignature):
        await receive("wecom", arrived("wecom"), f"token:{OTHER_KEY}:corp1")


async def test_two_envelopes_in_one_body() -> None:
    genuine = arrived("wecom")
    text = genuine.body[len(b"<xml>") : -len(b"</xml>")]
    for body in (b"<xml>" + text * 2 + b"</xml>", b"<xml><a>" + text + b"</a></xml>", text):
        with pytest.raises(BadSignature):
            await receive("wecom", changed(genuine, body=body))


async def test_an_envelope_in_what_a_user_typed() -> None:
    text = arrived("wecom").body[len(b"<xml>") : -len(b"</xml>")].replace(b"]]>", b"")
    body = b"<xml><Content><![CDATA[" + text + b"]]></Content></xml>"
    with pytest.raises(BadSignature):
        await receive("wecom", arrived("wecom", body=body))


def swallowed() -> Delivery:
    """A genuine envelope around a user's text, three blocks of which were moved into the nonce.

    Sorted, nonce and ciphertext are neighbours, so the hash is the same. What is left of the
    ciphertext begins with a block of garbage, where chance should be, and then says what the user
    had typed: a length, and a message of their own.
    """
    forged = b"<xml><MsgType>forged</MsgType></xml>"
    typed = b"x" * 44 + len(forged).to_bytes(4, "big") + forged
    for number in range(100_000):
        made = wecom(padded(number.to_bytes(16, "big") + written(typed)[16:]), nonce="n1")
        text = made.body.removeprefix(b"<xml><Encrypt>").removesuffix(b"</Encrypt></xml>")
        if text[:64].isalnum() and {text[0], text[64]} <= set(b"opqrs"):  # after n1, before token
            query = made.query_string + text[:64]
            return changed(
                made, query_string=query, body=b"<xml><Encrypt>" + text[64:] + b"</Encrypt></xml>"
            )
    raise AssertionError("none found")


async def test_the_nonce_swallows_no_blocks_of_the_ciphertext(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(BadSignature):
        await receive("wecom", swallowed())
    monkeypatch.setattr("hookmw.verifiers.stamp.NONCE", re.compile(rb"[A-Za-z0-9_-]{1,128}"))
    delivery = await receive("wecom", swallowed())
    assert b"forged" in delivery.body, "this is what the limit is for"


def plainly_signed(method: str, body: bytes) -> Delivery:
    """With the signature for those who have no key, which stands in every query of WeChat's."""
    sent = str(int(NOW))
    plain = sorted_hash(b"token", sent.encode(), b"n1").hex()
    query = f"msg_signature={plain}&signature={plain}&timestamp={sent}&nonce=n1"
    return arrived("wechat_safe", method=method, query_string=query.encode(), body=body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("body", [arrived("wechat_safe").body, b"", XML])
def test_wechats_plain_signature_opens_no_envelope(method: str, body: bytes) -> None:
    scheme: Any = provider("wechat_safe").scheme
    with pytest.raises(BadSignature):
        scheme.verify(plainly_signed(method, body), Secrets(f"token:{KEY}:corp1"))


async def test_wechats_plain_signature_is_for_the_check_of_the_url() -> None:
    assert (await receive("wechat_safe", plainly_signed("GET", b""))).proof is not None


@pytest.mark.parametrize(
    "secret",
    [
        "token",
        f"token:{KEY}",
        f"token:{KEY[:-1]}:corp1",
        f"token:{KEY}:",
        f":{KEY}:corp1",
        f"t:{KEY}x:c",
    ],
)
def test_secrets_of_another_form(secret: str) -> None:
    for name in ("dingtalk", "wechat_safe", "wecom"):
        scheme: Any = provider(name).scheme
        with pytest.raises(ConfigError, match="token:key:owner"):
            scheme.check_secrets(Secrets(secret))
