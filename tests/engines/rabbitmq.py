"""A RabbitMQ of a test's own, which is really killed and whose data is really thrown away."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import pytest
from kombu import Connection

from tests.engines.brokers import free_port, reachable, until

__all__ = ["OwnRabbitMQ"]

PLACES = ("/usr/lib/rabbitmq/lib", "/usr/local/lib/rabbitmq", "/opt")
START = 60.0
"""Seconds; 4 on a machine of its own."""


def _executable() -> Path | None:
    """Not the wrapper of a distribution: it becomes another user and forgets its environment."""
    found = [each for place in PLACES for each in Path(place).glob("*/sbin/rabbitmq-server")]
    return max(found, default=None)


class OwnRabbitMQ:
    """A node with a name, ports and directories of its own; `epmd` it may share with others."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._home = Path(mkdtemp(prefix="hookmw-rabbitmq-"))
        self._process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        executable = _executable()
        if executable is None:
            pytest.skip("no rabbitmq-server here: what kills one was skipped")
        with (self._home / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [executable],
                env={**os.environ, **self._settings()},
                stdout=out,
                stderr=out,
                start_new_session=True,  # so that what it starts can be killed with it
            )
        until(self._answers, START)

    def down(self) -> None:
        """As `kill -9` of the node and of all that it has started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def forget(self) -> None:
        """Throw its data away, which only one that is down lets us do."""
        was_up = self._process is not None
        self.down()
        shutil.rmtree(self._home / "data", ignore_errors=True)
        if was_up:
            self.up()

    def remove(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._home / "out").read_text()[-3000:]
        if not reachable(("127.0.0.1", self.port)):
            return False
        with suppress(Exception), Connection(self.url) as connection:
            connection.connect()
            return True
        return False

    def _settings(self) -> dict[str, str]:
        home = str(self._home)
        return {
            "HOME": home,  # where Erlang makes its cookie
            "RABBITMQ_NODENAME": f"hookmw-test-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": f"{home}/data",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_LOGS": "-",
            # none of the machine's own
            "RABBITMQ_CONF_ENV_FILE": f"{home}/none",
            "RABBITMQ_CONFIG_FILE": f"{home}/none",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{home}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/none",
            "RABBITMQ_PID_FILE": f"{home}/pid",
        }
