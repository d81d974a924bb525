"""What a tick costs the viewer before anything is drawn: decode, history, growth, trends.

    python bench/store.py [--types 10000] [--rounds 50]

The script makes up censuses, packs them with the agent's own wire, and feeds them to the viewer's
receiving half in pieces as a socket delivers them.  Every count changes at every poll,
which is the worst case for growth; a second line has one in a hundred changing.  The history is
filled to its bound of memory before it is timed.  Times are processor time, so that a busy machine
counts less.  Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from memtui.agent import wire
from memtui.rpc.conversation import Answered, Conversation
from memtui.rpc.decode import RecordReader
from memtui.rpc.names import TypeNames
from memtui.store.history import History
from memtui.verbs.census import Census

if TYPE_CHECKING:
    from collections.abc import Callable


#: Milliseconds that each step may take, at 10,000 types, as the median of all rounds.
BARS = {
    "decode, no new names": 1.0,
    "history.add, full": 1.0,
    "growth, all changed": 1.0,
    "growth, 1 % changed": 1.0,
    "trend of 50 rows": 1.0,
}

#: The size of the pieces in which asyncio delivers received bytes.
PIECE = 1 << 16

POLL_S = 2.0


class Viewer:
    """The receiving half of a session, fed with made-up censuses."""

    def __init__(self, types: int, chance: random.Random) -> None:
        self.conversation = Conversation()
        self.names = TypeNames()
        self.reader = RecordReader(self.names)
        self.spelled = [f"shop.module{row % 50}.Class{row}" for row in range(types)]
        self.counts = [chance.randrange(2_000_000) for _ in range(types)]
        self.chance = chance
        self.polls = 0

    def change(self, share: float) -> None:
        """Let ``share`` of all types grow."""
        for row in self.chance.sample(range(len(self.counts)), int(len(self.counts) * share)):
            self.counts[row] += self.chance.randrange(1, 1000)

    def frame(self) -> bytes:
        """The answer to the next census request, as it comes over the socket."""
        self.polls += 1
        request, _ = self.conversation.request("census", {"since": len(self.names)})
        answer = {
            "at": int(self.polls * POLL_S * 1e6),
            "names": self.spelled[len(self.names) :],
            "counts": wire.column(self.counts),
            "sizes": wire.column([count * 97 for count in self.counts]),
            "frozen": 0,
            "own": 0,
        }
        cost = {"wall_us": 1, "agent_us": 1, "stall_us": 1}
        frame: bytes = wire.frame(wire.pack({"id": request, "ok": answer, "cost": cost}))
        return frame

    def receive(self, data: bytes) -> Census:
        """The census that the session decodes from it."""
        events = []
        for at in range(0, len(data), PIECE):
            events += self.conversation.receive(data[at : at + PIECE])
        [event] = events
        assert isinstance(event, Answered)
        return self.reader.record(event.result, Census, "census")


def timed(figures: list[float], step: Callable[[], Census | None]) -> Census | None:
    began = time.thread_time()
    result = step()
    figures.append((time.thread_time() - began) * 1000)
    return result


def fill(history: History, viewer: Viewer) -> None:
    """Add censuses until the ring is at one of its bounds."""
    length = -1
    while len(history) > length:
        length = len(history)
        history.add(viewer.receive(viewer.frame()))


def rounds(viewer: Viewer, history: History, count: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {name: [] for name in BARS}
    for _ in range(count):
        for share, name in ((1.0, "growth, all changed"), (0.01, "growth, 1 % changed")):
            viewer.change(share)
            data = viewer.frame()
            census = timed(figures["decode, no new names"], partial(viewer.receive, data))
            assert census is not None
            timed(figures["history.add, full"], partial(history.add, census))
            began = time.thread_time()
            growth = history.growth(POLL_S)
            assert growth is not None
            # What the table asks for: the order by size, the rows to show, the number in the title.
            told = (growth.size_deltas, growth.changed, growth.growing)
            figures[name].append((time.thread_time() - began) * 1000)
            assert len(told[0]) == len(viewer.counts)
            assert len(growth.rows) == int(len(viewer.counts) * share)
            rows = viewer.names.extend([])[:50]
            began = time.thread_time()
            trends = history.trends(rows, 16, 300)
            figures["trend of 50 rows"].append((time.thread_time() - began) * 1000)
            assert len(trends) == len(rows)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="What a tick costs before anything is drawn.")
    parser.add_argument("--types", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    viewer = Viewer(options.types, random.Random(1))
    first_frame = viewer.frame()
    first: list[float] = []
    history = History()
    census = timed(first, lambda: viewer.receive(first_frame))
    assert census is not None
    history.add(census)
    fill(history, viewer)
    print(
        f"{options.types:,} types; {len(history)} censuses, {history.memory_bytes >> 20} MiB kept"
    )
    print(f"{'':24}{'median':>10}{'worst':>10}{'bar':>8}   ms")
    print(f"{'decode, all names new':24}{first[0]:10.2f}{first[0]:10.2f}{'':>8}")
    missed = 0
    for name, values in rounds(viewer, history, options.rounds).items():
        median = statistics.median(values)
        verdict = "" if median <= BARS[name] else "   missed"
        missed += bool(verdict)
        print(f"{name:24}{median:10.2f}{max(values):10.2f}{BARS[name]:8.1f}{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
