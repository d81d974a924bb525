"""Verbs ``watch``, ``watched`` and ``unwatch``: the calls of one function, as they happen.

The viewer asks for what was captured as often as it likes (``watched``), so that the agent has one
request at a time here as everywhere, and a viewer that is slow or asleep costs the target nothing: its
queue is full, and calls are counted only.
"""

from . import watch_monitor, watch_target, watch_wrap
from .entry import guest
from .objects import expression, reading
from .objects.refusal import Refusal
from .watch_record import Recorder, Wish

#: Watches of one session at a time.
LIMIT = 8
#: Longest time, ns, that counting the allocated blocks may take: each captured call pays it twice.
_BLOCKS_NS = 100000

#: The last watch and those that are active; not empty once a child knows of this list.
_ever = []


class Watch:
    """One watched function, from :meth:`start` to :meth:`stop`; both may be called from any thread."""

    def __init__(self, target, wish):
        self.spot = watch_target.find(target)
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

    def chore(self):
        """Undo what has shown enough, also when nobody asks; False when there is nothing to do."""
        if self._recorder.finished:
            self.stop()
        return self.active


def watch(session, _meter, target, condition, expr, limit, depth, errors_only):
    """Verb: begin to watch ``target``; answers with a number to ask for its calls by."""
    if session.read_only:
        raise Refusal(
            "read-only",
            "watching changes how the target runs a function, and the session is read-only",
            "attach without --read-only to use it",
        )
    try:
        wish = Wish(condition, expr, limit, depth, errors_only)
    except (expression.TreeError, reading.ReadError) as error:
        raise Refusal("bad-args", str(error)) from None
    if len(session.watches) >= LIMIT:
        raise Refusal("busy", "%d functions are watched already" % LIMIT, "end one of them first")
    yield None
    found = Watch(target, wish)
    number = max(session.watches, default=0) + 1
    session.watches[number] = found
    session.undo.append(found.stop)
    _mind_forks(session.server, found)
    try:
        found.start()
    except Refusal:
        del session.watches[number]
        found.stop()
        raise
    session.server.chores.append(found.chore)
    answer = found.describe()
    answer["watch"] = number
    return answer


def _mind_forks(server, found):
    """A forked child has no agent: the functions there have to be as they were."""
    if not _ever:
        server.in_child(_stop_all)
    _ever[:] = [each for each in _ever if each.active]
    _ever.append(found)


def _stop_all():
    for each in _ever:
        each.stop()


def watched(session, _meter, watch):
    """Verb: the calls captured since the last time, and how many there were."""
    yield None
    return _of(session, watch).poll()


def unwatch(session, _meter, watch):
    """Verb: stop watching; answers like ``watched``, for the last time."""
    found = _of(session, watch)
    found.stop()
    yield None
    del session.watches[watch]
    session.undo.remove(found.stop)
    return found.poll()


def _of(session, number):
    if number not in session.watches:
        raise Refusal("stale", "there is no watch %d in this session" % number)
    return session.watches[number]


def _hook(spot):
    if getattr(guest.sys, "monitoring", None) is not None:
        tool = watch_monitor.tool_id()
        if tool is not None:
            return watch_monitor.Monitoring(spot, tool)
        spot.notes.append(
            "all tool ids of sys.monitoring are taken: the function is wrapped instead"
        )
    return watch_wrap.Wrapping(spot)


def _block_counter(spot, wish, notes):
    """``sys.getallocatedblocks``, where it means something and costs little; else None and a note."""
    count = guest.sys.getallocatedblocks
    if spot.flavour != "function":
        notes.append(
            "allocated blocks are not told: other code runs between the steps of a %s"
            % spot.flavour
        )
        return None
    if not wish.sure:
        notes.append("allocated blocks are not told: what is wanted is only known when a call ends")
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
