"""What attaches leave behind: an idle process is counted by itself after each of so many.

    python bench/attaches.py [--attaches 100] [--python PATH …] [--collector on off frozen] [--every 10]

The target answers questions on its stdin and does nothing else.  It counts with ``gc.get_objects()`` and by
walking ``type.__subclasses__``, when memtui has left; memtui does not measure itself.  One attach is what
``memtui PID summary`` does: attach, one census, leave.  ``blocks`` are those of the interpreter's allocator:
objects that the collector does not track are in them.  It fails above the limits of the safety page.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.attach import attach
from memtui.verbs.census import census

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = """
import gc, sys
mode = sys.argv[1]
if mode != "on": gc.disable()
if mode == "frozen": gc.freeze()
def types():
    todo, seen = [object], set()
    while todo:
        kind = todo.pop()
        if id(kind) not in seen:
            seen.add(id(kind))
            todo += type.__subclasses__(kind)
    return len(seen)
def look():
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return len(gc.get_objects()), types(), sys.getallocatedblocks(), pages * 4
look()
for line in sys.stdin:
    print(*look(), flush=True)
"""

#: What ten attaches may leave more than the first: types, objects, RSS in KiB.
MOST_TYPES, MOST_OBJECTS, MOST_RSS_KIB = 20, 300, 1024
MODES = ("on", "off", "frozen")


@dataclass(frozen=True)
class Look:
    """What the target saw of itself."""

    objects: int
    types: int
    blocks: int
    rss_kib: int

    def since(self, other: Look) -> Look:
        """How much more that is than ``other``."""
        return Look(
            self.objects - other.objects,
            self.types - other.types,
            self.blocks - other.blocks,
            self.rss_kib - other.rss_kib,
        )

    @property
    def is_little(self) -> bool:
        """Whether it is within the limits."""
        return (
            self.types <= MOST_TYPES
            and self.objects <= MOST_OBJECTS
            and self.rss_kib <= MOST_RSS_KIB
        )


class IdleTarget:
    """A process that waits for questions."""

    def __init__(self, python: str, mode: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", TARGET, mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def look(self) -> Look:
        """What it counts now, once the agent's thread has ended."""
        tasks = Path(f"/proc/{self._process.pid}/task")
        while len(list(tasks.iterdir())) > 1:
            time.sleep(0.002)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        return Look(*map(int, self._process.stdout.readline().split()))

    def visit(self) -> None:
        """Attach, count, leave."""

        async def visit() -> None:
            session = await attach(self._process.pid)
            try:
                await census(session)
            finally:
                await session.close()

        asyncio.run(visit())

    def close(self) -> None:
        """End it; it must have said nothing that it was not asked for."""
        said, errors = self._process.communicate()
        if said or errors:
            raise SystemExit(f"the target said: {said}{errors}")


def looks(python: str, mode: str, attaches: int) -> Iterator[Look]:
    """What the target counts before the first attach and after each."""
    with contextlib.closing(IdleTarget(python, mode)) as target:
        target.look()
        yield target.look()
        for _ in range(attaches):
            target.visit()
            yield target.look()


def main() -> None:
    """Print a table for each interpreter and mode."""
    parser = argparse.ArgumentParser(description="what attaches leave behind")
    parser.add_argument("--attaches", type=int, default=100)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--python", nargs="*", default=[sys.executable])
    parser.add_argument("--collector", nargs="*", default=MODES, choices=MODES)
    options = parser.parse_args()
    failed = False
    for python in options.python:
        for mode in options.collector:
            print(f"{python}, collector {mode}")
            print(f"{'attach':>6} {'objects':>8} {'types':>6} {'blocks':>8} {'RSS KiB':>8}")
            first = None
            for number, look in enumerate(looks(python, mode, options.attaches)):
                if number == 1:
                    first = look
                if number <= 1 or number % options.every == 0 or number == options.attaches:
                    print(
                        f"{number:>6} {look.objects:>8} {look.types:>6} {look.blocks:>8} {look.rss_kib:>8}",
                        flush=True,
                    )
                if number == 10 and first is not None:
                    more = look.since(first)
                    failed |= not more.is_little
                    print(
                        f"{'2-10':>6} {more.objects:>+8} {more.types:>+6} {more.blocks:>+8} {more.rss_kib:>+8}"
                    )
    if failed:
        sys.exit("more is left than the limits allow")


if __name__ == "__main__":
    main()
