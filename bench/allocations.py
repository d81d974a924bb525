"""What tracing allocations costs a target: slower allocations, stalls by snapshots, the stop.

    python bench/allocations.py [--python PATH …] [--blocks 50000 200000 1000000] [--depths 1 5 10]

For each interpreter: how much slower a loop that allocates runs at each depth; and for each number
of live blocks how a snapshot was taken, the stall as the agent measured it, the longest gap in a
thread of the target that only reads the clock (it includes the normal switch of threads, 5 ms, and
the other load of the machine), the time until the viewer had the rows, tracemalloc's own memory,
and the gap when tracing stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from memtui.attach import attach
from memtui.verbs.allocations import allocations, start_tracing, stop_tracing, tracing

if TYPE_CHECKING:
    from memtui.rpc.session import Session

TARGET = """
import sys, threading, time
worst = [0.0]
def watch():
    last = time.perf_counter()
    while True:
        now = time.perf_counter()
        worst[0] = max(worst[0], now - last)
        last = now
keep = []
def make(count):
    keep.extend([float(i) for i in range(count)])
def loop():
    began = time.perf_counter()
    for _ in range(20):
        [[] for _ in range(5000)]
    return time.perf_counter() - began
for line in iter(sys.stdin.readline, ""):
    verb, number = line.split()
    if verb == "make":
        del keep[:]
        make(int(number))
    elif verb == "watch":
        threading.Thread(target=watch, daemon=True).start()
    said = loop() if verb == "loop" else worst[0]
    worst[0] = 0.0
    print(said, flush=True)
"""
BUDGET = 1 << 40


class Driven:
    """The target, which takes commands line by line."""

    def __init__(self, python: str) -> None:
        self.process = subprocess.Popen(
            [python, "-c", TARGET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, verb: str, number: int = 0) -> float:
        """The seconds that the target reports: for its loop, or the longest gap since the last call."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{verb} {number}\n")
        stdin.flush()
        return float(stdout.readline())


async def _slowdown(target: Driven, session: Session, depths: list[int]) -> None:
    base = min(target.do("loop") for _ in range(5))
    for depth in depths:
        await start_tracing(session, depth=depth, budget_bytes=BUDGET)
        slow = min(target.do("loop") for _ in range(5))
        await stop_tracing(session)
        print(f"    depth {depth:3}: an allocating loop takes {slow / base:5.1f} times as long")


async def _snapshot(target: Driven, session: Session, blocks: int) -> None:
    await start_tracing(session, depth=5, budget_bytes=BUDGET)
    target.do("make", blocks)
    target.do("gap")
    began = time.perf_counter()
    snapshot = await allocations(session, consent=True)
    took = time.perf_counter() - began
    gap = target.do("gap")
    overhead = (await tracing(session)).overhead_bytes
    target.do("gap")
    await stop_tracing(session)
    stop = target.do("gap")
    how = "forked child" if snapshot.child else "in process"
    print(
        f"    {snapshot.traces:9,} blocks: {how}, stall {snapshot.cost.longest_stall_ms:5.1f} ms, "
        f"longest gap {gap * 1000:5.1f} ms, rows after "
        f"{took * 1000:6.0f} ms, overhead {overhead / 2**20:5.1f} MiB, gap at stop {stop * 1000:5.1f} ms"
    )


async def measure(python: str, blocks: list[int], depths: list[int]) -> None:
    """Print the figures of one interpreter."""
    target = Driven(python)
    try:
        target.do("gap")
        session = await attach(target.process.pid)
        print(f"{session.hello.python}  {python}")
        await _slowdown(target, session, depths)
        target.do("watch")
        for count in blocks:
            await _snapshot(target, session, count)
        await session.close()
    finally:
        target.process.kill()
        target.process.wait()


def main() -> None:
    """Measure each interpreter that was named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", nargs="+", default=[sys.executable])
    parser.add_argument("--blocks", type=int, nargs="+", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 5, 10])
    options = parser.parse_args()
    for python in options.python:
        asyncio.run(measure(python, options.blocks, options.depths))


if __name__ == "__main__":
    main()
