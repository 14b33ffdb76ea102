"""What people decide of an event."""

from uuid import UUID

from hookmw.inbox.bell import Bell
from hookmw.inbox.sqlite.lanes import PENDING_NOW
from hookmw.inbox.sqlite.transaction import Step, Transaction

__all__ = ["Dismiss", "Replay"]

_THAT = "WHERE seq = (SELECT seq FROM events WHERE id = ?)"


class Replay(Step[bool]):
    """See `Inbox.replay`."""

    __slots__ = ("_id",)

    def __init__(self, id_: UUID) -> None:
        super().__init__()
        self._id = id_

    def run(self, transaction: Transaction) -> None:
        self.result = transaction.change(
            f"UPDATE progress SET {PENDING_NOW}, attempts = 0, handled = x'',"  # noqa: S608 - ours
            f" replayed = 1, note = x'', settled_at = NULL {_THAT}"
            " AND (state IN ('done', 'dead') OR state = 'pending' AND due_at > ?)",
            (transaction.now, self._id.bytes, transaction.now),
        )

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()


class Dismiss(Step[bool]):
    """See `Inbox.dismiss`."""

    __slots__ = ("_id",)

    def __init__(self, id_: UUID) -> None:
        super().__init__()
        self._id = id_

    def run(self, transaction: Transaction) -> None:
        self.result = transaction.change(
            f"UPDATE progress SET state = 'done', settled_at = ? {_THAT} AND state = 'dead'",  # noqa: S608
            (transaction.now, self._id.bytes),
        )

    def tell(self, bell: Bell) -> None:
        if self.result:
            bell.ring()  # it may have held others back
