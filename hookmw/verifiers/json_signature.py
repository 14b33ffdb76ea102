"""`JSONSignature`: the signature stands in a JSON object, in base64, in a header.

JSONSignature(                              # eBay
    signature="header:x-ebay-signature",    # {"alg": "ecdsa", "kid": ..., "signature": ..., ...}
    algorithm="ecdsa-sha1",
    says={"alg": "ecdsa", "digest": "SHA1"},
)
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

import msgspec

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, MalformedSignature, MissingSignature
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.scheme.asymmetric import PublicKeyAlgorithm
from hookmw.scheme.encodings import encoding
from hookmw.secret import Secrets
from hookmw.verifiers.jose import read_object

__all__ = ["JSONSignature"]

MAX_HEADER = 4096

_PEM = re.compile(rb"(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)")


@dataclass(frozen=True, slots=True)
class JSONSignature:
    """A signature of the body by a private key; what the header says of it besides is pinned.

    The secrets are the provider's public keys in PEM, also on one line. Which of them signed is
    not taken from the header: all are tried.

    Attributes:
        signature: place of the object.
        algorithm: `ecdsa-sha1` and its like.
        says: members of the object and what they must say, in any case.

    Raises:
        ConfigError: the algorithm is unknown, or the place is none.
    """

    signature: str
    _: KW_ONLY
    algorithm: str
    says: Mapping[str, str]

    timestamp = None

    def __post_init__(self) -> None:
        """Check the row."""
        Place.of(self.signature)
        kind, _, digest = self.algorithm.partition("-")
        PublicKeyAlgorithm(kind, digest)

    def precheck(self, delivery: Delivery) -> None:
        """Whether a signature is there and could be one; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it cannot be one.
            Malformed: its header is there twice.
        """
        self._read(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the body is signed under one of the keys.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
        """
        signature, used, found = self._read(delivery), self._algorithm(), False
        for secret in secrets:
            found |= used.verify_signature(_pem(secret), delivery.body, signature)
        if not found:
            raise BadSignature(f"the signature does not match under any key ({len(secrets)} tried)")

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that are no public keys.

        Raises:
            ConfigError: with the form that is asked for.
        """
        for secret in secrets:
            self._algorithm().check_key(_pem(secret))

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return place.in_body

    @property
    def signed(self) -> str:
        """What the signature covers, in words."""
        return "the body"

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:  # noqa: ARG002 - no time
        """Sign a request in place; `secret` is a private key in PEM.

        Raises:
            ConfigError: it is none.
        """
        raw = secret.encode() if isinstance(secret, str) else secret
        made = self._algorithm().get_signature(_pem(raw), draft.body)
        said = {**self.says, "kid": "test", "signature": encoding("base64").encode(made).decode()}
        text = encoding("base64").encode(msgspec.json.encode(said))
        draft.put(Place.of(self.signature), text.decode())

    def _algorithm(self) -> PublicKeyAlgorithm:
        kind, _, digest = self.algorithm.partition("-")
        return PublicKeyAlgorithm(kind, digest)

    def _read(self, delivery: Delivery) -> bytes:
        text = Place.of(self.signature).read_bytes(delivery) or b""
        if not text.strip():
            raise MissingSignature(f"no signature at {self.signature}")
        said = read_object(_decoded(text[:MAX_HEADER]))
        for name, wanted in self.says.items():
            if str(said.get(name)).lower() != wanted.lower():
                raise MalformedSignature(f"its {name} is not {wanted}", code="algorithm_refused")
        return _decoded(str(said.get("signature", "")).encode("utf-8", "replace"))


def _decoded(text: bytes) -> bytes:
    try:
        raw = encoding("base64").decode(text)
    except ValueError:
        raw = b""
    if not raw:
        raise MalformedSignature("the signature is not base64")
    return raw


def _pem(secret: bytes) -> bytes:
    """The key with the line ends that PEM wants, which some providers leave out."""
    found = _PEM.fullmatch(secret.strip())
    if found is None:
        return secret
    text = b"".join(found[2].split())
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((found[1], *lines, found[3]))
