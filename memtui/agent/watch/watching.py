"""One function that is watched, from beginning to end."""

from ..entry import guest
from ..objects.refusal import reason
from . import monitor, wrap
from .record import Recorder
from .target import find

#: Longest time, ns, that counting the allocated blocks may take: each captured call pays it twice.
_BLOCKS_NS = 100000

#: The last watch and those that are active; not empty once a child knows of this list.
_ever = []


class Watch:
    """One watched function, from :meth:`start` to :meth:`stop`; both may be called from any thread."""

    __slots__ = ("_hook", "_recorder", "active", "notes", "spot")

    def __init__(self, target, wish):
        self.spot = find(target)
        self._hook = _hook(self.spot)
        self.notes = self.spot.notes + self._hook.notes()
        blocks = _block_counter(self.spot, wish, self.notes)
        self._recorder = Recorder(wish, self._hook, blocks)
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
        """The answer when the watch begins."""
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

    def held(self):
        """What of ours is in variables of functions that run in threads of the application."""
        return self._hook.held()

    def chore(self):
        """End the watch when it has shown enough, also when no viewer asks; False when it has ended."""
        if self._recorder.finished:
            self.stop()
        return self.active


def mind_forks(server, found):
    """A forked child has no agent: have the functions there as they were."""
    if not _ever:
        server.in_child(_stop_all)
    _ever[:] = [each for each in _ever if each.active]
    _ever.append(found)


def _stop_all():
    for each in _ever:
        each.stop()


def _hook(spot):
    if getattr(guest.sys, "monitoring", None) is not None:
        tool = monitor.tool_id()
        if tool is not None:
            return monitor.Monitoring(spot, tool)
        spot.notes.append(reason("no-tool-id"))
    return wrap.Wrapping(spot)


def _block_counter(spot, wish, notes):
    """``sys.getallocatedblocks``, where it means something and costs little; else None and a note."""
    count = guest.sys.getallocatedblocks
    if spot.flavour != "function":
        notes.append(reason("no-blocks-of-steps", flavour=spot.flavour))
        return None
    if not wish.sure:
        notes.append(reason("no-blocks-late"))
        return None
    clock = guest.time.perf_counter_ns
    took = []
    for _ in range(3):
        before = clock()
        blocks = count()
        took.append(clock() - before)
    if blocks <= 0:
        notes.append(reason("no-blocks-counted"))
        return None
    if min(took) > _BLOCKS_NS:
        notes.append(reason("no-blocks-slow", microseconds=min(took) // 1000))
        return None
    return count
