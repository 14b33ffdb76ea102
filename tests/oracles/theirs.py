"""Somebody else's verdicts, and where they are known to be more lenient than ours."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest

from hookmw.testing import SignedRequest
from tests.oracles.requests import FORM, HOST, Sender

stripe = pytest.importorskip("stripe")
standardwebhooks = pytest.importorskip("standardwebhooks")
svix = pytest.importorskip("svix")
gidgethub = pytest.importorskip("gidgethub.sansio")
slack_signature = pytest.importorskip("slack_sdk.signature")
discord = pytest.importorskip("discord_interactions")
qstash = pytest.importorskip("qstash")
twilio = pytest.importorskip("twilio.request_validator")

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAIN = "a-secret-of-nobody-0123456789abcd"
SEED = "1f" * 32
PUBLIC = "43046bfe4092b3e94994eada15dcc20d8aaa07b658fd3954eb8e0efb8bdca5de"

Headers = dict[str, str]


class NoRefusal(Exception):
    """What no oracle raises: some answer False."""


@dataclass(frozen=True)
class Oracle:
    """How it is asked, how it refuses, and codes of ours for what it takes all the same.

    `tidy` is for those that know one spelling of a signature only: what it makes of another, with
    the same MAC in it, is what they must accept wherever we do.
    """

    name: str
    headers: tuple[str, ...]
    accepts: Callable[[SignedRequest, Headers], object]
    refuses_by: type[Exception] = NoRefusal
    lenient: dict[str, str] = field(default_factory=dict)
    sender: Sender = field(default=Sender(PLAIN))
    secret: str = PLAIN
    tidy: Callable[[str], str] = str


def _stripe(request: SignedRequest, headers: Headers) -> object:
    header = headers.get("stripe-signature")
    return stripe.WebhookSignature.verify_header(request.body, header, PLAIN, tolerance=300)


def _slack(request: SignedRequest, headers: Headers) -> object:
    verifier = slack_signature.SignatureVerifier(PLAIN)
    stamp, signature = "x-slack-request-timestamp", "x-slack-signature"
    return verifier.is_valid(request.body, headers.get(stamp), headers.get(signature))


def _github(request: SignedRequest, headers: Headers) -> object:
    signature = headers["x-hub-signature-256"]
    if not signature.startswith("sha256="):
        raise gidgethub.ValidationFailure("gidgethub takes sha1 too, which we never do")
    return gidgethub.validate_event(request.body, signature=signature, secret=PLAIN)


def _standard(request: SignedRequest, headers: Headers) -> object:
    return standardwebhooks.Webhook(WHSEC).verify(request.body, headers, json_parse=False)


def _svix(request: SignedRequest, headers: Headers) -> object:
    return svix.Webhook(WHSEC).verify(request.body, headers) is not False


def _discord(request: SignedRequest, headers: Headers) -> object:
    signature, stamp = headers["x-signature-ed25519"], headers["x-signature-timestamp"]
    return discord.verify_key(request.body, signature, stamp, PUBLIC)


def _qstash(request: SignedRequest, headers: Headers) -> object:
    url = f"{HOST}{request.path}?{request.query_string.decode()}"
    receiver = qstash.Receiver(PLAIN, PLAIN)
    token = headers["upstash-signature"]
    return receiver.verify(signature=token, body=request.body.decode(), url=url)


class _Form(dict[str, list[str]]):
    """As a framework hands it over."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def _twilio(request: SignedRequest, headers: Headers) -> object:
    url = f"{HOST}{request.path}?{request.query_string.decode()}"
    form = _Form(parse_qs(request.body.decode(), keep_blank_values=True))
    return twilio.RequestValidator(PLAIN).validate(url, form, headers["x-twilio-signature"])


def _pairs(header: str) -> str:
    """Stripe compares hex as text, and refuses a list with an item that is no pair."""
    return ",".join(item for item in header.lower().split(",") if "=" in item)


SPELLINGS = "reads the text as a float or an int, so other spellings of the same number pass"
ZEROS = "reads the number and signs it anew, so zeros before it pass"
BASE64 = "decodes base64 that no encoder writes: junk inside, or spare bits at the end"
LIST = "takes the good one of a list with a bad one"

ORACLES = (
    Oracle(
        "stripe",
        ("stripe-signature",),
        _stripe,
        stripe.SignatureVerificationError,
        {
            "timestamp_future": "checks the past only",
            "timestamp_malformed": SPELLINGS,
            "signature_mismatch": ZEROS,
            "signature_malformed": f"{LIST}, the last of several t=, and items with blanks",
        },
        tidy=_pairs,
    ),
    Oracle(
        "slack",
        ("x-slack-request-timestamp", "x-slack-signature"),
        _slack,
        tidy=str.lower,
    ),
    Oracle(
        "github",
        ("x-hub-signature-256",),
        _github,
        gidgethub.ValidationFailure,
        tidy=str.lower,
    ),
    Oracle(
        "standard_webhooks",
        ("webhook-id", "webhook-timestamp", "webhook-signature"),
        _standard,
        standardwebhooks.WebhookVerificationError,
        {
            "timestamp_malformed": SPELLINGS,
            "signature_mismatch": ZEROS,
            "signature_malformed": f"{BASE64}; and {LIST}, and ids with a dot in them",
        },
        Sender(WHSEC),
        WHSEC,
    ),
    Oracle(
        "svix",
        ("svix-id", "svix-timestamp", "svix-signature"),
        _svix,
        svix.webhooks.WebhookVerificationError,
        {
            "timestamp_malformed": SPELLINGS,
            "signature_mismatch": ZEROS,
            "signature_malformed": f"{BASE64}; and {LIST}, and ids with a dot in them",
        },
        Sender(WHSEC),
        WHSEC,
    ),
    Oracle(
        "discord",
        ("x-signature-timestamp", "x-signature-ed25519"),
        _discord,
        lenient={
            "timestamp_future": "leaves the age to whoever calls it, as Discord's own page does",
            "timestamp_stale": "as timestamp_future",
            "signature_malformed": "reads hex with white space in it",
        },
        sender=Sender(SEED),
        secret=PUBLIC,
    ),
    Oracle(
        "qstash",
        ("upstash-signature",),
        _qstash,
        qstash.errors.SignatureError,
        sender=Sender(PLAIN, token="upstash-signature"),
    ),
    Oracle("twilio", ("x-twilio-signature",), _twilio, sender=Sender(PLAIN, body=FORM, form=True)),
)
BY_NAME = {oracle.name: oracle for oracle in ORACLES}


def theirs(oracle: Oracle, request: SignedRequest) -> bool | None:
    """Whether they accept it; None where they crash."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    return _verdict(oracle, request, headers)


def tidied(oracle: Oracle, request: SignedRequest) -> bool | None:
    """Whether they accept it in their spelling."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    last = oracle.headers[-1]
    return _verdict(oracle, request, {**headers, last: oracle.tidy(headers[last])})


def _verdict(oracle: Oracle, request: SignedRequest, headers: Headers) -> bool | None:
    try:
        return oracle.accepts(request, headers) is not False
    except oracle.refuses_by:
        return False
    except Exception:
        return None
