"""`SortedEnvelope`: a hash over sorted texts around an encrypted body.

SortedEnvelope(                             # WeCom
    signature="query:msg_signature",
    encrypted={"GET": "query:echostr", "POST": "xml:Encrypt"},
)
"""

import hmac
import struct
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError
from hookmw.event import Reply
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.encodings import encoding
from hookmw.scheme.timestamps import timestamp_unit, write_timestamp
from hookmw.secret import Secrets
from hookmw.verifiers.aes import decrypt, encrypt, not_opened, read_base64
from hookmw.verifiers.callback_secret import CallbackSecret
from hookmw.verifiers.fetching import require
from hookmw.verifiers.stamp import Stamp, read_stamp, sorted_hash

__all__ = ["SortedEnvelope"]

PADDED_TO = 32
PREFIX = 16
"""Bytes of chance before the length of the message."""

LENGTH = 4


@dataclass(frozen=True, slots=True)
class SortedEnvelope:
    """SHA-1 of token, time, nonce and ciphertext, sorted; the body is AES-256-CBC.

    The secret is three texts with colons between: the token, the key of 43 characters that the
    provider calls EncodingAESKey or aes_key, and the id of the app or company that must be in each
    envelope: a provider that uses one key for two of them is no reason to take the other's.

    Attributes:
        signature: place of the hash; several, separated by ` | `: the first that holds one counts.
        encrypted: place of the ciphertext, by HTTP method.
        unencrypted: place of the hash, which then covers no ciphertext, by HTTP method: for a
            handshake that is not encrypted. No other method is taken.
        timestamp: place of the time of sending.
        nonce: place of the nonce.
        unit: how the time is written: `s` or `ms`.
        tolerance: seconds that it may be from now, both ways.
        ack: the acknowledgement that the provider wants encrypted; empty where it wants none.

    Raises:
        ConfigError: a place is none, the unit is unknown, or an extra is missing.
    """

    signature: str
    _: KW_ONLY
    encrypted: Mapping[str, str]
    unencrypted: Mapping[str, str] = field(default_factory=dict)
    timestamp: str = "query:timestamp"
    nonce: str = "query:nonce"
    unit: str = "s"
    tolerance: float = 300.0
    ack: str = ""

    def __post_init__(self) -> None:
        """Check the row."""
        require("cryptography")
        timestamp_unit(self.unit)
        for place in (*self._signatures("POST"), *self.encrypted.values(), self.timestamp):
            Place.of(place)

    def precheck(self, delivery: Delivery) -> None:
        """Whether hash, time and nonce are there and could be some, and the time is near.

        Raises:
            MissingSignature: there is no hash.
            MalformedSignature: it, the time or the nonce cannot be one.
            StaleTimestamp: it is too old, or from the future.
            Malformed: one of them is there twice.
        """
        self._stamp(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the hash is right and fresh; what is in the envelope is not looked at.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        if self._found(delivery, secrets) is None:
            raise BadSignature(f"the hash does not match under any secret ({len(secrets)} tried)")

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets of another form.

        Raises:
            ConfigError: with the form that is asked for.
        """
        for secret in secrets:
            CallbackSecret.of(secret)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body or str(place) in {self.timestamp, self.nonce}

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        places = dict.fromkeys(f"{place} ({method})" for method, place in self.encrypted.items())
        return f"the time, the nonce and the envelope at {', '.join(places)}"

    def open(self, delivery: Delivery, secrets: Secrets) -> bytes:
        """The message in the envelope; the body as it is where there is none.

        Raises:
            BadSignature: it cannot be opened, or is addressed to somebody else.
        """
        place = self.encrypted.get(delivery.method)
        found = self._found(delivery, secrets)
        if place is None or found is None:
            return delivery.body
        key = found.key
        ciphertext = read_base64(Place.of(place).read_bytes(delivery) or b"")
        return _message(decrypt(key, key[:PREFIX], ciphertext, block=PADDED_TO), found.owner)

    def seal(self, delivery: Delivery, secrets: Secrets) -> Reply | None:
        """The acknowledgement in an envelope of its own; None where the provider wants none."""
        found = self._found(delivery, secrets) if self.ack else None
        if found is None:
            return None
        # Chance comes from the delivery, which nobody without the key can foresee the MAC of.
        made = hmac.digest(found.key, self._ciphertext(delivery), "sha256")
        text = _written(found, self.ack.encode(), made[:PREFIX])
        sent = write_timestamp(delivery.received_at, self.unit).encode()
        nonce = made[PREFIX : PREFIX + 8].hex().encode()
        answer = {
            "msg_signature": sorted_hash(found.token, sent, nonce, text).hex(),
            "timeStamp": sent.decode(),
            "nonce": nonce.decode(),
            "encrypt": text.decode(),
        }
        return Reply(200, msgspec.json.encode(answer), "application/json")

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Put the body into an envelope in place, as the provider would with this method.

        Raises:
            ConfigError: the secret is none of this row, or nothing is sent with this method.
        """
        if draft.method not in {*self.encrypted, *self.unencrypted}:
            raise ConfigError(f"this provider sends nothing by {draft.method}")
        found, text = CallbackSecret.of(secret), b""
        made = hmac.digest(found.key, draft.body + str(at).encode(), "sha256")
        if draft.method in self.encrypted:
            text = _written(found, draft.body, made[:PREFIX])
            _enclose(draft, Place.of(self.encrypted[draft.method]), text.decode())
        sent, nonce = write_timestamp(at, self.unit), made[PREFIX : PREFIX + 8].hex()
        draft.put(Place.of(self.timestamp), sent)
        draft.put(Place.of(self.nonce), nonce)
        hashed = sorted_hash(found.token, sent.encode(), nonce.encode(), text)
        draft.put(Place.of(self._signatures(draft.method)[0]), hashed.hex())

    def _signatures(self, method: str) -> list[str]:
        written = self.unencrypted.get(method, self.signature)
        return [place.strip() for place in written.split("|")]

    def _stamp(self, delivery: Delivery) -> Stamp:
        if delivery.method not in {*self.encrypted, *self.unencrypted}:
            raise BadSignature("nothing is signed in a request of this method")
        places = [Place.of(each) for each in self._signatures(delivery.method)]
        stamp = read_stamp(delivery, places, Place.of(self.timestamp), Place.of(self.nonce))
        stamp.check_freshness(self.unit, delivery.received_at, self.tolerance)
        return stamp

    def _ciphertext(self, delivery: Delivery) -> bytes:
        place = self.encrypted.get(delivery.method)
        return b"" if place is None else Place.of(place).read_bytes(delivery) or b""

    def _found(self, delivery: Delivery, secrets: Secrets) -> CallbackSecret | None:
        """The secret that it was signed with; all are tried, whichever it is."""
        stamp, ciphertext = self._stamp(delivery), self._ciphertext(delivery)
        if not ciphertext and delivery.method in self.encrypted:
            raise BadSignature("there is no envelope", code="envelope_missing")
        found = None
        for secret in map(CallbackSecret.of, secrets):
            made = sorted_hash(secret.token, stamp.sent, stamp.nonce, ciphertext)
            if hmac.compare_digest(made, stamp.signature) and found is None:
                found = secret
        return found


def _enclose(draft: Draft, place: Place, text: str) -> None:
    if place.kind == "xml":
        element = text.join(("<![CDATA[", "]]>"))
        draft.body = f"<xml><{place.name}>{element}</{place.name}></xml>".encode()
        draft.headers["content-type"] = "text/xml"
    elif place.in_body:
        draft.body = msgspec.json.encode({place.name: text})
    else:
        draft.body = b""
        draft.put(place, text)


def _message(plain: bytes, owner: bytes) -> bytes:
    """The message between the chance before it and the id after it, which must be ours."""
    head = PREFIX + LENGTH
    if len(plain) < head:
        raise not_opened()
    (length,) = struct.unpack(">I", plain[PREFIX:head])
    message, addressed = plain[head : head + length], plain[head + length :]
    if not hmac.compare_digest(addressed, owner):
        raise not_opened()
    return message


def _written(secret: CallbackSecret, message: bytes, chance: bytes) -> bytes:
    plain = chance + struct.pack(">I", len(message)) + message + secret.owner
    made = encrypt(secret.key, secret.key[:PREFIX], plain, block=PADDED_TO)
    return encoding("base64").encode(made)
