"""It never raises, never tells, and ends soon."""

import asyncio
import time
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.errors import BadSignature
from hookmw.explain import Budget, explain
from hookmw.explain.case import MAX_BODY
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.scheme.algorithms import HMAC
from hookmw.secret import Secrets
from tests.explain.broken import AT, BODY, SECRET, changed, codes, explained, signed

ROWS = st.sampled_from(catalog.names()).map(catalog.provider)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40)


def garbled(draw: st.DrawFn) -> Delivery:
    names = ["x-hub-signature-256", "stripe-signature", "x-slack-signature", "date", "host", "x-t"]
    header = st.tuples(
        st.sampled_from(names).map(str.encode) | st.binary(max_size=20), st.binary(max_size=80)
    )
    return Delivery(
        method=draw(st.text(max_size=5)),
        path="/" + draw(st.text(max_size=20)),
        headers=tuple(draw(st.lists(header, max_size=6))),
        query_string=draw(st.binary(max_size=20)),
        path_params={"token": draw(st.text(max_size=10))},
        body=draw(st.binary(max_size=200) | st.sampled_from([b"[" * 5000, b'{"a":1e999}', b"a=%"])),
        received_at=draw(st.floats(-1e12, 1e12)),
        public_url=draw(st.none() | st.text(max_size=20)),
    )


@settings(max_examples=150, deadline=None)
@given(st.composite(garbled)(), ROWS, WORDS)
def test_garbage_never_raises(delivery: Delivery, provider: Provider, secret: str) -> None:
    explanation = explain(delivery, provider, Secrets(secret))
    assert explanation.verified or explanation.findings


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["github", "stripe", "slack", "shopify", "telegram", "gitlab"]),
    WORDS,
    st.sampled_from([b"", b"\n", b" ", b"x"]),
    st.sampled_from(["{}", '"{}"', "whsec_{}", "{}x", "A={}"]),
)
def test_no_secret_signature_or_body_is_told(name: str, secret: str, end: bytes, form: str) -> None:
    body = b'{"private":"the-body-of-it"}'
    delivery = changed(signed(name, body, secret), body=body + end)
    explanation = explained(delivery, name, form.format(secret), "another-one-here")
    said = str(explanation) + repr(explanation)
    assert secret not in said
    assert "the-body-of-it" not in said
    for header, sent in delivery.headers:
        if b"sign" in header or b"hmac" in header or b"token" in header:
            assert sent.decode()[-20:] not in said
            assert sent.decode()[7:20] not in said


def test_the_delivery_is_left_as_it_is() -> None:
    delivery = changed(signed(), body=BODY + b"\n")
    explained(delivery)
    assert (delivery.body, delivery.claim, delivery.proof) == (BODY + b"\n", None, None)


class Counting(HMAC):
    """A MAC that is counted."""

    __slots__ = ("calls", "size")

    def __init__(self) -> None:
        super().__init__("sha256")
        self.calls = self.size = 0

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        self.calls += 1
        self.size += len(value)
        return super().get_signature(key, value)


@pytest.mark.parametrize("secrets", [1, 5, 50])
def test_the_work_is_bounded(secrets: int) -> None:
    counting = Counting()
    scheme = Scheme(
        "header:x-s", algorithm=counting, timestamp="header:x-t", content="{timestamp}.{body}"
    )
    delivery = changed(signed(scheme), body=BODY + b"!")
    counting.calls = 0
    ours = [f"{SECRET}{number}" for number in range(secrets)]
    others: Any = [(f"o{n}", catalog.provider("github"), Secrets(ours)) for n in range(100)]
    budget = Budget(100, 1 << 20)
    provider = Provider("mine", scheme=scheme)
    assert not explain(delivery, provider, Secrets(ours), others=others, budget=budget).verified
    assert counting.calls <= 100 + secrets
    assert counting.size <= (1 << 20) + secrets * 1000


def test_a_large_body_takes_no_more_than_a_moment() -> None:
    large = b'{"a":[' + b"1," * 500_000 + b"1]}"
    assert len(large) <= MAX_BODY
    started = time.perf_counter()
    assert codes(explained(changed(signed(body=large), body=large[:-2] + b" ]}"))) == [
        "signature_mismatch", "json_reencoded",
    ]  # fmt: skip
    explained(changed(signed(), body=large))
    assert time.perf_counter() - started < 20


def test_a_larger_body_is_not_rewritten() -> None:
    large = b"x" * (MAX_BODY + 1)
    assert codes(explained(changed(signed(body=large), body=large + b"\n"))) == [
        "signature_mismatch"
    ]


class Later:
    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        await asyncio.sleep(1)


class Waiting:
    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        await Pause()


class Pause:
    def __await__(self) -> Generator[None, None, None]:
        yield None


class Async:
    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        if self.error:
            raise self.error


class Answering:
    def verify(self, delivery: Delivery, secrets: Secrets) -> bool:
        return True


class Failing:
    def verify(self, delivery: Delivery, secrets: Secrets) -> None:
        raise ZeroDivisionError(SECRET)


@pytest.mark.parametrize("verifier", [Later(), Waiting(), Failing(), Answering()])
def test_verifiers_of_anybody(verifier: Any) -> None:
    explanation = explain(signed(), Provider("mine", scheme=verifier), Secrets(SECRET))
    assert codes(explanation) == ["verifier_failed"]
    assert SECRET not in str(explanation)


def test_a_budget_of_nothing_still_reads() -> None:
    delivery = changed(signed("stripe"), received_at=AT, body=b"x")
    assert codes(explained(delivery, "stripe", budget=Budget(0))) == ["signature_mismatch"]


def test_only_the_newest_secrets_are_tried_with_other_bodies() -> None:
    many = [f"{SECRET}-{number}" for number in range(60)]
    delivery = changed(signed(secret=many[3]), body=BODY + b"\n")
    assert codes(explained(delivery, "github", *many)) == ["signature_mismatch", "body_newline"]


def test_an_async_verifier_that_waits_for_nothing_is_heard() -> None:
    content = Provider("mine", scheme=Async(None))
    assert explain(signed(), content, Secrets(SECRET)).verified
    refusing = Provider("mine", scheme=Async(BadSignature("the token is expired", code="expired")))
    (finding,) = explain(signed(), refusing, Secrets(SECRET)).findings
    assert (finding.code, finding.sentence) == ("expired", "The token is expired.")
