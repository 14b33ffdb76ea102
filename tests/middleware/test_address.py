import ipaddress

import pytest
from hypothesis import given, settings, strategies as st

from hookmw.address import MAX_HOPS, Networks, client_address, network_list, parse_address
from hookmw.delivery import Delivery
from hookmw.errors import ConfigError

GITHUB = "140.82.112.0/20"
PROXY = ["10.0.0.1"]


def delivery(peer: str | None, *forwarded: str) -> Delivery:
    headers = tuple((b"x-forwarded-for", line.encode("latin-1")) for line in forwarded)
    return Delivery(method="POST", path="/", headers=headers, received_at=0, peer=peer)


@pytest.mark.parametrize(
    ("networks", "address", "inside"),
    [
        ([GITHUB], "140.82.112.0", True),
        ([GITHUB], "140.82.127.255", True),
        ([GITHUB], "140.82.111.255", False),
        ([GITHUB], "140.82.128.0", False),
        ([GITHUB], "::ffff:140.82.112.1", True),
        (["::ffff:140.82.112.0/116"], "140.82.112.1", True),
        (["::ffff:140.82.112.1"], "140.82.112.2", False),
        (["2a0a:a440::/29"], "2a0a:a447:ffff::1", True),
        (["2a0a:a440::/29"], "2a0a:a448::1", False),
        (["2a0a:a440::/29"], "2a0a:a440::1%eth0", True),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.8", False),
        (["0.0.0.0/0", "::/0"], "2001:db8::1", True),
        (["0.0.0.0/0", "::/0"], "192.0.2.1", True),
        (["10.0.0.0/8", "::/0"], "9.0.0.1", False),
        (["10.0.0.0/8", "::/0"], "11.0.0.1", False),
        (["10.0.0.0/8", "::/0"], "::1", True),
        (["0.0.0.0/0"], "::1", False),
        (["0.0.0.0/0"], "::7f00:1", False),
        ([], "192.0.2.1", False),
        ([GITHUB], "garbage<script>", False),
        ([GITHUB], "140.82.112.1 ", False),
        ([GITHUB], "0140.82.112.1", False),
        ([GITHUB], "", False),
    ],
)
def test_networks(networks: list[str], address: str, inside: bool) -> None:  # noqa: FBT001
    assert (address in Networks(networks)) is inside
    parsed = parse_address(address)
    assert parsed is None or (parsed in Networks(networks)) is inside


def test_a_mapped_address_that_is_parsed_already_is_the_ipv4_address() -> None:
    mapped = ipaddress.ip_address("::ffff:140.82.112.1")
    assert mapped in Networks([GITHUB])
    assert mapped not in Networks(["::/0"])


def test_what_is_no_address_is_in_no_network() -> None:
    assert 42 not in Networks(["0.0.0.0/0", "::/0"])
    assert None not in Networks(["0.0.0.0/0", "::/0"])


def test_one_text_is_one_network() -> None:
    assert "10.1.2.3" in Networks("10.0.0.0/8")
    assert network_list("10.0.0.0/8") == ("10.0.0.0/8",)
    assert network_list(iter(PROXY)) == ("10.0.0.1",)


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0", "example.com", "", "1.2.3.4/33"])
def test_what_is_no_network_is_refused_at_construction(wrong: str) -> None:
    with pytest.raises(ConfigError, match="is not a network"):
        Networks([GITHUB, wrong])
    with pytest.raises(ConfigError, match="is not a network"):
        network_list([wrong])


def test_numbers_are_no_networks() -> None:
    with pytest.raises(ConfigError, match="write it as text"):
        Networks([167772160])  # type: ignore[list-item]


def test_truth_is_whether_there_is_any() -> None:
    assert not Networks([])
    assert Networks(["::1"])


def test_a_huge_list_and_what_is_asked_often_stay_right() -> None:
    networks = Networks([f"10.{i // 256}.{i % 256}.0/25" for i in range(20_000)])
    for i in range(0, 20_000, 3):
        assert f"10.{i // 256}.{i % 256}.127" in networks
        assert f"10.{i // 256}.{i % 256}.128" not in networks
    assert "10.0.0.127" in networks


def addresses(version: int) -> st.SearchStrategy[str]:
    return st.ip_addresses(v=version).map(str)  # type: ignore[arg-type]


def cidr(address: str, bits: int) -> str:
    longest = 32 if "." in address and ":" not in address else 128
    return str(ipaddress.ip_network(f"{address}/{min(bits, longest)}", strict=False))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.builds(cidr, addresses(4) | addresses(6), st.integers(0, 24)), min_size=1, max_size=8
    ),
    addresses(4) | addresses(6),
)
def test_networks_agree_with_the_standard_library(networks: list[str], address: str) -> None:
    plain = parse_address(address)
    assert plain is not None
    expected = any(
        plain in network
        for network in map(ipaddress.ip_network, networks)
        if network.version == plain.version
    )
    assert (address in Networks(networks)) is expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        # without a proxy the header is hearsay (147, 148)
        ("203.0.113.9", ["140.82.112.1"], [], "203.0.113.9"),
        ("203.0.113.9", ["140.82.112.1"], PROXY, "203.0.113.9"),
        ("10.0.0.1", ["140.82.112.1"], PROXY, "140.82.112.1"),
        ("10.0.0.1", ["140.82.112.1, 203.0.113.9"], PROXY, "203.0.113.9"),  # 149
        ("10.0.0.1", ["140.82.112.1", "203.0.113.9"], PROXY, "203.0.113.9"),  # 150
        ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], ["10.0.0.0/8"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9,10.0.0.2,,"], ["10.0.0.0/8"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", [], PROXY, "10.0.0.1"),
        ("10.0.0.1", [""], PROXY, "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9:4711"], PROXY, "203.0.113.9"),  # 151
        ("10.0.0.1", ["[2001:db8::1]:4711"], PROXY, "2001:db8::1"),
        ("10.0.0.1", ["[2001:db8::1]"], PROXY, "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], PROXY, "2001:db8::1"),
        ("10.0.0.1", ["140.82.112.1, unknown"], PROXY, None),
        ("10.0.0.1", ["140.82.112.1, garbage<script>"], PROXY, None),
        ("10.0.0.1", ["140.82.112.1, \xe9"], PROXY, None),
        ("::ffff:10.0.0.1", ["::ffff:140.82.112.1"], PROXY, "140.82.112.1"),  # 152
        (None, ["140.82.112.1"], PROXY, None),  # 153
        ("testclient", ["140.82.112.1"], PROXY, None),
        ("", [], [], None),
    ],
)
def test_client_address(
    peer: str | None, forwarded: list[str], trusted: list[str], expected: str | None
) -> None:
    found = client_address(delivery(peer, *forwarded), Networks(trusted))
    assert found == (None if expected is None else ipaddress.ip_address(expected))


def test_a_chain_of_proxies_without_end_is_not_followed() -> None:
    chain = ", ".join(["203.0.113.9", *["10.0.0.2"] * MAX_HOPS])
    trusted = Networks(["10.0.0.0/8"])
    assert client_address(delivery("10.0.0.1", chain), trusted) == parse_address("10.0.0.1")
    shorter = chain.removesuffix(", 10.0.0.2")
    assert client_address(delivery("10.0.0.1", shorter), trusted) == parse_address("203.0.113.9")
