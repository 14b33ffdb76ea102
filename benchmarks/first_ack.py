"""A server that starts over an inbox: when it first acknowledges, and how much memory it takes."""

import os
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.pool import PATH, delivery

__all__ = ["first_ack"]

PATIENCE = 60.0
AT_WORK = 10.0
"""Seconds in which it handles what is pending, and is sent more, while its memory is watched."""


def first_ack(inbox: str) -> tuple[float, int]:
    """Seconds from the start of the process to its first 200, and its largest resident bytes.

    Args:
        inbox: its URL.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "benchmarks.scale_app:app", "--port", str(port)],
        env={**os.environ, "INBOX": inbox},
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _posted(port, 0):
            assert time.monotonic() < started + PATIENCE, "it does not start"
        took = time.monotonic() - started
        number, end = 1, time.monotonic() + AT_WORK
        while time.monotonic() < end:
            assert _posted(port, number)
            number += 1
        return took, _largest(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _posted(port: int, number: int) -> bool:
    pairs, body = delivery(number)
    headers = {name.decode(): value.decode() for name, value in pairs}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", PATH, body=body, headers=headers)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        time.sleep(0.02)
        return False
    finally:
        connection.close()


def _largest(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024
