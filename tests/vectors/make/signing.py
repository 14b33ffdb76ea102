"""Candidates: texts that may be signatures. Whether they are is for the oracle to say."""

import base64
import hashlib
import hmac
from collections.abc import Callable

Signer = Callable[[bytes, str, int], dict[str, str]]
"""Body, secret and time in; headers out."""

UNIQUE = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"


def mac(secret: str | bytes, content: bytes, algorithm: str = "sha256") -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, content, algorithm).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def of_body(
    header: str, *, form: str = "%s", algorithm: str = "sha256", write: Callable[[bytes], str]
) -> Signer:
    """The MAC of the body alone."""

    def sign(body: bytes, secret: str, _: int) -> dict[str, str]:
        return {header: form % write(mac(secret, body, algorithm))}

    return sign


def in_list(header: str, *, form: str, between: str = ".", unit: int = 1) -> Signer:
    """Time and MAC in one header: `t=%s,v1=%s`."""

    def sign(body: bytes, secret: str, at: int) -> dict[str, str]:
        time = str(at * unit)
        return {header: form % (time, mac(secret, time.encode() + between.encode() + body).hex())}

    return sign


def timed(
    header: str,
    stamp: str,
    *,
    content: str = "%s.",
    after: str = "",
    form: str = "%s",
    write: Callable[[bytes], str] = bytes.hex,
    time: Callable[[int], str] = str,
    extra: dict[str, str] | None = None,
) -> Signer:
    """Time in a header of its own, signed before the body or after it."""

    def sign(body: bytes, secret: str, at: int) -> dict[str, str]:
        said = time(at)
        before = (content % said if "%s" in content else content).encode()
        behind = (after % said if "%s" in after else after).encode()
        signature = form % write(mac(secret, before + body + behind))
        return {header: signature, stamp: said, **(extra or {})}

    return sign


def standard(prefix: str, *, decode: Callable[[str], bytes] | None = None) -> Signer:
    """Standard Webhooks, by whatever prefix its headers have."""

    def sign(body: bytes, secret: str, at: int) -> dict[str, str]:
        key = (decode or whsec)(secret)
        signature = b64(mac(key, f"{UNIQUE}.{at}.".encode() + body))
        return {
            f"{prefix}-id": UNIQUE,
            f"{prefix}-timestamp": str(at),
            f"{prefix}-signature": f"v1,{signature}",
        }

    return sign


def whsec(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def sha256_b64(body: bytes) -> str:
    return b64(hashlib.sha256(body).digest())
