"""What a row says of its provider, in a form that people and programs can read."""

from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from hookmw.catalog import names, provider
from hookmw.cli.describe import PROOFS

MAX_PHRASE = 140
"""Characters of `retries` and of `disables`: they stand in one line of a terminal."""

every_row = pytest.mark.parametrize("name", names())


def is_page(text: str) -> bool:
    """An address on the web, as one can click on it."""
    url = urlsplit(text)
    return url.scheme == "https" and "." in url.netloc and not any(map(str.isspace, text))


def are_networks(text: str) -> bool:
    """A list of networks, as `ip_allowlist` takes it."""
    try:
        return bool([ip_network(each.strip()) for each in text.split(",")])
    except ValueError:
        return False


@every_row
def test_a_row_names_its_source(name: str) -> None:
    row = provider(name)
    assert row.title == row.title.strip() != ""
    assert is_page(row.docs)
    assert row.env.isupper()
    assert row.env.isidentifier()
    assert row.proof in PROOFS


@every_row
def test_a_deadline_is_seconds(name: str) -> None:
    assert 0 <= provider(name).deadline <= 120


@every_row
def test_addresses_are_a_page_or_networks(name: str) -> None:
    addresses = provider(name).addresses
    assert not addresses or is_page(addresses) or are_networks(addresses)


@every_row
def test_the_contract_is_a_few_words(name: str) -> None:
    row = provider(name)
    for phrase in (row.retries, row.disables):
        assert len(phrase) <= MAX_PHRASE
        assert phrase == phrase.strip()
        assert not phrase.endswith(".")
        assert "  " not in phrase


@pytest.mark.parametrize(
    ("text", "page", "networks"),
    [
        ("https://api.github.com/meta", True, False),
        ("http://api.github.com/meta", False, False),
        ("https://example.com/a page", False, False),
        ("https://localhost", False, False),
        ("192.0.2.0/24", False, True),
        ("192.0.2.1, 2001:db8::/32", False, True),
        ("192.0.2.1/24", False, False),
        ("on their page", False, False),
    ],
)
def test_what_is_a_page_and_what_are_networks(text: str, *, page: bool, networks: bool) -> None:
    assert (is_page(text), are_networks(text)) == (page, networks)
