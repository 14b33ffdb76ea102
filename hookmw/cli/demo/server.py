"""The demo's server: a real uvicorn in a process of its own, which can be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import anyio

from hookmw.errors import ConfigError

__all__ = ["Server"]

START = 20.0
REFUSED = re.compile(r"^.*refused \w+ .*: (?P<reason>.*) \((?P<code>\w+)\)$", re.MULTILINE)


class Server:
    """Serves `hookmw.cli.demo.program` on a free port of 127.0.0.1.

    Args:
        directory: for its inbox and its log.
        environment: what the program reads.
    """

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.port = _free_port()
        self.log = directory / "server.log"
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ConfigError: it ended, or did not answer in time; with the end of its log.
        """
        process = self._process = self._spawn()
        with anyio.move_on_after(START):
            while process.poll() is None:
                if await self._answers():
                    return
                await anyio.sleep(0.02)
        raise ConfigError(f"the demo's server did not start: {self.log.read_text()[-500:]}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "hookmw.cli.demo.server", str(self.port)],
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    async def _answers(self) -> bool:
        try:
            stream = await anyio.connect_tcp("127.0.0.1", self.port)
        except OSError:
            return False
        await stream.aclose()
        return True

    def kill(self) -> None:
        """`kill -9`: nothing of it gets to say goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as at a deploy."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=15)

    def refusals(self) -> list[tuple[str, str]]:
        """Reason and code of every refusal in its log."""
        text = self.log.read_text(errors="replace")
        return [(found["reason"], found["code"]) for found in REFUSED.finditer(text)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve(port: int) -> None:
    import logging  # noqa: PLC0415 - for the child process alone

    import uvicorn  # noqa: PLC0415 - an extra, for the child process alone

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    uvicorn.run(
        "hookmw.cli.demo.program:app",
        port=port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
