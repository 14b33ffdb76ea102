"""The tree of errors: what each answers, and that its drawing is true."""

import re

import pytest

from hookmw import errors
from hookmw.errors import (
    AddressNotAllowed,
    BadSignature,
    BodyTimeout,
    BodyTooLarge,
    ChallengeRefused,
    ConfigError,
    Discard,
    HookmwError,
    InboxUnavailable,
    KeyUnavailable,
    Malformed,
    MalformedSignature,
    MethodNotAllowed,
    MissingSignature,
    RateLimited,
    Rejected,
    RetryLater,
    StaleTimestamp,
    UnknownEndpoint,
)

CLOSE = ((b"connection", b"close"),)

ANSWERS: list[tuple[Rejected, int, str, str, tuple[tuple[bytes, bytes], ...]]] = [
    (Rejected("x"), 400, "rejected", "rejected", ()),
    (Malformed("x"), 400, "malformed", "malformed", ()),
    (BadSignature("x"), 401, "signature_mismatch", "unauthorized", ()),
    (MissingSignature("x"), 401, "signature_missing", "unauthorized", ()),
    (MalformedSignature("x"), 401, "signature_malformed", "unauthorized", ()),
    (StaleTimestamp("x"), 401, "timestamp_stale", "unauthorized", ()),
    (ChallengeRefused("x"), 403, "challenge_refused", "forbidden", ()),
    (AddressNotAllowed("x"), 403, "address_not_allowed", "forbidden", ()),
    (UnknownEndpoint("x"), 404, "endpoint_unknown", "not found", ()),
    (
        *(MethodNotAllowed(("GET", "POST")), 405, "method_not_allowed", "method not allowed"),
        ((b"allow", b"GET, POST"),),
    ),
    (BodyTimeout("x"), 408, "body_timeout", "timeout", CLOSE),
    (BodyTooLarge("x"), 413, "body_too_large", "too large", CLOSE),
    (
        *(RateLimited(60, 10, retry_after=2.1), 429, "rate_limited", "slow down"),
        (
            (b"retry-after", b"3"),
            (b"ratelimit-policy", b'"default";q=60;w=60'),
            (b"ratelimit", b'"default";r=0;t=3'),
        ),
    ),
    (
        *(InboxUnavailable("x"), 503, "inbox_unavailable", "unavailable"),
        ((b"retry-after", b"1"),),
    ),
    (
        *(KeyUnavailable("x", retry_after=30), 503, "key_unavailable", "unavailable"),
        ((b"retry-after", b"30"),),
    ),
]


@pytest.mark.parametrize(
    ("error", "status", "code", "word", "headers"), ANSWERS, ids=lambda x: type(x).__name__
)
def test_what_the_sender_hears(
    error: Rejected, status: int, code: str, word: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    assert (error.status, error.code, error.word) == (status, code, word)
    assert error.headers == headers
    assert str(error) == error.reason


def test_every_refusal_is_in_that_table() -> None:
    assert {type(error) for error, *_ in ANSWERS} == {
        each
        for each in map(errors.__dict__.get, errors.__all__)
        if isinstance(each, type) and issubclass(each, Rejected)
    }


def test_one_word_for_every_reason_of_a_status() -> None:
    """[56] Who guesses must not learn how near the guess was."""
    words: dict[int, set[str]] = {}
    for error, *_ in ANSWERS[1:]:
        words.setdefault(error.status, set()).add(error.word)
    assert all(len(each) == 1 for each in words.values())


def test_codes_are_stable_names() -> None:
    codes = [error.code for error, *_ in ANSWERS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)
    assert StaleTimestamp("x", code="timestamp_future").code == "timestamp_future"
    assert StaleTimestamp("x").code == "timestamp_stale"


@pytest.mark.parametrize(("seconds", "header"), [(0, b"1"), (0.2, b"1"), (1.0, b"1"), (61, b"61")])
def test_retry_after_is_whole_seconds_and_never_none(seconds: float, header: bytes) -> None:
    assert dict(InboxUnavailable(retry_after=seconds).headers)[b"retry-after"] == header


def test_signals() -> None:
    assert RetryLater(90).seconds == 90
    assert str(RetryLater(90)) == "handler asked to be run again in 90 s"
    assert str(RetryLater(90, "busy")) == "busy"
    assert str(Discard()) == "discarded by its handler"
    assert str(Discard("test mode")) == "test mode"


def test_a_config_error_is_a_value_error() -> None:
    assert issubclass(ConfigError, ValueError)


def drawn() -> dict[str, tuple[str, int | None]]:
    """Each class of the drawing, with its parent and its status."""
    found: dict[str, tuple[str, int | None]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"    ([ │├└─]*)([A-Z]\w+)(?: +(\d{3}))?(?:  .*)?", line)
        if match:
            bars, name, status = match.groups()
            path[len(bars) // 4 :] = [name]
            found[name] = (path[-2] if len(path) > 1 else "", int(status) if status else None)
    return found


def public_parent(each: type) -> str:
    return next((base.__name__ for base in each.__mro__[1:] if base.__name__ in errors.__all__), "")


@pytest.mark.parametrize("name", errors.__all__)
def test_the_drawing_is_true(name: str) -> None:
    each: type = getattr(errors, name)
    parent, status = drawn()[name]
    assert issubclass(each, HookmwError)
    assert parent == public_parent(each)
    if status is not None:
        assert status == each.__dict__.get("status", Rejected.status)


def test_the_drawing_is_whole() -> None:
    assert set(drawn()) == set(errors.__all__)
    defined = {
        name
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, HookmwError) and not name.startswith("_")
    }
    assert defined == set(errors.__all__)
