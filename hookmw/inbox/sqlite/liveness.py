"""Which workers are alive: each holds a lock on a file beside the database for as long as it is.

The kernel lets go of a lock when its process ends, however it ends, so the claims of a worker that
was killed are found at once, not when their lease ends. Where files cannot be locked (Windows, some
network file systems) leases alone decide.
"""

import errno
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import sleep
from weakref import WeakSet

__all__ = ["Presence"]

TRIES = 20
PAUSE = 0.005  # seconds
_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)

if sys.platform == "win32":  # pragma: no cover

    def _lock(descriptor: int) -> None:  # noqa: ARG001
        raise OSError(errno.ENOTSUP, "no flock")
else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _lock(descriptor: int) -> None:
        flock(descriptor, LOCK_EX | LOCK_NB)


class Presence:
    """The locks of the workers of one inbox, and a look at those of others.

    Args:
        database: the file beside which the locks lie.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._held: dict[str, int] = {}
        _present.add(self)

    def hold(self, worker: str) -> None:
        """Say that a worker is alive until `leave`.

        Raises:
            OSError: its lock file cannot be made.
            ValueError: another worker of that name is alive.
        """
        if worker not in self._held:
            self._held[worker] = _take(self._path(worker))

    def dead(self, workers: Iterable[str]) -> list[str]:
        """Those that have ended; their lock files are removed."""
        return [
            worker
            for worker in workers
            if worker not in self._held and _remove_if_free(self._path(worker))
        ]

    def tidy(self) -> None:
        """Remove lock files of workers that died without claims."""
        for path in self._database.parent.glob(f"{_literal(self._database.name)}-worker-*.lock"):
            _remove_if_free(path)

    def leave(self) -> None:
        """Remove the locks of our workers, which end now."""
        for worker, descriptor in self._held.items():
            os.close(descriptor)
            with suppress(OSError):
                self._path(worker).unlink()
        self._held.clear()
        _present.discard(self)

    def forget(self) -> None:
        """In a forked child: the locks are the parent's, and end with it alone."""
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    def _path(self, worker: str) -> Path:
        name = worker if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", worker) else _digest(worker)
        return self._database.with_name(f"{self._database.name}-worker-{name}.lock")


def _digest(worker: str) -> str:
    return sha256(worker.encode("utf-8", "surrogatepass")).hexdigest()


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _take(path: Path) -> int:
    for _ in range(TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        locked = _try_lock(descriptor)
        if locked is None or (locked and _is_at(descriptor, path)):
            return descriptor  # kept where it cannot be locked, too: no file means no worker
        os.close(descriptor)
        sleep(PAUSE)  # somebody found it free a moment ago, and is removing it
    raise ValueError(f"worker lock {path.name} is held: give each worker a name of its own")


def _remove_if_free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True  # it left, or somebody else has found it dead
    except OSError:
        return False
    try:
        free = bool(_try_lock(descriptor))
        if free and _is_at(descriptor, path):
            path.unlink(missing_ok=True)
        return free
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool | None:
    try:
        _lock(descriptor)
    except OSError as error:
        return False if error.errno in _BUSY else None
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    ours = os.fstat(descriptor)
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)


_present: WeakSet[Presence] = WeakSet()


def _forget_all() -> None:
    for presence in _present:
        presence.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch
    # a child that outlives us would hold our locks, and nobody would find our claims
    os.register_at_fork(after_in_child=_forget_all)
