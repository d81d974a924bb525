"""The agent's own modules, changed from inside of the target: slower or more eager than it is by itself.

So a test need not hope that a request is still under way when the next message comes.
"""

_REACH = """
import sys
def memtui_change(source):
    def agent(name):
        importer = sys._memtui_agent.ring.__globals__["__builtins__"]["__import__"]
        return getattr(importer("", None, None, (name,), 1), name)
    space = {"agent": agent}
    exec(source, space)
    # What the agent refers to from now on it takes for its own: it must not lead to what is the target's.
    del space["agent"]
memtui_change(%r)
del memtui_change
print("changed")
"""


def change(target, source):
    """Execute ``source`` in a target whose agent has greeted; ``agent("heap")`` there is that module."""
    assert target.execute(_REACH % source) == "changed\n", target.errors()


def never_ending(target):
    """From now on walks over all objects get nowhere, but for cancels, deadlines and hanging up."""
    change(
        target,
        "heap = agent('heap').Heap\nheap.memtui_cut, heap._cut = heap._cut, lambda self: []",
    )


def ending(target):
    """Walks that begin or go on after this get to their end again."""
    change(
        target,
        "heap = agent('heap').Heap\nheap._cut = heap.memtui_cut\ndel heap.memtui_cut",
    )


#: Each look of the agent's at the clock of its processor time finds it a millisecond later.
_TICKING = """
import itertools, time
class Clock:
    sleep, time_ns, perf_counter_ns = time.sleep, time.time_ns, time.perf_counter_ns
    ticks = itertools.count(0, 1000000)
    thread_time_ns = ticks.__next__
agent("guest").time = Clock
estimate = agent("estimate")
estimate._clock = Clock.thread_time_ns
meter = agent("meter").Meter
real, meter.slices = meter.step, 0
def step(self, task):
    meter.slices += 1
    return real(self, task)
meter.step = step
"""


def count_slices(target):
    """From now on the agent's slices are counted, and it believes to be slow: a look at the clock takes 1 ms."""
    change(target, _TICKING)


def slices(target):
    """How many slices there were since then."""
    said = target.execute(
        "import sys\n"
        "print(sys._memtui_agent.ring.__globals__['__builtins__']['__import__']"
        "('', None, None, ('meter',), 1).meter.Meter.slices)"
    )
    return int(said)
