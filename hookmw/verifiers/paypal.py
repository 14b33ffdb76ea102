"""`PayPal`: transmission headers and a checksum of the body, signed under a certificate."""

import hashlib
import uuid
import zlib
from dataclasses import KW_ONLY, dataclass, field, replace

from hookmw.delivery import Delivery
from hookmw.errors import (
    BadSignature,
    ConfigError,
    MalformedSignature,
    MissingSignature,
    StaleTimestamp,
)
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.timestamps import parse_timestamp, write_timestamp
from hookmw.secret import Secrets
from hookmw.verifiers.certificates import check_signature, make_signature
from hookmw.verifiers.fetching import Fetch, fetch_or_explain, pinned, require

__all__ = ["PayPal"]

SIGNATURE = b"paypal-transmission-sig"
ALGORITHM = b"paypal-auth-algo"
HEADERS = (b"paypal-transmission-id", b"paypal-transmission-time")


@dataclass(frozen=True, slots=True)
class PayPal:
    """RSA signature of id, time, our webhook's id and the body's CRC-32.

    A CRC is no hash: whoever has one genuine delivery can write another body with the same one. It
    is then found as a duplicate, since the id and the time are signed.

    Attributes:
        certificates: regular expression for the whole address of a certificate.
        names: regular expression for the name that a certificate must carry.
        tolerance: seconds that a delivery may be old; PayPal retries for three days.
        fetch: fetches certificates.
    """

    _: KW_ONLY
    certificates: str
    names: str
    tolerance: float = 300_000.0
    fetch: Fetch | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that the extra is there."""
        require("cryptography")

    def precheck(self, delivery: Delivery) -> None:
        """Whether the headers are there, the algorithm ours and the address pinned.

        Raises:
            MissingSignature: there is no signature.
            MalformedSignature: it cannot be one of PayPal's.
            Malformed: a header of the proof is there twice.
        """
        if not (delivery.header(SIGNATURE) or "").strip():
            raise MissingSignature("no signature at header:paypal-transmission-sig")
        if delivery.header(ALGORITHM) != "SHA256withRSA":
            raise MalformedSignature("the algorithm is not PayPal's", code="algorithm_refused")
        for name in HEADERS:
            text = delivery.header(name)
            if not text or "|" in text:
                raise MalformedSignature(f"{name.decode()} is missing, or holds a bar")
        pinned(delivery.header(b"paypal-cert-url"), self.certificates)
        self._check_freshness(delivery)

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if PayPal signed the delivery for one of our webhooks, not long ago.

        Args:
            delivery: its body must have been read.
            secrets: the ids of our webhooks.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
            KeyUnavailable: the certificate cannot be fetched now.
        """
        self.precheck(delivery)
        url = pinned(delivery.header(b"paypal-cert-url"), self.certificates)
        pem = await fetch_or_explain(self.fetch)(url)
        if not any(self._matches(delivery, pem, ours) for ours in secrets):
            raise BadSignature("the signature does not match for any webhook id")

    def signed_content(self, delivery: Delivery) -> bytes:
        """What the signature covers, without the webhook's id."""
        return _content(delivery, b"")

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.kind == "header" and place.name.lower().encode() in HEADERS

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return "id and time of the transmission, the webhook's id, and the CRC-32 of the body"

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression."""
        return self.certificates

    def with_fetch(self, fetch: Fetch) -> "PayPal":
        """A copy that fetches its certificates with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place.

        Args:
            draft: must have the header `paypal-cert-url`, one of the pinned addresses.
            secret: the webhook's id, a line feed, and the private key of a certificate, in PEM.
            at: the time of sending, in seconds since the epoch.

        Raises:
            ConfigError: the secret or the address is none.
        """
        raw = secret.encode() if isinstance(secret, str) else secret
        webhook, _, key = raw.partition(b"\n")
        try:
            pinned(draft.headers.get("paypal-cert-url"), self.certificates)
        except MalformedSignature:
            raise ConfigError(
                "to sign for PayPal, give a header paypal-cert-url with an address of theirs"
            ) from None
        number = uuid.UUID(bytes=hashlib.sha256(draft.body).digest()[:16], version=4)
        made = {HEADERS[0]: str(number), HEADERS[1]: write_timestamp(at, "rfc3339")}
        for name, text in {**made, ALGORITHM: "SHA256withRSA"}.items():
            draft.headers.setdefault(name.decode(), text)
        content = _content(draft.delivery(at), webhook)
        draft.headers[SIGNATURE.decode()] = make_signature(key, content, "sha256")

    def _matches(self, delivery: Delivery, pem: bytes, ours: bytes) -> bool:
        text = delivery.header(SIGNATURE) or ""
        content, at = _content(delivery, ours), delivery.received_at
        try:
            check_signature(
                pem, names=self.names, at=at, content=content, signature=text, digest="sha256"
            )
        except BadSignature as error:
            if type(error) is not BadSignature or error.code.startswith("certificate"):
                raise
            return False
        return True

    def _check_freshness(self, delivery: Delivery) -> None:
        sent_at = parse_timestamp(delivery.header(HEADERS[1]) or "", "rfc3339")
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if abs(delivery.received_at - sent_at) > self.tolerance:
            raise StaleTimestamp(f"the delivery is over {self.tolerance:g} s from now")


def _content(delivery: Delivery, webhook: bytes) -> bytes:
    number, sent = (delivery.header_bytes(name) or b"" for name in HEADERS)
    return b"|".join((number, sent, webhook, str(zlib.crc32(delivery.body)).encode()))
