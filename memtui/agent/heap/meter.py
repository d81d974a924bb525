"""What a request costs the target, measured in the target."""

from ..entry import guest


class Meter:
    """The cost of one request, from its arrival on.

    ``stall_us`` is the longest stretch in which other threads could not run Python.  A slice of
    bytecode is counted with the processor time that it took in this thread: the interpreter may
    have switched threads within it, so that is an upper bound unless the system took the processor
    away.  A single call into C that keeps the GIL (:meth:`hold`) is counted by the clock, for
    other threads wait that long for the GIL.  Without a GIL only such calls count.
    ``agent_us`` is the processor time of the agent's thread, ``wall_us`` the time since arrival.
    """

    __slots__ = ("_agent", "_began", "_stall")

    def __init__(self):
        self._began = guest.time.perf_counter_ns()
        self._agent = 0
        self._stall = 0

    def step(self, task):
        """Run generator ``task`` up to its next yield."""
        before = guest.time.thread_time_ns()
        try:
            return next(task)
        finally:
            self.work(guest.time.thread_time_ns() - before)

    def hold(self, call, *args):
        """Make a call that keeps the GIL; returns its result and the nanoseconds it took."""
        before = guest.time.perf_counter_ns()
        result = call(*args)
        took = guest.time.perf_counter_ns() - before
        self.note(took)
        return result, took

    def note(self, took):
        """Something kept the GIL for so many nanoseconds."""
        self._stall = max(self._stall, took)

    def work(self, spent):
        """A slice of the work took so many nanoseconds of this thread."""
        self._agent += spent
        if guest.has_gil:
            self._stall = max(self._stall, spent)

    @property
    def age_ms(self):
        """Milliseconds since the request arrived."""
        return (guest.time.perf_counter_ns() - self._began) // 1000000

    def as_dict(self):
        """The ``cost`` of an answer, in whole microseconds."""
        wall = guest.time.perf_counter_ns() - self._began
        return {
            "wall_us": wall // 1000,
            "agent_us": self._agent // 1000,
            "stall_us": self._stall // 1000,
        }
