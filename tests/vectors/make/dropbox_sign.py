"""Makes ../dropbox_sign.json, judged by Dropbox Sign's SDK.

pip install dropbox-sign; python -m tests.vectors.make.dropbox_sign
"""

import hashlib
import hmac
import json
from typing import Any

from dropbox_sign import EventCallbackHelper  # type: ignore[import-not-found]
from dropbox_sign.models import EventCallbackRequest  # type: ignore[import-not-found]
from urllib3.filepost import encode_multipart_formdata

from tests.vectors.make.vector import vector, write

KEY = "8f4e2c6a0b1d3f5e7a9c8b6d4f2e0a1c3b5d7f9e8a6c4b2d0f1e3a5c7b9d8f6e"
TIME, TYPE = "1348177752", "signature_request_sent"


def event(**changes: Any) -> dict[str, Any]:
    hashed = hmac.new(KEY.encode(), f"{TIME}{TYPE}".encode(), hashlib.sha256).hexdigest()
    said = {
        "event_time": TIME,
        "event_type": TYPE,
        "event_hash": hashed,
        "event_metadata": {"related_signature_id": "ad4d8a769b555fa5ef38691465d426682bf2c992"},
        **changes,
    }
    return {"event": said, "account": {"account_id": "63522885f9261e2b04eea043933ee7313eb674fd"}}


def case(name: str, said: dict[str, Any], key: str = KEY, field: str = "json") -> dict[str, Any]:
    text = json.dumps(said)
    accepted = field == "json" and bool(
        EventCallbackHelper.is_valid(key, EventCallbackRequest.init(said))
    )
    body, content_type = encode_multipart_formdata({field: text}, boundary="a8b7c6d5e4f3")
    return vector(
        name,
        secret=key,
        accepted=accepted,
        headers={"content-type": content_type},
        body=body,
        opened=text if accepted else None,
    )


write(
    "dropbox_sign",
    "event_hash",
    "dropbox-sign 2.0.0 EventCallbackHelper.is_valid; the form by urllib3 2.8.0",
    [
        case("event", event()),
        case("unsigned_metadata_changed_is_still_valid", event(event_metadata={})),
        case("other_time", event(event_time="1348177753")),
        case("other_type", event(event_type="signature_request_signed")),
        case("other_hash", event(event_hash="0" * 64)),
        case("other_key", event(), KEY[:-1] + "f"),
        case("another_field", event(), field="data"),
    ],
)
