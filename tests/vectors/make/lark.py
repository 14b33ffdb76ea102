"""Makes ../lark.json, judged by Lark's SDK.

pip install lark-oapi; python -m tests.vectors.make.lark
"""

import base64
import hashlib
import json
from typing import Any

from Crypto.Cipher import AES  # type: ignore[import-not-found]
from Crypto.Util.Padding import pad  # type: ignore[import-not-found]
from lark_oapi.core.model import RawRequest  # type: ignore[import-not-found]
from lark_oapi.event.dispatcher_handler import EventDispatcherHandler  # type: ignore[import-not-found]

from tests.vectors.make.vector import vector, write

KEY = "lark-encrypt-key"
EVENT = {
    "schema": "2.0",
    "header": {
        "event_id": "5e3702a84e847582be8db7fb73283c02",
        "event_type": "test.thing.created_v1",
        "create_time": "1780000000123",
        "token": "",
        "app_id": "cli_1",
        "tenant_key": "t1",
    },
    "event": {"text": "grüße"},
}
SENT, NONCE = "1780000000", "n-123"


def encrypted(event: Any, key: str = KEY, iv: bytes = bytes(range(16))) -> str:
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    text = json.dumps(event, ensure_ascii=False).encode()
    return base64.b64encode(iv + cipher.encrypt(pad(text, 16))).decode()


def signature(body: bytes, key: str = KEY, sent: str = SENT, nonce: str = NONCE) -> str:
    return hashlib.sha256((sent + nonce + key).encode() + body).hexdigest()


def accepts(key: str, headers: dict[str, str], body: bytes) -> bool:
    handler = EventDispatcherHandler.builder(key, "").register_p2_customized_event(
        "test.thing.created_v1", lambda event: None
    )
    request = RawRequest()
    request.uri, request.body, request.headers = "/", body, headers
    return bool(handler.build().do(request).status_code == 200)


def case(
    name: str, body: bytes, *, key: str = KEY, opened: str = "", **changes: str
) -> dict[str, Any]:
    headers = {
        "X-Lark-Request-Timestamp": SENT,
        "X-Lark-Request-Nonce": NONCE,
        "X-Lark-Signature": signature(BODY),
        "Content-Type": "application/json",
        **{"X-Lark-" + n.title().replace("_", "-"): v for n, v in changes.items()},
    }
    accepted = accepts(key, headers, body)
    return vector(
        name,
        secret=key,
        accepted=accepted,
        headers=headers,
        body=body,
        opened=opened if accepted and opened else None,
    )


def body_of(text: str) -> bytes:
    return json.dumps({"encrypt": text}).encode()


BODY = body_of(encrypted(EVENT))
TEXT = encrypted(EVENT)
CHANGED = body_of(TEXT[:60] + ("A" if TEXT[60] != "A" else "B") + TEXT[61:])
CUT = body_of(TEXT[:64])
OPENED = json.dumps(EVENT, ensure_ascii=False)
write(
    "lark",
    "sha256_aes",
    "lark-oapi 1.7.5 EventDispatcherHandler.do",
    [
        case("event", BODY, opened=OPENED),
        case("other_key", BODY, key="lark-encrypt-kez"),
        case("other_nonce", BODY, request_nonce="n-124"),
        case("other_time", BODY, request_timestamp="1780000001"),
        case("other_signature", BODY, signature="0" * 64),
        case("no_signature", BODY, signature=""),
        case("ciphertext_changed", CHANGED),
        case("signed_ciphertext_cut", CUT, signature=signature(CUT)),
        case(
            "signed_under_the_key_encrypted_under_another",
            OTHER := body_of(encrypted(EVENT, "another")),
            signature=signature(OTHER),
        ),
    ],
)
