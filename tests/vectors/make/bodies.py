"""Bodies of a shape that an oracle can read."""

import json


def bodies(**fields: object) -> tuple[bytes, bytes, bytes]:
    """A plain one, one beyond ASCII, one with white space in it."""
    plain = json.dumps({**fields, "note": "number 1"}).encode()
    unicode = json.dumps({**fields, "note": "Zoë — 日本 🎣"}, ensure_ascii=False).encode()
    return plain, unicode, json.dumps({**fields, "note": "1"}, indent=2).encode() + b"\n"


def with_token(body: bytes, token: str) -> bytes:
    return json.dumps({**json.loads(body), "token": token}, ensure_ascii=False).encode()


def with_client_state(body: bytes, secret: str) -> bytes:
    notification = {"changeType": "created", "clientState": secret, "resource": json.loads(body)}
    return json.dumps({"value": [notification]}, ensure_ascii=False).encode()
