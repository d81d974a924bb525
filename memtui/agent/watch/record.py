"""Records the calls of a watched function, in the thread of the application that calls it.

This runs in the application's thread, so it never waits, takes no lock and keeps no object of the
application beyond the call.  Its own errors never reach the application.  Calls that match become plain data in a bounded
queue; what comes faster than that is counted and dropped.
"""

from .. import wire
from ..entry import guest
from ..objects import expression, reading
from ..objects.refusal import reason
from .value import Show, error_text, of_call, thread_id, thread_name

#: Calls captured a second in the long run, and at once after a quiet time.
RATE = 200
_INTERVAL_NS = 1000000000 // RATE
_BURST_NS = 40 * _INTERVAL_NS
#: A capture of 1 ms is followed by 20 ms without one: at most 5 % of a thread's time.
_PATIENCE = 20
#: Calls that wait for the viewer.
QUEUE_LIMIT = 256

_OURS = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
)
_HOME = (lambda: 0).__code__.co_filename.rpartition("watch")[0]
_AT_ENTRY = frozenset(("args", "kwargs", "target"))


class Wish:
    """What of the calls is wanted.

    ``condition`` and ``expr`` are trees or None, ``limit`` how many matches (0: no end), ``depth`` how
    deep values are shown, ``errors_only`` whether only calls that raise count.
    """

    __slots__ = ("at_end", "early", "errors_only", "expr", "late", "limit", "names", "show", "sure")

    def __init__(self, condition=None, expr=None, limit=0, depth=1, errors_only=False):
        self.show = Show(depth)
        names = expression.names_in(condition) if condition is not None else set()
        ready = None if condition is None else expression.build(condition)
        early = names <= _AT_ENTRY
        self.early, self.late = (ready, None) if early else (None, ready)
        self.expr = None if expr is None else expression.build(expr)
        self.limit, self.errors_only = limit, errors_only
        shown = set(_AT_ENTRY) if expr is None else expression.names_in(expr)
        #: The names that the condition speaks of, and those of arguments that are needed at the end.
        self.names, self.at_end = names, (shown | (set() if early else names)) & _AT_ENTRY
        #: Whether the call is known to match when it begins.
        self.sure = early and not errors_only


class Recorder:
    """The two ends of every call.

    ``hook`` turns the source of a call into the values of its arguments (``values_of``): when the call
    begins if ``keeps`` is true, else when it ends.  Its ``scoper`` gives them names.  ``blocks`` counts allocated blocks, or is None.
    """

    __slots__ = (
        "_begun",
        "_blocks",
        "_clock",
        "_dropped",
        "_early",
        "_early_scope",
        "_end_scope",
        "_ended",
        "_hook",
        "_keeps",
        "_late",
        "_late_scope",
        "_matched",
        "_next_at",
        "_queue",
        "_seen",
        "_shown",
        "_sure",
        "_undecided",
        "_under_way",
        "_wish",
        "finished",
        "problem",
    )

    def __init__(self, wish, hook, blocks=None):
        self._wish = wish
        self._early, self._late = wish.early, wish.late
        self._sure = wish.sure
        # By way of the hook, which may hold objects of the application: the walk for our own ends there.
        self._hook = hook
        self._early_scope = hook.scoper(wish.names)
        self._end_scope = hook.scoper(wish.at_end) if wish.at_end else None
        # The late condition itself may do without arguments, and mostly it does not hold.
        self._late_scope = self._end_scope if wish.names & _AT_ENTRY else None
        # What of calls under way is ours, but only in variables of functions that run.
        self._under_way = hook.under_way
        self._keeps = bool(hook.keeps and wish.at_end)
        self._blocks = blocks
        self._clock = guest.time.perf_counter_ns
        # Packed calls; a list, for the agent counts lists as its own.
        self._queue = []
        self._next_at = 0
        count = guest.itertools.count
        self._seen, self._matched, self._dropped = count(), count(), count()
        self._shown, self._undecided = count(), count()
        self._begun, self._ended = count(), count()
        self.problem = None
        self.finished = False

    def begin(self, source):
        """What :meth:`finish` wants to know of a call that begins; None: nothing more of this one."""
        next(self._seen)
        if self.finished:
            return None
        values = None
        try:
            if self._early is not None:
                values = self._hook.values_of(source)
                holds = self._early(self._early_scope(values))
                if holds is False or (holds is not True and not expression.truth(holds)):
                    return None
            now = self._clock()
            if self._sure and self._full(now):
                next(self._matched)
                next(self._dropped)
                return None
            if not self._keeps:
                values = None
            elif values is None:
                values = self._hook.values_of(source)
        except reading.ReadError as error:
            self._undecide(error.reason)
        except Exception as error:
            self._swallow(error)
        else:
            next(self._begun)
            entry = [now, values, None]
            if self._under_way is not None:
                self._under_way[id(entry)] = (entry, source)
            if self._blocks is not None and not self._full(now):
                entry[2] = self._blocks()
            return entry
        return None

    def finish(self, entry, source, value, error):
        """The call that ``entry`` is of returned ``value``, or raised ``error``."""
        end = self._clock()
        next(self._ended)
        if self._under_way is not None:
            self._under_way.pop(id(entry), None)
        began, values, before = entry
        blocks = None if before is None else self._blocks() - before
        scope = {"return_obj": value, "error": error, "cost_ms": (end - began) / 1e6}
        try:
            if not self._matches(scope, values, source):
                return
            next(self._matched)
            if self._full(end):
                next(self._dropped)
                return
            if self._end_scope is not None and "args" not in scope:
                scope.update(self._end_scope(values or self._hook.values_of(source)))
            self._next_at = max(self._next_at, end) + _INTERVAL_NS
            # Processor time: another thread's turn in between is no cost of ours.
            before = guest.time.thread_time_ns()
            self._keep(scope, end - began, blocks)
            self._next_at += _PATIENCE * (guest.time.thread_time_ns() - before)
        except reading.ReadError as unread:
            self._undecide(unread.reason)
        except Exception as failure:
            self._swallow(failure)
        finally:
            # An exception knows its frames, and they would know it through us.
            scope.clear()
            del entry[:]

    def _matches(self, scope, values, source):
        if self._wish.errors_only:
            error = scope["error"]
            if error is None or type(error) is GeneratorExit:
                return False
        if self._late is None:
            return True
        if self._late_scope is not None:
            scope.update(self._late_scope(values or self._hook.values_of(source)))
        holds = self._late(scope)
        return holds is True or (holds is not False and expression.truth(holds))

    def _full(self, now):
        return now < self._next_at - _BURST_NS or len(self._queue) >= QUEUE_LIMIT or self.finished

    def _keep(self, scope, duration_ns, blocks):
        limit, order = self._wish.limit, next(self._shown)
        if limit and order >= limit:
            return
        error = scope["error"]
        call = {
            "at": (guest.time.time_ns() - duration_ns) // 1000,
            "duration": duration_ns,
            "thread_id": thread_id(),
            "thread": thread_name(),
            "value": of_call(scope, self._wish),
            "error": None if error is None else error_text(error),
            "blocks": blocks,
        }
        self._queue.append(wire.pack(call))
        if limit and order + 1 >= limit:
            self.finished = True

    def _swallow(self, error):
        """Keep an exception of our own from the application, and let one of its own pass.

        A handler of a signal may run in between, and what it raises is meant for the application.
        """
        trace = error.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        if not issubclass(type(error), _OURS) or not trace.tb_frame.f_code.co_filename.startswith(
            _HOME
        ):
            raise  # noqa: PLE0704 (called where it is handled)
        self._undecide(reason("own-fault", error=type(error).__name__))

    def _undecide(self, problem):
        next(self._undecided)
        self.problem = problem

    def take(self):
        """The calls that wait, oldest first, packed; for the agent's thread."""
        calls = self._queue[:]
        del self._queue[: len(calls)]
        return wire.pack_list(len(calls), calls)

    def counts(self):
        """How many calls were seen, matched, dropped, could not be decided, and go on still.

        Of those that go on only calls are counted that may match; what was seen and dropped is left out.
        """
        return {
            "running": max(0, _reached(self._begun) - _reached(self._ended)),
            "seen": _reached(self._seen),
            "matched": _reached(self._matched),
            "dropped": _reached(self._dropped),
            "undecided": _reached(self._undecided),
            "problem": self.problem,
        }


def _reached(counter):
    # next(count) is one step no other thread gets between; only its repr shows the value.
    return int(repr(counter)[6:-1])
