"""Where a request came from: sets of networks, and the client's address behind trusted proxies."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)

from hookmw.delivery import Delivery
from hookmw.errors import ConfigError

__all__ = ["Networks", "client_address", "network_list", "parse_address"]

Address = IPv4Address | IPv6Address

MAX_REMEMBERED = 4096
MAX_HOPS = 32
MAX_TEXT = 64
"""Characters: longer than any address, so that strangers cannot make us remember more."""


class Networks:
    """A set of networks that answers in nearly the same time however many they are.

    Args:
        networks: addresses or networks in CIDR notation; host bits must be zero.

    Raises:
        ConfigError: one is neither.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, networks: Iterable[str]) -> None:
        parsed = [_network(text) for text in _listed(networks)]
        v4 = list(collapse_addresses(n for n in parsed if isinstance(n, IPv4Network)))
        v6 = list(collapse_addresses(n for n in parsed if isinstance(n, IPv6Network)))
        spans = sorted([*map(_span, v4), *map(_span, v6)])
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def __bool__(self) -> bool:
        """Whether there is any network at all."""
        return bool(self._starts)

    def __contains__(self, address: object) -> bool:
        """Whether the address, as text or parsed, is in one of them; garbage is in none."""
        if isinstance(address, str):
            address = parse_address(address)
        return isinstance(address, Address) and self._holds(_unmapped(address))

    def _holds(self, address: Address) -> bool:
        number = _number(address)
        index = bisect_right(self._starts, number) - 1
        return index >= 0 and number <= self._ends[index]


def network_list(networks: Iterable[str]) -> tuple[str, ...]:
    """The networks, checked and kept as text; one text alone is one network.

    Raises:
        ConfigError: one is none.
    """
    texts = _listed(networks)
    Networks(texts)
    return texts


def client_address(delivery: Delivery, trusted: Networks) -> Address | None:
    """The address of the client, or None if nobody can tell.

    It is the connection's; where that is a trusted proxy's, the right-most address in
    `X-Forwarded-For` that is not one of a trusted proxy (what stands left of it is hearsay).

    Args:
        delivery: its peer and its headers are looked at.
        trusted: the proxies' networks.
    """
    peer = parse_address(delivery.peer or "")
    if peer is None or not trusted or peer not in trusted:
        return peer
    for hop in reversed(_forwarded_for(delivery)):
        address = parse_address(_without_port(hop))
        if address is None or address not in trusted:
            return address
    return peer


def _forwarded_for(delivery: Delivery) -> list[str]:
    lines = [value for name, value in delivery.headers if name == b"x-forwarded-for"]
    hops = b",".join(lines).decode("latin-1").split(",")
    return [hop.strip() for hop in hops if hop.strip()][-MAX_HOPS:]


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, _ = hop.partition(":")
    return host if colon and hop.count(":") == 1 else hop


def parse_address(text: str) -> Address | None:
    """An address from its text, or None; an IPv4 address mapped into IPv6 is the IPv4 address."""
    return _parse(text) if len(text) <= MAX_TEXT else None


@lru_cache(MAX_REMEMBERED)
def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return _unmapped(address)


def _unmapped(address: Address) -> Address:
    return getattr(address, "ipv4_mapped", None) or address


def _listed(networks: Iterable[str]) -> tuple[str, ...]:
    return (networks,) if isinstance(networks, str) else tuple(networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    if not isinstance(text, str):
        raise ConfigError(f"{text!r} is not a network: write it as text, such as '10.0.0.0/8'")
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a network: {error}") from None
    mapped = parse_address(str(network[0]))
    if isinstance(network, IPv6Network) and isinstance(mapped, IPv4Address):
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def _span(network: IPv4Network | IPv6Network) -> tuple[int, int]:
    return _number(network[0]), _number(network[-1])


def _number(address: Address) -> int:
    """One line for both families, IPv4 beyond the end of IPv6: `::/0` holds no IPv4 address."""
    return 1 << 128 | int(address) if isinstance(address, IPv4Address) else int(address)
