"""Deliveries that the providers' own SDKs made: what they accept and refuse, we do."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hookmw.delivery import Delivery
from hookmw.errors import BadSignature
from hookmw.secret import Secrets
from tests.pure.rows import NOW, ROWS, check

FILES = sorted(
    path
    for path in (Path(__file__).parents[1] / "vectors").glob("*.json")
    if path.stem in ROWS  # the others are those of tests/catalog and tests/verifiers
)

NOT_COVERED = {
    ("gitlab", "signing_token"): "the row is GitLab's secret token; its newer signing token is "
    "Standard Webhooks, so `standard_webhooks` verifies it",
    ("standard_webhooks", "v1a"): "ed25519 needs a public key, which no row of HMAC can say",
}
"""Schemes of a provider that its row does not speak, and why not."""

Vector = dict[str, Any]


def read(path: Path) -> list[Vector]:
    vectors: list[Vector] = json.loads(path.read_bytes())
    return vectors


ALL = [vector for path in FILES for vector in read(path)]
COVERED = [vector for vector in ALL if (vector["provider"], vector["scheme"]) not in NOT_COVERED]


def delivery_of(vector: Vector) -> Delivery:
    url = urlsplit(vector["url"])
    return Delivery(
        method=vector["method"],
        path=url.path,
        query_string=url.query.encode(),
        headers=tuple((k.lower().encode(), v.encode()) for k, v in vector["headers"].items()),
        body=base64.b64decode(vector["body"]),
        received_at=NOW if vector["now"] is None else vector["now"],
    )


def named(vector: Vector) -> str:
    return f"{vector['provider']}-{vector['scheme']}-{vector['case']}"


@pytest.mark.parametrize("vector", COVERED, ids=named)
def test_judged_as_by_the_providers_own_sdk(vector: Vector) -> None:
    delivery, secrets = delivery_of(vector), Secrets(vector["secret"])
    if vector["expect"] == "accept":
        check(vector["provider"], delivery, secrets)
    else:
        with pytest.raises(BadSignature):
            check(vector["provider"], delivery, secrets)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_of_a_provider_and_has_both_kinds(path: Path) -> None:
    assert {vector["provider"] for vector in read(path)} == {path.stem}
    covered = [vector for vector in read(path) if vector in COVERED]
    assert {vector["expect"] for vector in covered} == {"accept", "reject"}
    assert all(vector["made_by"] for vector in covered)


def test_what_is_not_covered_is_there() -> None:
    """A reason that outlives its vectors is a lie."""
    assert set(NOT_COVERED) <= {(vector["provider"], vector["scheme"]) for vector in ALL}


@pytest.mark.parametrize("scheme", sorted(NOT_COVERED), ids="-".join)
def test_what_is_not_covered_is_refused_not_misread(scheme: tuple[str, str]) -> None:
    vectors = [vector for vector in ALL if (vector["provider"], vector["scheme"]) == scheme]
    for vector in vectors:
        with pytest.raises(BadSignature):
            check(vector["provider"], delivery_of(vector), Secrets("whsec_MDEyMzQ1Njc4"))
