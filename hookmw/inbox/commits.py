"""Group commit, the loop's side: what comes while the writer is busy is the next batch."""

from collections.abc import Callable
from typing import Any, TypeVar

import anyio

from hookmw.inbox.bell import Bell
from hookmw.inbox.operation import Operation, Operations

__all__ = ["GroupCommit"]

T = TypeVar("T")


class _Batch:
    __slots__ = ("committed", "operations")

    def __init__(self) -> None:
        self.operations: list[Operation[Any]] = []
        self.committed: anyio.Event | None = None  # made by the first who waits, in its task


class GroupCommit:
    """Gathers operations and hands them to the writer, one batch at a time, without any timer.

    Args:
        hand_over: gives operations to the writer, which calls back in the loop.
        bell: told what was committed.
    """

    def __init__(
        self, hand_over: Callable[[Operations, Callable[[], None]], None], bell: Bell
    ) -> None:
        self._hand_over = hand_over
        self._bell = bell
        self._next = _Batch()
        self._under_way: _Batch | None = None
        self._waiting = 0
        self._idle: anyio.Event | None = None

    async def commit(self, operation: Operation[T]) -> T:
        """Return what came of an operation, after its commit.

        Whoever is cancelled here only stops waiting: what was begun is committed all the same,
        and taken back if that is what its loss calls for.

        Raises:
            InboxUnavailable: it was not committed.
        """
        self._waiting += 1
        try:
            while not operation.finished:
                await self._join(operation)
        except BaseException:
            self._abandon(operation)
            raise
        finally:
            self._waiting -= 1
            self._tell_if_idle()
        if operation.error is not None:
            raise operation.error
        return operation.result

    async def drain(self) -> None:
        """Return when nobody waits and nothing is under way."""
        self._idle = anyio.Event()
        self._tell_if_idle()
        await self._idle.wait()

    async def _join(self, operation: Operation[Any]) -> None:
        batch = self._next
        batch.operations.append(operation)
        committed = batch.committed = batch.committed or anyio.Event()
        self._start()
        await committed.wait()

    def _start(self) -> None:
        if self._under_way is None and self._next.operations:
            self._under_way, self._next = self._next, _Batch()
            self._hand_over(self._under_way.operations, self._done)

    def _done(self) -> None:
        batch, self._under_way = self._under_way, None
        assert batch is not None  # noqa: S101 - for mypy: the writer has just finished it
        for operation in batch.operations:
            if operation.finished and operation.error is None:
                self._tell(operation)
        self._start()
        if batch.committed is not None:
            batch.committed.set()
        self._tell_if_idle()

    def _tell(self, operation: Operation[Any]) -> None:
        operation.tell(self._bell)
        if operation.abandoned:
            self._take_back(operation)

    def _abandon(self, operation: Operation[Any]) -> None:
        operation.abandoned = True
        if operation.finished and operation.error is None:
            self._take_back(operation)
            self._start()

    def _take_back(self, operation: Operation[Any]) -> None:
        undo = operation.undo()
        if undo is not None:
            self._next.operations.append(undo)

    def _tell_if_idle(self) -> None:
        if self._idle is not None and not self._waiting and self._under_way is None:
            self._idle.set()
