"""What the small things take: help, the list of processes, the symbols of a target, the bundled shop.

    python bench/everyday.py [--rounds 5]

Processor time, the median of all rounds, so that a busy machine counts less.  Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from memtui.attach import elf
from memtui.attach.discover import candidates
from memtui.attach.facts import facts_of
from memtui.attach.interpreter import find_interpreter
from memtui.attach.memory import Memory
from memtui.cli.verbs.demo import shop

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMTUI = (sys.executable, "-m", "memtui")
OTHERS = 200
WATCHED_S = 5.0

BARS = {
    "memtui --help": (0.2, "s"),
    "memtui ps": (0.4, "s"),
    f"the picker's list, {OTHERS} processes more": (0.3, "s"),
    "symbols of an interpreter, first time": (0.05, "s"),
    "symbols of an interpreter, again": (0.005, "s"),
    "the shop, of one processor": (0.15, ""),
    "the shop's growth": (400.0, "KiB/s"),
}
"""The most that each may take, and its unit."""


def measure() -> Iterator[tuple[str, float]]:
    """One round: the name of each bar and what was measured."""
    yield "memtui --help", _command("--help")
    yield "memtui ps", _command("ps")
    others = [subprocess.Popen(["sleep", "60"]) for _ in range(OTHERS)]
    try:
        began = time.process_time()
        asyncio.run(candidates())
        yield f"the picker's list, {OTHERS} processes more", time.process_time() - began
    finally:
        for other in others:
            other.kill()
        for other in others:
            other.wait()
    with shop() as pid:
        yield from _symbols(pid)
        yield from _appetite(pid)


def _command(*args: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*MEMTUI, *args], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _symbols(pid: int) -> Iterator[tuple[str, float]]:
    facts = facts_of(pid)
    elf._layouts.clear()  # noqa: SLF001 (as in a viewer that has just been started)
    with Memory(facts.proc) as memory:
        for what in ("first time", "again"):
            began = time.process_time()
            find_interpreter(facts, memory)
            yield f"symbols of an interpreter, {what}", time.process_time() - began


def _appetite(pid: int) -> Iterator[tuple[str, float]]:
    process = psutil.Process(pid)
    before, began = (process.cpu_times(), process.memory_info()), time.perf_counter()
    time.sleep(WATCHED_S)
    after, took = (process.cpu_times(), process.memory_info()), time.perf_counter() - began
    spent = after[0].user + after[0].system - before[0].user - before[0].system
    yield "the shop, of one processor", spent / took
    yield "the shop's growth", (after[1].rss - before[1].rss) / took / 1024


def main() -> int:
    """Run it; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    figures: dict[str, list[float]] = {what: [] for what in BARS}
    for _ in range(parser.parse_args().rounds):
        for what, value in measure():
            figures[what].append(value)
    missed = False
    print(f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for what, values in figures.items():
        most, unit = BARS[what]
        median = statistics.median(values)
        missed |= median > most
        verdict = "" if median <= most else "  MISSED"
        print(f"{what:<42} {median:8.3f} {unit:<6} (bar {most:g}){verdict}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
