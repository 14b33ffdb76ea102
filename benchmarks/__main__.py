"""`python -m benchmarks`, and `micro` or `scale` behind it: see the head of the package."""

import argparse
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import micro, report, scale, scale_postgres
from benchmarks.apps import APPS
from benchmarks.load import generator
from benchmarks.pool import Pool, write_pool
from benchmarks.rounds import Result, measure, order
from benchmarks.server import NotServing

__all__ = ["main"]

FASTEST = 15_000
"""Requests a second that the pool must last for without a repetition, in apps that look."""

LARGEST_POOL = 300_000


def main() -> int:
    """Run what was asked for; the exit code."""
    options = _options()
    if options.what == "micro":
        micro.run()
        return 0
    if options.what == "scale":
        measured = scale_postgres if options.postgresql else scale
        measured.run(options.pending, options.handled)
        return 0
    apps = [app for app in APPS if app in (options.only or APPS)]
    with tempfile.TemporaryDirectory(prefix="hookmw-bench-") as directory:
        pool = write_pool(Path(directory) / "pool", _pool_size(options.seconds))
        _introduce(pool, options)
        return _run(apps, pool, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("load", "micro", "scale"), default="load")
    parser.add_argument("--rounds", type=_between(1, 100), default=3)
    parser.add_argument("--seconds", type=_between(1, 60), default=2, help="of load, each")
    parser.add_argument("--connections", type=_between(1, 1000), default=32)
    parser.add_argument("--only", nargs="+", choices=tuple(APPS), metavar="APP", help=_known())
    parser.add_argument("--pending", type=_between(1, 10**7), default=100_000, help="for scale")
    parser.add_argument("--handled", type=_between(1, 10**8), default=1_000_000, help="for scale")
    parser.add_argument("--postgresql", action="store_true", help="for scale: not SQLite")
    return parser.parse_args()


def _between(least: int, most: int) -> Callable[[str], int]:
    def bounded(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return number

    return bounded


def _known() -> str:
    return f"some of: {', '.join(APPS)}; ratios need bare"


def _pool_size(seconds: int) -> int:
    return min(FASTEST * (seconds + 1), LARGEST_POOL)


def _introduce(pool: Pool, options: argparse.Namespace) -> None:
    print(f"{options.rounds} rounds of {options.seconds} s, {options.connections} connections")
    print(f"load: {generator()}; Python {platform.python_version()}, {platform.machine()}")
    print(f"{pool.count:,} deliveries of 1.5 KiB, signed beforehand, no two alike; an app that")
    print("outruns them (bare may) gets some twice, one that looks for duplicates is then reported")


def _run(apps: Sequence[str], pool: Pool, options: argparse.Namespace) -> int:
    rounds: list[dict[str, Result]] = []
    problems: set[str] = set()
    for number in range(options.rounds):
        rounds.append({})
        for app in order(apps, number):
            print(f"round {number + 1}: {app}", file=sys.stderr, flush=True)
            try:
                result = measure(
                    app, pool, connections=options.connections, seconds=options.seconds
                )
            except (NotServing, subprocess.SubprocessError) as error:
                problems.add(f"{app}: {error}")
            else:
                rounds[-1][app] = result
                problems.update(result.problems())
    report.show(report.table(rounds, apps))
    return _conclude(problems)


def _conclude(problems: set[str]) -> int:
    for problem in sorted(problems):
        print(f"PROBLEM {problem}")
    if not problems:
        print("all answers were 2xx; every event was handled, and handled once")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
