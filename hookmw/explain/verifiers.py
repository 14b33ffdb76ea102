"""What can be said about the verifiers that are no rows: remedies by code, and a few guesses."""

from collections.abc import Iterable, Iterator
from itertools import chain

from hookmw.errors import Rejected
from hookmw.explain.bodies import body_trials
from hookmw.explain.case import Case, Trial
from hookmw.explain.elsewhere import Other, other_trials
from hookmw.explain.finding import Finding
from hookmw.explain.keys import secret_trials
from hookmw.explain.running import UNFETCHED
from hookmw.explain.urls import url_trials

__all__ = ["verifier_reading", "verifier_trials"]

_CUSTOM = "Read the reason that the verifier gives, and its documentation."
_CLOCK = (
    "Set both clocks by NTP; a delivery that was captured earlier needs `--at` with its own time."
)
_FORM = "Send the proof as the provider does: see `hookmw providers` for where it stands."
_SENDER = (
    "Set at the provider, or at the endpoint, what `hookmw providers` says of this one: another"
    " account, application or environment has signed it."
)

_REMEDIES = {
    "algorithm_refused": (
        "Have the provider sign with the algorithm that this row asks for; a token has no say in"
        " it."
    ),
    "certificate_refused": "Do not trust it: a certificate of the provider's is none of these.",
    "claim_missing": _SENDER,
    "claim_refused": _SENDER,
    "envelope_missing": (
        "Have the provider encrypt what it sends (WeChat's safe mode): nothing else is taken here."
    ),
    "envelope_refused": (
        "Compare the key of 43 characters and the id of the app or company, both in the secret,"
        " with what the provider shows: the token in it is right."
    ),
    "hash_differs": (
        "Pass on the bytes and the URL as they came: what arrived is not what was signed."
    ),
    "key_unavailable": (
        "See that this machine reaches the address of the provider's keys; the provider sends"
        " again."
    ),
    UNFETCHED: (
        "Let `hookmw explain` read a capture where there is a network, or give the public key"
        " itself as the secret, in PEM or as a JWKS."
    ),
    "key_unknown": (
        "See that sender and endpoint mean the same environment (live or sandbox) and account; a"
        " key that is new is looked up again after half a minute."
    ),
    "signature_malformed": _FORM,
    "signature_mismatch": (
        "Compare the secret, or the key, with what the provider shows for this very webhook, and"
        " let `hookmw explain` read a capture of the raw request."
    ),
    "signature_missing": (
        "Check that signing is switched on at the provider, and that no proxy drops the header."
    ),
    "timestamp_future": "Set this machine's clock by NTP: it is behind the provider's.",
    "timestamp_malformed": _FORM,
    "timestamp_stale": _CLOCK,
    "topic_refused": "Add that topic's ARN to the secrets of the endpoint, if it is yours.",
    "url_differs": (
        "Set public_url= to the scheme, host and prefix that the provider was told, or tell it the"
        " URL again."
    ),
    "url_not_pinned": (
        "Do not fetch it: the address is not this provider's; a sandbox has a row of its own."
    ),
}


def verifier_reading(error: Rejected) -> Finding:
    """What the refusal itself says."""
    reason = error.reason or error.word
    sentence = f"{reason[:1].upper()}{reason[1:]}."
    return Finding(error.code, sentence, _REMEDIES.get(error.code, _CUSTOM))


def verifier_trials(case: Case, others: Iterable[Other], largest: int) -> Iterator[Trial]:
    """The guesses that fit any verifier: another URL, secret or body.

    Where keys are fetched, secrets are no guesses: they may be what opens the door at which the
    keys are, and nobody's secret is shown at another's door.

    Args:
        case: what came.
        others: other endpoints, whose secrets it may be under.
        largest: bytes; a larger body is not rewritten.
    """
    urls = url_trials(case) if getattr(case.scheme, "signs_url", False) else ()
    fetches = getattr(case.scheme, "fetches", "")
    secrets = () if fetches else chain(other_trials(case, others), secret_trials(case))
    signed = not getattr(case.scheme, "covers_nothing", False)
    small = len(case.delivery.body) <= largest
    return chain(urls, secrets, body_trials(case) if signed and small else ())
