"""`SNS`: Amazon's notifications, signed by a certificate whose address the message says."""

import hashlib
import math
import uuid
from dataclasses import KW_ONLY, dataclass, field, replace
from hmac import compare_digest

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
from hookmw.verifiers.jose import read_object

__all__ = ["SNS"]

HOST = r"https://sns\.[a-z]{2,3}(-[a-z]{2,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?"
CERTIFICATE = HOST + r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
CONFIRMATION = HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9%=&:._-]{1,2048}"
EXAMPLE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
NAMES = r"sns(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?"

DIGESTS = {"1": "sha1", "2": "sha256"}

_SIGNATURE = Place.of("body:Signature")
_CONFIRMING = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMING,
    "UnsubscribeConfirmation": _CONFIRMING,
}
"""What is signed, by type, in this order; a subject may be missing."""


@dataclass(frozen=True, slots=True)
class SNS:
    """RSA signature in the body, under a certificate of Amazon's.

    Anybody can have Amazon sign messages of a topic of their own, so the endpoint's secrets are the
    ARNs of the topics that are ours, which are no secret at all.

    Attributes:
        versions: of the signature: `1` (SHA-1), `2` (SHA-256).
        confirm: whether to confirm the subscriptions of our topics, by visiting the address that
            the signed message says.
        tolerance: seconds that a message may be old; Amazon retries for an hour.
        certificates: regular expression for the whole address of a certificate.
        names: regular expression for the name that a certificate must carry.
        fetch: fetches certificates, and confirms.
    """

    _: KW_ONLY
    versions: tuple[str, ...] = ("1", "2")
    confirm: bool = True
    tolerance: float = 3900.0
    certificates: str = CERTIFICATE
    names: str = NAMES
    fetch: Fetch | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row."""
        require("cryptography")
        if not self.versions or not set(self.versions) <= set(DIGESTS):
            raise ConfigError(f"versions={self.versions!r}: known are {', '.join(DIGESTS)}")
        if math.isnan(self.tolerance) or self.tolerance <= 0:
            raise ConfigError("tolerance must be a number of seconds above 0")

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if Amazon signed the message, for a topic of ours, not long ago.

        Raises:
            BadSignature: or one of its kin.
            KeyUnavailable: the certificate or the confirmation cannot be fetched now.
        """
        message = _message(delivery)
        self._check_topic(message, secrets)
        digest = self._digest(message)
        url = pinned(message.get("SigningCertURL"), self.certificates)
        fetch = fetch_or_explain(self.fetch)
        content, at = _content(message), delivery.received_at
        pem = await fetch(url)
        check_signature(
            pem,
            names=self.names,
            at=at,
            content=content,
            signature=message["Signature"],
            digest=digest,
        )
        self._check_freshness(message, at)
        if message["Type"] == "SubscriptionConfirmation" and self.confirm:
            await fetch(pinned(message["SubscribeURL"], CONFIRMATION))

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse what is no ARN of a topic.

        Raises:
            ConfigError: with the form that is asked for.
        """
        if not all(secret.startswith(b"arn:aws") and b":sns:" in secret for secret in secrets):
            raise ConfigError(
                "the secrets of SNS are the topics' ARNs: arn:aws:sns:us-east-1:123456789012:Name"
            )

    def signed_content(self, delivery: Delivery) -> bytes:
        """The lines that the signature covers."""
        return _content(_message(delivery))

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.kind == "body" and place.name in SIGNED["Notification"]

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return f"{', '.join(SIGNED['Notification'])}, each where it is there"

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression."""
        return f"{self.certificates}|{CONFIRMATION}"

    def with_fetch(self, fetch: Fetch) -> "SNS":
        """A copy that fetches its certificates with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a message in place; `secret` is the private key of a certificate, in PEM.

        Of its members those are written that are missing, but for `TopicArn`: whose topic it is
        nobody else can know.

        Raises:
            ConfigError: it is none, or the body is no object with a `TopicArn`.
        """
        message = _written(draft.body, at)
        message["SignatureVersion"] = version = self.versions[-1]
        for name, value in message.items():
            draft.put(Place.of(f"body:{name}"), value)
        content = _content(_message(draft.delivery(at)))
        draft.put(_SIGNATURE, make_signature(secret, content, DIGESTS[version]))

    def _digest(self, message: dict[str, str]) -> str:
        version = message.get("SignatureVersion")
        if version not in self.versions:
            raise MalformedSignature("the signature's version is not one that we take")
        if not message.get("Signature"):
            raise MissingSignature("the message has no signature")
        return DIGESTS[version]

    def _check_topic(self, message: dict[str, str], secrets: Secrets) -> None:
        topic = message.get("TopicArn", "").encode("utf-8", "replace")
        if not sum(compare_digest(topic, ours) for ours in secrets):
            raise BadSignature("the message is of no topic of ours", code="topic_refused")

    def _check_freshness(self, message: dict[str, str], now: float) -> None:
        sent_at = parse_timestamp(message["Timestamp"], "rfc3339")
        if sent_at is None:
            raise MalformedSignature("the timestamp is not one", code="timestamp_malformed")
        if abs(now - sent_at) > self.tolerance:
            raise StaleTimestamp(f"the message is over {self.tolerance:g} s from now")


def _written(body: bytes, at: float) -> dict[str, str]:
    """What is to be put into a message."""
    try:
        given = read_object(body)
    except MalformedSignature:
        given = {}
    if not isinstance(given.get("TopicArn"), str):
        raise ConfigError("to sign for SNS, the payload must be an object with a TopicArn")
    made = {
        "Type": "Notification",
        "MessageId": str(uuid.UUID(bytes=hashlib.sha256(body).digest()[:16], version=4)),
        "Message": "{}",
        "Timestamp": write_timestamp(at, "rfc3339"),
        "SigningCertURL": EXAMPLE,
    }
    return {name: value for name, value in made.items() if name not in given}


def _message(delivery: Delivery) -> dict[str, str]:
    """The texts in the message.

    Raises:
        MalformedSignature: it is no message of SNS (raw delivery is not signed at all).
    """
    found = read_object(delivery.body)
    message = {name: value for name, value in found.items() if isinstance(value, str)}
    if message.get("Type") not in SIGNED:
        raise MalformedSignature("the body is no message of SNS: is raw message delivery on?")
    return message


def _content(message: dict[str, str]) -> bytes:
    names = SIGNED[message["Type"]]
    missing = {name for name in names if name not in message} - {"Subject"}
    if missing:
        raise MalformedSignature("a signed member of the message is missing")
    lines = [f"{name}\n{message[name]}\n" for name in names if name in message]
    return "".join(lines).encode("utf-8", "surrogatepass")
