"""One grammar for every signature that can be said as a row; the same row signs and verifies.

Scheme(                                     # Stripe
    signature="header:stripe-signature",    # where the signature's text is
    separator=",",                          # it is a list: t=1700000000,v1=5257a8...
    form="v1={signature}",                  # the items that hold a signature
    timestamp="field:t",                    # the item that holds the time
    content="{timestamp}.{body}",           # the bytes that are signed
)
"""

from dataclasses import KW_ONLY, dataclass, field

from itsdangerous.signer import SigningAlgorithm

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, Rejected
from hookmw.place import Place
from hookmw.scheme.algorithms import SharedToken
from hookmw.scheme.draft import Draft
from hookmw.scheme.mechanism import Mechanism
from hookmw.secret import Secrets

__all__ = ["Scheme"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a provider signs.

    Attributes:
        signature: the place of the signature's text; several, separated by ` | `, where any of
            them may hold one; each is judged for itself.
        algorithm: a name that `hookmw.scheme.algorithms.algorithm` knows, or an itsdangerous
            `SigningAlgorithm`.
        encoding: how the signature's bytes are written; see `hookmw.scheme.encodings.encoding`.
        form: the text around a signature, e.g. `sha256={signature}` (see `form.py`).
        separator: between items, where the place holds a list; empty where it holds one.
        content: the signed bytes; braces hold parts (see `parts.py`).
        hashed: the hash that the content goes through before it is signed, where a provider signs
            its digest (and its algorithm hashes that once more).
        timestamp: the place of the time of sending, or `field:t` for the item `t=...` of the
            signature's own list; None where the scheme has none.
        unit: how the timestamp is written: `s`, `ms`, `rfc3339`, ... (see `timestamps.py`).
        tolerance: seconds that the timestamp may be from now, both ways; `math.inf` switches the
            check off.
        key: how a secret becomes key bytes: `utf8`, `hex`, `base64`, `whsec_base64`.
        body_starts: what every signed body starts with, where a challenge of the provider signs
            texts of the caller's, or nothing in `content` separates the body from the value
            before it: else two requests could have one signature.

    Raises:
        ConfigError: the row cannot work.
    """

    signature: str
    _: KW_ONLY
    algorithm: str | SigningAlgorithm = "hmac-sha256"
    encoding: str = "hex"
    form: str = "{signature}"
    separator: str = ""
    content: str = "{body}"
    hashed: str = ""
    timestamp: str | None = None
    unit: str = "s"
    tolerance: float = 300.0
    key: str = "utf8"
    body_starts: str = ""
    _mechanism: Mechanism = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row and take it apart once."""
        object.__setattr__(self, "_mechanism", Mechanism(self))

    def precheck(self, delivery: Delivery) -> None:
        """Whether a signature is there and could be one; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it, or its timestamp, cannot be one of this scheme.
            Malformed: a header or query parameter of the proof is there twice.
        """
        if not self._mechanism.in_body:
            self._mechanism.claims(delivery)

    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if the delivery's signature is right and fresh; raise if not.

        Args:
            delivery: its body must have been read.
            secrets: the signature must match under one of them.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`; nothing else is raised, whatever the bytes.
        """
        mechanism = self._mechanism
        claims = mechanism.claims(delivery)
        mechanism.check_body(delivery.body)
        if not mechanism.matches(delivery, claims, secrets.keys(self.key)):
            raise BadSignature(
                f"the signature does not match under any secret ({len(secrets)} tried)"
            )
        mechanism.check_freshness(delivery, claims)

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys of this scheme.

        Raises:
            ConfigError: with the form that is asked for.
        """
        self._mechanism.check_keys(secrets.keys(self.key))

    def signed_content(self, delivery: Delivery) -> bytes:
        """The bytes that the signature covers; the whole body where it covers none."""
        if self.covers_nothing:
            return delivery.body
        return self._mechanism.signed(delivery, self._mechanism.claims(delivery).chosen)

    def signed_at(self, delivery: Delivery) -> float | None:
        """The signed time of sending, in seconds since the epoch."""
        if self.timestamp is None:
            return None
        chosen = self._mechanism.claims(delivery).chosen
        return self._mechanism.reader.sent_at(delivery, chosen)

    @property
    def covers_nothing(self) -> bool:
        """Whether the proof says nothing about what was sent (a shared token)."""
        return isinstance(self._mechanism.algorithm, SharedToken)

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL."""
        return self._mechanism.content.has_url

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        return not self.covers_nothing and self._mechanism.content.covers(place)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place, as the provider would.

        Args:
            draft: gets its timestamp and its signature.
            secret: as the provider shows it.
            at: the time of sending, in seconds since the epoch.

        Raises:
            ConfigError: the secret cannot be a key of this scheme, or the request cannot be one.
        """
        try:
            self._mechanism.sign(draft, Secrets(secret, name="secret").keys(self.key)[0], at)
        except Rejected as error:
            raise ConfigError(f"this request cannot be signed: {error}") from None
