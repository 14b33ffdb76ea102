"""Makes ../wechat_safe.json, judged by wechatpy.

pip install wechatpy pycryptodome; python -m tests.vectors.make.wechat_safe
"""

import re
from typing import Any

from wechatpy.crypto import WeChatCrypto  # type: ignore[import-not-found]
from wechatpy.utils import WeChatSigner  # type: ignore[import-not-found]

from tests.vectors.make.vector import vector, write

TOKEN = "spamtest"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
APP = "wx2c2769f8efd9abc2"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_680bdefc8c5d]]></ToUserName>"
    "<FromUserName><![CDATA[oIDrpjqASyTPnxRmpS9O_ruZGsfk]]></FromUserName>"
    "<CreateTime>1780000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[subscribe]]></Event></xml>"
)
SENT, NONCE = "1780000000", "1320562132"


def enveloped(message: str, app: str = APP) -> tuple[str, str]:
    """The ciphertext and its signature."""
    xml = WeChatCrypto(TOKEN, KEY, app).encrypt_message(message, NONCE, SENT)
    found = re.search(
        r"<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>\s*<MsgSignature><!\[CDATA\[(\w+)", xml
    )
    assert found is not None
    return found[1], found[2]


def signed(*texts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*texts)
    return str(signer.signature)


def post(case: str, text: str, signature: str, **changes: Any) -> dict[str, Any]:
    """A message, judged by the library."""
    token, key, app = (changes.get(n, o) for n, o in (("token", TOKEN), ("key", KEY), ("app", APP)))
    nonce, sent = changes.get("nonce", NONCE), changes.get("sent", SENT)
    body = (
        f"<xml>\n<ToUserName><![CDATA[gh_680bdefc8c5d]]></ToUserName>\n"
        f"<Encrypt><![CDATA[{text}]]></Encrypt>\n</xml>"
    )
    try:
        opened = WeChatCrypto(token, key, app).decrypt_message(body, signature, sent, nonce)
    except Exception:
        opened = None
    query = {"signature": signed(TOKEN, sent, nonce), "timestamp": sent, "nonce": nonce}
    return vector(
        case,
        secret=f"{token}:{key}:{app}",
        accepted=opened is not None,
        query={**query, "openid": "oIDrpjq", "encrypt_type": "aes", "msg_signature": signature},
        headers={"content-type": "text/xml"},
        body=body.encode(),
        opened=opened,
    )


def get(case: str, signature: str, *, accepted: bool) -> dict[str, Any]:
    """The check of the URL is not encrypted."""
    query = {"signature": signature, "echostr": "58384792181", "timestamp": SENT, "nonce": NONCE}
    secret = f"{TOKEN}:{KEY}:{APP}"
    return vector(case, secret=secret, accepted=accepted, query=query, method="GET")


text, signature = enveloped(MESSAGE)
changed = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
other, other_signature = enveloped(MESSAGE, "wx0000000000000000")
write(
    "wechat_safe",
    "sorted_sha1_aes",
    "wechatpy 1.8.18 crypto.WeChatCrypto and utils.WeChatSigner (third-party)",
    [
        post("event", text, signature),
        get("echostr", signed(TOKEN, SENT, NONCE), accepted=True),
        get("echostr_other_token", signed("spamtesu", SENT, NONCE), accepted=False),
        post("other_token", text, signature, token="spamtesu"),
        post("other_key", text, signature, key=OTHER_KEY),
        post("other_app", text, signature, app="wx0000000000000000"),
        post("message_of_another_app", other, other_signature),
        post("other_nonce", text, signature, nonce="1320562133"),
        post("other_time", text, signature, sent="1780000001"),
        post(
            "ciphertext_changed",
            text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
            signature,
        ),
        post("ciphertext_cut", text[:64], signature),
        post("signed_ciphertext_cut", text[:64], signed(TOKEN, SENT, NONCE, text[:64])),
        post("plain_signature_instead", text, signed(TOKEN, SENT, NONCE)),
    ],
)
