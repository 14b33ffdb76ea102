"""The accounting of a campaign, which is that of a set."""

import logging
from dataclasses import dataclass

from tests.server import effects
from tests.server.load import Load
from tests.server.process import ServerProcess, eventually

__all__ = ["CONCURRENCY", "Account"]

CONCURRENCY = 32
"""Events that one process handles at once, unless it was told otherwise."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What was sent, acknowledged and handled.

    Attributes:
        lost: acknowledged and never handled.
        unknown: handled and never sent.
        again: runs that a dead process had left to be repeated.
        most_again: the most that one dead process had left.
        uncaused: events that were run again though nobody died.
        unacknowledged: handled, and the sender does not know.
    """

    sent: int
    acknowledged: int
    handled: int
    lost: list[str]
    unknown: list[str]
    again: int
    most_again: int
    uncaused: list[str]
    unacknowledged: int

    @classmethod
    def of(cls, server: ServerProcess, load: Load, patience: float = 60) -> "Account":
        """Wait until nothing waits to be handled, and nothing runs any more."""
        try:
            eventually(server.is_settled, patience)
        except AssertionError:
            logger.warning("not all is settled: %s; %s", server.counts(), server.log()[-2000:])
        handled = _handled(server)
        caused, uncaused = effects.reruns(server.effects_path)
        account = cls(
            sent=len(load.sent),
            acknowledged=len(load.acknowledged),
            handled=len(handled),
            lost=sorted(load.acknowledged - handled),
            unknown=sorted(handled - load.sent),
            again=caused.total(),
            most_again=max(caused.values(), default=0),
            uncaused=uncaused,
            unacknowledged=len(handled - load.acknowledged),
        )
        logger.info("%s; answers %s", account, dict(load.statuses))
        return account

    def check(self) -> None:
        """Nothing lost, nothing that nobody sent, nothing twice but what was running in a death."""
        assert not self.lost, self
        assert not self.unknown, self
        assert not self.uncaused, self
        assert self.most_again <= CONCURRENCY, self


def _handled(server: ServerProcess) -> set[str]:
    return {effect.key for effect in server.effects()}
