"""The collector's objects, walked in slices and let go of slice by slice."""

from ..entry import guest
from . import headroom
from .meter import Meter
from .pace import Pace

#: Processor time that a slice aims at, ns.  The budget is 5 ms, and where a heap begins to consist of other
#: objects than before, one slice takes three times its aim.
_AIM_NS = 1250000
_SMALLEST, _LARGEST = 250, 50000

#: Every walk that still holds objects: a forked child, which has no agent, lets go of them.
live = []
#: Those of them that were broken off, to be dropped in slices.
broken_off = []


class Walk:
    """One list of all tracked objects, youngest generation first.

    Making it is the one call that cannot be sliced; ``meter`` hears how long it took.  The list
    itself is not in it.  It is young at first, so up to two of the collections that the application
    causes meanwhile traverse it, at about the price of making it.  Objects are dropped as they are walked, so that what the application
    lets go of meanwhile does not live longer than it has to.
    Refused where there is no room for it; ``kept`` is how many objects its user keeps at most.
    """

    __slots__ = ("__weakref__", "_size", "meter", "objects", "total")

    def __init__(self, meter, kept=0):
        headroom.check(meter, kept)
        self.objects, _ = meter.hold(guest.gc.get_objects)
        self.total = len(self.objects)
        self.meter = meter
        live.append(self)
        headroom.learn(meter, self.total)
        self._size = 2000

    @property
    def done(self):
        """How many objects were handed out."""
        return self.total - len(self.objects)

    def slices(self):
        """Lists of objects, from the oldest generation on; their length adapts to the time they take."""
        objects, clock = self.objects, guest.time.thread_time_ns
        # Nothing is left to do when it is broken off: the application may hold this generator, from a
        # gc.get_objects() of its own, and end it in a thread of its own when the agent is long gone.
        while objects:
            began = clock()
            # No variable holds the slice: up to 3.10 this very frame may be in it, and the cycle
            # would keep all of it alive where a walk is broken off.
            yield self._cut()
            self._adapt(clock() - began)

    def _cut(self):
        chunk = self.objects[-self._size :]
        del self.objects[-self._size :]
        return chunk

    def _adapt(self, took):
        factor = min(2.0, max(0.5, _AIM_NS / (took + 1)))
        self._size = int(min(_LARGEST, max(_SMALLEST, self._size * factor)))


def let_go(meter):
    """The work that ``meter`` measures is over: what its walks still hold is to be dropped."""
    for walk in [each for each in live if each.meter is meter]:
        if walk.objects:
            broken_off.append(walk)
        else:
            live.remove(walk)


def drop_some():
    """Let go of a slice of what walks that were broken off still hold."""
    walk = broken_off[-1]
    del walk.objects[-20000:]
    if not walk.objects:
        broken_off.remove(walk)
        live.remove(walk)


def forget_all():
    """In a forked child: let go of everything."""
    for walk in live:
        del walk.objects[:]
    del live[:], broken_off[:]


def gentle_slices():
    """All tracked objects in slices, for work that no request pays for; gives up the GIL between."""
    meter, pace = Meter(), Pace()
    try:
        for chunk in Walk(meter).slices():
            yield chunk
            pace.pause()
    finally:
        let_go(meter)
