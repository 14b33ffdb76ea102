"""The attack catalogue against an app in this process."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.cases import (
    BY_HAND,
    CASES,
    INTERPRETED,
    LEFT_OUT,
    OK,
    Attempt,
    attempts_of,
    senders_of,
)
from tests.attacks.senders import Sender
from tests.attacks.world import ALLOWED, World

pytestmark = pytest.mark.anyio


def each(numbers: Iterable[int]) -> pytest.MarkDecorator:
    """The test for each of these cases, and for each sender that the case is about."""
    pairs = [
        pytest.param(CASES[number], sender, id=f"{number}-{sender.name}")
        for number in numbers
        for sender in senders_of(CASES[number])
    ]
    return pytest.mark.parametrize(("case", "sender"), pairs)


ON_SQLITE = {15, 78, 79, 84, 85, 98, 103, 106, 108}
"""Cases whose bytes a database might choke on."""


def options(case: dict[str, Any]) -> dict[str, Any]:
    """The app that the case asks for."""
    config = case["request"].get("config", {})
    chosen: dict[str, Any] = {}
    if case["area"] == "address":
        chosen["ip_allowlist"] = [ALLOWED]
    if "trusted_proxies" in config:
        chosen["hooks"] = {"trusted_proxies": config["trusted_proxies"]}
    if case["id"] == 108:
        chosen["handlers"] = ["push", "thing.*"]
    if "handlers" in config:
        chosen["handlers"] = config["handlers"]
    return chosen


@each(INTERPRETED)
async def test_case(case: dict[str, Any], sender: Sender) -> None:
    async with World(sender, **options(case)) as world:
        await run(case, world)


@each(sorted(ON_SQLITE))
async def test_case_on_sqlite(case: dict[str, Any], sender: Sender, tmp_path: Path) -> None:
    async with World(sender, inbox=f"sqlite:///{tmp_path}/hooks.db", **options(case)) as world:
        await run(case, world)


async def run(case: dict[str, Any], world: World) -> None:
    accepted = 0
    attempts = list(attempts_of(case, world.sender, int(world.clock.now)))
    assert attempts
    for attempt in attempts:
        status = await sent(case, attempt, world)
        accepted += status in OK
    stored = await world.rows()
    await check_expected(case, accepted, len(stored), world)
    await world.check_after()


async def sent(case: dict[str, Any], attempt: Attempt, world: World) -> int:
    before = len(await world.rows())
    answer = await world.send(attempt.request)
    assert answer.status in case["expected"]["status"], (attempt, answer)
    after = len(await world.rows())
    if answer.status not in OK:
        assert after == before, "refused, yet stored"
        assert len(answer.body) < 32, "a refusal is one word"
    if attempt.original is not None:
        again = await world.send(attempt.original)
        assert again.status in OK
        assert len(await world.rows()) <= 1, "another spelling is another delivery"
    return answer.status


async def check_expected(case: dict[str, Any], accepted: int, stored: int, world: World) -> None:
    expected = case["expected"]
    handled = len(await world.settled())
    if expected["stored"] == "no":
        assert stored == 0
    elif expected["stored"] in {"once", "each"}:
        assert stored == accepted
    if expected["handler"] == "never":
        assert handled == 0
    elif expected["handler"] in {"once", "each"}:
        assert handled == accepted


def test_every_case_is_run_or_left_out_with_a_reason() -> None:
    by_hand = set().union(*BY_HAND.values())
    assert not by_hand & set(LEFT_OUT)
    assert set(CASES) == set(INTERPRETED) | by_hand | set(LEFT_OUT)
    for file, numbers in BY_HAND.items():
        source = (Path(__file__).parent / file).read_text("utf-8")
        named = {
            int(n)
            for found in re.findall(r"case((?:_[0-9]+)+)", source)
            for n in found.split("_")
            if n
        }
        assert numbers - named == set(), file
    assert [number for number in INTERPRETED if not senders_of(CASES[number])] == []
