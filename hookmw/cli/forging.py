"""A secret that nobody knows, in the form in which a provider signs: for deliveries to refuse."""

import base64
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.testing import sign

__all__ = ["wrong_secret"]


def wrong_secret(provider: Provider, payload: Any, headers: dict[str, str]) -> str:
    """The first new secret with which the provider can sign that payload.

    Raises:
        ConfigError: it cannot sign it with any.
    """
    failure = ConfigError(f"nothing can be forged for {provider.name}")
    for secret in _secrets():
        try:
            sign(provider, payload, secret, headers=headers)
        except ConfigError as error:
            failure = error
        else:
            return secret
    raise failure


def _secrets() -> Iterator[str]:
    """Text that is also hex and base64; then private keys, each made only when it is asked for."""
    yield token_hex(32)
    try:
        yield from _private_keys()
    except ImportError:
        raise ConfigError('to forge this one: pip install "hookmw[crypto]"') from None


def _private_keys() -> Iterator[str]:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - an extra
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    for make in (
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ):
        key = make()
        pem, der = (
            key.private_bytes(each, PrivateFormat.PKCS8, NoEncryption())
            for each in (Encoding.PEM, Encoding.DER)
        )
        yield from (pem.decode().strip(), base64.b64encode(der).decode(), der.hex())
        yield f"{token_hex(8)}\n{pem.decode()}"  # PayPal's: an id and a key
