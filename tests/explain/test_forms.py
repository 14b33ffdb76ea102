"""Forms with alternatives and wildcards, and times in rarer units, are explained as well."""

import base64
import hmac

import pytest

from hookmw.catalog import provider
from hookmw.scheme import Scheme
from tests.explain.broken import AT, BODY, SECRET, changed, explained, signed, with_header, without

ROWS = (
    *("infisical", "metronome", "mollie", "orb", "sinch_voice", "vipps_mobilepay"),
    "worldpay_access",
)
WILD = Scheme("header:x-s", form="*/SHA256/{signature}")


def header_of(name: str) -> str:
    scheme = provider(name).scheme
    assert isinstance(scheme, Scheme)
    return scheme.signature.removeprefix("header:")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("text", [None, "", "x", "1/SHA256/zz", "sha256=00", "t=1;", "v1=,"])
def test_every_spoiled_signature_is_explained(name: str, text: str | None) -> None:
    delivery = signed(name)
    delivery.public_url = "https://hooks.example.com"
    header = header_of(name)
    spoilt = without(delivery, header) if text is None else with_header(delivery, header, text)
    found = explained(spoilt, name)
    assert found.findings
    assert SECRET not in str(found)


@pytest.mark.parametrize("name", ["metronome", "orb"])
def test_times_in_rarer_units_are_explained(name: str) -> None:
    late = explained(changed(signed(name), received_at=AT + 86_400), name)
    assert late.findings[0].code == "timestamp_stale"
    row = {"metronome": "x-metronome-date", "orb": "x-orb-timestamp"}
    none = explained(with_header(signed(name), row[name], "yesterday"), name)
    assert none.findings[0].code == "timestamp_malformed"


def wild(text: str) -> list[str]:
    delivery = with_header(signed(WILD, BODY), "x-s", text)
    return [finding.code for finding in explained(delivery, WILD).findings]


def test_another_hash_or_encoding_behind_a_wildcard_is_found() -> None:
    sha1 = hmac.new(SECRET.encode(), BODY, "sha1").hexdigest()
    assert "signature_hash" in wild(f"7/SHA256/{sha1}")
    raw = hmac.digest(SECRET.encode(), BODY, "sha256")
    assert "signature_encoding" in wild(f"7/SHA256/{base64.b64encode(raw).decode()}")
    assert "signature_form" in wild(f"sha256={raw.hex()}")
