"""What other people's code made and judged, the real stage judges likewise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hookmw.catalog import names, provider
from hookmw.errors import ConfigError
from hookmw.middleware import SignatureMiddleware
from tests.vectors import exceptions
from tests.vectors.arrangements import ARRANGED, Arrangement, arrangements
from tests.vectors.asking import ask, content_of
from tests.vectors.reading import ALL, FILES, Kind, Vector, kind, named, read
from tests.vectors.rows import ROWS_OF, rows_of

BY_HAND = {("http_message_signatures", "rfc9530_content_digest")}
"""Digests alone, without a signature: `tests/verifiers` puts one over them."""

JUDGED = [
    pytest.param(row, vector, id=f"{row}-{named(vector)}")
    for vector in ALL
    if kind(vector) not in BY_HAND
    for row in rows_of(kind(vector))
]


@pytest.mark.parametrize(("row", "vector"), JUDGED)
def test_judged_as_by_somebody_elses_code(row: str, vector: Vector) -> None:
    otherwise = bool(exceptions.reason(vector))
    for arranged in arrangements(row, vector):
        verdict = ask(arranged, vector)
        if arranged.accepts != otherwise:
            assert verdict.status == 200
            assert verdict.passed is not None
            delivery, body = verdict.passed
            assert delivery.proof is not None
            assert delivery.body == body
            unsaid = (vector["provider"], vector["case"]) in exceptions.UNSAID
            assert content_of(arranged, vector) == (None if unsaid else body)
        else:
            assert verdict.status == 401
            assert verdict.passed is None


def test_each_vector_has_a_row() -> None:
    """A new file is found by itself; where no row has its provider's name, say which it is."""
    assert not {kind(vector) for vector in ALL if not rows_of(kind(vector))}
    assert {row for rows in ROWS_OF.values() for row in rows} <= set(names())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_of_one_provider_and_has_both_kinds(path: Path) -> None:
    vectors = read(path.stem)
    assert {vector["provider"] for vector in vectors} == {path.stem}
    assert all(vector["made_by"] for vector in vectors)
    assert len({named(vector) for vector in vectors}) == len(vectors)
    for scheme in {vector["scheme"] for vector in vectors}:
        expected = {each["expect"] for each in vectors if each["scheme"] == scheme}
        assert expected == {"accept", "reject"}, scheme


def proved() -> Iterator[str]:
    for vector in ALL:
        if vector["expect"] == "accept" and not exceptions.reason(vector):
            yield from rows_of(kind(vector))


def test_a_row_says_vector_where_one_proves_it_and_only_there() -> None:
    assert {name for name in names() if provider(name).proof == "vector"} == set(proved())


def test_reasons_do_not_outlive_their_vectors() -> None:
    kinds = {kind(vector) for vector in ALL}
    files = {path.stem for path in FILES}
    accepted = {kind(vector) for vector in ALL if vector["expect"] == "accept"}
    assert set(exceptions.KINDS) <= accepted
    cases = {(*kind(vector), vector["case"]) for vector in ALL}
    assert set(exceptions.CASES) <= cases
    assert set(exceptions.UNSAID) <= {(provider, case) for provider, _, case in cases}
    assert not exceptions.TOO_LENIENT & cases
    assert {each for each in (*ROWS_OF, *ARRANGED) if each[0] in files} <= kinds


FOREIGN = sorted({kind(vector) for vector in ALL if vector["provider"] in names()})


@pytest.mark.parametrize(
    "foreign", [each for each in FOREIGN if each[0] not in rows_of(each)], ids="-".join
)
def test_a_scheme_that_the_providers_own_row_does_not_speak_is_refused(foreign: Kind) -> None:
    """Not misread."""
    scheme = provider(foreign[0]).scheme
    for vector in ALL:
        if kind(vector) == foreign:
            secret = usable(scheme, vector["secret"])
            arranged = Arrangement(verifier=scheme, secrets=secret, accepts=False)
            assert ask(arranged, vector).status == 401


def usable(scheme: object, secret: str) -> str:
    """The vector's secret, where it can be one of this row."""
    try:
        SignatureMiddleware(lambda *_: None, scheme, secret)  # type: ignore[arg-type]
    except ConfigError:
        return "whsec_MDEyMzQ1Njc4"
    return secret
