"""Why a signature did not match: the plain reading first, then probes that find the reason.

| file | holds |
|---|---|
| `finding.py` | `Finding`, `Explanation` |
| `handshake.py` | whether it asks for an answer rather than brings an event |
| `reading.py`, `times.py` | what the refusal itself says |
| `running.py` | running any verifier to its end |
| `case.py` | `Case`, `Trial`, `Budget`: guesses, and how many are allowed |
| `urls.py`, `keys.py`, `elsewhere.py`, `bodies.py`, `shape.py`, `contents.py` | the guesses |
| `verifiers.py` | remedies and guesses for the verifiers that are no rows |
| `hints.py` | what may be the reason where no guess is it |
| `rows.py` | which rows of the catalogue could read a delivery |

A guess is the scheme's own row, the delivery or a secret with one thing changed. If it verifies,
that thing was the reason: nobody hits a right signature by chance. No guess knows any provider.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError, Rejected
from hookmw.explain.bodies import body_trials
from hookmw.explain.case import Budget, Case, Guesses, Trial, copy_of, first_cause
from hookmw.explain.contents import content_trials
from hookmw.explain.elsewhere import Other, other_trials, row_trials
from hookmw.explain.finding import Explanation, Finding
from hookmw.explain.handshake import handshake_reading
from hookmw.explain.hints import hints
from hookmw.explain.keys import MAX_SECRETS, key_trials
from hookmw.explain.reading import reading, unusable
from hookmw.explain.rows import rows_reading, signature_like
from hookmw.explain.running import bound, finish, timeless
from hookmw.explain.shape import shape_trials
from hookmw.explain.urls import url_trials
from hookmw.explain.verifiers import verifier_trials
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets

__all__ = ["Budget", "Explanation", "Finding", "Other", "explain", "rows_reading", "signature_like"]


SETTLED = {
    *("verifier_failed", "signature_missing", "url_not_pinned", "certificate_refused"),
    *("key_unavailable", "key_unfetched", "key_unknown", "claim_refused", "claim_missing"),
    *("envelope_missing", "envelope_refused"),
}
"""Codes of verifiers that are no rows, to which no guess adds anything."""


MISMATCHES = {"signature_mismatch", "hash_differs", "url_differs"}


def explain(
    delivery: Delivery,
    provider: Provider,
    secrets: Secrets,
    *,
    others: Iterable[Other] = (),
    budget: Budget | None = None,
) -> Explanation:
    """Why a delivery is refused; never raises, whatever came, and fetches nothing.

    Args:
        delivery: its body must have been read.
        provider: of the endpoint that it came to; a verifier that was bound to a fetch uses it.
        secrets: of that endpoint.
        others: name, provider and secrets of other endpoints that it could be meant for.
        budget: how much may be tried; a few seconds of work at the very most if None.
    """
    seen = _seen(delivery, provider, secrets)
    asked = handshake_reading(seen, provider)
    if asked is not None and not asked.code.endswith("_refused"):
        return Explanation(verified=False, findings=(asked,))
    try:
        refusal = _refusal(seen, provider, secrets)
        if refusal is None:
            return Explanation(verified=True)
        found = reading(seen, provider, secrets, refusal)
    except ConfigError as error:
        found = [unusable(error)]
    except Exception as error:  # a verifier may be anybody's
        found = [_failure(error)]
    allowed = budget or Budget()
    case = _case(seen, provider.scheme, secrets, found[0])
    if case is not None:
        cause = first_cause(_trials(case, others, allowed), allowed)
        found += [cause] if cause is not None else _hints(case, found[-1], allowed)
    return Explanation(verified=False, findings=(*([asked] if asked else []), *found))


def _seen(delivery: Delivery, provider: Provider, secrets: Secrets) -> Delivery:
    """A copy; of a handshake in an envelope that nobody signs, it is what was in it."""
    seen = copy_of(delivery)
    unsigned = getattr(provider.scheme, "unsigned", None)
    try:
        plain = None if unsigned is None else unsigned(seen, secrets)
    except Exception:  # a verifier may be anybody's, and what is wrong comes out again below
        plain = None
    return seen if plain is None else copy_of(seen, body=plain)


def _refusal(delivery: Delivery, provider: Provider, secrets: Secrets) -> Rejected | None:
    try:
        finish(bound(provider.scheme).verify(delivery, secrets))
        opened = getattr(provider.scheme, "open", None)
        if opened is not None:
            opened(delivery, secrets)
    except Rejected as error:
        return error
    return None


def _failure(error: Exception) -> Finding:
    if isinstance(error, NotImplementedError):
        sentence = "This provider's verifier works with the network, which an analysis does not."
    else:
        sentence = f"The verifier failed with {type(error).__name__} before it could say anything."
    remedy = "Check the form of the secrets, and read the log of the endpoint itself."
    return Finding("verifier_failed", sentence, remedy)


def _case(delivery: Delivery, scheme: object, secrets: Secrets, known: Finding) -> Case | None:
    """What the guesses start from; None where there is nothing to guess."""
    row = isinstance(scheme, Scheme)
    if known.code.startswith("timestamp_") or (not row and known.code in SETTLED):
        return None
    return Case(delivery=delivery, scheme=timeless(bound(scheme)), secrets=secrets)


def _hints(case: Case, known: Finding, budget: Budget) -> list[Finding]:
    """Only where a signature is there and in order, and does not match."""
    return list(hints(case, budget.body)) if known.code in MISMATCHES else []


def _trials(case: Case, others: Iterable[Other], budget: Budget) -> Iterator[Trial]:
    """All guesses, the likeliest and cheapest first; each is made only when it is tried."""
    few = replace(case, secrets=Guesses(list(case.secrets)[:MAX_SECRETS]))
    if not isinstance(case.scheme, Scheme):
        yield from verifier_trials(few, others, budget.body)
        return
    if case.scheme.signs_url:
        yield from url_trials(few)
    yield from chain(key_trials(case), other_trials(case, others), row_trials(few))
    yield from shape_trials(few)
    if case.scheme.covers_nothing:
        return
    if len(case.delivery.body) <= budget.body:
        yield from body_trials(few)
    yield from content_trials(few)
