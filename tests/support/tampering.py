"""The agent's own modules, changed from inside of the target: slower or more eager than it is by itself.

So a test can be sure that a request is still open when the next message comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.target import Target

_REACH = """
import sys
def memtui_change(source):
    def agent(name):
        importer = sys._memtui_agent.ring.__globals__["__builtins__"]["__import__"]
        room, _, name = name.rpartition(".")
        return getattr(importer(room, {"__name__": "memtui.agent.test"}, None, (name,), 1), name)
    space = {"agent": agent}
    exec(source, space)
    # What the agent refers to from now on it takes for its own: it must not lead to what is the target's.
    del space["agent"]
memtui_change(%r)
del memtui_change
print("changed")
"""


def change(target: Target, source: str) -> None:
    """Execute ``source`` in a target whose agent has greeted; ``agent("ROOM.MODULE")`` there is that module."""
    assert target.execute(_REACH % source) == "changed\n", target.errors()


def never_ending(target: Target) -> None:
    """From now on walks over all objects do not advance; cancels, deadlines and hanging up still work."""
    change(
        target,
        "walk = agent('heap.walk').Walk\nwalk.memtui_cut, walk._cut = walk._cut, lambda self, sought: []",
    )


def ending(target: Target) -> None:
    """Walks finish again from now on, old ones too."""
    change(
        target,
        "walk = agent('heap.walk').Walk\nwalk._cut = walk.memtui_cut\ndel walk.memtui_cut",
    )


#: Each time that the agent reads the clock of its processor time, it is a millisecond later.
_TICKING = """
import itertools, time
class Clock:
    sleep, time_ns, perf_counter_ns = time.sleep, time.time_ns, time.perf_counter_ns
    ticks = itertools.count(0, 1000000)
    thread_time_ns = ticks.__next__
agent("entry.guest").time = Clock
agent("untracked.estimate")._clock = Clock.thread_time_ns
meter = agent("heap.meter").Meter
real, meter.memtui_count = meter.step, 0
def step(self, task):
    meter.memtui_count += 1
    return real(self, task)
meter.step = step
"""
#: The cost of the agent's requests without time: lines of Python, and the most bytes at a time.
_EFFORT = """
import sys, _tracemalloc
meter = agent("heap.meter").Meter
real, meter.memtui_count, meter.memtui_peak = meter.step, 0, 0
def line(frame, event, _):
    meter.memtui_count += 1
    return line
def step(self, task):
    _tracemalloc.start(1)
    sys.settrace(line)
    try:
        return real(self, task)
    finally:
        sys.settrace(None)
        meter.memtui_peak = max(meter.memtui_peak, _tracemalloc.get_traced_memory()[1])
        _tracemalloc.stop()
meter.step = step
"""


def count_slices(target: Target) -> None:
    """From now on count the agent's slices; each reading of its clock adds a millisecond."""
    change(target, _TICKING)


def slices(target: Target) -> int:
    """How many slices there were since then."""
    return _told(target, "memtui_count")


def measure_effort(target: Target) -> None:
    """From now on count the agent's work."""
    change(target, _EFFORT)


def effort(target: Target) -> tuple[int, int]:
    """(lines of Python that ran since then, most bytes that a slice had allocated at a time)."""
    return _told(target, "memtui_count"), _told(target, "memtui_peak")


def _told(target: Target, what: str) -> int:
    change(target, f"import sys; sys.memtui_told = agent('heap.meter').Meter.{what}")
    return int(target.execute("print(sys.memtui_told); del sys.memtui_told"))
