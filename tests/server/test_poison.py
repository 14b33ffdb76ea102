"""One handler does the worst; all the other events are handled, and one line of the log says which.

The poisoned event dies as a letter after its attempts, the worker goes on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from hookmw.inbox import Entry, Query
from hookmw.inbox.urls import inbox_from_url
from tests.server.load import Load, as_bytes, delivery, post
from tests.server.poison import ATTEMPTS, HARMLESS, POISONS
from tests.server.process import ServerProcess, eventually

OTHERS = 100


@contextmanager
def poisoned(directory: Path, *types: str, workers: int = 1) -> Iterator[ServerProcess]:
    """A server that got some events among a hundred others, when all is settled."""
    server = ServerProcess(directory, app="tests.server.poison:app", workers=workers)
    try:
        server.start()
        send_all(server, types)
        yield server
    finally:
        server.close()


def send_all(server: ServerProcess, types: Sequence[str]) -> None:
    others = Load(server.port)
    keys = [f"k{number:03}" for number in range(OTHERS)]
    others.all_of(keys[: OTHERS // 2])
    for number, type_ in enumerate(types):
        status, _ = post(server.port, as_bytes(delivery(f"{type_}{number}", type_=type_)))
        assert status == 200
    others.all_of(keys[OTHERS // 2 :])
    eventually(server.is_settled, 30)
    others.all_of(["last"])
    eventually(server.is_settled, 10)
    assert {effect.key for effect in server.effects()} == {*keys, "last"}


def entries(server: ServerProcess) -> dict[str, Entry]:
    async def ask() -> list[Entry]:
        inbox = inbox_from_url(server.env["INBOX"])
        await inbox.open()
        try:
            found = await inbox.find(Query(limit=1000))
            with_attempts = [await inbox.get(each.event.id) for each in found]
        finally:
            await inbox.aclose()
        return [entry for entry in with_attempts if entry is not None]

    return {entry.event.type: entry for entry in anyio.run(ask)}


def log_of(server: ServerProcess, entry: Entry) -> list[str]:
    return [line for line in server.log().splitlines() if str(entry.event.id) in line]


def check_dead(server: ServerProcess, entry: Entry) -> None:
    assert entry.state == "dead", entry
    assert [run.number for run in entry.attempts] == list(range(1, ATTEMPTS + 1))
    assert entry.note
    lines = log_of(server, entry)
    dead = [line for line in lines if "is dead after attempt" in line]
    assert len(dead) == 1, lines
    assert len(lines) <= ATTEMPTS + 1, lines
    assert "\x1b" not in "".join(lines)


def test_a_hundred_events_are_handled_beside_every_poison(tmp_path: Path) -> None:
    with poisoned(tmp_path, *POISONS, *HARMLESS) as server:
        found = entries(server)
        for type_ in POISONS:
            check_dead(server, found[type_])
        assert "its task was cancelled" in log_of(server, found["cancel_itself"])[0]
        assert len(server.effects()) == OTHERS + 1, "some were handled twice"
        for type_ in HARMLESS:
            assert found[type_].state == "done", found[type_]
            assert found[type_].event.attempt == 1
        assert server.terminate() < 1


def test_a_hundred_events_are_handled_beside_one_that_ends_its_process(tmp_path: Path) -> None:
    """The supervisor starts another process; who runs beside it is interrupted, and runs again."""
    with poisoned(tmp_path, "end_process", workers=2) as server:
        entry = entries(server)["end_process"]
        check_dead(server, entry)
        assert {run.outcome for run in entry.attempts} == {"interrupted"}
        # as uvicorn says of its processes, whenever it looks
        eventually(lambda: server.log().count("died") == ATTEMPTS)


def test_sync_handlers_that_hang_for_ever_stop_nobody(tmp_path: Path) -> None:
    """More of them than there are threads, and than events that are handled at once."""
    many = 60
    with poisoned(tmp_path, *["hang_in_thread"] * many) as server:
        assert server.counts()["dead"] == many
        assert server.log().count("is dead after attempt") == many


@pytest.mark.slow
@pytest.mark.parametrize("type_", POISONS)
def test_a_hundred_events_are_handled_beside_one_poison(tmp_path: Path, type_: str) -> None:
    with poisoned(tmp_path, type_) as server:
        check_dead(server, entries(server)[type_])
