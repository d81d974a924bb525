"""What is made of one call of a watched function, in the thread of the application that makes it.

A guest here twice over: nothing waits, nothing locks, nothing of the application is kept beyond the
call, and whatever goes wrong in here stays in here.  Calls that match become plain data in a bounded
queue; what comes faster than that is counted and dropped.
"""

from _collections import deque

from . import expression, guest, reading, watch_value

#: Calls captured a second in the long run, and at once after a quiet time.
RATE = 200
_INTERVAL_NS = 1000000000 // RATE
_BURST_NS = 20 * _INTERVAL_NS
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
_HOME = (lambda: 0).__code__.co_filename.partition("watch_record")[0]
_AT_ENTRY = frozenset(("args", "kwargs", "target"))


class Wish:
    """What of the calls is wanted.

    ``condition`` and ``expr`` are trees or None, ``limit`` how many matches (0: no end), ``depth`` how
    deep values are shown, ``errors_only`` whether only calls that raise count.  ``show`` makes a NODE of
    a value and a depth.
    """

    def __init__(  # noqa: PLR0913 (a wish has that many sides)
        self, show, *, condition=None, expr=None, limit=0, depth=1, errors_only=False
    ):
        self.show = show
        names = expression.names_in(condition) if condition is not None else set()
        ready = None if condition is None else expression.build(condition)
        early = names <= _AT_ENTRY
        self.early, self.late = (ready, None) if early else (None, ready)
        self.expr = None if expr is None else expression.build(expr)
        self.limit, self.depth, self.errors_only = limit, depth, errors_only
        shown = _AT_ENTRY if expr is None else expression.names_in(expr)
        #: Whether arguments are needed when the call ends.
        self.holds = bool((shown | (set() if early else names)) & _AT_ENTRY)
        #: Whether the call is known to match when it begins.
        self.sure = early and not errors_only


class Recorder:
    """The two ends of every call.

    ``scope_of`` turns the source of a call into its arguments by name; ``keeps`` tells whether they are
    to be read when it begins (else when it ends); ``blocks`` counts allocated blocks, or is None.
    """

    def __init__(self, wish, scope_of, keeps=True, blocks=None):
        self._wish = wish
        self._scope_of = scope_of
        self._keeps = keeps and wish.holds
        self._blocks = blocks
        self._clock = guest.time.perf_counter_ns
        self._queue = deque()
        self._next_at = 0
        count = guest.itertools.count
        self._seen, self._matched, self._dropped = count(), count(), count()
        self._shown, self._undecided = count(), count()
        self.problem = ""
        self.finished = False

    def begin(self, source):
        """What :meth:`finish` wants to know of a call that begins; None: nothing more of this one."""
        next(self._seen)
        if self.finished:
            return None
        wish, scope = self._wish, None
        try:
            if wish.early is not None:
                scope = self._scope_of(source)
                if not expression.truth(wish.early(scope)):
                    return None
            now = self._clock()
            if wish.sure and self._full(now):
                next(self._matched)
                next(self._dropped)
                return None
            if not self._keeps:
                scope = None
            elif scope is None:
                scope = self._scope_of(source)
        except reading.ReadError as error:
            next(self._undecided)
            self.problem = str(error)
        except Exception as error:
            self._swallow(error)
        else:
            entry = [now, scope, None]
            if self._blocks is not None and not self._full(now):
                entry[2] = self._blocks()
            return entry
        return None

    def finish(self, entry, source, value, error):
        """The call that ``entry`` is of returned ``value``, or raised ``error``."""
        end, wish = self._clock(), self._wish
        blocks = None if entry[2] is None else self._blocks() - entry[2]
        scope = None
        try:
            if wish.errors_only and (error is None or type(error) is GeneratorExit):
                return
            scope = entry[1]
            if scope is None:
                scope = self._scope_of(source) if wish.holds else {}
            scope["return_obj"], scope["error"] = value, error
            scope["cost_ms"] = (end - entry[0]) / 1e6
            if wish.late is not None and not expression.truth(wish.late(scope)):
                return
            next(self._matched)
            if self._full(end):
                next(self._dropped)
                return
            self._next_at = max(self._next_at, end) + _INTERVAL_NS
            self._keep(scope, end - entry[0], blocks)
            self._next_at += _PATIENCE * (self._clock() - end)
        except reading.ReadError as unread:
            next(self._undecided)
            self.problem = str(unread)
        except Exception as failure:
            self._swallow(failure)
        finally:
            # An exception knows its frames, and they would know it through us.
            if scope is not None:
                scope.clear()
            del entry[:]

    def _full(self, now):
        return now < self._next_at - _BURST_NS or len(self._queue) >= QUEUE_LIMIT or self.finished

    def _keep(self, scope, duration_ns, blocks):
        limit, order = self._wish.limit, next(self._shown)
        if limit and order >= limit:
            return
        error = scope["error"]
        call = {
            "at_us": (guest.time.time_ns() - duration_ns) // 1000,
            "duration_ns": duration_ns,
            "thread_id": watch_value.thread_id(),
            "thread": watch_value.thread_name(),
            "value": watch_value.of_call(scope, self._wish),
            "error": None if error is None else watch_value.error_text(error),
            "blocks": blocks,
        }
        self._queue.append(call)
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
        next(self._undecided)
        self.problem = "%s in the watch itself" % type(error).__name__

    def take(self):
        """The calls that wait, oldest first, for the agent's thread."""
        calls = []
        try:
            while True:
                calls.append(self._queue.popleft())
        except IndexError:
            return calls

    def counts(self):
        """How many calls were seen, matched, dropped, and could not be decided."""
        return {
            "seen": _reached(self._seen),
            "matched": _reached(self._matched),
            "dropped": _reached(self._dropped),
            "undecided": _reached(self._undecided),
            "problem": self.problem,
        }


def _reached(counter):
    # next(count) is one step no other thread gets between; what it reached only its repr tells.
    return int(repr(counter)[6:-1])
