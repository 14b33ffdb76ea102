"""A provider's row in words."""

import math
from collections.abc import Callable

import msgspec

from hookmw.challenge import Challenge
from hookmw.place import Place
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.verifiers import Unverified, Verifier

__all__ = [
    "PROOFS",
    "challenges_in_words",
    "contract_in_words",
    "endpoint_line",
    "keys_in_words",
    "place_in_words",
    "proof_in_words",
    "scheme_in_words",
    "send_line",
    "signed_in_words",
    "tolerance_in_words",
    "unsigned_in_words",
]

_KINDS = {
    "header": "header {}",
    "query": "query parameter {}",
    "path": "path parameter {}",
    "body": "{} in the body",
    "key": "the name of a key in the body",
    "xml": "element {} of the body",
    "text": "the whole body",
}

PROOFS = {
    "vector": "known answers made by somebody else's code",
    "sdk": "the provider's own code was read or run",
    "docs": "the provider's documentation",
}
"""How a row was proved, by the word that stands in it."""

_SOMEWHERE = Place.of("body:somewhere.in.it")

_EXPECTED = {"*": "is there", "": "is not there"}


def proof_in_words(scheme: Verifier) -> str:
    """What proves that a delivery is genuine, in a few words."""
    if not isinstance(scheme, Scheme):
        return _verifier_in_words(scheme)
    if scheme.covers_nothing:
        return "shared token"
    return f"{_algorithm(scheme)} of {'time and body' if scheme.timestamp else 'the body'}"


def scheme_in_words(scheme: Verifier) -> str:
    """What proves that a delivery is genuine, and where it stands."""
    if not isinstance(scheme, Scheme):
        return _verifier_in_words(scheme)
    place = place_in_words(Place.of(scheme.signature))
    if scheme.covers_nothing:
        return f"shared token in {place}"
    return f"{_algorithm(scheme)} in {place}"


def signed_in_words(scheme: Verifier) -> str:
    """The content that the signature covers."""
    if not isinstance(scheme, Scheme):
        return _without_kinds(str(getattr(scheme, "signed", "")))
    if scheme.covers_nothing:
        return "nothing: whoever sees one delivery can send others"
    if scheme.content == "{body}":
        return "the body"
    return _without_kinds(scheme.content)


def _without_kinds(content: str) -> str:
    return content.replace("{header:", "{").replace("{body:", "{")


def unsigned_in_words(provider: Provider) -> str:
    """What anybody could have rewritten: the body, or the event's id, type or time; or `""`."""
    scheme = provider.scheme
    covers: Callable[[Place], bool] | None = getattr(scheme, "covers", None)
    if covers is None:
        return ""
    written = {"id": provider.id, "type": provider.type, "time": provider.timestamp}
    loose = [
        f"{what} ({place_in_words(place)})"
        for what, places in written.items()
        for place in _places(places)
        if not covers(place)
    ]
    whole = covers(_SOMEWHERE) or (isinstance(scheme, Scheme) and scheme.covers_nothing)
    return ", ".join([*([] if whole else ["the body, but for what is signed of it"]), *loose])


def tolerance_in_words(scheme: Verifier) -> str:
    """How old a delivery may be."""
    if getattr(scheme, "timestamp", "somewhere") is None:
        return "no signed time: a captured delivery stays valid, and is found as a duplicate"
    seconds = getattr(scheme, "tolerance", math.inf)
    if seconds == math.inf:
        return "of any age: a captured delivery stays valid, and is found as a duplicate"
    return "as long as the token says" if seconds is None else f"{seconds:g} s, both ways"


def keys_in_words(scheme: Verifier) -> str:
    """Where the provider's keys are fetched, if they are."""
    if keys := getattr(scheme, "keys", ""):
        return f"fetched from {keys}"
    pattern = getattr(scheme, "certificates", "")
    return f"fetched from the address that the delivery says, if it is {pattern}" if pattern else ""


def challenges_in_words(provider: Provider) -> list[str]:
    """Each handshake in one line."""
    return [_challenge_in_words(each) for each in provider.challenges]


def contract_in_words(provider: Provider) -> list[tuple[str, str]]:
    """What the provider does and wants, each with its label; `""` where nobody knows."""
    answers = ", ".join(f"{new} for {old}" for old, new in provider.refusals.items())
    return [
        ("deadline", f"answer within {provider.deadline:g} s" if provider.deadline else ""),
        ("retries", provider.retries),
        ("disables", provider.disables),
        ("answers", answers),
        ("stored", _acknowledgement_in_words(provider)),
        ("sent from", provider.addresses),
    ]


def endpoint_line(provider: Provider) -> str:
    """How to receive from this provider."""
    guarded = any(each.needs_verify_token for each in provider.challenges)
    verify_token = ', verify_token=os.environ["VERIFY_TOKEN"]' if guarded else ""
    secrets = f'secrets=os.environ["{provider.env or "WEBHOOK_SECRET"}"]'
    return f'Endpoint("{_path(provider)}", "{provider.name}", {secrets}{verify_token})'


def send_line(provider: Provider) -> str:
    """How to try it."""
    url = f"http://localhost:8000{_path(provider)}"
    quoted = f"'{url}'" if "{" in url else url
    return f"hookmw send {provider.name} --to {quoted}"


def place_in_words(place: Place) -> str:
    """Where something stands."""
    return _KINDS[place.kind].format(place.name)


def _algorithm(scheme: Scheme) -> str:
    named = scheme.algorithm
    return named.upper() if isinstance(named, str) else type(named).__name__


def _verifier_in_words(verifier: Verifier) -> str:
    if isinstance(verifier, Unverified):
        return "nothing"
    first, _, _ = (type(verifier).__doc__ or type(verifier).__name__).strip().partition("\n")
    return first.rstrip(".")


def _challenge_in_words(challenge: Challenge) -> str:
    when = " and ".join(
        f"{place_in_words(Place.of(place))} {_EXPECTED.get(text, f'is {text}')}"
        for place, text in challenge.when.items()
    )
    signed = "signed" if challenge.signed else "unsigned"
    line = f"{signed} {challenge.method}{f', when {when}' if when else ''}"
    line += f": answers {_answer_in_words(challenge)}"
    if challenge.registers:
        line += "; pass registering= and on_secret= to the endpoint while you register"
    return f"{line}; pass verify_token= to the endpoint" if challenge.needs_verify_token else line


def _answer_in_words(challenge: Challenge) -> str:
    if challenge.echoes:
        made = ", signed" if challenge.signs else ", hashed" if challenge.computes else ""
        return f"with {place_in_words(Place.of(challenge.token))}{made}"
    return "with the verify token" if challenge.needs_verify_token else f"{challenge.status}"


def _acknowledgement_in_words(provider: Provider) -> str:
    if provider.ack is None:
        return ""
    if isinstance(provider.ack, int):
        return f"answers {provider.ack}, empty"
    if isinstance(provider.ack, str):
        return f"answers 200 with the text {provider.ack}" if provider.ack else "answers 200, empty"
    return f"answers 200 with {msgspec.json.encode(provider.ack).decode()}"


def _places(written: str) -> list[Place]:
    words = written.replace("|", " ").split()
    return list(dict.fromkeys(Place.of(word.rstrip("?")) for word in words))


def _path(provider: Provider) -> str:
    scheme = provider.scheme
    place = Place.of(scheme.signature) if isinstance(scheme, Scheme) else None
    if place is not None and place.kind == "path":
        return f"/{provider.name.partition('_')[0]}/{{{place.name}}}"
    return f"/{provider.name}"
