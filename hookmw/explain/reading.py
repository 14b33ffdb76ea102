"""The plain reading of a refusal: what is missing, malformed, too old, or does not match."""

from hookmw.delivery import Delivery
from hookmw.errors import (
    ConfigError,
    HookmwError,
    MalformedSignature,
    MissingSignature,
    Rejected,
    StaleTimestamp,
)
from hookmw.explain.finding import Finding
from hookmw.explain.rows import places_of, rows_reading, signature_like
from hookmw.explain.shape import spelled
from hookmw.explain.times import time_reading
from hookmw.explain.verifiers import verifier_reading
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.scheme.encodings import encoding
from hookmw.scheme.form import forms, read
from hookmw.secret import Secrets

__all__ = ["reading", "unusable"]

MAX_NAMED = 3

_SIZES = {16: "MD5", 20: "SHA-1", 32: "SHA-256", 48: "SHA-384", 64: "SHA-512"}
_SEND = "Send one signature, in the form that `hookmw providers` shows for this provider."
_BODY = "Find what reads the body before hookmw does, or what sends the request without it."
_PUBLIC = "Pass public_url= with the scheme, host and prefix that the provider was told."
_COMPARE = (
    "Compare the secret with the one that the provider shows for this very webhook, and let"
    " `hookmw explain` read a capture of the raw request."
)


def unusable(error: ConfigError) -> Finding:
    """What our own error about the form of the secrets says."""
    remedy = "Copy the secret as the provider shows it, and check that it is this provider's."
    return Finding("secret_form", _sentence(str(error)), remedy)


def reading(
    delivery: Delivery, provider: Provider, secrets: Secrets, error: Rejected
) -> list[Finding]:
    """What the refusal itself says, and what can be seen without trying anything."""
    scheme = provider.scheme
    if not isinstance(scheme, Scheme):
        return [verifier_reading(error), *_wrong_rows(delivery, provider, error)]
    if isinstance(error, StaleTimestamp) or error.code == "timestamp_malformed":
        return time_reading(delivery, scheme, error)
    if scheme.signs_url and delivery.public_url is None:
        sentence = "This provider signs the URL, and nobody said which it was told."
        return [Finding("public_url_missing", sentence, _PUBLIC)]
    if isinstance(error, MissingSignature):
        return _missing(delivery, provider, scheme)
    if isinstance(error, MalformedSignature):
        return [_malformed(delivery, scheme, error)]
    return _mismatch(delivery, secrets, error)


def _missing(delivery: Delivery, provider: Provider, scheme: Scheme) -> list[Finding]:
    like = signature_like(delivery)
    there = (
        f"headers like a signature are {', '.join(like)}" if like else "no header looks like one"
    )
    sentence = f"There is no signature at {scheme.signature}; {there}."
    remedy = "Check that a secret is set at the provider, and that no proxy drops the header."
    return [
        Finding("signature_missing", sentence, remedy),
        *_wrong_rows(delivery, provider, MissingSignature()),
    ]


def _wrong_rows(delivery: Delivery, provider: Provider, error: Rejected) -> list[Finding]:
    """Whose headers are there, if those of this provider are not."""
    rows = [name for name in rows_reading(delivery) if name != provider.name]
    return [_wrong_provider(rows)] if rows and isinstance(error, MissingSignature) else []


def _wrong_provider(rows: list[str]) -> Finding:
    more = f" and {len(rows) - MAX_NAMED} more" if len(rows) > MAX_NAMED else ""
    named = ", ".join(rows[:MAX_NAMED]) + more
    sentence = f"The headers that are there are those that {named} would send."
    remedy = "Point the webhook at that provider's endpoint, or make it this endpoint's provider."
    return Finding("wrong_provider", sentence, remedy)


def _malformed(delivery: Delivery, scheme: Scheme, error: Rejected) -> Finding:
    sentence = _fault(delivery, scheme) or _sentence(error.reason)
    return Finding(error.code, sentence, _SEND)


def _mismatch(delivery: Delivery, secrets: Secrets, error: Rejected) -> list[Finding]:
    if error.code != "signature_mismatch":
        remedy = "Send the request as the provider does, each header and parameter once."
        return [Finding(error.code, _sentence(error.reason or error.word), remedy)]
    count = len(secrets)
    tried = "the secret" if count == 1 else f"any of the {count} secrets"
    sentence = f"The signature does not match under {tried}."
    found = [Finding("signature_mismatch", sentence, _COMPARE)]
    if not delivery.body:
        found.append(Finding("body_empty", "The body that came is empty.", _BODY))
    return found


def _fault(delivery: Delivery, scheme: Scheme) -> str:
    """Which part of the signature's text is wrong; `""` if that cannot be seen."""
    alternatives = forms(scheme.form)
    for place in places_of(scheme):
        try:
            text = place.read_bytes(delivery) or b""
        except HookmwError:
            continue
        items = text.split(scheme.separator.encode()) if scheme.separator else [text]
        if any(item != item.strip() or not item for item in items):
            return f"The text at {place} has blanks or empty items in it."
        marked = [raw for raw in (read(alternatives, item) for item in items) if raw is not None]
        if not marked:
            return f"Nothing at {place} is written as {scheme.form!r}."
        return next((f"At {place}, {f}" for raw in marked if (f := _text(raw, scheme))), "")
    return ""


def _text(raw: bytes, scheme: Scheme) -> str:
    try:
        size = len(encoding(scheme.encoding).decode(raw))
    except ValueError:
        other = [name for name in spelled(raw) if name != scheme.encoding]
        seems = f"; it could be {' or '.join(other)}" if other else ""
        return f"the signature's {len(raw)} characters are not {scheme.encoding}{seems}."
    known = f", the size of {_SIZES[size]}" if size in _SIZES else ""
    return f"the signature has {size} bytes{known}, which {_named(scheme)} has not."


def _named(scheme: Scheme) -> str:
    named = scheme.algorithm
    return named if isinstance(named, str) else type(named).__name__


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."
