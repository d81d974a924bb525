"""Finds the function that ``module:function`` or ``module:Class.method`` names, without importing a thing.

What a decorator left behind is what is found: a function is watched as it is, and where something else
stands there it is refused with the reason, or followed to the function inside if Python can see its calls.
"""

import sys

from ..entry import boot
from ..heap import own
from ..objects import reading
from ..objects.refusal import Refusal

_Module = type(sys)
_Function = type(lambda: None)
_names_of_module = _Module.__dict__["__dict__"].__get__

# Bits of co_flags.
VARARGS, VARKEYWORDS, GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x4, 0x8, 0x20, 0x80, 0x200


@own.holds_objects
class Spot:
    """Where a function was found.

    ``function`` is the function itself; ``place`` the dict of a module or the class it is reached
    through, ``attribute`` its name there and ``raw`` what stands there (a staticmethod, say), or
    ``inside`` True if what stands there only leads to the function.  ``bound`` tells that the first
    argument is ``self`` or ``cls``; ``owner`` is the class of the path, ``inherited`` whether a base
    class of it defines the function.
    """

    def __init__(self, target):
        self.target = target
        self.function = self.place = self.attribute = self.raw = self.owner = None
        self.inside = self.bound = self.inherited = False
        self.notes = []

    @property
    def objects(self):
        """What is the application's: the walk for the agent's own objects ends here."""
        return []

    @property
    def code(self):
        """The code object of the function."""
        return self.function.__code__

    @property
    def flavour(self):
        """``function``, ``generator``, ``coroutine`` or ``async generator``."""
        flags = self.code.co_flags
        if flags & ASYNC_GENERATOR:
            return "async generator"
        if flags & COROUTINE:
            return "coroutine"
        return "generator" if flags & GENERATOR else "function"


#: What to do where nothing is like what was asked for.
WHERE_TO_LOOK = (
    "memtui global PID lists the modules that are loaded, memtui global PID MODULE what is in one"
)


def find(target):
    """The :class:`Spot` of ``target``; a Refusal tells why there is none."""
    if type(target) is not str or target.count(":") != 1 or len(target) > 1000:
        raise _refuse("a target is written module:function or module:Class.method")
    module_name, _, path = target.partition(":")
    parts = path.split(".")
    if not module_name or not all(parts):
        raise _refuse("a target is written module:function or module:Class.method")
    spot = Spot(target)
    names = _module_names(module_name)
    if len(parts) == 1:
        _in_module(spot, module_name, names, parts[0])
    else:
        _in_class(spot, _class_at(module_name, names, parts[:-1]), parts[-1])
    return spot


def _refuse(message, hint=""):
    return Refusal("not-watchable", message, hint)


def _unknown(message, wanted, names):
    near = nearest(wanted, names)
    hint = "near it: " + ", ".join(near) if near else WHERE_TO_LOOK
    return Refusal("no-such-target", message, hint)


def _module_names(name):
    modules = sys.modules
    module = boot.entry(modules, name) if reading.flags_of(type(modules)) & reading.DICT else None
    if module is None:
        raise _unknown("module %s is not loaded" % name, name, list(modules))
    if not any(base is _Module for base in reading.mro_of(type(module))):
        raise _refuse(
            "%s in sys.modules is no module but a %s" % (name, reading.spelled(type(module)))
        )
    return _names_of_module(module)


def _in_module(spot, module_name, names, attribute):
    found = boot.entry(names, attribute, reading.MISSING)
    if found is reading.MISSING:
        raise _unknown("module %s has no %s" % (module_name, attribute), attribute, list(names))
    spot.place, spot.attribute, spot.raw = names, attribute, found
    _settle(spot, found)


def _class_at(module_name, names, parts):
    found = boot.entry(names, parts[0], reading.MISSING)
    where = module_name
    for place, part in enumerate(parts):
        if place:
            found = reading.type_attribute(found, part)
        if found is reading.MISSING:
            raise _unknown("%s has no %s" % (where, part), part, list(names))
        where += (":" if not place else ".") + part
        if not reading.flags_of(type(found)) & reading.TYPE:
            kind = reading.spelled(type(found))
            hint = "name the class instead, %s perhaps" % kind if "." in kind else ""
            raise _refuse("%s is no class but a %s" % (where, kind), hint)
        names = reading.names_of(found)
    return found


def _in_class(spot, owner, attribute):
    found = reading.type_attribute(owner, attribute)
    if found is reading.MISSING:
        everything = [name for base in reading.mro_of(owner) for name in reading.names_of(base)]
        text = "class %s has no %s" % (reading.spelled(owner), attribute)
        raise _unknown(text, attribute, everything)
    spot.place = spot.owner = owner
    spot.attribute, spot.raw = attribute, found
    spot.inherited = attribute not in reading.names_of(owner)
    if type(found) is staticmethod or type(found) is classmethod:
        spot.bound = type(found) is classmethod
        _settle(spot, found.__func__)
    else:
        # __new__ is a static method that nobody has to write as one, the other two class methods.
        spot.bound = attribute != "__new__"
        _settle(spot, found)


def _settle(spot, found):
    """Make ``found`` the function of ``spot``, or the function inside of it."""
    for _ in range(20):
        if type(found) is _Function:
            spot.function = found
            return
        inner = _inside(found)
        if inner is reading.MISSING:
            raise _no_function(spot.target, found)
        if not spot.inside:
            spot.inside = True
            kind = reading.spelled(type(found))
            spot.notes.append(
                "%s is a %s: the function inside it is watched, and calls that do not get there "
                "(answered from a cache) are not seen" % (spot.target, kind)
            )
        found = inner
    raise _refuse("%s is wrapped more than 20 times" % spot.target)


def _inside(found):
    """The ``__wrapped__`` that functools and its like leave on what they return."""
    if reading.flags_of(type(found)) & reading.TYPE:
        return reading.MISSING
    try:
        return reading.attribute(found, "__wrapped__")
    except reading.ReadError:
        return reading.MISSING


def _no_function(target, found):
    kind = type(found)
    if reading.flags_of(kind) & reading.TYPE:
        name = target.rpartition(":")[2]
        return _refuse("%s is a class" % target, "watch one of its methods: %s.__init__" % name)
    if kind is type(len) or kind in _C_METHODS:
        return _refuse(
            "%s is written in C" % target, "calls of C functions leave no trace in Python to watch"
        )
    if kind is property:
        return _refuse("%s is a property" % target, "watch a function that it calls")
    if kind is type(Spot("").__init__):
        inner = found.__func__
        if type(inner) is _Function:
            return _refuse(
                "%s is a bound method" % target, "watch it in its class: %s" % inner.__qualname__
            )
    return _refuse(
        "%s is no Python function but a %s" % (target, reading.spelled(kind)),
        "functions, methods, static and class methods can be watched",
    )


_C_METHODS = frozenset(
    map(type, (list.append, list.__len__, [].__len__, dict.__dict__["fromkeys"], reading.flags_of))
)


def nearest(wanted, names, most=3):
    """Up to ``most`` of ``names`` that are spelled like ``wanted``, the nearest first."""
    scored = []
    for name in names:
        if type(name) is str and abs(len(name) - len(wanted)) < 8 and len(name) < 100:
            distance = _distance(wanted.lower(), name.lower(), 1 + len(wanted) // 3)
            if distance is not None:
                scored.append((distance, name))
            elif wanted.lower() in name.lower():
                scored.append((100, name))
    return [name for _, name in sorted(scored)[:most]]


def _distance(left, right, limit):
    """How many characters differ (Levenshtein), None above ``limit``."""
    above = list(range(len(right) + 1))
    for place, character in enumerate(left):
        row = [place + 1]
        for column, other in enumerate(right):
            row.append(
                min(above[column] + (character != other), above[column + 1] + 1, row[-1] + 1)
            )
        if min(row) > limit:
            return None
        above = row
    return above[-1] if above[-1] <= limit else None
