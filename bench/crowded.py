"""What an attach, a census and a page of instances take in a process with more busy threads than processors.

    python bench/crowded.py [--threads 7] [--rounds 5] [--python PATH …]

The figures are medians of wall time, because waiting is what costs here: for the GIL or, in a free-threaded
interpreter, for every other thread to stop.  Each round attaches again; the first reads much for the first time, so it
is shown separately.
By default it runs on memtui's own interpreter and on every free-threaded one that is found.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import time

from memtui.attach import attach
from memtui.verbs.census import census
from memtui.verbs.instances import instances
from tests.support import interpreters

BUSY = """
import sys, threading
def busy():
    while True:
        sum([n * n % 7 for n in range(100000)])
for _ in range(int(sys.argv[1]) - 1):
    threading.Thread(target=busy, daemon=True).start()
print("ready", flush=True)
busy()
"""
TIMEOUT_S = 60.0


async def visit(pid: int) -> tuple[float, float, float]:
    """One visit: seconds for the attach, a census, and the largest 20 dicts with their entries."""
    times = [time.perf_counter()]
    session = await attach(pid, timeout=TIMEOUT_S)
    try:
        times.append(time.perf_counter())
        await census(session, timeout=TIMEOUT_S)
        times.append(time.perf_counter())
        await instances(session, "dict", limit=20, depth=1, timeout=TIMEOUT_S)
        times.append(time.perf_counter())
    finally:
        await session.close()
    attached, counted, paged = (end - begun for begun, end in itertools.pairwise(times))
    return attached, counted, paged


def measure(python: str, threads: int, rounds: int) -> list[tuple[float, float, float]]:
    """The visits to one target."""
    command = [python, "-c", BUSY, str(threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as target:
        try:
            assert target.stdout is not None
            target.stdout.readline()
            return [asyncio.run(visit(target.pid)) for _ in range(rounds)]
        finally:
            target.kill()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5)
    free = [each.path for each in interpreters.supported() if each.free_threaded]
    parser.add_argument("--python", nargs="*", default=[sys.executable, *free])
    options = parser.parse_args()
    print(
        f"{options.threads} busy threads, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'seconds, first / median of the others':40} {'attach':>13} {'census':>13} {'page':>13}"
    )
    for python in options.python:
        first, *others = measure(python, options.threads, options.rounds)
        cells = [
            f"{once:5.2f} / {statistics.median(rest):5.2f}"
            for once, rest in zip(first, zip(*(others or [first]), strict=True), strict=True)
        ]
        print(f"{python[-40:]:40} " + " ".join(cells), flush=True)


if __name__ == "__main__":
    main()
