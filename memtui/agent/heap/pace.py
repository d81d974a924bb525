"""When the agent gives up the GIL between two slices of its work."""

from ..entry import guest

#: For how long, seconds: long enough for a waiting thread to wake.
_PAUSE_S = 0.0001
#: A pause that took longer, ns, was one among many who wait for the GIL, or beside one who keeps it.
_CROWDED_NS = 10000000
#: None follows for so many times as long, ns at most: the interpreter hands the GIL to them every 5 ms anyway.
_RESPITE, _LONGEST_NS = 10, 1000000000


class Pace:
    """Pauses, but where they would cost the whole work its time."""

    __slots__ = ("_due",)

    def __init__(self):
        self._due = 0

    def pause(self, errand=None):
        """Give up the GIL for a moment, if one is due, and then do the ``errand`` that gives it up as well."""
        clock = guest.time.perf_counter_ns
        before = clock()
        if before >= self._due:
            guest.time.sleep(_PAUSE_S)
            if errand is not None:
                errand()
            took = clock() - before
            self._due = clock() + min(_LONGEST_NS, took * _RESPITE) if took > _CROWDED_NS else 0
