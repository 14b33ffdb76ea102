"""A small disk for an inbox, that can be full."""

import os
import subprocess
from contextlib import suppress
from typing import Self

import pytest

from tests.server.process import ServerProcess
from tests.server.shims import compiled

__all__ = ["DISKS", "BrokenDisk", "ShimDisk", "SlowDisk", "SmallDisk"]

SIZE = 16 * 1024 * 1024  # bytes


class SmallDisk:
    """A tmpfs; its mounting is up to the system, else the test is skipped."""

    def __init__(self, server: ServerProcess) -> None:
        self._directory = server.inbox_path.parent
        self._ballast = self._directory / "ballast"

    def __enter__(self) -> Self:
        options = ["-t", "tmpfs", "-o", f"size={SIZE}", "hookmw-test", os.fspath(self._directory)]
        try:
            done = subprocess.run(["mount", *options], capture_output=True, check=False)
        except OSError:
            pytest.skip("there is no mount here")
        if done.returncode != 0:
            pytest.skip("no tmpfs may be mounted here")
        return self

    def __exit__(self, *raised: object) -> None:
        subprocess.run(["umount", os.fspath(self._directory)], check=False)

    def fill(self) -> None:
        """Leave no byte, and no page that SQLite might use for its shared memory."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass

    def empty(self) -> None:
        """Give all of it back."""
        self._ballast.unlink()


class ShimDisk:
    """The directory that it is, but writes to it fail while it is full."""

    fault = "POWERLOSS_FULL"

    def __init__(self, server: ServerProcess) -> None:
        self._fault = server.directory / "fault"
        server.env |= {
            "LD_PRELOAD": str(compiled("powerloss", server.directory)),
            "POWERLOSS_DIRECTORY": str(server.inbox_path.parent),
            self.fault: str(self._fault),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def fill(self) -> None:
        """From now on it fails."""
        self._fault.touch()

    def empty(self) -> None:
        """As if nothing had been."""
        self._fault.unlink()


class BrokenDisk(ShimDisk):
    """Takes everything, but cannot say that it is safe."""

    fault = "POWERLOSS_BROKEN"


class SlowDisk(ShimDisk):
    """Takes its time."""

    fault = "POWERLOSS_SLOW"


DISKS = (SmallDisk, ShimDisk, BrokenDisk)
