import pytest

from hookmw.errors import ConfigError
from hookmw.middleware import IPAllowlistMiddleware
from tests.middleware.asgi import Spy, Wire, call, http, websocket

pytestmark = pytest.mark.anyio

GITHUB = ["140.82.112.0/20", "2a0a:a440::/29"]


@pytest.mark.parametrize("client", ["140.82.112.1", "::ffff:140.82.112.1", "2a0a:a440::1"])
async def test_the_networks_may_send(client: str) -> None:
    spy = Spy()
    wire = await call(IPAllowlistMiddleware(spy, GITHUB), http(client=(client, 1)), Wire(b"abc"))
    assert (wire.status, spy.bodies) == (200, [b"abc"])


@pytest.mark.parametrize("client", [("203.0.113.9", 1), ("testclient", 1), ("", 0), None])
async def test_nobody_else_may_and_nothing_is_read(client: tuple[str, int] | None) -> None:
    spy = Spy()
    wire = await call(IPAllowlistMiddleware(spy, GITHUB), http(client=client), Wire(b"abc"))
    assert (wire.status, wire.body, wire.receives) == (403, b"forbidden", 0)
    assert spy.scopes == []


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ([b"140.82.112.1"], 200),
        ([b"203.0.113.9, 140.82.112.1"], 200),
        ([b"140.82.112.1, 203.0.113.9"], 403),
        ([b"140.82.112.1", b"203.0.113.9"], 403),
        ([b"140.82.112.1, junk"], 403),
        ([], 403),
    ],
)
async def test_behind_a_trusted_proxy_the_rightmost_untrusted_hop_counts(
    forwarded: list[bytes], status: int
) -> None:
    app = IPAllowlistMiddleware(Spy(), GITHUB, trusted_proxies=["10.0.0.1"])
    headers = [(b"X-Forwarded-For", line) for line in forwarded]
    assert (await call(app, http(client=("10.0.0.1", 1), headers=headers))).status == status


async def test_a_websocket_is_judged_too() -> None:
    spy = Spy()
    app = IPAllowlistMiddleware(spy, GITHUB)
    assert await websocket(app) == [{"type": "websocket.accept"}]
    refused = await websocket(app, client=("203.0.113.9", 1))
    assert refused == [{"type": "websocket.close", "code": 1008}]
    assert len(spy.scopes) == 1


@pytest.mark.parametrize(
    ("networks", "message"), [([], "leave it out"), (["140.82.112.1/20"], "is not a network")]
)
def test_networks_that_cannot_work(networks: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        IPAllowlistMiddleware(Spy(), networks)


def test_proxies_that_cannot_work() -> None:
    with pytest.raises(ConfigError, match="is not a network"):
        IPAllowlistMiddleware(Spy(), GITHUB, trusted_proxies=["proxy.example.com"])
