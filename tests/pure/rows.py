"""Signed deliveries of rows of every kind, and ways to spoil them.

The engine is tested with these rows; `tests/catalog` tests each row of the catalogue.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import Undecodable
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft, Scheme
from hookmw.secret import Secrets

NOW = 1_780_000_000.0
BODY = b'{"id":"evt_1","type":"thing.created","data":{"name":"Zo\xc3\xab","n":1.50}}'
FORM = b"application/x-www-form-urlencoded"

SECRETS = {
    "utf8": ("a-secret-of-the-tests", "another-secret-of-them"),
    "hex": ("00ff" * 16, "11ee" * 16),
    "base64": ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw"),
    "whsec_base64": (
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_NzY1NDMyMTBmZWRjYmE5ODc2NTQzMjEw",
    ),
}
"""For each way to write a key, two secrets."""


@cache
def scheme_of(name: str) -> Scheme:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme), f"{name}: a verifier that is no row needs tests of its own"
    return scheme


ROWS = (
    "github", "gitlab", "linear", "messages", "messenger", "meta", "meta_query", "protocol",
    "shopify", "slack", "slackchat", "standard_webhooks", "stripe", "telegram", "telegram_path",
    "twitch", "whatsapp", "whatsapp_query", "x", "zoom",
)  # fmt: skip
"""One of each kind, and more."""

MAC_ROWS = [name for name in ROWS if not scheme_of(name).covers_nothing]
TOKEN_ROWS = [name for name in ROWS if scheme_of(name).covers_nothing]
TIMED_ROWS = [name for name in ROWS if scheme_of(name).timestamp]


def secret_of(name: str) -> str:
    return SECRETS[scheme_of(name).key][0]


def other_secret_of(name: str) -> str:
    return SECRETS[scheme_of(name).key][1]


def secrets_of(name: str) -> Secrets:
    return Secrets(secret_of(name))


def draft_for(name: str, body: bytes = BODY) -> Draft:
    """An unsigned request with everything that the row's content asks for."""
    draft = Draft(body, path="/hook/{token}")
    for header in re.findall(r"\{header:([^}]+)\}", scheme_of(name).content):
        draft.headers[header] = "msg_1"
    return draft


def signed(
    name: str,
    body: bytes = BODY,
    *,
    secret: str | bytes | None = None,
    at: float = NOW,
    received_at: float = NOW,
) -> Delivery:
    draft = draft_for(name, body)
    scheme_of(name).sign(draft, secret or secret_of(name), at)
    return draft.delivery(received_at)


def changed(delivery: Delivery, **parts: Any) -> Delivery:
    """The same request, but for `parts`."""
    kept: dict[str, Any] = {
        "method": delivery.method,
        "path": delivery.path,
        "headers": delivery.headers,
        "query_string": delivery.query_string,
        "path_params": delivery.path_params,
        "body": delivery.body,
        "received_at": delivery.received_at,
    }
    return Delivery(**{**kept, **parts})


def with_headers(delivery: Delivery, new: Mapping[bytes, bytes | None]) -> Delivery:
    """The same request with some headers set, or left out where the value is None."""
    kept = [(key, value) for key, value in delivery.headers if key not in new]
    added = [(key, value) for key, value in new.items() if value is not None]
    return changed(delivery, headers=(*kept, *added))


def signature_text(name: str, delivery: Delivery) -> bytes:
    found = Place.of(scheme_of(name).signature).read_bytes(delivery)
    assert found is not None
    return found


def with_signature(name: str, delivery: Delivery, text: bytes) -> Delivery:
    """The same request with another text where the signature is."""
    place = Place.of(scheme_of(name).signature)
    if place.kind == "header":
        return with_headers(delivery, {place.name.encode(): text})
    if place.kind == "query":
        return changed(delivery, query_string=f"{place.name}={quote_plus(text, safe=',')}".encode())
    draft = Draft(delivery.body)
    draft.put(place, _text(text))
    return changed(delivery, body=draft.body, path_params=draft.path_params)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def written(name: str) -> str:
    """All that the row says, as one text."""
    row: Provider = provider(name)
    challenges = " ".join(f"{c.token} {c.guard} {' '.join(c.when)}" for c in row.challenges)
    scheme = scheme_of(name)
    return " ".join(
        text or ""
        for text in (
            *(scheme.signature, scheme.timestamp, scheme.content),
            *(row.id, row.type, row.timestamp, challenges),
        )
    )


def headers_read(name: str) -> list[bytes]:
    """Every header that the row reads, and the one that the body's reading depends on."""
    found = set(re.findall(r"header:([a-z0-9-]+)", written(name)))
    return [header.encode() for header in sorted({*found, "content-type"})]


def proof_headers(name: str) -> list[bytes]:
    """The headers that verification reads."""
    scheme = scheme_of(name)
    text = f"{scheme.signature} {scheme.timestamp} {scheme.content}"
    return [header.encode() for header in sorted(set(re.findall(r"header:([a-z0-9-]+)", text)))]


def check(name: str, delivery: Delivery, secrets: Secrets | None = None) -> None:
    """What a receiver does: look at the headers, then at the body."""
    scheme_of(name).precheck(delivery)
    scheme_of(name).verify(delivery, secrets or secrets_of(name))


def replies(name: str, delivery: Delivery, verify_token: Secrets | None = None) -> list[Reply]:
    """What the row's challenges answer, whether or not the delivery was verified."""
    secrets = secrets_of(name)
    return [
        each.answer(delivery, secrets, verify_token)
        for each in provider(name).challenges
        if each.asked_by(delivery)
    ]


def looks(name: str, delivery: Delivery) -> list[Callable[[], object]]:
    """Everything that is ever read out of a delivery of this row."""
    row, scheme = provider(name), scheme_of(name)
    token = Secrets("verify-token")

    def decoded() -> None:
        with suppress(Undecodable):  # the handler's concern, but never an error of another kind
            delivery.document.decode()

    return [
        lambda: scheme.precheck(delivery),
        lambda: scheme.verify(delivery, secrets_of(name)),
        lambda: scheme.signed_content(delivery),
        lambda: row.event_id(delivery),
        lambda: row.event_type(delivery),
        lambda: row.event_timestamp(delivery),
        lambda: replies(name, delivery, token),
        lambda: replies(name, delivery, None),
        decoded,
    ]
