"""Guesses about the secrets: white space, quotes, and text taken for base64 or hex."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from functools import partial

from hookmw.explain.case import Case, Trial
from hookmw.explain.finding import Finding

__all__ = ["MAX_SECRETS", "key_trials", "secret_trials"]

MAX_SECRETS = 5

_ASSIGNMENT = re.compile(rb"\s*(export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*")

Change = Callable[[bytes], bytes]

_STRIP = "Set the secret without white space, here and at the provider."
_QUOTES = "Set the secret without quotes: what reads it does not take them off."
_PREFIX = "Copy the whole secret from the provider, as it shows it and nothing more."
_CASE = "Copy the secret as the provider shows it: upper and lower case count."
_FORM = "Set the secret in the form in which the provider shows it: see `hookmw providers`."

_CHANGES: tuple[tuple[str, str, Change, str], ...] = (
    ("secret_white_space", "without white space around it", bytes.strip, _STRIP),
    ("secret_white_space", "with a newline (LF) at its end", lambda s: s + b"\n", _STRIP),
    ("secret_white_space", "with a newline (CR LF) at its end", lambda s: s + b"\r\n", _STRIP),
    ("secret_white_space", "with a blank at its end", lambda s: s + b" ", _STRIP),
    ("secret_white_space", "with a blank before it", lambda s: b" " + s, _STRIP),
    ("secret_white_space", "without \\n at its end", lambda s: s.removesuffix(b"\\n"), _STRIP),
    ("secret_quoted", "without the quotes around it", lambda s: s.strip(b"\"'`"), _QUOTES),
    ("secret_quoted", "with double quotes around it", lambda s: b'"' + s + b'"', _QUOTES),
    ("secret_quoted", "with single quotes around it", lambda s: b"'" + s + b"'", _QUOTES),
    ("secret_prefix", "without whsec_ before it", lambda s: s.removeprefix(b"whsec_"), _PREFIX),
    ("secret_prefix", "with whsec_ before it", lambda s: b"whsec_" + s, _PREFIX),
    ("secret_prefix", "without a name and =", lambda s: _ASSIGNMENT.sub(b"", s, 1), _PREFIX),
    ("secret_case", "in lower case", bytes.lower, _CASE),
    ("secret_case", "in upper case", bytes.upper, _CASE),
)  # fmt: skip

_KEYS = {
    "utf8": "as the text it is",
    "base64": "decoded from base64",
    "hex": "decoded from hex",
    "whsec_base64": "without whsec_ and decoded from base64",
    "sha256": "hashed with SHA-256",
}

_ENCODED: tuple[tuple[str, Change], ...] = (
    ("encoded as base64", base64.b64encode),
    ("encoded as base64 (URL-safe)", base64.urlsafe_b64encode),
    ("encoded as hex", binascii.hexlify),
    ("decoded from base64", lambda s: base64.b64decode(s.replace(b"_", b"/").replace(b"-", b"+"))),
    ("decoded from hex", binascii.unhexlify),
)  # fmt: skip


def key_trials(case: Case) -> Iterator[Trial]:
    """One trial for each secret, and each way in which it may have been taken for another."""
    for secret, name in _named(case):
        yield from _texts(case, secret, name)
        yield from _forms(case, secret, name)


def secret_trials(case: Case) -> Iterator[Trial]:
    """The same, but for ways to make a key of it: these only rows have."""
    for secret, name in _named(case):
        yield from _texts(case, secret, name)


def _named(case: Case) -> Iterator[tuple[bytes, str]]:
    total = len(case.secrets)
    for number, secret in enumerate(list(case.secrets)[:MAX_SECRETS], 1):
        yield secret, f"secret {number} of {total}" if total > 1 else "the secret"


def _texts(case: Case, secret: bytes, name: str) -> Iterator[Trial]:
    for code, what, change, remedy in _CHANGES:
        finding = Finding(code, f"The signature is right for {name} {what}.", remedy)
        yield Trial(finding, partial(_changed, case, secret, change))


def _forms(case: Case, secret: bytes, name: str) -> Iterator[Trial]:
    for key, how in _KEYS.items():
        sentence = (
            f"The signature is right for {name} used {how}; this row uses keys as {_own(case)}."
        )
        if key != case.scheme.key:
            finding = Finding("secret_encoding", sentence, _FORM)
            yield Trial(finding, partial(case.keyed_by, secret, key))
    for how, change in _ENCODED:
        finding = Finding("secret_encoding", f"The signature is right for {name} {how}.", _FORM)
        yield Trial(finding, partial(_changed, case, secret, change))


def _changed(case: Case, secret: bytes, change: Change) -> Case:
    changed = change(secret)
    if len(changed) == len(secret) and not sum(a ^ b for a, b in zip(changed, secret, strict=True)):
        raise ValueError("nothing is different")
    return case.keyed_by(changed)


def _own(case: Case) -> str:
    key: str = case.scheme.key
    return {"utf8": "text", "whsec_base64": "base64 after whsec_"}.get(key, key)
