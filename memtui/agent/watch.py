"""Verbs ``watch``, ``watched`` and ``unwatch``: the calls of one function, as they happen.

The viewer asks for what was captured as often as it likes (``watched``), so that the agent has one
request at a time here as everywhere, and a viewer that is slow or asleep costs the target nothing: its
queue is full, and calls are counted only.
"""

from . import guest, watch_monitor, watch_target, watch_wrap
from .refusal import Refusal
from .watch_record import Recorder, Wish

#: Watches of one session at a time.
LIMIT = 8
#: Longest time, ns, that counting the allocated blocks may take: it is paid twice by each captured call.
_BLOCKS_NS = 20000


class Watch:
    """One watched function, from :meth:`start` to :meth:`stop`; both may be called from any thread."""

    def __init__(self, target, wish):
        self.spot = watch_target.find(target)
        self._hook = _hook(self.spot)
        self.notes = self.spot.notes + self._hook.notes()
        blocks = _block_counter(self.spot, self.notes)
        self._recorder = Recorder(wish, self._hook.scope_of, self._hook.keeps, blocks)
        self.active = False

    def start(self):
        """From here on calls are seen."""
        self.active = True
        self._hook.start(self._recorder.begin, self._recorder.finish)

    def stop(self):
        """The function is as before; adds to ``notes`` what could not be undone."""
        self.active = False
        self.notes += self._hook.stop()

    def describe(self):
        """What the viewer is told at the beginning."""
        return {
            "target": self.spot.target,
            "flavour": self.spot.flavour,
            "method": self._hook.method,
            "notes": self.notes,
        }

    def poll(self):
        """What was captured since the last time; the watch ends when it has shown enough."""
        if self._recorder.finished:
            self.stop()
        answer = {"calls": self._recorder.take(), "active": self.active, "notes": self.notes}
        answer.update(self._recorder.counts())
        return answer


def _hook(spot):
    if getattr(guest.sys, "monitoring", None) is not None:
        tool = watch_monitor.tool_id()
        if tool is not None:
            return watch_monitor.Monitoring(spot, tool)
        spot.notes.append(
            "all tool ids of sys.monitoring are taken: the function is wrapped instead"
        )
    return watch_wrap.Wrapping(spot)


def _block_counter(spot, notes):
    """``sys.getallocatedblocks``, where it means something and costs little; else None and a note."""
    count = guest.sys.getallocatedblocks
    if spot.flavour != "function":
        notes.append(
            "allocated blocks are not told: other code runs between the steps of a %s"
            % spot.flavour
        )
        return None
    clock = guest.time.perf_counter_ns
    took = []
    for _ in range(3):
        before = clock()
        blocks = count()
        took.append(clock() - before)
    if blocks <= 0:
        notes.append("allocated blocks are not told: this process does not use Python's allocator")
        return None
    if min(took) > _BLOCKS_NS:
        notes.append(
            "allocated blocks are not told: counting them takes %d µs here" % (min(took) // 1000)
        )
        return None
    return count
