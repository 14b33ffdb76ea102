"""Single pieces: what they cost beside the one thing in them that must be paid for."""

import hmac
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.paired import Timing, ratio, time_in_turn
from benchmarks.report import show
from hookmw.address import Networks, parse_address
from hookmw.catalog import provider
from hookmw.delivery import Delivery
from hookmw.middleware.rate_limit import Buckets, Limit
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from hookmw.testing import sign

__all__ = ["run"]

SECRET = "a-secret-that-only-benchmarks-know"
BODY = b'{"id":"evt_1","type":"push","text":"' + b"x" * 986 + b'"}'
IMPORTS = {"nothing": "", "starlette.applications": "starlette.applications", "hookmw": "hookmw"}
NETWORKS = 3000


@dataclass(frozen=True, slots=True)
class Pair:
    """A piece and what it is measured by.

    Attributes:
        name: what it does.
        piece: the piece.
        base: what it is measured by; None for nothing.
        base_name: what that does.
        goal: the largest ratio that is good; None for none.
    """

    name: str
    piece: Callable[[], object]
    base: Callable[[], object] | None = None
    base_name: str = ""
    goal: float | None = None


def run() -> None:
    """Time everything and print it."""
    pairs = [_verification("github"), _verification("stripe"), *_guards()]
    show([["piece", "ns", "beside", "ns", "ratio", "goal"], *map(_row, pairs)])
    show([["import", "ms more than nothing", "x starlette.applications"], *_imports()])


def _row(pair: Pair) -> Sequence[str]:
    functions = {"piece": pair.piece}
    if pair.base is not None:
        functions["base"] = pair.base
    timings = time_in_turn(functions)
    own = f"{median(timings['piece']):,.0f}"
    if pair.base is None:
        return [pair.name, own, "", "", "", ""]
    times = ratio(timings["piece"], timings["base"])
    goal = "" if pair.goal is None else f"{pair.goal:g} {'met' if times <= pair.goal else 'MISSED'}"
    base = f"{median(timings['base']):,.0f}"
    return [pair.name, own, pair.base_name, base, f"{times:.2f}", goal]


def _verification(name: str) -> Pair:
    """Header lookup, decoding, MAC, comparison, freshness; beside the MAC of the same bytes."""
    row: Provider = provider(name)
    scheme = row.scheme
    assert isinstance(scheme, Scheme)
    delivery = sign(name, BODY, SECRET).delivery()
    secrets, key, content = Secrets(SECRET), SECRET.encode(), scheme.signed_content(delivery)
    return Pair(
        f"verify {row.title}, {len(BODY)} bytes",
        _verifying(scheme, delivery, secrets),
        lambda: hmac.digest(key, content, "sha256"),
        "hmac.digest of the same bytes",
        goal=3.0,
    )


def _verifying(scheme: Scheme, delivery: Delivery, secrets: Secrets) -> Callable[[], None]:
    def verify() -> None:
        delivery.claim = None  # or the signature would be read once for all calls
        scheme.precheck(delivery)
        scheme.verify(delivery, secrets)

    return verify


def _guards() -> list[Pair]:
    buckets = Buckets(Limit(6e9, burst_limit=1000))
    texts = [f"10.{number >> 8}.{number & 255}.0/25" for number in range(NETWORKS)]
    networks = Networks(texts)
    address = parse_address("10.3.7.9")
    return [
        Pair("GCRA take, one key", lambda: buckets.take("10.3.7.9")),
        Pair(
            f"address as text in {NETWORKS:,} networks, seen before", lambda: "10.3.7.9" in networks
        ),
        Pair(f"address, parsed, in {NETWORKS:,} networks", lambda: address in networks),
        Pair("address from its text", lambda: parse_address("10.3.7.9")),
    ]


def _imports(rounds: int = 7) -> list[list[str]]:
    """The median over the rounds, each in a new interpreter, its own start-up taken off."""
    timings: dict[str, Timing] = {name: [] for name in IMPORTS}
    for _ in range(rounds):
        for name, module in IMPORTS.items():
            timings[name].append(_time_import(module))
    return _net(timings)


def _net(timings: Mapping[str, Timing]) -> list[list[str]]:
    net = {
        name: [whole - nothing for whole, nothing in zip(own, timings["nothing"], strict=True)]
        for name, own in timings.items()
        if name != "nothing"
    }
    peer = net["starlette.applications"]
    return [[name, f"{median(own):.0f}", f"{ratio(own, peer):.2f}"] for name, own in net.items()]


def _time_import(module: str) -> float:
    command = [sys.executable, "-c", f"import {module}" if module else ""]
    started = time.perf_counter()
    subprocess.run(command, check=True, timeout=60)
    return (time.perf_counter() - started) * 1e3
