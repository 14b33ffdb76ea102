"""Effects exactly once: a handler's own writes and the mark of its success, in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from threading import Lock
from types import TracebackType
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from hookmw.errors import ConfigError, LeaseLost
from hookmw.inbox import Claim
from hookmw.inbox.postgresql.address import Address
from hookmw.inbox.postgresql.faults import explained
from hookmw.inbox.postgresql.link import DURABLE, PATIENCE
from hookmw.inbox.postgresql.schema import sql
from hookmw.inbox.rows import to_bytes
from hookmw.loop import loop_caller

__all__ = ["HandlerTransaction", "Transactions"]

CONNECTIONS = 16

_HURRY = f"SET LOCAL lock_timeout = {PATIENCE * 1000:.0f}".encode()

# The row stays locked from here to the commit, so the claim cannot be lost in between.
_MARK = """
    UPDATE hookmw.progress SET marked = array_append(marked, %s)
    WHERE seq = (SELECT seq FROM hookmw.events WHERE id = %s) AND token = %s AND state = 'claimed'
"""


class Transactions:
    """Gives handlers connections, from pools of its own, which are made when they are asked for.

    Args:
        address: of the database.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._making = Lock()  # handlers ask from many threads at once
        self._async_pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] | None = None

    def transaction(self, claim: Claim, handler: str) -> "HandlerTransaction":
        """See `Transactional.transaction`."""
        return HandlerTransaction(self, claim, handler)

    @contextmanager
    def blocking(self, claim: Claim, handler: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection for a handler that is a plain function."""
        with self._explaining(), self._connections().connection() as db, db.transaction():
            db.execute(DURABLE.encode())
            yield db
            self._check_open(db.info)
            db.execute(_HURRY)
            marked = db.execute(*self._mark(claim, handler)).rowcount
            self._check(marked, claim)

    @asynccontextmanager
    async def awaiting(
        self, claim: Claim, handler: str
    ) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for a handler that is a coroutine function."""
        connections = await self._async_connections()
        with self._explaining():
            async with connections.connection() as db, db.transaction():
                await db.execute(DURABLE.encode())
                yield db
                self._check_open(db.info)
                await db.execute(_HURRY)
                marked = (await db.execute(*self._mark(claim, handler))).rowcount
                self._check(marked, claim)

    async def aclose(self) -> None:
        """Close the connections of coroutine functions."""
        if self._async_pool is not None:
            await self._async_pool.close(timeout=1.0)

    def close(self) -> None:
        """Close the others."""
        if self._pool is not None:
            self._pool.close(timeout=1.0)

    def _mark(self, claim: Claim, handler: str) -> tuple[bytes, tuple[Any, ...]]:
        values = (to_bytes(handler), claim.event.id.bytes, claim.token)
        return sql(_MARK, self._address.schema), values

    def _check_open(self, info: psycopg.ConnectionInfo) -> None:
        if info.transaction_status != TransactionStatus.INTRANS:
            raise ConfigError(
                "event.transaction: the handler ended its transaction by itself, or an error in it"
                " was passed over; leave COMMIT and ROLLBACK to us"
            )

    def _check(self, marked: int, claim: Claim) -> None:
        if not marked:
            raise LeaseLost(
                f"event {claim.event.id}: its lease was lost; nothing of this run was written"
            )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise explained(error, self._address.place) from error

    def _connections(self) -> ConnectionPool[psycopg.Connection[Any]]:
        with self._making:
            if self._pool is None:
                self._pool = ConnectionPool(self._address.conninfo, open=True, **_SETTINGS)
            return self._pool

    async def _async_connections(self) -> AsyncConnectionPool[psycopg.AsyncConnection[Any]]:
        if not _in_asyncio():
            raise ConfigError(
                "event.transaction: psycopg has no connections for trio; write the handler with"
                " def, and `with` instead of `async with`"
            )
        if self._async_pool is None:
            self._async_pool = AsyncConnectionPool(self._address.conninfo, open=False, **_SETTINGS)
        await self._async_pool.open()  # a second time it does nothing
        return self._async_pool


class HandlerTransaction:
    """See `Transactional.transaction`.

    Args:
        transactions: gives the connection.
        claim: of the event.
        handler: its name.
    """

    __slots__ = ("_async", "_claim", "_handler", "_sync", "_transactions")

    def __init__(self, transactions: Transactions, claim: Claim, handler: str) -> None:
        self._transactions, self._claim, self._handler = transactions, claim, handler
        self._sync: AbstractContextManager[psycopg.Connection[Any]]
        self._async: AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]

    def __enter__(self) -> psycopg.Connection[Any]:
        if _in_a_loop():
            raise ConfigError(
                "event.transaction: `with` would block the event loop; write `async with`, or the"
                " handler with def"
            )
        self._sync = self._transactions.blocking(self._claim, self._handler)
        return self._sync.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._sync.__exit__(kind, error, trace)

    async def __aenter__(self) -> psycopg.AsyncConnection[Any]:
        self._async = self._transactions.awaiting(self._claim, self._handler)
        return await self._async.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._async.__aexit__(kind, error, trace)


_SETTINGS: dict[str, Any] = {
    "kwargs": {"autocommit": True},  # every transaction is one that we begin
    "min_size": 0,
    "max_size": CONNECTIONS,
    "timeout": PATIENCE,
    "name": "hookmw handlers",
}


def _in_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_a_loop() -> bool:
    try:
        loop_caller()
    except RuntimeError:
        return False
    return True
