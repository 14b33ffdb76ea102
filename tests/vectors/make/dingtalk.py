"""Makes ../dingtalk.json with DingTalk's own code, which is on no package index.

git clone https://github.com/open-dingtalk/DingTalk-Callback-Crypto; pip install pycryptodome
python -m tests.vectors.make.dingtalk DingTalk-Callback-Crypto
"""

import json
import sys
from typing import Any

from tests.vectors.make.vector import vector, write

sys.path.insert(0, sys.argv[1])

from DingCallbackCrypto3 import DingCallbackCrypto3  # type: ignore[import-not-found]

PUBLISHED = {
    "secret": "mryue:Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7:ding6ccabc44d2c8d38b",
    "signature": "03044561471240d4a14bb09372dfcfd4fd0e40cb",
    "sent": "1608001896814",
    "nonce": "WL4PK6yA",
    "text": (
        "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDC"
        "YxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3"
    ),
}
"""What `DingCallbackCrypto3.py` calls when it is run."""

SECRET = PUBLISHED["secret"]
OTHER = "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus"


def crypto(secret: str = SECRET) -> Any:
    return DingCallbackCrypto3(*secret.split(":"))


def case(name: str, **changes: str) -> dict[str, Any]:
    said = {**PUBLISHED, **changes}
    try:
        opened = crypto(said["secret"]).getDecryptMsg(
            said["signature"], said["sent"], said["nonce"], said["text"]
        )
    except Exception:
        opened = None
    return vector(
        name,
        secret=said["secret"],
        accepted=opened is not None,
        query={
            "msg_signature": said["signature"],
            "timestamp": said["sent"],
            "nonce": said["nonce"],
        },
        headers={"content-type": "application/json"},
        body=json.dumps({"encrypt": said["text"]}).encode(),
        opened=opened,
    )


def made(name: str, content: str, secret: str = SECRET) -> dict[str, Any]:
    """As the code itself writes it: with line ends in the base64."""
    text = crypto(secret).encrypt(content)
    signature = crypto().generateSignature(
        PUBLISHED["nonce"], PUBLISHED["sent"], SECRET.split(":")[0], text
    )
    return case(name, text=text, signature=signature)


token, key, owner = SECRET.split(":")
text = PUBLISHED["text"]
changed = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
cut = crypto().generateSignature(PUBLISHED["nonce"], PUBLISHED["sent"], token, text[:64])
write(
    "dingtalk",
    "sorted_sha1_aes",
    "github:open-dingtalk/DingTalk-Callback-Crypto 07dca6d DingCallbackCrypto3",
    [
        case("published_check_url"),
        made("event", '{"EventType":"user_add_org","UserId":["manager7"],"CorpId":"ding6c"}'),
        case("other_token", secret=f"mryuf:{key}:{owner}"),
        case("other_key", secret=f"{token}:{OTHER}:{owner}"),
        case("other_owner", secret=f"{token}:{key}:ding0000000000000000"),
        made("event_of_another_owner", '{"EventType":"x"}', f"{token}:{key}:ding0000000000000"),
        case("other_nonce", nonce="WL4PK6yB"),
        case("other_time", sent="1608001896815"),
        case("other_signature", signature="0" * 40),
        case("ciphertext_changed", text=changed),
        case("ciphertext_cut", text=text[:64]),
        case("signed_ciphertext_cut", text=text[:64], signature=cut),
    ],
    now=1608001897,
)
