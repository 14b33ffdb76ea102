"""Only from these networks."""

from collections.abc import Iterable

from starlette.types import ASGIApp

from hookmw.address import Networks, client_address
from hookmw.delivery import Delivery
from hookmw.errors import AddressNotAllowed, ConfigError
from hookmw.middleware.shell import StageShell

__all__ = ["IPAllowlist", "IPAllowlistMiddleware"]


class IPAllowlist:
    """Refuses clients whose address is not in the networks.

    Args:
        networks: CIDR notation or addresses; at least one.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed.

    Raises:
        ConfigError: no network is given, or one is not a network.
    """

    def __init__(self, networks: Iterable[str], trusted_proxies: Iterable[str] = ()) -> None:
        self.networks = Networks(networks)
        self.trusted = Networks(trusted_proxies)
        if not self.networks:
            raise ConfigError("ip_allowlist is empty, which would refuse everybody: leave it out")

    async def __call__(self, delivery: Delivery) -> None:
        """Pass, or raise `AddressNotAllowed`."""
        address = client_address(delivery, self.trusted)
        if address is None:
            raise AddressNotAllowed("the client's address cannot be told", code="address_unknown")
        if address not in self.networks:
            raise AddressNotAllowed(f"{address} is not in the allowed networks")


class IPAllowlistMiddleware(StageShell):
    """Answers 403 to clients outside of the networks, before anything else is looked at.

    A server that rewrites the client's address itself (uvicorn's `--proxy-headers`, which is on by
    default for 127.0.0.1) does so before we see it: switch that off, or trust it and leave
    `trusted_proxies` empty. Trust only proxies that drop the trailers of chunked bodies, as nginx
    and most others do: uvicorn's httptools parser makes headers of those that arrive early.

    Args:
        app: the next app.
        networks: CIDR notation or addresses; at least one.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed.

    Raises:
        ConfigError: no network is given, or one is not a network.
    """

    def __init__(
        self, app: ASGIApp, networks: Iterable[str], trusted_proxies: Iterable[str] = ()
    ) -> None:
        super().__init__(app, IPAllowlist(networks, trusted_proxies), websockets=True)
