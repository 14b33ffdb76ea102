"""What a verifier asks of the outside: bytes from an address that was pinned beforehand."""

import re
from collections.abc import Awaitable
from importlib import import_module
from typing import Protocol

from hookmw.errors import ConfigError, MalformedSignature

__all__ = ["Fetch", "fetch_or_explain", "pinned", "require"]


class Fetch(Protocol):
    """Fetches a key or a certificate; keeps what it has fetched."""

    def __call__(
        self, url: str, body: bytes | None = None, *, fresh: bool = False
    ) -> Awaitable[bytes]:
        """What stands at `url`.

        Args:
            url: one that the verifier's `fetches` matches as a whole.
            body: JSON to POST; a plain GET if None.
            fresh: whether a copy that is kept will not do, unless it is very young.

        Raises:
            BadSignature: there is nothing at that address.
            KeyUnavailable: it cannot be fetched now.
        """
        ...


def pinned(url: object, pattern: str) -> str:
    """The URL itself, if it is one of those that were pinned.

    Args:
        url: as the sender wrote it.
        pattern: regular expression for the whole URL, its host spelled out.

    Raises:
        MalformedSignature: it is not; nothing is fetched.
    """
    if not isinstance(url, str) or not re.fullmatch(pattern, url, re.ASCII):
        raise MalformedSignature(
            "the certificate's address is not one of this provider's", code="url_not_pinned"
        )
    return url


def fetch_or_explain(fetch: Fetch | None) -> Fetch:
    """The fetch itself.

    Raises:
        ConfigError: there is none.
    """
    if fetch is None:
        raise ConfigError("this verifier fetches its keys: bind it with with_fetch(fetch)")
    return fetch


def require(*modules: str) -> None:
    """Fail early, in one sentence, where an extra is missing.

    Raises:
        ConfigError: a module cannot be imported.
    """
    try:
        for module in modules:
            import_module(module)
    except ImportError:
        raise ConfigError(
            'this verifier needs cryptography: pip install "hookmw[crypto]"'
        ) from None
