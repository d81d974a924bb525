"""How long the slices of a census are: 99 of 100 within 5 ms of the agent's processor time, or it fails.

    python bench/slices.py [--objects 1000000] [--python PATH …] [--busy 0 2] [--rounds 5]

The heap is that of census.py.  The script adds lines to the agent that note the wall and the processor time
of every slice.  The slice that lists all objects, the only longer one, is shown separately.
``--busy`` gives the numbers of other threads that never wait.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from typing import IO, NamedTuple

from bench.census import HEAP
from memtui.attach import attach, bundle
from memtui.verbs.census import census

BUDGET_MS = 5.0
_read = bundle._read  # noqa: SLF001 (the only place to add a line to the agent's source)
_BEFORE = (
    "        before = guest.time.thread_time_ns()\n        try:\n            return next(task)\n"
)
_AFTER = "            spent = guest.time.thread_time_ns() - before\n"
_HELD = "        took = guest.time.perf_counter_ns() - before\n"
TARGET = (
    HEAP.partition("while True:")[0]
    + """
import threading
sys.memtui_slices = []
def work():
    while True:
        sum([i * i for i in range(200)])
for _ in range(int(sys.argv[2])):
    threading.Thread(target=work, daemon=True).start()
for _ in sys.stdin:
    found = sys.memtui_slices[:]
    del sys.memtui_slices[:]
    print(json.dumps(found), flush=True)
"""
)


class Slice(NamedTuple):
    """Milliseconds: by the clock, of the processor, and in the one call that made the list."""

    wall: float
    spent: float
    listing: float


def noting(name: str) -> str:
    """A module of the agent; the meter notes each slice."""
    text = _read(name)
    if name != "heap.meter":
        return text
    note = (
        "guest.sys.memtui_slices.append((guest.time.perf_counter_ns() - wall, spent, self._held))"
    )
    for old, new in (
        (_BEFORE, f"        wall, self._held = guest.time.perf_counter_ns(), 0\n{_BEFORE}"),
        (_AFTER, f"{_AFTER}            {note}\n"),
        (_HELD, f"{_HELD}        self._held = max(self._held, took)\n"),
    ):
        if text.count(old) != 1:
            raise SystemExit("agent/meter.py is not as this script knows it")
        text = text.replace(old, new)
    return text


async def visit(pid: int, said: IO[str], ask: IO[str], rounds: int) -> tuple[float, list[Slice]]:
    """The median of the agent's time for a census, ms, and the slices of all."""
    session = await attach(pid, timeout=30)
    slices: list[Slice] = []
    agent = []
    try:
        for _ in range(rounds):
            print(file=ask, flush=True)
            said.readline()
            agent.append((await census(session, timeout=120)).cost.agent_ms)
            print(file=ask, flush=True)
            slices += [Slice(*(ns / 1e6 for ns in each)) for each in json.loads(said.readline())]
    finally:
        await session.close()
    return statistics.median(agent), slices


def measure(python: str, objects: int, busy: int, rounds: int) -> bool:
    """Print one line; whether it is within the budget."""
    target = subprocess.Popen(
        [python, "-c", TARGET, str(objects), str(busy)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert target.stdin is not None
    assert target.stdout is not None
    try:
        tracked = json.loads(target.stdout.readline())["tracked"]
        agent, slices = asyncio.run(visit(target.pid, target.stdout, target.stdin, rounds))
    finally:
        target.kill()
        target.wait()
    listing = max(each.listing for each in slices)
    rest = [each for each in slices if each.listing < listing / 4]
    spent, wall = sorted(each.spent for each in rest), sorted(each.wall for each in rest)
    last = len(rest) * 99 // 100
    print(
        f"{python[-24:]:24} {tracked:>9,} {busy:>4} {agent:>8.0f} {listing:>7.1f} {len(rest):>6} "
        f"{spent[len(rest) // 2]:>7.2f} {spent[last]:>7.2f} {spent[-1]:>7.2f} "
        f"{wall[len(rest) // 2]:>7.2f} {wall[last]:>7.2f} {wall[-1]:>7.2f}",
        flush=True,
    )
    return spent[last] <= BUDGET_MS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="how long the slices of a census are")
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--busy", type=int, nargs="*", default=[0, 2])
    parser.add_argument("--python", nargs="*", default=[sys.executable])
    options = parser.parse_args()
    bundle._read = noting  # noqa: SLF001 (see above)
    print(
        f"{'python':24} {'tracked':>9} busy agent ms list ms slices   spent p50, p99, max ms"
        "    wall p50, p99, max ms"
    )
    within = [
        measure(python, options.objects, busy, options.rounds)
        for python in options.python
        for busy in options.busy
    ]
    if not all(within):
        raise SystemExit(f"more than one slice in a hundred took over {BUDGET_MS:g} ms")


if __name__ == "__main__":
    main()
