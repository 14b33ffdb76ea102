"""A handler's own writes, committed together with the mark of its success."""

from types import TracebackType
from typing import Any

from hookmw.errors import ConfigError
from hookmw.inbox import Claim, Inbox, Transactional

__all__ = ["Effects"]


class Effects:
    """What `Event.transaction` gives: the inbox's transaction, remembered when it has committed.

    Args:
        inbox: in which the event is.
        claim: of the event.
        handler: the name of the handler that runs.

    Raises:
        ConfigError: the inbox is in no database.
    """

    def __init__(self, inbox: Inbox, claim: Claim, handler: str) -> None:
        if not isinstance(inbox, Transactional):
            raise ConfigError(
                "event.transaction() needs an inbox in a database: sqlite:///... or postgresql://..."
            )
        self._finished = claim.finished
        self._handler = handler
        self._transaction: Any = inbox.transaction(claim, handler)

    def __enter__(self) -> Any:
        """A connection of the inbox's database, in a transaction."""
        return self._transaction.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Commit both, or neither where something was raised."""
        swallowed: bool | None = self._transaction.__exit__(kind, error, traceback)
        self._remember(kind)
        return swallowed

    async def __aenter__(self) -> Any:
        """As `__enter__`, for async handlers."""
        return await self._transaction.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """As `__exit__`."""
        swallowed: bool | None = await self._transaction.__aexit__(kind, error, traceback)
        self._remember(kind)
        return swallowed

    def _remember(self, kind: type[BaseException] | None) -> None:
        if kind is None:
            self._finished.add(self._handler)
