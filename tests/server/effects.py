"""What handlers did and which processes died, in one file that every process appends to.

Appends are whole and in order, so the file says what happened before what.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DIED", "EVERYONE", "Effect", "died", "reruns", "runs"]

DIED = "died"
EVERYONE = "everyone"
"""In the place of a process: all that have been heard of so far."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One run of a handler."""

    process: str
    endpoint: str
    type: str
    key: str
    id: str
    attempt: int


def _lines(path: Path) -> list[list[str]]:
    text = path.read_text() if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]  # one may be about to be written
    return [line.split("\t") for line in whole.splitlines()]


def runs(path: Path) -> list[Effect]:
    """Every run, in order."""
    return [_effect(line) for line in _lines(path) if line[0] != DIED]


def died(path: Path) -> Counter[str]:
    """How many processes ended themselves, by the moment at which they did."""
    return Counter(moment for kind, _, moment, *_ in _lines(path) if kind == DIED)


def reruns(path: Path) -> tuple[Counter[str], list[str]]:
    """How many events each dead process left to be run again, and those run again without cause."""
    last: dict[str, str] = {}
    dead: set[str] = set()
    caused: Counter[str] = Counter()
    uncaused: list[str] = []
    for line in _lines(path):
        if line[0] == DIED:
            dead |= set(last.values()) if line[1] == EVERYONE else {line[1]}
            continue
        effect = _effect(line)
        before = last.get(effect.key)
        if before in dead:
            caused[before] += 1
        elif before is not None:
            uncaused.append(effect.key)
        last[effect.key] = effect.process
    return caused, uncaused


def _effect(line: list[str]) -> Effect:
    process, endpoint, type_, key, id_, attempt = line
    return Effect(process, endpoint, type_, key, id_, int(attempt))
