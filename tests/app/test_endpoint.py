from pathlib import Path
from typing import Any

import pytest

from hookmw import Endpoint, Hooks, Provider, Unverified, catalog
from hookmw.challenge import Challenge
from hookmw.errors import ConfigError
from hookmw.scheme import Scheme
from hookmw.testing import SignedRequest, sign
from hookmw.work.runtime import Runtime
from tests.app.receiving import SECRET, BrokenInbox, github, hooks_of, plain, stored
from tests.middleware.asgi import Wire, call, deliver, http, websocket

pytestmark = pytest.mark.anyio

PING = sign("github", {"zen": "x"}, SECRET, type="ping", path="/hook")


# construction


@pytest.mark.parametrize(
    ("path", "provider", "settings", "message"),
    [
        ("hook", "github", {}, "must begin with a slash"),
        ("", "github", {}, "must begin with a slash"),
        (None, "github", {}, "must begin with a slash"),
        ("/hook?auth=1", "github", {}, "leave that out"),
        ("/hook#x", "github", {}, "leave that out"),
        ("/{tenant", "github", {}, "write a parameter as {name}"),
        ("/{}", "github", {}, "write a parameter as {name}"),
        ("/{a}/{a}", "github", {}, "Duplicated param"),
        ("/{a:text}", "github", {}, "Unknown path convertor"),
        ("/hook", "githib", {}, "did you mean 'github'"),
        ("/hook", "github", {"secrets": None}, "is the environment variable set"),
        ("/hook", "github", {"secrets": ""}, "is the environment variable set"),
        ("/hook", "github", {"secrets": [SECRET, " "]}, "is the environment variable set"),
        ("/hook", "github", {"secrets": "x\n"}, "strip it where you read it"),
        ("/hook", "standard_webhooks", {"secrets": "whsec_!"}, "must be base64"),
        ("/hook", "github", {"verifier": object()}, "it has no method verify"),
        ("/hook", "github", {"ip_allowlist": []}, "leave it out"),
        ("/hook", "github", {"ip_allowlist": ["x"]}, "'x' is not a network"),
        ("/hook", "github", {"rate_limit": 0}, "above 0"),
        ("/hook", "github", {"client_rate_limit": {"rpm": 1}}, "rpm is unknown"),
        ("/hook", "github", {"max_body": 0}, "at least 1 byte"),
        ("/hook", "github", {"body_timeout": 0}, "more than 0 seconds"),
        ("/hook", "github", {"events": []}, "leave it out"),
        ("/hook", "github", {"events": "push"}, "must be a list"),
        ("/hook", "github", {"events": ["*.push"]}, "write an exact type"),
        ("/hook", "github", {"dedupe": "both"}, "known are auto, id, content"),
        ("/hook", "github", {"timeout": 0}, "more than 0 seconds"),
        ("/hook", "meta", {"verify_token": ""}, "verify_token is empty"),
    ],
)
def test_what_cannot_work_is_said_at_construction(
    path: Any, provider: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Endpoint(path, provider, **{"secrets": SECRET, **settings})


def test_one_network_is_enough() -> None:
    assert github(ip_allowlist="140.82.112.0/20").ip_allowlist == ("140.82.112.0/20",)


def test_names() -> None:
    assert github("/a/b/").name == "a/b"
    assert github("/").name == "github"
    assert github("/", name="mine").name == "mine"
    assert repr(github("/a")) == "<Endpoint 'a': github at /a>"
    assert SECRET not in repr(github())


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (github("/a"), github("/b", name="a"), "two endpoints have the name 'a'"),
        (github("/a"), github("/a/", name="b"), "two endpoints have the path '/a'"),
    ],
)
def test_names_and_paths_differ(first: Endpoint, second: Endpoint, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        hooks_of(first, second)


def test_hooks_without_endpoints_are_none() -> None:
    with pytest.raises(ConfigError, match="at least one endpoint"):
        Hooks([], inbox="memory:")


def test_hooks_in_an_inbox_that_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="there is no such kind"):
        Hooks([github()], inbox="redis://x")


def test_proxies_are_checked_even_where_nobody_needs_them() -> None:
    with pytest.raises(ConfigError, match="is not a network"):
        hooks_of(github(), trusted_proxies=["proxy.example.com"])


def test_an_endpoint_has_one_inbox() -> None:
    endpoint = github()
    hooks_of(endpoint)
    with pytest.raises(ConfigError, match="make another Endpoint"):
        hooks_of(endpoint)


# methods


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_only_post(method: str) -> None:
    hooks = hooks_of(github())
    request = SignedRequest(method, "/hook", b"", PING.headers, PING.body)
    wire = await deliver(hooks, request)
    assert (wire.status, wire.headers[b"allow"], wire.receives) == (405, b"POST", 0)
    assert await stored(hooks) == []


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("GET", b"hub.mode=subscribe&hub.verify_token=told&hub.challenge=abc", 200),
        ("HEAD", b"hub.mode=subscribe&hub.verify_token=told&hub.challenge=abc", 405),
        ("GET", b"", 405),
        ("PUT", b"", 405),
    ],
)
async def test_get_only_for_handshakes(method: str, query: bytes, status: int) -> None:
    hooks = hooks_of(Endpoint("/hook", "meta", secrets=SECRET, verify_token="told"))
    signed = sign("meta", b"", SECRET)
    wire = await call(hooks, http(method=method, query=query, headers=signed.headers))
    assert wire.status == status
    assert status == 200 or wire.headers[b"allow"] == b"GET, POST"
    assert await stored(hooks) == []


async def test_a_signed_handshake_of_another_method_is_no_way_in() -> None:
    row = Challenge("query:c", signed=True, method="GET", when={"query:do": "ping"}, text="{token}")
    post = Challenge("query:c", signed=False, method="PUT", text="{token}")
    for rows in ([row], [row, post]):
        hooks = hooks_of(github(challenges=rows))
        headers = sign("github", b"", SECRET).headers
        wire = await call(hooks, http(method="GET", query=b"do=ping&c=abc", headers=headers))
        assert (wire.status, wire.body) == (200, b"abc")
        assert (await call(hooks, http(method="GET", headers=headers))).status == 405
        assert (await call(hooks, http(method="GET", query=b"do=ping&c=abc"))).status == 401
        assert await stored(hooks) == []


async def test_no_method_is_overridden() -> None:
    override = [(b"x-http-method-override", b"POST")]
    wire = await call(hooks_of(plain()), http(method="GET", headers=override))
    assert wire.status == 405


# paths


@pytest.mark.parametrize(
    ("path", "root", "status"),
    [
        ("/hook", "", 200),
        ("/hook/", "", 200),
        ("/m/hook", "/m", 200),
        ("/m/hook/", "/m/", 200),
        ("//hook", "", 404),
        ("/hook//", "", 404),
        ("/./hook", "", 404),
        ("/x/../hook", "", 404),
        ("/HOOK", "", 404),
        ("/hook;a=b", "", 404),
        ("/hook\x00", "", 404),
        ("/hook ", "", 404),
        ("/hooks", "", 404),
        ("/", "", 404),
        ("/m/m/hook", "/m", 404),
        ("/mhook", "/m", 404),
        ("//m/hook", "/m", 404),
    ],
)
async def test_spellings(path: str, root: str, status: int) -> None:
    endpoint = github()
    for app in (hooks_of(endpoint), endpoint):
        wire = await deliver(app, PING, path=path, root_path=root)
        assert wire.status == status
        assert status == 200 or (wire.body, wire.receives) == (b"not found", 0)
        unsigned = await call(app, http(path, root_path=root))
        assert unsigned.status == (401 if status == 200 else 404)


async def test_the_root_is_a_path_too() -> None:
    assert (await deliver(hooks_of(github("/")), PING, path="/")).status == 200


async def test_parameters() -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    async def find(delivery: Any) -> str | None:
        seen.append((delivery.path, dict(delivery.path_params)))
        return {"a": "secret of a"}.get(delivery.path_params["tenant"])

    tenants = Endpoint("/shop/{tenant}", "github", secrets=find)
    numbers = Endpoint("/number/{n:int}", "github", secrets=SECRET)
    hooks = hooks_of(github("/shop"), tenants, numbers)
    signed = sign("github", {}, "secret of a")
    assert (await deliver(hooks, signed, path="/m/shop/a/", root_path="/m")).status == 200
    assert (await deliver(hooks, signed, path="/shop/b")).status == 401
    assert (await deliver(hooks, signed, path="/shop/a/b")).status == 404
    assert (await deliver(hooks, signed, path="/number/x")).status == 404
    assert (await deliver(hooks, sign("github", {}, SECRET), path="/number/7")).status == 200
    assert seen == [("/shop/a/", {"tenant": "a"}), ("/shop/b", {"tenant": "b"})]
    first, second = await stored(hooks)
    assert first.event.path_params == {"tenant": "a"}
    assert first.event.endpoint == "shop/{tenant}"
    assert second.event.path_params == {"n": "7"}


async def test_other_scopes() -> None:
    hooks = hooks_of(github())
    closed = [{"type": "websocket.close", "code": 1008}]
    for app in (hooks, hooks.endpoints[0]):
        assert await websocket(app, "/hook") == closed
        assert await websocket(app, "/other") == closed
        with pytest.raises(RuntimeError, match="unknown ASGI scope type"):
            await call(app, {"type": "weird"})


# alone


async def test_an_endpoint_is_an_app_with_an_inbox_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    endpoint = github()
    assert (await call(endpoint, http())).status == 401
    assert not (tmp_path / "hooks.db").exists()
    assert (await deliver(endpoint, PING)).status == 200
    assert (tmp_path / "hooks.db").exists()
    assert endpoint.runtime is not None
    await endpoint.runtime.stop()


# budgets


async def test_as_shipped_nothing_is_limited() -> None:
    hooks = hooks_of(github())
    for _ in range(200):
        assert (await deliver(hooks, PING)).status == 200


async def test_strangers_cannot_spend_the_budget_of_the_endpoint() -> None:
    hooks = hooks_of(github(rate_limit={"requests_per_minute": 1, "burst_limit": 2}))
    forged = sign("github", {}, "other", path="/hook")
    for _ in range(10):
        assert (await deliver(hooks, forged)).status == 401
        assert (await call(hooks, http())).status == 401
    other = ("140.82.113.1", 1)
    assert (await deliver(hooks, PING)).status == 200
    assert (await deliver(hooks, PING, client=other)).status == 200
    wire = await deliver(hooks, PING, client=other)
    assert (wire.status, wire.headers[b"retry-after"]) == (429, b"60")


async def test_a_stranger_spends_only_its_own_budget() -> None:
    hooks = hooks_of(github(client_rate_limit=1), trusted_proxies=["10.0.0.0/8"])
    proxy = ("10.0.0.1", 1)

    async def status(request: SignedRequest, hop: bytes) -> int:
        headers = [*request.headers, (b"x-forwarded-for", hop)]
        wire = Wire(request.body)
        return (await call(hooks, http(headers=headers, client=proxy), wire)).status

    forged = sign("github", {}, "other", path="/hook")
    assert [await status(forged, b"192.0.2.1") for _ in range(2)] == [401, 429]
    assert await status(PING, b"192.0.2.2") == 200


# contracts of providers


async def test_a_provider_may_want_another_status() -> None:
    hooks = hooks_of(Endpoint("/hook", "slackchat", secrets=SECRET))
    wire = await deliver(hooks, sign("slackchat", {}, "other", path="/hook"))
    assert wire.status == 403
    assert (await deliver(hooks, sign("slackchat", {}, SECRET, path="/hook"))).status == 200


async def test_another_verifier_than_the_providers() -> None:
    hooks = hooks_of(Endpoint("/hook", "github", verifier=Unverified()))
    assert (await call(hooks, http(), Wire(b"{}"))).status == 200
    own = Endpoint("/own", "github", verifier=Scheme("header:x-own"), secrets=SECRET)
    hooks = hooks_of(own)
    assert (await deliver(hooks, PING, path="/own")).status == 401
    signed = sign(Provider("own", scheme=Scheme("header:x-own")), b"{}", SECRET)
    assert (await deliver(hooks, signed, path="/own")).status == 200
    assert catalog.provider("github").scheme != own.provider.scheme


async def test_binding_to_a_runtime_gives_its_url_to_deliveries() -> None:
    endpoint = github()
    endpoint.bind(Runtime(BrokenInbox()), public_url="https://hooks.example.com")
    assert endpoint.public_url == "https://hooks.example.com"
