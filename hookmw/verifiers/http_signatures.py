"""`HTTPSignatures`: HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530)."""

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature, ConfigError, MalformedSignature, MissingSignature
from hookmw.place import Place
from hookmw.scheme import Draft
from hookmw.secret import Secrets, key_decoder
from hookmw.verifiers.claims import check_times, url_of
from hookmw.verifiers.fetching import Fetch, require
from hookmw.verifiers.keys import Keys, private_key

__all__ = ["HTTPSignatures"]

MAX_HEADER = 8192

JOSE = {
    "hmac-sha256": "HS256",
    "ed25519": "EdDSA",
    "ecdsa-p256-sha256": "ES256",
    "ecdsa-p384-sha384": "ES384",
    "rsa-v1_5-sha256": "RS256",
    "rsa-pss-sha512": "PS512",
}
"""Algorithms of RFC 9421, and what a JWK calls them."""

CLASSES = {
    "hmac-sha256": "HMAC_SHA256",
    "ed25519": "ED25519",
    "ecdsa-p256-sha256": "ECDSA_P256_SHA256",
    "ecdsa-p384-sha384": "ECDSA_P384_SHA384",
    "rsa-v1_5-sha256": "RSA_V1_5_SHA256",
    "rsa-pss-sha512": "RSA_PSS_SHA512",
}


@dataclass(frozen=True, slots=True)
class HTTPSignatures:
    """Signature over components of the request, the body's digest among them.

    Attributes:
        algorithm: of RFC 9421; pinned, whatever the signature says.
        components: what every signature must cover.
        keyid: that it must name; any if empty.
        tag: that the signature must carry, which chooses one of several; empty if none.
        tolerance: seconds that `created` may be from now, both ways.
        covers_body: whether a body must be covered by a Content-Digest that is right.
        key: how a shared secret becomes key bytes.
        keys: URL of the provider's public keys; see `hookmw.verifiers.keys.Keys`.
        fetch: fetches them.

    Raises:
        ConfigError: the row cannot work.
    """

    _: KW_ONLY
    algorithm: str = "hmac-sha256"
    components: Sequence[str] = ("@method", "@target-uri", "content-digest")
    keyid: str = ""
    tag: str = ""
    tolerance: float = 300.0
    covers_body: bool = True
    key: str = "utf8"
    keys: str = ""
    fetch: Fetch | None = field(default=None, repr=False, compare=False)
    _keys: Keys = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the row."""
        require("http_message_signatures", "jwt")
        if self.algorithm not in JOSE:
            raise ConfigError(f"algorithm={self.algorithm!r}: known are {', '.join(JOSE)}")
        key_decoder(self.key)
        object.__setattr__(self, "_keys", Keys(url=self.keys, decoder=self.key))

    def precheck(self, delivery: Delivery) -> None:
        """Whether there is a signature; looks at no body.

        Raises:
            MissingSignature: there is none.
            MalformedSignature: it is too long to be one.
            Malformed: a header of the proof is there twice.
        """
        for name in (b"signature", b"signature-input"):
            value = delivery.header_bytes(name) or b""
            if not value.strip():
                raise MissingSignature(f"no signature at header:{name.decode()}")
            if len(value) > MAX_HEADER or not value.isascii():
                raise MalformedSignature(f"header {name.decode()} cannot be one")

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        """Return if one signature is right, fresh, and covers what it must.

        Raises:
            BadSignature: or one of its kin.
            Malformed: as `precheck`.
            KeyUnavailable: the key cannot be fetched now.
        """
        self.precheck(delivery)
        said = self._said(delivery)
        named = said.get("keyid")
        if not isinstance(named, str) or (self.keyid and named != self.keyid):
            raise BadSignature("the signature is by no key of ours", code="key_unknown")
        kid = named if self.keys else None
        for key in await self._find(kid, secrets):
            if self._is_right(delivery, key):
                times = {"iat": said.get("created"), "exp": said.get("expires")}
                check_times(times, delivery.received_at, 0, self.tolerance)
                return
        raise BadSignature("the signature does not match, or does not cover what it must")

    def check_secrets(self, secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys.

        Raises:
            ConfigError: with the form that is asked for.
        """
        if self.algorithm == "ed25519" and all(_raw_ed25519(secret) for secret in secrets):
            return
        self._keys.check((JOSE[self.algorithm],), secrets)

    def covers(self, place: Place) -> bool:
        """Whether nobody but the signer can have written what stands at `place`."""
        if place.in_body:
            return self.covers_body
        return place.kind == "header" and place.name.lower() in self.components

    @property
    def signed(self) -> str:
        """What a signature covers at the least, in words."""
        body = "; the body by its digest" if self.covers_body else ""
        return f"{', '.join(self.components)}{body}"

    @property
    def signs_url(self) -> bool:
        """Whether the endpoint must know its public URL: a signature may always cover it."""
        return True

    @property
    def needs_secrets(self) -> bool:
        """Whether the endpoint must be given any."""
        return not self.keys

    @property
    def fetches(self) -> str:
        """What it may fetch, as a regular expression; empty if nothing."""
        return self._keys.fetches if self.keys else ""

    def with_fetch(self, fetch: Fetch) -> "HTTPSignatures":
        """A copy that fetches its keys with `fetch`."""
        return replace(self, fetch=fetch)

    def sign(self, draft: Draft, secret: str | bytes, at: float) -> None:
        """Sign a request in place.

        Args:
            draft: gets its digest and its signature.
            secret: the shared secret, or a private key in PEM.
            at: the time of sending, in seconds since the epoch.

        Raises:
            ConfigError: the secret is no key of this row.
        """
        from datetime import UTC, datetime  # noqa: PLC0415 - only to sign

        import http_message_signatures as library  # noqa: PLC0415 - an extra

        raw = secret.encode() if isinstance(secret, str) else secret
        key = private_key(JOSE[self.algorithm], raw, self.key)
        name = self.keyid or "key"
        request = _Request(draft.delivery(at))
        library.HTTPMessageSigner(
            signature_algorithm=_class(self.algorithm),
            key_resolver=library.MappingKeyResolver(public_keys={}, private_keys={name: key}),
        ).sign(
            request,
            key_id=name,
            created=datetime.fromtimestamp(int(at), UTC),
            covered_component_ids=tuple(self.components),
            tag=self.tag or None,
            body=draft.body if self.covers_body else None,
        )
        draft.headers.update(request.headers.added)

    async def _find(self, kid: str | None, secrets: Secrets) -> list[Any]:
        if self.algorithm == "ed25519":
            own = [key for secret in secrets if (key := _raw_ed25519(secret)) is not None]
            if own:
                return own
        return await self._keys.find(JOSE[self.algorithm], kid, secrets, self.fetch)

    def _said(self, delivery: Delivery) -> dict[str, Any]:
        """The parameters of the one signature that counts, not verified."""
        verifier = _verifier(self.algorithm, b"")
        try:
            (one,) = verifier._get_sig_inputs_and_signatures(  # noqa: SLF001
                _Request(delivery), expect_tag=self.tag or None
            )
            return dict(one[1].params)
        except Exception:  # whatever the library stumbles over is no signature
            raise MalformedSignature("there is not one signature of this scheme") from None

    def _is_right(self, delivery: Delivery, key: Any) -> bool:
        try:
            _verifier(self.algorithm, key).verify(
                _Request(delivery),
                max_age=None,
                expect_tag=self.tag or None,
                require_components=tuple(self.components),
                body=delivery.body if self.covers_body else None,
            )
        except Exception:  # whatever the library stumbles over is not verified
            return False
        return True


class _Headers:
    """Headers as the library wants them: all lines, in order."""

    def __init__(self, delivery: Delivery) -> None:
        self._lines = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in delivery.headers]
        self.added: dict[str, str] = {}

    def items(self) -> list[tuple[str, str]]:
        return [*self._lines, *self.added.items()]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.items()])

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __setitem__(self, name: str, value: str) -> None:
        self.added[name.lower()] = value


class _Request:
    """A delivery as the library wants it."""

    def __init__(self, delivery: Delivery) -> None:
        self.method = delivery.method
        self.url = url_of(delivery).decode("latin-1")
        self.headers = _Headers(delivery)


def _raw_ed25519(secret: bytes) -> Any:
    """The public key of 32 bytes in base64, or None."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - an extra
        Ed25519PublicKey,
    )

    try:
        return Ed25519PublicKey.from_public_bytes(binascii.a2b_base64(secret, strict_mode=True))
    except ValueError:
        return None


def _class(algorithm: str) -> Any:
    from http_message_signatures import algorithms  # noqa: PLC0415 - an extra

    return getattr(algorithms, CLASSES[algorithm])


def _verifier(algorithm: str, key: Any) -> Any:
    """The library's verifier, which is not to look at the clock: we have the time of arrival."""
    import http_message_signatures as library  # noqa: PLC0415 - an extra

    class AnyKey(library.HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Any:  # noqa: ARG002
            return key

    class Timeless(library.HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            """Nothing: `check_times` does."""

    return Timeless(signature_algorithm=_class(algorithm), key_resolver=AnyKey())
