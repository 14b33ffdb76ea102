"""Compact JWS (RFC 7515), read strictly; the algorithm is the row's choice, never the token's."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from hookmw.errors import ConfigError, MalformedSignature, MissingSignature
from hookmw.scheme.encodings import encoding
from hookmw.verifiers.fetching import require

__all__ = ["Token", "checked_algorithms", "is_signed", "read_object", "read_token", "write_token"]

MAX_TOKEN = 16_384
"""Bytes; longer than any token, shorter than any attack."""

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
PUBLIC = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA")

_BASE64URL = encoding("base64url")


class Token(NamedTuple):
    """A token taken apart; nothing about it has been verified."""

    algorithm: str
    header: Mapping[str, Any]
    protected: bytes
    payload: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        """The name of its key, if it says one."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def checked_algorithms(algorithms: str | Sequence[str]) -> tuple[str, ...]:
    """The algorithms of a row: all with shared secrets, or all with public keys.

    Raises:
        ConfigError: one is unknown, or they are of both families: a public key would be taken
            for a shared secret.
    """
    names = (algorithms,) if isinstance(algorithms, str) else tuple(algorithms)
    unknown = [name for name in names if name not in HASHES and name not in PUBLIC]
    if unknown or not names:
        known = ", ".join([*HASHES, *PUBLIC])
        raise ConfigError(f"algorithms={names!r}: known are {known}")
    shared = {name in HASHES for name in names}
    if len(shared) > 1:
        raise ConfigError("algorithms with shared secrets and with public keys must not be mixed")
    if shared == {False}:
        require("jwt", "cryptography")
    return names


def read_token(raw: bytes, algorithms: tuple[str, ...], *, limit: int = MAX_TOKEN) -> Token:
    """A compact token; its payload may be empty (detached).

    Args:
        raw: the token.
        algorithms: that it may have.
        limit: bytes; a longer one is none.

    Raises:
        MissingSignature: nothing is there.
        MalformedSignature: it is no token, or of another algorithm than the row's.
    """
    if not raw.strip():
        raise MissingSignature("there is no token")
    parts = raw.split(b".")
    if len(raw) > limit or len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise MalformedSignature("the token is none: it must have three parts")
    try:
        decoded = [_BASE64URL.decode(part) for part in parts]
    except ValueError:
        raise MalformedSignature("the token is not base64url") from None
    header = read_object(decoded[0])
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise MalformedSignature(
            f"the token's algorithm is not {' or '.join(algorithms)}", code="algorithm_refused"
        )
    return Token(algorithm, header, parts[0], decoded[1], decoded[2])


def read_object(raw: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        MalformedSignature: it is none.
    """
    try:
        found: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise MalformedSignature("a part of the token is no JSON object") from None
    return found


def is_signed(token: Token, payload: bytes, keys: Sequence[Any]) -> bool:
    """Whether the token's signature is that of one of the keys; all are tried.

    Args:
        token: says the signature and the protected header.
        payload: as it was signed: base64url, or as it stands.
        keys: bytes for shared secrets, else public keys.
    """
    content = token.protected + b"." + payload
    found = False
    for key in keys:
        if token.algorithm in HASHES:
            expected = hmac.digest(key, content, HASHES[token.algorithm])
            found |= hmac.compare_digest(expected, token.signature)
        else:
            found |= _verifies(token.algorithm, key, content, token.signature)
    return found


def write_token(
    algorithm: str, header: Mapping[str, Any], payload: bytes, key: Any, *, detached: bool = False
) -> str:
    """A token, signed.

    Args:
        algorithm: that it says.
        header: what else it says before its payload.
        key: a shared secret or a private key.
        payload: as it is signed: base64url, or as it stands.
        detached: whether to leave it out.
    """
    named = {"alg": algorithm, **header}
    protected = _BASE64URL.encode(msgspec.json.encode(named))
    content = protected + b"." + payload
    if algorithm in HASHES:
        made = hmac.digest(key, content, HASHES[algorithm])
    else:
        made = _implementation(algorithm).sign(content, key)
    middle = b"" if detached else payload
    return b".".join((protected, middle, _BASE64URL.encode(made))).decode()


def _verifies(algorithm: str, key: Any, content: bytes, signature: bytes) -> bool:
    try:
        return bool(_implementation(algorithm).verify(content, key, signature))
    except (ValueError, TypeError):
        return False


def _implementation(algorithm: str) -> Any:
    from jwt.algorithms import get_default_algorithms  # noqa: PLC0415 - an extra

    return get_default_algorithms()[algorithm]
