"""tracemalloc on demand: started and stopped for sessions, watched, and read as totals.

The C module is used directly, so that :mod:`tracemalloc` and what it imports stay out of the process.
Tracing goes on between snapshots.  If the application traced before, its session is used as it is: not
stopped, not cleared, with its own depth.  If it did not, tracing ends with the last session that asked
for it, and earlier for one whose budget or time is over.
"""

from ..entry import guest
from ..heap import headroom
from ..objects.refusal import Refusal
from . import child, totals

_tracemalloc = guest.borrow("_tracemalloc")

#: tracemalloc's memory is 49 to 67 bytes a trace; the smaller figure gives the most there can be.
BYTES_A_TRACE = 48
#: Above this many traces a snapshot is taken only with consent.
TRACES_LIMIT = 200000
#: The longest stall without consent, µs.
STALL_LIMIT_US = 50000
#: Up to this stall, µs, a snapshot is taken in the process: a fork has its own harms.
IN_PROCESS_US = 20000
#: What one trace costs in ``_get_traces``, and in ``stop``, as a stall in ns: the worst of 3.8 to 3.14.
LIST_NS, STOP_NS = 380, 100
#: What a fork costs as a stall: µs, and µs for each GiB that is resident.
FORK_US, FORK_US_A_GIB = 2000, 20000

#: How long a forked child may take, besides 20 µs for each trace, and the time it waits for a processor.
CHILD_PATIENCE_S = 30


def _now():
    return guest.time.perf_counter_ns() / 1e9


class _Use:
    """What one session asked for, and why it ended (None while it has not)."""

    __slots__ = ("budget", "ended", "until")

    def __init__(self, budget, until):
        self.budget = budget
        self.until = until
        self.ended = None


class SharedTracing:
    """The one tracemalloc of this process, as its sessions use it."""

    __slots__ = ("_depth", "_uses")

    def __init__(self):
        self._uses = {}
        self._depth = None

    @property
    def ours(self):
        """Whether tracing is on and it was us who started it."""
        return (
            self._depth is not None
            and _tracemalloc.is_tracing()
            and _tracemalloc.get_traceback_limit() == self._depth
        )

    def start(self, session, depth, budget, seconds):
        """Trace for ``session`` for up to ``seconds``, with up to ``budget`` bytes of overhead.

        Tracing that is on already keeps its depth; the application's has no budget of ours.
        """
        self.check()
        if not _tracemalloc.is_tracing():
            _tracemalloc.start(depth)
            self._depth = depth
        self._uses[session] = _Use(budget, _now() + seconds)

    def check(self):
        """End what is over its budget or time.  True: tracing is ours, check again in 100 ms."""
        now = _now()
        overhead = _tracemalloc.get_tracemalloc_memory()
        live = [use for use in self._uses.values() if use.ended is None]
        lost = self._depth is not None and not self.ours
        for use in live:
            if lost or not _tracemalloc.is_tracing():
                use.ended = "application"
            elif now >= use.until:
                use.ended = "time"
            elif self.ours and overhead > use.budget:
                use.ended = "budget"
        if lost:
            self._depth = None
        if all(use.ended for use in live):
            self._stop()
        return self.ours

    def leave(self, session):
        """``session`` ends or needs no tracing any more."""
        self._uses.pop(session, None)
        self.check()

    def forked(self):
        """In a child of the application: stop what we started, for we are not there to do it later."""
        if not child.forking:
            self._uses.clear()
            self._stop()

    def _stop(self):
        if self.ours:
            _tracemalloc.stop()
        self._depth = None

    def reset_peak(self):
        """Set the peak to what is traced now; refused where it is not ours, or Python is 3.8."""
        if not self.ours:
            raise Refusal("not-ours")
        if not hasattr(_tracemalloc, "reset_peak"):
            raise Refusal("no-reset")
        _tracemalloc.reset_peak()

    def state(self, session):
        """What there is, as a dict that packs; ``ended`` is why this session's tracing did."""
        self.check()
        use = self._uses.get(session)
        traced, peak = _tracemalloc.get_traced_memory()
        tracing = _tracemalloc.is_tracing()
        return {
            "on": tracing,
            "ours": self.ours,
            "ended": None if use is None else use.ended,
            "depth": _tracemalloc.get_traceback_limit() if tracing else 0,
            "budget_bytes": use.budget if use is not None and self.ours else None,
            "traced_bytes": traced,
            "peak_bytes": peak,
            "overhead_bytes": _tracemalloc.get_tracemalloc_memory(),
            "price": self.price() if tracing else None,
        }

    def price(self):
        """What the next snapshot costs at most: whether in a ``child``, and its stall, µs."""
        traces = _tracemalloc.get_tracemalloc_memory() // BYTES_A_TRACE
        listing = traces * LIST_NS // 1000
        price = {
            "traces": traces,
            "child": False,
            "stall": listing,
            "bytes": traces * child.BYTES_A_TRACE,
            "stop": traces * STOP_NS // 1000 if self.ours else 0,
            "no_child": None,
        }
        if listing > IN_PROCESS_US:
            fork = FORK_US + (headroom.resident() * FORK_US_A_GIB >> 30)
            price["no_child"] = child.obstacle(traces)
            if price["no_child"] is None and fork < listing:
                price.update(child=True, stall=fork)
        price["asks"] = traces > TRACES_LIMIT or price["stall"] > STALL_LIMIT_US
        return price

    def snapshot(self, consent):
        """A generator that returns the totals of now; refused where they cost too much unasked."""
        if not _tracemalloc.is_tracing():
            raise Refusal("not-tracing")
        price = self.price()
        if price["asks"] and not consent:
            raise Refusal("costly", **price)
        free, where = headroom.left()
        if free is not None and free < price["bytes"]:
            needed, traces = price["bytes"], price["traces"]
            raise Refusal("traces-headroom", traces=traces, needed=needed, free=free, where=where)
        if price["child"]:
            patience = CHILD_PATIENCE_S + price["traces"] * 2e-5
            answer = yield from child.child_totals(_tracemalloc, _now, patience)
        else:
            answer = yield from totals.reduce(_tracemalloc._get_traces())
        answer["child"] = price["child"]
        return answer
