"""`FormField`: JSON in a field of a multipart form, signed inside of it.

FormField(                                  # Dropbox Sign
    field="json",
    scheme={"signature": "body:event.event_hash", ...},
)
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from hookmw.delivery import Delivery
from hookmw.place import Place
from hookmw.scheme import Draft, Scheme
from hookmw.secret import Secrets
from hookmw.verifiers.multipart import CONTENT_TYPE, read_field, write_field

__all__ = ["FormField"]


@dataclass(frozen=True, slots=True)
class FormField:
    """A signature inside of the JSON in a field of a multipart form, which is then the body.

    Attributes:
        field: name of the form field, which must be there exactly once.
        scheme: keywords of the `Scheme` that signs the JSON.

    Raises:
        ConfigError: the scheme cannot work.
    """

    field: str
    _: KW_ONLY
    scheme: Mapping[str, Any]
    _scheme: Scheme = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row."""
        object.__setattr__(self, "_scheme", Scheme(**self.scheme))

    @property
    def signature(self) -> str:
        """The place of the signature."""
        return self._scheme.signature

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the JSON in the form is signed.

        Raises:
            BadSignature: or one of its kin.
            Malformed: a header of the proof is there twice.
        """
        inner = self._inner(delivery)
        self._scheme.precheck(inner)
        self._scheme.verify(inner, secrets)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys of the scheme.

        Raises:
            ConfigError: with the form that is asked for.
        """
        self._scheme.check_secrets(secrets)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return self._scheme.covers(place)

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return f"{self._scheme.content}, of the JSON in the field {self.field}"

    @property
    def timestamp(self) -> str | None:
        """Place of the signed time in the JSON; None where there is none."""
        return self._scheme.timestamp

    @property
    def tolerance(self) -> float:
        """Seconds that it may be from now, both ways."""
        return self._scheme.tolerance

    def open(self, delivery: Delivery, secrets: Secrets) -> bytes:  # noqa: ARG002 - no secret needed
        """The JSON.

        Raises:
            MalformedSignature: the body is no such form.
        """
        return self._inner(delivery).body

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign the JSON in place, and make a form of it.

        Raises:
            ConfigError: the body is no JSON object, or the secret no key.
        """
        self._scheme.sign(draft, secret, at)
        draft.body = write_field(self.field, draft.body)
        draft.headers["content-type"] = CONTENT_TYPE

    def _inner(self, delivery: Delivery) -> Delivery:
        content_type = delivery.header(b"content-type") or ""
        return Delivery(
            method=delivery.method,
            path=delivery.path,
            headers=delivery.headers,
            query_string=delivery.query_string,
            path_params=delivery.path_params,
            body=read_field(delivery.body, content_type, self.field),
            received_at=delivery.received_at,
            public_url=delivery.public_url,
        )
