"""`SealedScheme`: a signed body that is encrypted with the same secret.

SealedScheme(                               # Lark
    scheme={"signature": "header:x-lark-signature", ...},
    encrypted="body:encrypt",
    handshake={"type": "url_verification"}, # comes encrypted, but without a signature
)
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import msgspec

from hookmw.delivery import Delivery
from hookmw.document import Document
from hookmw.errors import BadSignature
from hookmw.place import Place
from hookmw.scheme import Draft, Scheme
from hookmw.scheme.encodings import encoding
from hookmw.secret import Secrets
from hookmw.verifiers.aes import BLOCK, decrypt, encrypt, not_opened, read_base64
from hookmw.verifiers.fetching import require

__all__ = ["SealedScheme"]


@dataclass(frozen=True, slots=True)
class SealedScheme:
    """A signature over a body that is encrypted (AES-256-CBC) under the hash of the same secret.

    A handshake that is encrypted but not signed proves nothing: `unsigned` gives what is in it, for
    a challenge to answer, and no event is made of it. Everything else that is not signed hears the
    same: how far it got in being decrypted is nobody's business.

    Attributes:
        scheme: keywords of the `Scheme` that signs the body as it was sent.
        encrypted: place of the ciphertext in the JSON body: base64 of 16 bytes to start from, and
            of the blocks. A signed body without any is taken as it is.
        handshake: what a handshake says, by member, where it comes without a signature.
        nonce: place of a nonce that the scheme covers, if it does.

    Raises:
        ConfigError: the scheme cannot work, a place is none, or an extra is missing.
    """

    scheme: Mapping[str, Any]
    _: KW_ONLY
    encrypted: str = "body:encrypt"
    handshake: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""
    _scheme: Scheme = field(init=False, repr=False, compare=False)
    _place: Place = field(init=False, repr=False, compare=False)
    _says: tuple[tuple[tuple[str, ...], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        require("cryptography")
        steps = tuple((tuple(name.split(".")), text) for name, text in self.handshake.items())
        object.__setattr__(self, "_scheme", Scheme(**self.scheme))
        object.__setattr__(self, "_place", Place.of(self.encrypted))
        object.__setattr__(self, "_says", steps)

    @property
    def signature(self) -> str:
        """The place of the signature."""
        return self._scheme.signature

    def precheck(self, delivery: Delivery) -> None:
        """Whether a signature could be one; a missing one must wait for the body.

        Raises:
            BadSignature: or one of its kin.
            Malformed: a part of the proof is there twice.
        """
        if self._is_signed(delivery) or not self.handshake:
            self._scheme.precheck(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the body is signed.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        self._scheme.verify(delivery, secrets)

    def unsigned(self, delivery: Delivery, secrets: Secrets) -> bytes | None:
        """What is in an envelope without a signature, if it is a handshake.

        Raises:
            Malformed: a part of the proof is there twice.
        """
        if not self.handshake or self._is_signed(delivery):
            return None
        found = [each for each in self._opened(delivery, secrets) if self._is_handshake(each)]
        return found[0] if found else None

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
        return f"{self._scheme.content}, the body being the envelope"

    @property
    def timestamp(self) -> str | None:
        """Place of the signed time of sending; None where there is none."""
        return self._scheme.timestamp

    @property
    def tolerance(self) -> float:
        """Seconds that it may be from now, both ways."""
        return self._scheme.tolerance

    def open(self, delivery: Delivery, secrets: Secrets) -> bytes:
        """What is in the envelope; the body as it is where there is none.

        Raises:
            BadSignature: it cannot be opened.
        """
        if self._place.read(delivery) is None:
            return delivery.body
        for secret, opened in zip(secrets, self._opened(delivery, secrets), strict=True):
            if self._signs(delivery, secret):
                return _or_refused(opened)
        raise not_opened()

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Encrypt and sign a request in place, as the provider would.

        Raises:
            ConfigError: the secret cannot be a key of the scheme.
        """
        start = self.enclose(draft, secret, at)
        if self.nonce:
            draft.put(Place.of(self.nonce), start.hex())
        self._scheme.sign(draft, secret, at)

    def enclose(self, draft: Draft, secret: str | bytes, at: float) -> bytes:
        """Encrypt a request in place, and leave it unsigned, as a handshake comes.

        Returns:
            The bytes that the encryption starts from.
        """
        key = _key(secret.encode() if isinstance(secret, str) else secret)
        start = hmac.digest(key, draft.body + str(at).encode(), "sha256")[:BLOCK]
        text = encoding("base64").encode(start + encrypt(key, start, draft.body)).decode()
        draft.body = msgspec.json.encode({self._place.name: text})
        return start

    def _is_signed(self, delivery: Delivery) -> bool:
        return bool(Place.of(self.signature).read_bytes(delivery))

    def _signs(self, delivery: Delivery, secret: bytes) -> bool:
        try:
            self._scheme.verify(delivery, Secrets(secret))
        except BadSignature:
            return False
        return True

    def _opened(self, delivery: Delivery, secrets: Secrets) -> list[bytes]:
        """What each secret makes of the ciphertext; empty where it makes nothing."""
        text = (self._place.read(delivery) or "").encode("utf-8", "replace")
        return [_opened(secret, text) for secret in secrets]

    def _is_handshake(self, opened: bytes) -> bool:
        document = Document(opened)
        return all(document.value(steps) == text for steps, text in self._says)


def _opened(secret: bytes, text: bytes) -> bytes:
    try:
        raw = read_base64(text)
        return decrypt(_key(secret), raw[:BLOCK], raw[BLOCK:]) if len(raw) > BLOCK else b""
    except BadSignature:
        return b""


def _or_refused(opened: bytes) -> bytes:
    if not opened:
        raise not_opened()
    return opened


def _key(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
