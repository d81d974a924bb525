"""What a census costs: a heap of objects, counted through memtui and, in process, by objgraph.

    python bench/census.py [--objects 1000000] [--python PATH …] [--rounds 5]

The heap is a mixture: in every six objects one instance with attributes, one with slots, two lists, a dict
and a tuple.  For each interpreter one line: time to attach, processor time of the target for one census, longest
stretch in which its other threads could not run Python, and the time until the caller has the
table.  If the interpreter has objgraph (memtui's own has), its count of the same type is printed
too and must be equal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.attach import attach
from memtui.verbs.census import census

if TYPE_CHECKING:
    from memtui.rpc.session import Session
    from memtui.verbs.census import Census

HEAP = """
import gc, json, sys, time
class Session:
    def __init__(self, number):
        self.number = number
        self.items = [number, str(number)]
        self.meta = {"parts": [number]}
        self.pair = (number, self.items)
class Thing:
    __slots__ = ("next",)
many = int(sys.argv[1]) // 6
gc.disable()
sessions = [Session(number) for number in range(many)]
things = [Thing() for _ in range(many)]
for thing in things: thing.next = thing
gc.enable()
gc.collect()
report = {"tracked": len(gc.get_objects())}
try:
    import objgraph
except ImportError:
    pass
else:
    began = time.perf_counter()
    report["objgraph_count"] = objgraph.typestats(shortnames=False)["__main__.Thing"]
    report["objgraph_ms"] = (time.perf_counter() - began) * 1000
print(json.dumps(report), flush=True)
while True:
    time.sleep(0.01)
"""


@dataclass(frozen=True)
class Figures:
    """The result of one interpreter's run, in milliseconds."""

    python: str
    tracked: int
    attach_ms: float
    agent_ms: float
    stall_ms: float
    table_ms: float
    objgraph_ms: float | None

    def row(self) -> str:
        """One line of the table."""
        reference = "–" if self.objgraph_ms is None else f"{self.objgraph_ms:.0f}"
        per_object = self.agent_ms * 1e6 / self.tracked
        return (
            f"{self.python:10} {self.tracked:>10,} {self.attach_ms:>9.0f} {self.agent_ms:>9.0f} "
            f"{per_object:>9.0f} {self.stall_ms:>9.1f} {self.table_ms:>9.0f} {reference:>9}"
        )


async def count(pid: int, rounds: int) -> tuple[Session, list[Census], float]:
    """Attach and count; the session (closed), the censuses, and the time to the first, ms."""
    began = time.perf_counter()
    session = await attach(pid)
    try:
        censuses = [await census(session)]
        table_ms = (time.perf_counter() - began) * 1000
        censuses += [await census(session) for _ in range(rounds - 1)]
    finally:
        await session.close()
    return session, censuses, table_ms


def measure(python: str, objects: int, rounds: int) -> Figures:
    """Run the heap under ``python`` and count it ``rounds`` times."""
    target = subprocess.Popen([python, "-c", HEAP, str(objects)], stdout=subprocess.PIPE, text=True)
    try:
        assert target.stdout is not None
        report = json.loads(target.stdout.readline())
        session, censuses, table_ms = asyncio.run(count(target.pid, rounds))
    finally:
        target.kill()
        target.wait()
    last = censuses[-1]
    things = last.counts[list(last.names).index("__main__.Thing")]
    made = objects // 6
    if things != made or report.get("objgraph_count", made) != made:
        raise SystemExit(f"counts differ: {made} made, memtui {things}, objgraph {report}")
    return Figures(
        python=session.hello.python + ("t" if session.hello.free_threaded else ""),
        tracked=report["tracked"],
        attach_ms=session.attachment.attach_ms,
        agent_ms=statistics.median(census.cost.agent_ms for census in censuses),
        stall_ms=max(census.cost.longest_stall_ms for census in censuses),
        table_ms=table_ms,
        objgraph_ms=report.get("objgraph_ms"),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="what a census costs")
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", nargs="*", default=[sys.executable])
    options = parser.parse_args()
    print(
        f"{'python':10} {'tracked':>10} {'attach ms':>9} {'agent ms':>9} {'ns/object':>9} "
        f"{'stall ms':>9} {'table ms':>9} {'objgraph':>9}"
    )
    for python in options.python:
        print(measure(python, options.objects, options.rounds).row(), flush=True)


if __name__ == "__main__":
    main()
