"""The secrets of a captured delivery: from the options, or from the environment."""

import os
from collections.abc import Iterator

from hookmw import catalog
from hookmw.cli.secret_text import secret_text
from hookmw.errors import ConfigError
from hookmw.explain import Other
from hookmw.provider import Provider
from hookmw.secret import Secrets

__all__ = ["others_in_environment", "secrets_of"]

UNNAMED = "WEBHOOK_SECRET"


def secrets_of(provider: Provider, given: list[str]) -> Secrets:
    """Those that were given, or that of the provider's environment variable.

    Raises:
        ConfigError: there is none, or one cannot be one.
    """
    if given:
        return Secrets([secret_text(each) for each in given], name="--secret")
    name = provider.env or UNNAMED
    found = os.environ.get(name, "")
    if not found and not getattr(provider.scheme, "needs_secrets", True):
        return Secrets("it asks for none")
    if not found:
        raise ConfigError(f"no secret: set {name}, or pass --secret")
    return Secrets(found, name=name)


def others_in_environment(provider: Provider) -> Iterator[Other]:
    """Other providers whose environment variable is set."""
    for name in catalog.names():
        other = catalog.provider(name)
        found = os.environ.get(other.env, "") if other.env != provider.env else ""
        try:
            if found:
                yield f"that of {other.env}", other, Secrets(found)
        except ConfigError:
            continue
