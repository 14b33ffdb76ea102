"""The clock is stepped by an hour, forth and back, under load: nothing stalls, nothing runs twice.

At each step there are events that run, that wait for another attempt, and that arrive.
"""

import logging
import struct
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.server import effects
from tests.server.load import Load
from tests.server.process import ServerProcess, eventually
from tests.server.shims import compiled

HOUR = 3600
PATIENCE = 8.0
"""Seconds in which everything must be handled after a step."""

logger = logging.getLogger(__name__)


def step_to(path: Path, seconds: int) -> None:
    """In one write, so that no process sees half of it."""
    with path.open("r+b", buffering=0) as file:
        file.write(struct.pack("=q", seconds))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_steps_of_an_hour(tmp_path: Path, workers: int) -> None:
    clock = tmp_path / "clock"
    clock.write_bytes(bytes(8))
    library = str(compiled("clock", tmp_path))
    server = ServerProcess(
        tmp_path,
        workers=workers,
        LD_PRELOAD=library,
        CLOCK_STEP=str(clock),
        PAUSE="0.3",
        FAILS="0.2",
    )
    load = Load(server.port, pause=0.05)
    try:
        server.start()
        for seconds in (HOUR, 0, -HOUR, 0):
            load.for_seconds(1.5, lambda: None)
            step_to(clock, seconds)
            load.for_seconds(0.5, lambda: None)
            began = time.monotonic()
            eventually(server.is_settled, PATIENCE)
            handled = {effect.key for effect in server.effects()}
            assert handled == load.acknowledged == load.sent
            logger.info("at %+d s: all handled after %.1f s", seconds, time.monotonic() - began)
        _, uncaused = effects.reruns(server.effects_path)
        logger.info("%d handled, %d of them twice", len(load.sent), len(uncaused))
        assert not uncaused
        assert Counter(load.statuses) == {200: len(load.sent)}
        assert "Traceback" not in server.log()
    finally:
        server.close()
