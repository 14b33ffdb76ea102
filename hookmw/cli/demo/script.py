"""What the demo sends, and what must become of it: one row a delivery."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from hookmw.testing import SignedRequest, sign

__all__ = ["Act", "Cast", "acts", "after_the_kill", "before_the_kill"]

BIG = 2 << 20
STALE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The secrets of the play.

    Attributes:
        secret: what the providers sign with.
        wrong: what a forger signs with.
        verify_token: what Meta was told.
    """

    secret: str
    wrong: str
    verify_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One delivery.

    Attributes:
        title: what arrives, for people.
        make: the request.
        status: what must be answered.
        answer: what the answer's body must be; None where it does not matter.
        ends: the state that its event must reach; None where none may be stored.
        code: the reason that the log must give, where it is refused.
        handlers: the handlers that must have succeeded.
        attempt: the attempt in which it must have ended.
        copy: whether it is a copy of an event that is there already.
    """

    title: str
    make: Callable[[Cast], SignedRequest]
    status: int = 200
    answer: bytes | None = None
    ends: str | None = None
    code: str = ""
    handlers: frozenset[str] = frozenset()
    attempt: int = 1
    copy: bool = False


PUSH = {"ref": "refs/heads/main", "after": "9f1c", "repository": {"full_name": "octocat/hello"}}
PULL_REQUEST = {"action": "opened", "number": 7, "pull_request": {"title": "Say hello"}}
INVOICE = {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"amount_paid": 4200}}}
MENTION = {
    "type": "event_callback",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "text": "<@U1> hello"},
}
HANDSHAKE = {
    "type": "url_verification",
    "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWM",
}
ORDER = {"id": 1001, "currency": "EUR", "total_price": "10.00"}
UPDATE = {"update_id": 1, "message": {"message_id": 1, "text": "hello"}}


def _push(cast: Cast, payload: Any = PUSH) -> SignedRequest:
    return sign("github", payload, cast.secret, type="push", id="delivery-1", path="/github")


def _forged(cast: Cast) -> SignedRequest:
    return sign("github", PUSH, cast.wrong, type="push", path="/github")


def _changed(cast: Cast) -> SignedRequest:
    genuine = _push(cast)
    return replace(genuine, body=genuine.body.replace(b"octocat", b"mallory"))


def _unsigned(cast: Cast) -> SignedRequest:
    genuine = _push(cast)
    kept = tuple(pair for pair in genuine.headers if pair[0] != b"x-hub-signature-256")
    return replace(genuine, headers=kept)


def _get(path: str, query: Mapping[str, str]) -> SignedRequest:
    return SignedRequest("GET", path, urlencode(query).encode(), (), b"")


def _crc(token: str) -> SignedRequest:
    return _get("/x", {"crc_token": token})


def _unsigned_handshake(cast: Cast) -> SignedRequest:
    signed = sign("slack", HANDSHAKE, cast.secret, path="/slack")
    return replace(signed, headers=((b"content-type", b"application/json"),))


def _subscribe(cast: Cast) -> SignedRequest:
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": cast.verify_token,
    }
    return _get("/whatsapp", query)


before_the_kill: tuple[Act, ...] = (
    Act(
        title="GitHub push, genuine",
        make=_push,
        ends="done",
        handlers=frozenset({"deploy", "audit"}),
    ),
    Act(title="the same push again", make=_push, ends="done", copy=True),
    Act(
        title="GitHub pull request opened, genuine",
        make=lambda cast: sign(
            "github", PULL_REQUEST, cast.secret, type="pull_request.opened", path="/github"
        ),
        ends="done",
        handlers=frozenset({"audit"}),
    ),
    Act(
        title="a push, forged with another secret",
        make=_forged,
        status=401,
        code="signature_mismatch",
    ),
    Act(
        title="a push, changed on its way",
        make=_changed,
        status=401,
        code="signature_mismatch",
    ),
    Act(title="a push without a signature", make=_unsigned, status=401, code="signature_missing"),
    Act(
        title="a signed body that is no JSON",
        make=lambda cast: _push(cast, b"{not json"),
        ends="dead",
    ),
    Act(
        title="Stripe invoice, genuine; its handler fails once",
        make=lambda cast: sign("stripe", INVOICE, cast.secret, path="/stripe"),
        ends="done",
        handlers=frozenset({"book"}),
        attempt=2,
    ),
    Act(
        title="a Stripe invoice from ten minutes ago",
        make=lambda cast: sign(
            "stripe", INVOICE, cast.secret, at=time.time() - STALE, path="/stripe"
        ),
        status=401,
        code="timestamp_stale",
    ),
    Act(
        title="a Stripe body of 2 MiB",
        make=lambda cast: sign("stripe", b" " * BIG, cast.secret, path="/stripe"),
        status=413,
        code="body_too_large",
    ),
    Act(
        title="Slack's handshake",
        make=lambda cast: sign("slack", HANDSHAKE, cast.secret, path="/slack"),
        answer=HANDSHAKE["challenge"].encode(),
    ),
    Act(
        title="Slack's handshake, unsigned",
        make=_unsigned_handshake,
        status=401,
        code="signature_missing",
    ),
    Act(
        title="Slack mention, genuine",
        make=lambda cast: sign("slack", MENTION, cast.secret, path="/slack"),
        ends="done",
        handlers=frozenset({"greet"}),
    ),
    Act(title="WhatsApp's handshake", make=_subscribe, answer=b"1158201444"),
    Act(title="X's handshake (CRC)", make=lambda _: _crc("MDEyMzQ1Njc4OQ")),
    Act(
        title="X's handshake, abused to sign a forged event",
        make=lambda _: _crc('{"forged": true}'),
        status=400,
        code="challenge_malformed",
    ),
    Act(
        title="Telegram message; its handler discards it",
        make=lambda cast: sign("telegram", UPDATE, cast.secret, path="/telegram"),
        ends="dead",
    ),
    Act(
        title="a look at the endpoint with a browser",
        make=lambda _: _get("/github", {}),
        status=405,
        code="method_not_allowed",
    ),
    Act(
        title="Shopify order, genuine; killed in the middle of its handler",
        make=lambda cast: sign(
            "shopify", ORDER, cast.secret, type="orders/create", path="/shopify"
        ),
        ends="done",
        handlers=frozenset({"ship"}),
        attempt=2,
    ),
)

after_the_kill: tuple[Act, ...] = (
    Act(
        title="GitHub push to the new process, genuine",
        make=lambda cast: sign(
            "github", {**PUSH, "after": "77aa"}, cast.secret, type="push", path="/github"
        ),
        ends="done",
        handlers=frozenset({"deploy", "audit"}),
    ),
    Act(title="the first push once more", make=_push, ends="done", copy=True),
)


def acts() -> tuple[Act, ...]:
    """The whole play."""
    return before_the_kill + after_the_kill
