"""Our verdict against that of the providers' own Python code, on mutated genuine requests.

What they refuse we must refuse. What they accept and we refuse must be one of the known differences
below: places where their code is more lenient than the scheme it implements. Where it crashes (all
of it does, on some requests) it has no verdict.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.errors import Rejected
from hookmw.secret import Secrets
from hookmw.testing import SignedRequest, sign

stripe = pytest.importorskip("stripe")
standardwebhooks = pytest.importorskip("standardwebhooks")
svix = pytest.importorskip("svix")
gidgethub = pytest.importorskip("gidgethub.sansio")
slack_signature = pytest.importorskip("slack_sdk.signature")

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAIN = "a-secret-of-nobody-0123456789"

Headers = dict[str, str]


@dataclass(frozen=True)
class Oracle:
    """Somebody else's verdict, and where it is known to be more lenient than ours."""

    name: str
    secret: str
    headers: tuple[str, ...]
    accepts: Callable[[bytes, Headers], object]
    refuses_by: type[Exception]
    lenient: dict[str, str]


class NoRefusal(Exception):
    """What no oracle raises: slack_sdk answers False."""


def _stripe(body: bytes, headers: Headers) -> object:
    header = headers.get("stripe-signature")
    return stripe.WebhookSignature.verify_header(body, header, PLAIN, tolerance=300)


def _slack(body: bytes, headers: Headers) -> object:
    verifier = slack_signature.SignatureVerifier(PLAIN)
    return verifier.is_valid(
        body, headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
    )


def _github(body: bytes, headers: Headers) -> object:
    signature = headers["x-hub-signature-256"]
    if not signature.startswith("sha256="):
        raise gidgethub.ValidationFailure("gidgethub takes sha1 too, which we never do")
    return gidgethub.validate_event(body, signature=signature, secret=PLAIN)


def _standard(body: bytes, headers: Headers) -> object:
    return standardwebhooks.Webhook(WHSEC).verify(body, headers, json_parse=False)


SPELLINGS = "reads the text as a float or an int, so other spellings of the same number pass"
BASE64 = "decodes base64 that no encoder writes: junk inside, or spare bits at the end"

ORACLES = (
    Oracle(
        "stripe",
        PLAIN,
        ("stripe-signature",),
        _stripe,
        stripe.SignatureVerificationError,
        {
            "timestamp_future": "checks the past only",
            "timestamp_malformed": SPELLINGS,
            "signature_malformed": "takes the good one of a list in which another is no signature,"
            " the last of several t=, and items with blanks",
        },
    ),
    Oracle(
        "slack",
        PLAIN,
        ("x-slack-request-timestamp", "x-slack-signature"),
        _slack,
        NoRefusal,
        {"timestamp_malformed": SPELLINGS},
    ),
    Oracle("github", PLAIN, ("x-hub-signature-256",), _github, gidgethub.ValidationFailure, {}),
    Oracle(
        "standard_webhooks",
        WHSEC,
        ("webhook-id", "webhook-timestamp", "webhook-signature"),
        _standard,
        standardwebhooks.WebhookVerificationError,
        {
            "timestamp_malformed": SPELLINGS,
            "signature_malformed": f"{BASE64}; and takes the good one of a list with a bad one,"
            " and ids with a dot in them",
        },
    ),
)
BY_NAME = {oracle.name: oracle for oracle in ORACLES}


def theirs(oracle: Oracle, request: SignedRequest) -> bool | None:
    """Whether they accept it; None where they crash."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    try:
        return oracle.accepts(request.body, headers) is not False
    except oracle.refuses_by:
        return False
    except Exception:
        return None


def ours(oracle: Oracle, request: SignedRequest) -> str:
    """`accepted`, or the code of the refusal."""
    delivery: Delivery = request.delivery(time.time())
    scheme: Any = provider(oracle.name).scheme
    try:
        scheme.precheck(delivery)
        scheme.verify(delivery, Secrets(oracle.secret))
    except Rejected as error:
        return error.code
    return "accepted"


PIECES = st.sampled_from(
    (b"|,|.|=|v1=|v0=|v1,|t=|sha256=|0|a|A|+|-1|_|!!!!|nan|1e9|==|v2,x| |\t|\0|\xff").split(b"|")
)


@st.composite
def mutations(draw: Any, parts: int) -> list[tuple[int, str, int, bytes]]:
    """Which part (the body is the last), what to do there, where, and with which bytes."""
    one = st.tuples(
        st.integers(0, parts),
        st.sampled_from(["insert", "replace", "delete", "double", "upper", "drop"]),
        st.integers(0, 400),
        PIECES,
    )
    found: list[tuple[int, str, int, bytes]] = draw(st.lists(one, max_size=3))
    return found


def mutate(text: bytes, what: str, where: int, piece: bytes) -> bytes:
    at = where % (len(text) + 1)
    match what:
        case "insert":
            return text[:at] + piece + text[at:]
        case "replace":
            return text[:at] + piece + text[at + len(piece) :]
        case "delete":
            return text[:at] + text[at + 1 :]
        case "double":
            return text + piece + text
        case "upper":
            return text.upper()
        case _:
            return b""


def changed(
    request: SignedRequest, names: tuple[str, ...], plan: list[tuple[int, str, int, bytes]]
) -> SignedRequest:
    headers, body = dict(request.headers), request.body
    for part, what, where, piece in plan:
        if part == len(names):
            body = mutate(body, what, where, piece)
        else:
            name = names[part].encode()
            headers[name] = mutate(headers[name], what, where, piece)
    made = copy.copy(request)
    object.__setattr__(made, "headers", tuple(headers.items()))
    object.__setattr__(made, "body", body)
    return made


def compare(oracle: Oracle, age: int, plan: list[tuple[int, str, int, bytes]]) -> None:
    genuine = sign(
        oracle.name, b'{"id":"evt_1","type":"x"}', oracle.secret, at=time.time() - age, type="x"
    )
    request = changed(genuine, oracle.headers, plan)
    verdict, oracle_accepts = ours(oracle, request), theirs(oracle, request)
    if verdict == "accepted":
        assert oracle_accepts is not False, f"{oracle.name} refuses it: {request.headers}"
    elif oracle_accepts:
        assert verdict in oracle.lenient, f"we refuse ({verdict}) what {oracle.name} accepts"


AGES = st.sampled_from([0, 0, 0, 100, 290, 310, 86_400, -100, -290, -310, -86_400])
RELAXED = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.mark.parametrize("name", sorted(BY_NAME))
@settings(max_examples=400, deadline=None, suppress_health_check=RELAXED)
@given(data=st.data())
def test_verdicts_agree(name: str, data: st.DataObject) -> None:
    oracle = BY_NAME[name]
    compare(oracle, data.draw(AGES), data.draw(mutations(len(oracle.headers))))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sorted(BY_NAME))
@settings(max_examples=50_000, deadline=None, suppress_health_check=RELAXED)
@given(data=st.data())
def test_verdicts_agree_over_many(name: str, data: st.DataObject) -> None:
    oracle = BY_NAME[name]
    compare(oracle, data.draw(AGES), data.draw(mutations(len(oracle.headers))))


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_genuine_one_is_accepted_by_both(name: str) -> None:
    oracle = BY_NAME[name]
    request = sign(name, b'{"id":"evt_1","type":"x"}', oracle.secret, type="x")
    assert ours(oracle, request) == "accepted"
    assert theirs(oracle, request)


@pytest.mark.parametrize(
    ("name", "plan", "age", "code"),
    [
        ("stripe", [], -86_400, "timestamp_future"),
        ("stripe", [(0, "insert", 2, b"+")], 0, "timestamp_malformed"),
        ("stripe", [(0, "double", 0, b",")], 0, "signature_malformed"),
        ("standard_webhooks", [(2, "insert", 20, b"!!!!")], 0, "signature_malformed"),
    ],
)
def test_known_differences_are_still_there(
    name: str, plan: list[tuple[int, str, int, bytes]], age: int, code: str
) -> None:
    """Else a line of `lenient` has lost its reason."""
    oracle = BY_NAME[name]
    genuine = sign(
        name, b'{"id":"evt_1","type":"x"}', oracle.secret, at=time.time() - age, type="x"
    )
    request = changed(genuine, oracle.headers, plan)
    assert theirs(oracle, request)
    assert ours(oracle, request) == code


def test_svix_speaks_standard_webhooks() -> None:
    request = sign("standard_webhooks", {"type": "x"}, WHSEC)
    headers = {
        name.decode().replace("webhook-", "svix-"): value.decode()
        for name, value in request.headers
    }
    svix.Webhook(WHSEC).verify(request.body, headers)
