"""Guesses about the signature's text: another hash, another encoding, another prefix."""

from collections.abc import Iterator
from functools import partial
from itertools import product

from hookmw.errors import HookmwError
from hookmw.explain.case import Case, Trial
from hookmw.explain.finding import Finding
from hookmw.explain.rows import places_of
from hookmw.scheme.encodings import encoding
from hookmw.scheme.form import forms, read

__all__ = ["shape_trials", "spelled"]

ENCODINGS = ("hex", "base64", "base64url", "base64_hex")
HASHES = ("sha256", "sha1", "sha512", "sha384", "md5")
PREFIXES = (
    "",
    "sha256=",
    "sha1=",
    "sha512=",
    "sha256:",
    "v0=",
    "v1=",
    "v1,",
    "t=",
    "hmac ",
    "Bearer ",
)
SEPARATORS = (", ", ",", " ", ";")

_HASH = "Send with the hash that this row asks for, or give the endpoint a scheme with algorithm=."
_ENCODING = (
    "Send the signature in the row's encoding, or give the endpoint a scheme with encoding=."
)
_FORM = "Send the signature in the row's form, or give the endpoint a scheme with form=."
_SPACED = "Send the list without blanks: a proxy or the sender has put them in."


def shape_trials(case: Case) -> Iterator[Trial]:
    """One trial for each spelling that the text at the signature's place could be."""
    if case.scheme.covers_nothing:
        yield from _token_forms(case)
        return
    for separator, form in _forms(case):
        for spelling, named in product(_encodings(case, form, separator), _algorithms(case)):
            changes = {
                "separator": separator,
                "form": form,
                "encoding": spelling,
                "algorithm": named,
            }
            yield Trial(_finding(case, changes), partial(case.read_as, **changes))


def spelled(raw: bytes) -> list[str]:
    """The encodings in which `raw` could be written."""
    return [name for name in ENCODINGS if _decodes(raw, name)]


def _decodes(raw: bytes, name: str) -> bool:
    if (b"=" in raw) if name == "base64url" else (len(raw) % 4 > 0 and name != "hex"):
        return False
    try:
        return len(encoding(name).decode(raw)) > 0
    except ValueError:
        return False


def _encodings(case: Case, form: str, separator: str) -> list[str]:
    """Those in which something of that form is written; the scheme's own first."""
    found: set[str] = set()
    for raw in _signatures(case, form, separator):
        found.update(spelled(raw))
    return sorted(found, key=lambda name: (name != case.scheme.encoding, name))


def _algorithms(case: Case) -> list[str]:
    """The scheme's own first; the others only where it is a MAC or a hash."""
    own = case.scheme.algorithm
    if not isinstance(own, str):
        return []
    kind = "hmac-" if own.startswith("hmac-") else ""
    others = [kind + name for name in HASHES] if kind or own in HASHES else []
    return [own, *(each for each in others if each != own)]


def _forms(case: Case) -> Iterator[tuple[str, str]]:
    """Separators and forms whose fixed text is there, so that few are left to try."""
    texts = _texts(case)
    own = case.scheme.separator
    for separator in dict.fromkeys((own, *SEPARATORS)) if own else ("",):
        if _signatures(case, case.scheme.form, separator):
            yield separator, case.scheme.form
        for before, after in _around(case.scheme.form):
            form = before + "{signature}" + after
            if form != case.scheme.form and any(before in t and after in t for t in texts):
                yield separator, form


def _signatures(case: Case, form: str, separator: str) -> list[bytes]:
    """The texts that are of that form."""
    raws = [text.encode("latin-1", "replace") for text in _texts(case)]
    items = [
        item for raw in raws for item in (raw.split(separator.encode()) if separator else [raw])
    ]
    texts = [read(forms(form), item) for item in items]
    return [text for text in texts if text is not None]


def _around(form: str) -> list[tuple[str, str]]:
    """What may stand before and after a signature; the row's own, if it is one, first."""
    before, _, after = form.partition(" | ")[0].partition("{signature}")
    prefixes = dict.fromkeys((before, before.upper(), before.capitalize(), *PREFIXES))
    return [
        *((prefix, after) for prefix in prefixes),
        *((f"{quote}{prefix}", f"{after}{quote}") for quote in "\"'" for prefix in (before, "")),
        *((f" {before}", after), (before, f"{after} ")),
    ]


def _texts(case: Case) -> list[str]:
    found = []
    for place in places_of(case.scheme):
        try:
            found.append(place.read(case.delivery))
        except HookmwError:
            continue
    return [text for text in found if text]


def _token_forms(case: Case) -> Iterator[Trial]:
    for before, after in _around(case.scheme.form)[1:]:
        changes = {"form": before + "{signature}" + after}
        yield Trial(_finding(case, changes), partial(case.read_as, **changes))


def _finding(case: Case, changes: dict[str, str]) -> Finding:
    """Says only what differs from the row; the hash weighs most."""
    own = case.scheme
    if changes.get("algorithm", own.algorithm) != own.algorithm:
        sentence = f"The signature is right as {changes['algorithm']}, not as {own.algorithm}."
        return Finding("signature_hash", sentence, _HASH)
    if changes.get("encoding", own.encoding) != own.encoding:
        sentence = (
            f"The signature is right, but written in {changes['encoding']}, not {own.encoding}."
        )
        return Finding("signature_encoding", sentence, _ENCODING)
    if changes["form"] != own.form:
        sentence = f"The signature is right, but written as {changes['form']!r}, not {own.form!r}."
        return Finding("signature_form", sentence, _FORM)
    return Finding("signature_spaced", "The list of signatures has blanks in it.", _SPACED)
