"""When the agent gives up the GIL between two slices of its work."""

from . import guest

#: For how long, seconds: long enough for a waiting thread to wake.
_PAUSE_S = 0.0001
#: A pause that took longer, ns, was one among many who wait for the GIL, or beside one who keeps it.
_CROWDED_NS = 10000000
#: None follows for so many times as long: the interpreter hands the GIL to them every 5 ms anyway.
_RESPITE = 10


class Pace:
    """Pauses, but where they would cost the whole work its time."""

    def __init__(self):
        self._due = 0

    def pause(self):
        """Give up the GIL for a moment, if one is due."""
        clock = guest.time.perf_counter_ns
        before = clock()
        if before >= self._due:
            guest.time.sleep(_PAUSE_S)
            took = clock() - before
            self._due = before + took * (_RESPITE if took > _CROWDED_NS else 0)
