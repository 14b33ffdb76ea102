"""A secret that nobody knows, in the form in which a provider signs: for deliveries to refuse."""

import base64
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

from hookmw.errors import ConfigError
from hookmw.provider import Provider
from hookmw.testing import sign
from hookmw.verifiers.new_keys import new_private_keys

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
        for pem, der in new_private_keys():
            yield from (pem.decode(), base64.b64encode(der).decode(), der.hex())
            yield f"{token_hex(8)}\n{pem.decode()}"  # PayPal's: an id and a key
    except ImportError:
        raise ConfigError('to forge this one: pip install "hookmw[crypto]"') from None
