"""Watches a function by ``sys.monitoring`` (3.12 on): events of its code object only, nothing replaced.

Every call is seen, whatever way it is reached.  What belongs to one call is found again at its end by
the address of its frame, which stays as long as the call lasts and is all that is kept of it.
"""

from ..entry import guest
from ..objects import names
from ..objects.reading import MISSING
from ..objects.refusal import reason
from .arguments import Signature
from .target import class_test

#: In order of preference; 0, 1, 2 and 5 are meant for debuggers, coverage, profilers and optimizers.
_TOOL_IDS = (4, 3, 5, 2, 1, 0)
_NAME = "memtui"
#: Calls under way that are remembered; abandoned generators end without an event.
_CALLS_LIMIT = 10000


def tool_id():
    """A free tool id, now ours, or None."""
    for each in _TOOL_IDS:
        if guest.sys.monitoring.get_tool(each) is None:
            try:
                guest.sys.monitoring.use_tool_id(each, _NAME)
            except ValueError:
                continue  # taken meanwhile
            return each
    return None


class Monitoring:
    """One code object watched; what is the application's, or holds something of it, is in ``objects``."""

    __slots__ = (
        "_callbacks",
        "_calls",
        "_hooks",
        "_tool",
        "keeps",
        "objects",
        "scoper",
        "values_of",
    )

    method = "monitoring"
    #: Nothing of ours is in variables of functions of the application.
    under_way = None

    def __init__(self, spot, tool):
        self._tool = tool
        self._hooks = []
        self._calls = {}
        self._callbacks = ()
        self.objects = [spot, self._calls]
        signature = Signature(spot)
        self.scoper = signature.scoper
        self.values_of = signature.reader()
        #: What a generator has at its end is read then: an abandoned one must not be kept alive.
        self.keeps = "generator" not in spot.flavour

    def notes(self):
        """What the user should know about this way of watching, as reasons."""
        spot = self.objects[0]
        if spot.inherited and not spot.bound:
            return [reason("inherited")]
        return []

    def held(self):
        """What no traversal leads to: nothing here."""
        return []

    def start(self, begin, finish):
        """Ask for the events of the code object."""
        code, monitoring, tool = self.objects[0].code, guest.sys.monitoring, self._tool
        events = monitoring.events
        hooks, calls = self._hooks, self._calls
        hooks += [begin, finish]
        # The interpreter has them where no traversal leads.
        self._callbacks = (
            (events.PY_START, _on_start(hooks, calls, _filter(self.objects[0]))),
            (events.PY_RETURN, _on_return(hooks, calls)),
            (events.PY_UNWIND, _on_unwind(hooks, calls, code)),
        )
        for event, callback in self._callbacks:
            monitoring.register_callback(tool, event, callback)
        local = events.PY_START | events.PY_RETURN
        try:
            monitoring.set_local_events(tool, code, local | events.PY_UNWIND)
        except ValueError:
            # Up to 3.14 this event cannot be set for one code object.
            monitoring.set_local_events(tool, code, local)
            monitoring.set_events(tool, events.PY_UNWIND)

    def stop(self):
        """Undo :meth:`start` and give the tool id back; there is nothing that cannot be undone."""
        monitoring, tool = guest.sys.monitoring, self._tool
        del self._hooks[:]
        if tool is not None and monitoring.get_tool(tool) == _NAME:
            monitoring.set_events(tool, 0)
            monitoring.set_local_events(tool, self.objects[0].code, 0)
            for event, _ in self._callbacks:
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)
        self._tool = None
        self._calls.clear()
        return []


# The hooks are [begin, finish] while the watch lasts and empty after it.  A thread may be between two of
# our lines when the agent leaves: then a hook is gone (IndexError) or its module is empty (NameError).


def _on_start(hooks, calls, wanted):
    frame_at, address, limit = guest.sys._getframe, id, _CALLS_LIMIT

    def on_start(_code, _offset):
        try:
            frame = frame_at(1)
            entry = None
            if wanted is None or wanted(frame):
                entry = hooks[0](frame)
            if entry is not None:
                if len(calls) > limit:
                    calls.clear()
                calls[address(frame)] = entry
            elif calls:
                # An abandoned generator may have had this address.
                calls.pop(address(frame), None)
        except (NameError, IndexError):
            if hooks:
                raise

    return on_start


def _on_return(hooks, calls):
    frame_at, address = guest.sys._getframe, id

    def on_return(_code, _offset, value):
        if calls:
            frame = frame_at(1)
            entry = calls.pop(address(frame), None)
            if entry is not None:
                try:
                    hooks[1](entry, frame, value, None)
                except (NameError, IndexError):
                    if hooks:
                        raise

    return on_return


def _on_unwind(hooks, calls, watched):
    frame_at, address = guest.sys._getframe, id

    def on_unwind(code, _offset, error):
        if code is watched and calls:
            frame = frame_at(1)
            entry = calls.pop(address(frame), None)
            if entry is not None:
                try:
                    hooks[1](entry, frame, None, error)
                except (NameError, IndexError):
                    if hooks:
                        raise

    return on_unwind


def _filter(spot):
    """A function of a frame: whether the call is one of the watched function.  None: every call is.

    One code object may serve many functions: those that one decorator made differ in their
    closures, and an inherited method is called on instances of other classes too.
    """
    tests = []
    if spot.nested is not None:
        return None
    if spot.function.__closure__:
        tests.append(_same_closure(spot))
    if spot.inherited and spot.bound and spot.code.co_argcount:
        tests.append(_of_class(spot))
    if len(tests) < 2:
        return tests[0] if tests else None
    first, second = tests
    return lambda frame: first(frame) and second(frame)


def _same_closure(spot):
    cells = dict(zip(spot.code.co_freevars, spot.function.__closure__))
    missing = MISSING

    def test(frame):
        variables = frame.f_locals
        for name, cell in cells.items():
            try:
                value = cell.cell_contents
            except ValueError:
                value = missing
            if variables.get(name, missing) is not value:
                return False
        return True

    return test


def _of_class(spot):
    name, test = names.variables_of(spot.code)[0], class_test(spot)
    return lambda frame: test(frame.f_locals.get(name))
