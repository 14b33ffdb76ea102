"""Something to do in a transaction that it shares with others."""

import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from hookmw.inbox.bell import Bell

__all__ = ["Operation", "Operations"]

T = TypeVar("T")


class Operation(Generic[T]):
    """Something to do in a transaction, and then what came of it.

    Attributes:
        submitted: when it was asked for, in seconds of the monotonic clock.
        finished: whether it was committed, or has failed.
        result: what came of it.
        error: what whoever asked shall be told instead.
        abandoned: whether nobody waits for it any more.
    """

    __slots__ = ("abandoned", "error", "finished", "result", "submitted")
    result: T

    def __init__(self) -> None:
        self.submitted = time.monotonic()
        self.finished = self.abandoned = False
        self.error: Exception | None = None

    def tell(self, bell: Bell) -> None:
        """After the commit, in the loop: say what it means to those who wait for events."""

    def undo(self) -> "Operation[None] | None":
        """What takes it back where nobody got its result."""
        return None


Operations = Sequence[Operation[Any]]
