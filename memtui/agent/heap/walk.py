"""The collector's objects, walked in slices and let go of slice by slice."""

from ..entry import guest
from . import headroom, own
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

    A request yields it, and gets it back when the server's loop has made the list.  Making it is the one
    call that cannot be sliced; ``meter`` hears how long it took.  The list
    itself is not in it.  It is young at first, so up to two of the collections that the application
    causes meanwhile traverse it, at about the price of making it.  Objects are dropped as they are walked, so that what the application
    lets go of meanwhile does not live longer than it has to.
    Refused where there is no room for it; ``kept`` is how many objects its user keeps at most.
    ``ours`` are those of the agent's own objects that are in the list.  Asked for ``by_age``, ``young`` says how many of
    its objects are of the youngest generation, and of the next one.
    """

    __slots__ = (
        *("__weakref__", "_ids", "_kept", "_size", "_wanted"),
        *("meter", "objects", "ours", "total", "young"),
    )

    def __init__(self, meter, kept=0, *, by_age=False):
        self._kept = kept
        self.young = [] if by_age and guest.has_gil else None
        self._wanted = self._ids = None
        self.objects, self.ours = [], []
        self.total = 0
        self.meter = meter
        self._size = 2000

    def prepare(self):
        """Do a slice of what comes before the list; False where there is nothing to do."""
        began = guest.time.thread_time_ns()
        try:
            return own.prepare()
        finally:
            self.meter.work(guest.time.thread_time_ns() - began)

    def take(self, server=None):
        """Make the list; without the ``server``, which leads to all of the agent, nothing is known of ours."""
        headroom.check(self.meter, self._kept)
        clock, began = guest.time.perf_counter_ns, guest.time.thread_time_ns()
        ours = []
        if server is not None:
            ours = own.find(server)
            self._wanted = own.wanted()
        # Made before: what makes them may start a collection, which takes some out of the collector's lists.
        each = iter(ours)
        tracked = map(guest.gc.is_tracked, each)
        ours += [each, tracked]
        ours += [part for part in guest.gc.get_referents(tracked) if type(part) is tuple]
        live.append(self)
        if self.young is not None:
            self.young += [len(guest.gc.get_objects(each)) for each in (0, 1)]
        # In this very frame, which is one of ours.
        before = clock()
        self.objects = guest.gc.get_objects()
        took = clock() - before
        mask = bytes(tracked)
        self.ours = list(guest.itertools.compress(ours, mask))
        del ours[:]
        self.total = len(self.objects)
        self.meter.note(took)
        self.meter.work(guest.time.thread_time_ns() - began)
        headroom.learn(self.meter, self.total)

    @property
    def ids(self):
        """The ids of ``ours``, as far as it is known: some turn up in the list."""
        if self._ids is None:
            self._ids = set(map(id, self.ours))
        return self._ids

    def seek(self, kind, some, holders):
        """Look among ``some``, all exactly of ``kind``, for what of ours is not known yet; see hidden.py."""
        if self._wanted is not None and self._wanted.pending:
            self._found(self._wanted.of_kind(kind, some, holders))

    def seek_among(self, objects, holders):
        """The same for objects of all kinds."""
        if self._wanted is not None and self._wanted.pending:
            self._found(self._wanted.among(objects, holders))

    def _found(self, more):
        if more:
            self.ours += more
            self.ids.update(map(id, more))

    @property
    def done(self):
        """How many objects were handed out."""
        return self.total - len(self.objects)

    def slices(self, *, sought=True):
        """Lists of objects, from the oldest generation on; their length adapts to the time they take.

        What of ours is in each is known then, if ``sought``; else the caller has to :meth:`seek`.
        """
        objects, clock = self.objects, guest.time.thread_time_ns
        # Nothing is left to do when it is broken off: the application may hold this generator, from a
        # gc.get_objects() of its own, and end it in a thread of its own when the agent is long gone.
        while objects:
            began = clock()
            # No variable holds the slice: up to 3.10 this very frame may be in it, and the cycle
            # would keep all of it alive where a walk is broken off.
            yield self._cut(sought)
            self._adapt(clock() - began)
        if self._wanted is not None:
            self._wanted.done()

    def _cut(self, sought):
        chunk = self.objects[-self._size :]
        del self.objects[-self._size :]
        if sought:
            self.seek_among(chunk, 1)
        return chunk

    def _adapt(self, took):
        factor = min(2.0, max(0.5, _AIM_NS / (took + 1)))
        self._size = int(min(_LARGEST, max(_SMALLEST, self._size * factor)))


def let_go(meter):
    """The work that ``meter`` measures is over: what its walks still hold is to be dropped."""
    for walk in [each for each in live if each.meter is meter]:
        # They hold the walk and, up to 3.10, frames.
        del walk.ours[:]
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
    walk = Walk(meter)
    try:
        walk.take()
        for chunk in walk.slices():
            yield chunk
            pace.pause()
    finally:
        let_go(meter)
