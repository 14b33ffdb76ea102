"""`sign`: a request as a provider would send it, for every row of the catalogue."""

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl
from uuid import UUID

from hookmw import catalog
from hookmw.delivery import Delivery, Headers
from hookmw.errors import ConfigError, Rejected
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Draft
from hookmw.scheme.timestamps import write_timestamp
from hookmw.testing.filling import fill_content, fill_id, fill_type, first_places
from hookmw.testing.request import Request
from hookmw.testing.writing import encoded
from hookmw.verifiers import Unverified, Verifier

__all__ = ["Sender", "SignedRequest", "Signer", "sender_of", "sign"]


PUBLIC_URL = "https://hooks.example.com"

_FIELDS = re.compile(r"\{(form|form_or_digest|pairs|parameters)[|}!:]")
"""What a content says that is made of a form's fields."""


@runtime_checkable
class Signer(Protocol):
    """What a verifier of your own needs besides `verify` for `sign` to work with it."""

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign the request in place, as sent at `at`, in seconds since the epoch."""
        ...


Sender = str | Provider | Verifier
"""Who is to sign: a name of the catalogue, a provider or a scheme of your own."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A whole request, ready to send.

    Attributes:
        method: HTTP method, upper case.
        path: path of the URL, percent-decoded.
        query_string: without `?`.
        headers: names in lower case.
        body: the bytes.
        path_params: what was put into the parameters of the path.
        public_url: scheme, host and prefix that the provider was told.
        envelope: the form field that holds the provider's JSON.
    """

    method: str
    path: str
    query_string: bytes
    headers: Headers
    body: bytes
    path_params: Mapping[str, str] = field(default_factory=dict)
    public_url: str = PUBLIC_URL
    envelope: str = "payload"

    def delivery(self, received_at: float | None = None) -> Delivery:
        """The request as its receiver sees it.

        Args:
            received_at: when it arrives, in seconds since the epoch; now if left out.
        """
        return Delivery(
            method=self.method,
            path=self.path,
            query_string=self.query_string,
            headers=self.headers,
            body=self.body,
            path_params=self.path_params,
            received_at=time.time() if received_at is None else received_at,
            public_url=self.public_url,
            envelope=self.envelope,
        )


def sign(
    provider: Sender,
    payload: Any,
    secret: str | bytes,
    *,
    id: str | None = None,  # noqa: A002 - the contract's name
    type: str | None = None,  # noqa: A002 - the contract's name
    at: float | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    path: str = "/",
    public_url: str = PUBLIC_URL,
) -> SignedRequest:
    """A request as the provider would send it.

    Args:
        provider: a name of the catalogue, or a `Provider` or `Scheme` of your own.
        payload: bytes or text go out as they are, anything else as JSON, or as a form if
            `headers` say so or the provider signs the fields of a form.
        secret: as the provider shows it; where it signs with a private key, that key in PEM.
        id: the provider's id of the event. Where it belongs in a header and is left out, the same
            event always gets the same one.
        type: the event's type, dotted: `pull_request.opened`.
        at: when it is sent, in seconds since the epoch; now if left out.
        headers: more headers, or others.
        method: HTTP method, upper case.
        path: of the endpoint; may have a query, and parameters in braces that the scheme fills.
        public_url: scheme, host and prefix that the provider was told, where it signs the URL.

    Raises:
        ConfigError: the payload says another id or type, or has not what is signed; the secret
            cannot be a key of this provider, or its verifier has no method `sign`.
    """
    sender = sender_of(provider)
    moment = time.time() if at is None else at
    draft = _draft(sender, payload, headers, path)
    draft.method = method
    draft.public_url = public_url
    if type is not None:
        fill_type(draft, sender, type)
    _identify(draft, sender, id)
    _date(draft, sender, moment)
    fill_content(draft, sender, _made_up(draft, sender))
    _prove(draft, sender, secret, moment)
    made = draft.delivery(moment)
    return SignedRequest(
        draft.method,
        draft.path,
        made.query_string,
        made.headers,
        draft.body,
        draft.path_params,
        public_url,
        sender.envelope,
    )


def sender_of(provider: Sender) -> Provider:
    """The provider of that name, the provider itself, or one around a scheme.

    Raises:
        ConfigError: no provider has that name.
    """
    if isinstance(provider, str):
        return catalog.provider(provider)
    return provider if isinstance(provider, Provider) else Provider("custom", scheme=provider)


def _draft(sender: Provider, payload: Any, headers: Mapping[str, str] | None, path: str) -> Request:
    plain, _, query = path.partition("?")
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    form = _FIELDS.search(getattr(sender.scheme, "content", "")) is not None
    draft = Request(plain, lowered, envelope=sender.envelope, form=form)
    draft.query.update(parse_qsl(query, keep_blank_values=True))
    draft.body = encoded(payload, draft.headers["content-type"], sender.envelope)
    return draft


def _identify(draft: Request, sender: Provider, given: str | None) -> None:
    if given is not None:
        fill_id(draft, sender, given)
        return
    places = first_places(sender.id)
    if places and not places[0].in_body and sender.event_id(draft.delivery(0))[0] is None:
        fill_id(draft, sender, _made_up(draft, sender))


def _made_up(draft: Request, sender: Provider) -> str:
    """A UUID, for the same event always the same."""
    seed = sender.event_type(draft.delivery(0)).encode() + b"\n" + draft.body
    return str(UUID(bytes=hashlib.blake2b(seed, digest_size=16).digest(), version=4))


def _date(draft: Request, sender: Provider, at: float) -> None:
    """A header that says when it happened; one in the body is the payload's own business."""
    place = Place.of(sender.timestamp) if sender.timestamp else None
    if place is not None and place.kind == "header" and place.name.lower() not in draft.headers:
        draft.put(place, write_timestamp(at, sender.unit))


def _prove(draft: Request, sender: Provider, secret: str | bytes, at: float) -> None:
    scheme = sender.scheme
    if isinstance(scheme, Unverified):
        return
    if not isinstance(scheme, Signer):
        raise ConfigError(
            f"the verifier of provider {sender.name!r} cannot sign: "
            "give it a method sign(draft, secret, at)"
        )
    try:
        scheme.sign(draft, secret, at)
    except Rejected as error:
        raise ConfigError(f"this cannot be signed as {sender.name}: {error.reason}") from None
    except ConfigError:
        raise
    except (TypeError, ValueError, AttributeError):  # of `cryptography`, which takes any key
        raise ConfigError(
            f"the secret is a private key of another kind than {sender.name} signs with"
        ) from None
