"""Where a token's key comes from: the endpoint's secrets, or the provider's published keys."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from hookmw.errors import BadSignature, ConfigError, KeyUnavailable, MalformedSignature
from hookmw.secret import Secrets
from hookmw.verifiers.fetching import Fetch, fetch_or_explain
from hookmw.verifiers.jose import HASHES, PUBLIC

__all__ = ["Keys", "key_name", "private_key"]

KID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}", re.ASCII)

OWN_URL = r"https://[a-z0-9.-]+(/[A-Za-z0-9._~/-]*)?"
"""A JWKS address that the owner of the endpoint gives as its secret."""

_Named = tuple[str | None, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Finds keys.

    Secrets that are keys themselves (PEM, or JWK or JWKS as JSON) count first; a secret that is a
    `https:` address is that of a JWKS; else the keys are fetched from `url`.

    Attributes:
        url: of a JWKS, or of the door that gives one key for its name.
        ask: the JSON to POST there; values may hold `{user}` and `{password}`, the two halves of
            the secret, and `{kid}`. A plain GET if empty.
        decoder: how shared secrets become key bytes.
    """

    url: str = ""
    ask: Mapping[str, str] = field(default_factory=dict)
    decoder: str = "utf8"

    @property
    def fetches(self) -> str:
        """What may be fetched, as a regular expression."""
        return re.escape(self.url) if self.url else OWN_URL

    async def find(
        self, algorithm: str, kid: str | None, secrets: Secrets, fetch: Fetch | None
    ) -> list[Any]:
        """The keys that may have signed.

        Args:
            algorithm: of the row, not of the token.
            kid: the name that the token gives; any key if None.
            secrets: the endpoint's.
            fetch: to fetch with, if need be.

        Raises:
            BadSignature: no key has that name.
            KeyUnavailable: the keys cannot be fetched now.
        """
        if algorithm in HASHES:
            return list(secrets.keys(self.decoder))
        own = [each for secret in secrets if _is_key(secret) for each in _read(algorithm, secret)]
        found = _chosen(own, kid) if own else await self._fetched(algorithm, kid, secrets, fetch)
        if not found:
            raise BadSignature("no key of that name", code="key_unknown")
        return found

    def check(self, algorithms: tuple[str, ...], secrets: Secrets) -> None:
        """Refuse secrets that cannot be keys.

        Raises:
            ConfigError: with the form that is asked for.
        """
        if algorithms[0] in HASHES:
            secrets.keys(self.decoder)
            if any(secret.startswith(b"-----BEGIN") for secret in secrets):
                raise ConfigError("this provider's secret is shared text, not a public key")
            return
        for secret in secrets:
            if _is_key(secret):
                _read(algorithms[0], secret)
            elif not self.url and not _is_address(secret):
                raise ConfigError("the secret must be PEM, a JWK or JWKS, or the JWKS' https URL")
            elif self.ask and b":" not in secret:
                raise ConfigError("the secret must be two texts with a colon between: id:secret")

    async def _fetched(
        self, algorithm: str, kid: str | None, secrets: Secrets, fetch: Fetch | None
    ) -> list[Any]:
        if kid is not None and not KID.fullmatch(kid):
            raise MalformedSignature("the name of the key is none")
        get = fetch_or_explain(fetch)
        if self.ask:
            return await self._asked(algorithm, kid, secrets, get)
        urls = [self.url] if self.url else [s.decode() for s in secrets if _is_address(s)]
        for fresh in (False, True):
            for url in urls:
                keys = _published(algorithm, await get(url, fresh=fresh))
                if found := _chosen(keys, kid):
                    return found
        return []

    async def _asked(
        self, algorithm: str, kid: str | None, secrets: Secrets, fetch: Fetch
    ) -> list[Any]:
        if kid is None:
            raise MalformedSignature("the token does not name its key")
        user, _, password = next(iter(secrets)).decode("utf-8", "surrogateescape").partition(":")
        values = {"{user}": user, "{password}": password, "{kid}": kid}
        question = {name: values.get(text, text) for name, text in self.ask.items()}
        return _chosen(
            _published(algorithm, await fetch(self.url, msgspec.json.encode(question))), kid
        )


def private_key(algorithm: str, secret: bytes, decoder: str) -> Any:
    """What a test signs with: the shared secret, or a private key in PEM.

    Raises:
        ConfigError: it is none.
    """
    if algorithm in HASHES:
        return Secrets(secret).keys(decoder)[0]
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - an extra
        load_pem_private_key,
    )

    try:
        return load_pem_private_key(secret, password=None)
    except (ValueError, TypeError):
        raise ConfigError("to sign, the secret must be a private key in PEM") from None


def key_name(key: Any) -> str:
    """The `kid` under which a test signs, told by the key itself: a hash of its public half.

    Args:
        key: a private or public key; a shared secret has no name.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra

    public = key.public_key() if hasattr(key, "public_key") else key
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()[:32]


def _is_key(secret: bytes) -> bool:
    return secret.startswith((b"-----BEGIN", b"{"))


def _is_address(secret: bytes) -> bool:
    return re.fullmatch(OWN_URL, secret.decode("latin-1"), re.ASCII) is not None


def _chosen(keys: list[_Named], kid: str | None) -> list[Any]:
    return [key for name, key in keys if kid is None or name in {None, kid}]


@lru_cache(64)
def _read(algorithm: str, secret: bytes) -> list[_Named]:
    """The keys in a secret, by name.

    Raises:
        ConfigError: there is none.
    """
    try:
        if not secret.startswith(b"{"):
            return [(None, _from_pem(secret))]
        found = _from_jwks(algorithm, secret)
    except (ValueError, TypeError):
        found = []
    if not found:
        raise ConfigError(f"the secret holds no public key for {algorithm}, in PEM or JWK")
    return found


@lru_cache(64)
def _published(algorithm: str, answer: bytes) -> list[_Named]:
    try:
        return _from_jwks(algorithm, answer)
    except (ValueError, TypeError):
        raise KeyUnavailable("what the provider published are no keys") from None


def _from_pem(secret: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra

    if b"PRIVATE" in secret:
        return serialization.load_pem_private_key(secret, password=None).public_key()
    return serialization.load_pem_public_key(secret)


def _from_jwks(algorithm: str, text: bytes) -> list[_Named]:
    """A JWK, `{"keys": [JWK, ...]}` or `{"key": JWK}`; keys for another algorithm are left out."""
    data = msgspec.json.decode(text, type=dict[str, Any])
    listed = data.get("keys", [data.get("key", data)])
    wanted = [each for each in listed if isinstance(each, dict) and _usable(algorithm, each)]
    return [(each.get("kid"), _from_jwk(algorithm, each)) for each in wanted]


def _usable(algorithm: str, jwk: Mapping[str, Any]) -> bool:
    kinds = {"R": "RSA", "P": "RSA", "E": "OKP" if algorithm == "EdDSA" else "EC"}
    return (
        jwk.get("kty") == kinds[algorithm[0]]
        and jwk.get("alg") not in {*HASHES, *PUBLIC} - {algorithm}  # TrueLayer's say "EC"
        and jwk.get("use", "sig") == "sig"
        and not jwk.get("expired_at")
    )


def _from_jwk(algorithm: str, jwk: Mapping[str, Any]) -> Any:
    from jwt import PyJWK, PyJWTError  # noqa: PLC0415 - an extra

    public = {name: value for name, value in jwk.items() if name not in {"d", "p", "q"}}
    try:
        return PyJWK(public, algorithm).key
    except PyJWTError as error:
        raise ValueError(str(error)) from None
