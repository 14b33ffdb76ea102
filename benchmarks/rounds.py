"""Apps in turn, round after round, each in a new process with an empty inbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.apps import HANDLING
from benchmarks.load import Load, put_load
from benchmarks.pool import Pool
from benchmarks.server import Server

__all__ = ["Result", "measure", "order"]

WARM_UP = 1.0
PATIENCE = 30.0
"""Seconds that an app is given to handle what it has taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One app in one round.

    Attributes:
        app: its name.
        load: what the load generator saw.
        cpu: seconds of the server's CPU for each request, until the last event was handled.
        lag: seconds that its handlers went on after the load had ended.
        handled: events that reached a handler during the load and after it.
        connections: so many requests may have been taken and not counted when the load ended.
    """

    app: str
    load: Load
    cpu: float
    lag: float
    handled: int
    connections: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.load.requests / self.load.seconds

    def problems(self) -> list[str]:
        """What makes the figures worthless."""
        found = []
        if self.load.refused or self.load.broken:
            found.append(f"{self.load.refused} answers not 2xx, {self.load.broken} not at all")
        least, most = self.load.requests, self.load.requests + self.connections + 1
        if self.app in HANDLING and not least <= self.handled <= most:
            found.append(f"{least} answers, {self.handled} events handled")
        return [f"{self.app}: {text}" for text in found]


def order(apps: Sequence[str], number: int) -> list[str]:
    """The apps, begun by another one in every round."""
    first = number % len(apps)
    return [*apps[first:], *apps[:first]]


def measure(app: str, pool: Pool, *, connections: int, seconds: float) -> Result:
    """Start an app, warm it up, put it under load, let it finish, end it.

    Raises:
        NotServing: it does not start, or fell silent.
        subprocess.SubprocessError: the load generator failed.
    """
    with Server(app) as server:
        start = _warm_up(server, pool, connections)
        before, _ = server.settled(PATIENCE)
        load = put_load(server.port, pool, connections=connections, seconds=seconds, start=start)
        after, lag = server.settled(PATIENCE)
    return Result(
        app=app,
        load=load,
        cpu=(after.cpu - before.cpu) / max(load.requests, 1),
        lag=lag,
        handled=after.handled - before.handled,
        connections=connections,
    )


def _warm_up(server: Server, pool: Pool, connections: int) -> int:
    """The number of the first delivery that was not sent."""
    load = put_load(server.port, pool, connections=connections, seconds=WARM_UP, start=0)
    return load.requests + connections + 1
