"""What happened: an `Event` is a delivery that was verified; handlers see nothing else."""

import copy
from collections.abc import Callable, Mapping
from random import getrandbits
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from hookmw.delivery import Headers, RequestParts
from hookmw.errors import ConfigError
from hookmw.reply import Reply

__all__ = ["Event", "Reply", "new_event_id"]

if TYPE_CHECKING:
    # A plain `Event` is an `Event[Any]`: PEP 696, which Python has from 3.13 on.
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")


class Event(RequestParts, Generic[T]):
    """A verified event.

    Attributes:
        id: ours; a UUIDv7, so ids sort by arrival.
        endpoint: name of the endpoint that received it.
        provider: name of the provider that sent it.
        type: the provider's event type, or `""` where it names none.
        key: idempotency key: the provider's id of the event, or None.
        timestamp: when the provider says it happened or was sent, in seconds since the epoch, or
            None.
        received_at: when it arrived here, in seconds since the epoch.
        attempt: which attempt this is, from 1; 0 before the first.
        replayed: whether a human asked for it to be run again.
        stale: whether a newer event about the same thing has been handled; see `Endpoint`.
    """

    __slots__ = (
        "_payload", "_transact", "_type", "attempt", "endpoint", "id", "key", "provider",
        "received_at", "replayed", "stale", "timestamp", "type",
    )  # fmt: skip

    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - the contract's name
        endpoint: str,
        provider: str,
        type: str,  # noqa: A002 - the contract's name
        key: str | None,
        body: bytes,
        headers: Headers,
        received_at: float,
        timestamp: float | None = None,
        path: str = "",
        query_string: bytes = b"",
        path_params: Mapping[str, str] | None = None,
        envelope: str = "payload",
        attempt: int = 0,
        replayed: bool = False,
    ) -> None:
        super().__init__(
            path=path,
            headers=headers,
            query_string=query_string,
            path_params=path_params,
            body=body,
            envelope=envelope,
        )
        self.id = id
        self.endpoint = endpoint
        self.provider = provider
        self.type = type
        self.key = key
        self.timestamp = timestamp
        self.received_at = received_at
        self.attempt = attempt
        self.replayed, self.stale = replayed, False
        self._transact: Callable[[], Any] | None = None
        self._type: Any
        self._payload: Any
        self.expect(Any)

    @property
    def payload(self) -> T:
        """The body as data, parsed at the first look.

        Raises:
            Undecodable: it is not JSON, or does not fit the type that the handler asked for.
        """
        if self._payload is _UNREAD:
            self._payload = self.document.decode(self._type)
        payload: T = self._payload
        return payload

    def transaction(self) -> Any:
        """A transaction in which the event is marked as handled by this handler.

        For handlers whose effects are in the inbox's own database (SQLite, PostgreSQL), which are
        then there exactly once, whatever crashes: their writes and the mark commit together.

            with event.transaction() as db:
                db.execute("UPDATE accounts SET balance = balance + ?", (amount,))

        Sync handlers write `with` and get an `sqlite3.Connection` or a `psycopg.Connection`, async
        ones write `async with` and get a `psycopg.AsyncConnection`; SQLite is for sync ones alone.
        Keep it short: while it is open in SQLite nothing else can be written.

        Raises:
            ConfigError: not inside of a handler, or the inbox is in no database.
            LeaseLost: at the end: another worker has the event by now; nothing was written.
        """
        if self._transact is None:
            raise ConfigError("event.transaction() is there inside of a handler alone")
        return self._transact()

    def offer_transaction(self, transact: Callable[[], Any]) -> None:
        """Say what `transaction` shall give."""
        self._transact = transact

    def typed(self, type_: Any) -> "Event[Any]":
        """The same event, its payload decoded into `type_`."""
        other: Event[Any] = copy.copy(self)
        other.expect(type_)
        return other

    def expect(self, type_: Any) -> None:
        """Decode the payload into `type_` from now on."""
        self._type, self._payload = type_, _UNREAD

    def __repr__(self) -> str:
        """Its id and names; never its body."""
        return f"<Event {self.id}: {self.endpoint} {self.type!r}>"


def new_event_id(received_at: float) -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): sorts by time; its random bits only need to be unique.

    Args:
        received_at: seconds since the epoch.
    """
    milliseconds = int(received_at * 1000) & 0xFFFF_FFFF_FFFF
    return UUID(
        int=milliseconds << 80 | 7 << 76 | getrandbits(12) << 64 | 2 << 62 | getrandbits(62)
    )


_UNREAD: Any = object()
