"""Providers written by hand, from their documentation alone: nothing of hookmw signs here.

A request is kept in pieces (what stands before the signature, the signature, the rest), so that an
attack can spoil one piece and leave the others right.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Headers = tuple[tuple[str, bytes], ...]

KEY = b"0123456789abcdefghijklmn"
OLD_KEY = b"an-older-key-now-retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, and what an attack on its signature has to know.

    Attributes:
        signature: in the header, between `before` and nothing.
        header: the name of the header that holds it.
    """

    body: bytes
    header: str
    before: bytes = b""
    signature: bytes = b""
    others: Headers = ()
    method: str = "POST"
    path: str = "/hook"
    query: bytes = b""
    client: str | None = "140.82.112.1"

    @property
    def headers(self) -> Headers:
        if not self.before and not self.signature:
            return self.others
        return (*self.others, (self.header, self.before + self.signature))

    def with_headers(self, new: Headers) -> "Request":
        """With other headers in place of those of the same names; a new signature wins too."""
        names = {name.lower() for name, _ in new}
        kept = tuple(item for item in self.headers if item[0].lower() not in names)
        return replace(self, before=b"", signature=b"", others=(*kept, *new))

    def without_signature(self) -> "Request":
        return replace(self, before=b"", signature=b"")


def mac(key: bytes, content: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(key, content, digest).digest()


def hexmac(key: bytes, content: bytes) -> bytes:
    return mac(key, content).hex().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """How one provider sends.

    Attributes:
        name: as the attack catalogue calls it.
        provider: as hookmw's catalogue calls it.
        secret: as the provider would show it.
        secret_of: the same for another key.
        build: (key, body, timestamp as text, id as bytes) to a request.
        timed: whether a timestamp is signed.
        id_in_body: the name of the body's field that holds the event's id, or None.
    """

    name: str
    provider: str
    build: Callable[[bytes, bytes, bytes, bytes | None], Request]
    secret_of: Callable[[bytes], str] = field(default=lambda key: key.decode())
    timed: bool = False
    id_in_body: str | None = None
    verify_token: str | None = None

    @property
    def secret(self) -> str:
        return self.secret_of(KEY)

    def payload(self, event_id: str | None, **fields: Any) -> bytes:
        """A body; an id where this provider has one in its body."""
        data: dict[str, Any] = {"type": "push", **fields}
        if self.id_in_body and event_id is not None:
            data = {self.id_in_body: event_id, **data}
        return json.dumps(data).encode()

    def request(
        self,
        body: bytes | None = None,
        *,
        key: bytes = KEY,
        at: str | bytes | None = None,
        event_id: bytes | None = b"evt-1",
    ) -> Request:
        if body is None:
            body = self.payload(None if event_id is None else event_id.decode())
        moment = str(int(time.time())) if at is None else at
        text = moment if isinstance(moment, bytes) else moment.encode()
        return self.build(key, body, text, event_id)


def _github(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    named: Headers = () if event_id is None else (("X-GitHub-Delivery", event_id),)
    return Request(
        body=body,
        header="X-Hub-Signature-256",
        before=b"sha256=",
        signature=hexmac(key, body),
        others=(("X-GitHub-Event", b"push"), *named),
    )


def _stripe(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(
        body=body,
        header="Stripe-Signature",
        before=b"t=" + at + b",v1=",
        signature=hexmac(key, at + b"." + body),
    )


def _slack(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(
        body=body,
        header="X-Slack-Signature",
        before=b"v0=",
        signature=hexmac(key, b"v0:" + at + b":" + body),
        others=(("X-Slack-Request-Timestamp", at),),
    )


def _zoom(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(
        body=body,
        header="x-zm-signature",
        before=b"v0=",
        signature=hexmac(key, b"v0:" + at + b":" + body),
        others=(("x-zm-request-timestamp", at),),
    )


def _standard(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    named: Headers = () if event_id is None else (("webhook-id", event_id),)
    content = (event_id or b"") + b"." + at + b"." + body
    return Request(
        body=body,
        header="webhook-signature",
        before=b"v1,",
        signature=base64.b64encode(mac(key, content)),
        others=(*named, ("webhook-timestamp", at)),
    )


def _gitlab(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(body=body, header="X-Gitlab-Token", signature=key)


def _whatsapp(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(
        body=body, header="X-Hub-Signature-256", before=b"sha256=", signature=hexmac(key, body)
    )


def _x(key: bytes, body: bytes, at: bytes, event_id: bytes | None) -> Request:
    return Request(
        body=body,
        header="x-twitter-webhooks-signature",
        before=b"sha256=",
        signature=base64.b64encode(mac(key, body)),
    )


def _whsec(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


GITHUB = Sender(name="github", provider="github", build=_github)
STRIPE = Sender(name="stripe", provider="stripe", build=_stripe, timed=True, id_in_body="id")
SLACK = Sender(name="slack", provider="slack", build=_slack, timed=True, id_in_body="event_id")
STANDARD = Sender(
    name="standard", provider="standard_webhooks", build=_standard, timed=True, secret_of=_whsec
)
GITLAB = Sender(name="token", provider="gitlab", build=_gitlab)
WHATSAPP = Sender(
    name="meta", provider="whatsapp", build=_whatsapp, verify_token="the-verify-token-of-meta"
)
X = Sender(name="twitter", provider="x", build=_x)
ZOOM = Sender(name="zoom", provider="zoom", build=_zoom, timed=True)

MAIN = (GITHUB, STRIPE, SLACK, STANDARD)
TIMED = (STRIPE, SLACK, STANDARD)
BY_NAME = {each.name: each for each in (*MAIN, GITLAB, WHATSAPP, X, ZOOM)}


def sha1_hex(body: bytes) -> bytes:
    return mac(KEY, body, "sha1").hex().encode()


def random_looking(size: int) -> bytes:
    return hashlib.sha512(b"a signature of nobody").digest()[:size]
