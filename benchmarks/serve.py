"""One app in this process, under uvicorn: uvloop, httptools, no access log, one worker.

    python -m benchmarks.serve APP DIRECTORY

It prints the port that the kernel gave it.
"""

import socket
import sys
from pathlib import Path

import uvicorn

from benchmarks.apps import build

__all__: list[str] = []


def _main() -> None:
    name, directory = sys.argv[1:]
    config = uvicorn.Config(
        build(name, Path(directory)),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    _main()
