"""Our verdict against that of other people's Python code, on mutated genuine requests.

What they refuse we must refuse. What they accept and we refuse must be one of the known differences
(`Oracle.lenient`): places where their code is more lenient than the scheme it implements. Where it
crashes (all of it does, on some requests) it has no verdict.
"""

import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hookmw.catalog import provider
from hookmw.errors import Rejected
from hookmw.middleware.signature import Signature
from hookmw.testing import SignedRequest
from tests.oracles.requests import HOST, Step, changed, plans
from tests.oracles.theirs import BY_NAME, Oracle, theirs, tidied

MANY = int(os.environ.get("ORACLE_EXAMPLES", "200000"))
AGES = st.sampled_from([0, 0, 0, 100, 290, 310, 86_400, -100, -290, -310, -86_400])
RELAXED = list(HealthCheck)

every_oracle = pytest.mark.parametrize("name", sorted(BY_NAME))


def ours(oracle: Oracle, request: SignedRequest) -> str:
    """`accepted`, or the code of the refusal, of the stage that receivers run."""
    stage = Signature(provider(oracle.name).scheme, oracle.secret)
    delivery = request.delivery(time.time())
    delivery.public_url = HOST
    try:
        stage(delivery).send(None)
    except StopIteration:
        return "accepted"
    except Rejected as error:
        return error.code
    raise AssertionError("it waits, with everything there")


def compare(oracle: Oracle, age: int, plan: list[Step]) -> None:
    request = changed(oracle.sender.request(oracle.name, age), oracle.headers, plan)
    verdict, oracle_accepts = ours(oracle, request), theirs(oracle, request)
    if verdict == "accepted":
        agreed = oracle_accepts is not False or tidied(oracle, request)
        assert agreed, f"{oracle.name} refuses it: {request}"
    elif oracle_accepts:
        assert verdict in oracle.lenient, f"we refuse ({verdict}) what {oracle.name} accepts"


@every_oracle
@settings(max_examples=400, deadline=None, suppress_health_check=RELAXED)
@given(data=st.data())
def test_verdicts_agree(name: str, data: st.DataObject) -> None:
    oracle = BY_NAME[name]
    compare(oracle, data.draw(AGES), data.draw(plans(len(oracle.headers))))


@pytest.mark.slow
@pytest.mark.timeout(14_400)
@every_oracle
@settings(max_examples=MANY, deadline=None, suppress_health_check=RELAXED)
@given(data=st.data())
def test_verdicts_agree_over_many(name: str, data: st.DataObject) -> None:
    oracle = BY_NAME[name]
    compare(oracle, data.draw(AGES), data.draw(plans(len(oracle.headers))))


@every_oracle
def test_the_genuine_one_is_accepted_by_both(name: str) -> None:
    oracle = BY_NAME[name]
    request = oracle.sender.request(name, 0)
    assert ours(oracle, request) == "accepted"
    assert theirs(oracle, request)


@every_oracle
def test_the_body_of_another_is_refused_by_both(name: str) -> None:
    oracle = BY_NAME[name]
    request = changed(oracle.sender.request(name, 0), oracle.headers, _replaced(oracle))
    assert ours(oracle, request) != "accepted"
    assert not theirs(oracle, request)


def _replaced(oracle: Oracle) -> list[Step]:
    return [(len(oracle.headers), "replace", 9, b"XY")]


DIFFERENCES: list[tuple[str, list[Step], int, str]] = [
    ("stripe", [], -86_400, "timestamp_future"),
    ("stripe", [(0, "insert", 2, b"+")], 0, "timestamp_malformed"),
    ("stripe", [(0, "insert", 2, b"0")], 0, "signature_mismatch"),
    ("stripe", [(0, "double", 0, b",")], 0, "signature_malformed"),
    ("discord", [], 310, "timestamp_stale"),
    ("discord", [], -310, "timestamp_future"),
    ("discord", [(1, "insert", 0, b" ")], 0, "signature_malformed"),
    ("standard_webhooks", [(1, "insert", 0, b" ")], 0, "timestamp_malformed"),
    ("standard_webhooks", [(1, "insert", 0, b"0")], 0, "signature_mismatch"),
    ("standard_webhooks", [(2, "insert", 20, b"!!!!")], 0, "signature_malformed"),
    ("svix", [(1, "insert", 0, b" ")], 0, "timestamp_malformed"),
    ("svix", [(1, "insert", 0, b"0")], 0, "signature_mismatch"),
    ("svix", [(2, "insert", 20, b"!!!!")], 0, "signature_malformed"),
]


@pytest.mark.parametrize(("name", "plan", "age", "code"), DIFFERENCES)
def test_known_differences_are_still_there(
    name: str, plan: list[Step], age: int, code: str
) -> None:
    """Else a line of `lenient` has lost its reason."""
    oracle = BY_NAME[name]
    request = changed(oracle.sender.request(name, age), oracle.headers, plan)
    assert theirs(oracle, request)
    assert ours(oracle, request) == code


@pytest.mark.parametrize("name", ["stripe", "slack", "github"])
def test_hex_in_the_other_case_is_the_same_mac(name: str) -> None:
    oracle = BY_NAME[name]
    request = oracle.sender.request(name, 0)
    header = oracle.headers[-1].encode()
    text = dict(request.headers)[header]
    at = text.rindex(b"=")
    shouted = text[: at + 1] + text[at + 1 :].upper()
    headers = tuple({**dict(request.headers), header: shouted}.items())
    request = SignedRequest("POST", request.path, request.query_string, headers, request.body)
    assert ours(oracle, request) == "accepted"
    assert not theirs(oracle, request)
    assert tidied(oracle, request)


def test_each_known_difference_is_shown() -> None:
    shown: set[Any] = {(name, code) for name, _, _, code in DIFFERENCES}
    assert shown == {(each.name, code) for each in BY_NAME.values() for code in each.lenient}
