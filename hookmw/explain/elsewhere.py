"""Guesses that the delivery is somebody else's: of another endpoint, secret or provider."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from hookmw import catalog
from hookmw.explain.case import Case, Trial
from hookmw.explain.finding import Finding
from hookmw.explain.rows import rows_reading
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

__all__ = ["MAX_OTHERS", "Other", "other_trials", "row_trials"]

MAX_OTHERS = 20

Other = tuple[str, Provider, Secrets]
"""Another endpoint's name, provider and secrets."""

_ENDPOINT = "Point the provider's webhook at the URL of that endpoint."
_SECRET = "Give this endpoint that secret, or point the webhook at that endpoint's URL."  # noqa: S105
_PROVIDER = "Make that the endpoint's provider, or point the webhook at that provider's endpoint."


def other_trials(case: Case, others: Iterable[Other]) -> Iterator[Trial]:
    """Two trials for each other endpoint: all of it, and its secrets with our scheme."""
    for name, provider, secrets in list(others)[:MAX_OTHERS]:
        if isinstance(provider.scheme, Scheme):
            sentence = f"It is a genuine delivery for another endpoint: {name} ({provider.name})."
            theirs = partial(_of, case, provider.scheme, secrets)
            yield Trial(Finding("other_endpoint", sentence, _ENDPOINT), theirs)
        sentence = f"The signature is right under a secret of another endpoint: {name}."
        ours = partial(replace, case, secrets=secrets)
        yield Trial(Finding("other_secret", sentence, _SECRET), ours)


def row_trials(case: Case) -> Iterator[Trial]:
    """One trial for each other provider whose signature's header is there."""
    for name in rows_reading(case.delivery)[:MAX_OTHERS]:
        scheme = catalog.provider(name).scheme
        if isinstance(scheme, Scheme) and replace(scheme, tolerance=math.inf) != case.scheme:
            sentence = f"It is signed with a secret of this endpoint, but as {name} does it."
            finding = Finding("other_provider", sentence, _PROVIDER)
            yield Trial(finding, partial(_of, case, scheme, case.secrets))


def _of(case: Case, scheme: Scheme, secrets: Secrets) -> Case:
    return replace(case, scheme=replace(scheme, tolerance=math.inf), secrets=secrets)
