"""Writers of one process come one after another, in their order."""

import sqlite3
import time
from contextlib import ExitStack
from threading import Event, Thread

import pytest

from hookmw.inbox.sqlite.turn import Turn


def test_they_come_in_their_order_and_one_at_a_time() -> None:
    turn, order, inside = Turn(), list[int](), list[int]()
    started = [Event() for _ in range(8)]

    def write(number: int) -> None:
        started[number].set()
        with turn.hold(20):
            inside.append(number)
            assert inside == [number]
            time.sleep(0.005)
            order.append(inside.pop())

    with turn.hold(1):
        threads = [Thread(target=write, args=(number,)) for number in range(8)]
        for number, thread in enumerate(threads):
            thread.start()
            started[number].wait(10)
            while len(turn._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(20)
    assert order == list(range(8))


def test_whose_turn_does_not_come_is_told_so_and_forgotten() -> None:
    turn = Turn()
    with turn.hold(1):
        started = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked") as caught, turn.hold(0.1):
            pass
        assert 0.05 < time.monotonic() - started < 5
        assert caught.value.sqlite_errorcode == sqlite3.SQLITE_BUSY
    with turn.hold(0.1):
        pass


def test_it_is_passed_on_whatever_happens() -> None:
    turn = Turn()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turn.hold(0.1):
            raise ZeroDivisionError


def test_a_turn_that_comes_in_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    turn, holder = Turn(), ExitStack()
    holder.enter_context(turn.hold(1))

    class Late:
        """Says that it was too late, when the turn has just been passed on to it."""

        def acquire(self, timeout: float | None = None) -> bool:
            if timeout is not None:
                holder.close()
            return timeout is None

        def release(self) -> None:
            pass

    monkeypatch.setattr("hookmw.inbox.sqlite.turn.Lock", Late)
    with turn.hold(0.01):
        assert turn._busy
        assert not turn._waiting
    assert not turn._busy
