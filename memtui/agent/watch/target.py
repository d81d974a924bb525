"""Finds the function that ``module:function`` or ``module:Class.method`` names, without importing a thing.

A function inside another, ``module:outer.<locals>.inner``, is found as the code that is in the outer one's.

What a decorator left behind is what is found: a function is watched as it is, and where something else
stands there it is refused with the reason, or followed to the function inside if Python can see its calls.
"""

from ..entry import guest
from ..objects import kinds, names
from ..objects.modules import is_module, loaded, namespace_of
from ..objects.reading import MISSING, ReadError, attribute
from ..objects.refusal import Refusal, candidates, reason

# Bits of co_flags.
OPTIMIZED, VARARGS, VARKEYWORDS, GENERATOR, COROUTINE, ASYNC_GENERATOR = (
    0x1,
    0x4,
    0x8,
    0x20,
    0x80,
    0x200,
)


#: What stands in a qualified name between a function and what is inside of it.
_LOCALS = "<locals>"


class Spot:
    """Where a function was found.

    ``function`` is the function itself; ``place`` the dict of a module or the class it is reached
    through, ``attribute`` its name there and ``raw`` what stands there (a staticmethod, say), or
    ``inside`` True if what stands there only leads to the function.  ``bound`` is true where the first
    argument is ``self`` or ``cls``; ``owner`` is the class of the path, ``inherited`` whether a base
    class of it defines the function.  A function inside another is made anew at each call of that one:
    then there is no ``function``, but ``nested``, the code of them all.
    """

    __slots__ = (
        "attribute",
        "bound",
        "function",
        "inherited",
        "inside",
        "nested",
        "notes",
        "owner",
        "place",
        "raw",
        "target",
    )

    def __init__(self, target):
        self.target = target
        self.function = self.nested = self.place = self.attribute = self.raw = self.owner = None
        self.inside = self.bound = self.inherited = False
        self.notes = []

    @property
    def code(self):
        """The code object of the function."""
        return self.function.__code__ if self.nested is None else self.nested

    @property
    def flavour(self):
        """``function``, ``generator``, ``coroutine`` or ``async generator``."""
        flags = self.code.co_flags
        if flags & ASYNC_GENERATOR:
            return "async generator"
        if flags & COROUTINE:
            return "coroutine"
        return "generator" if flags & GENERATOR else "function"


def find(target):
    """The :class:`Spot` of ``target``; a Refusal says why there is none."""
    if type(target) is not str or target.count(":") != 1 or len(target) > 1000:
        raise Refusal("bad-target")
    module_name, _, path = target.partition(":")
    parts = path.split(".")
    if not module_name or not all(parts):
        raise Refusal("bad-target")
    if _LOCALS in parts:
        return _nested(target, module_name, parts)
    spot = Spot(target)
    names = _module_names(module_name)
    if len(parts) == 1:
        _in_module(spot, module_name, names, parts[0])
    else:
        _in_class(spot, _class_at(module_name, names, parts), parts[-1])
    return spot


def _nested(target, module_name, parts):
    place = parts.index(_LOCALS)
    if not place or parts[-1] == _LOCALS:
        raise Refusal("bad-target")
    outer = find("%s:%s" % (module_name, ".".join(parts[:place])))
    spot, code = Spot(target), outer.code
    where = outer.target
    for part in parts[place:]:
        if part != _LOCALS:
            inside = [each for each in code.co_consts if type(each) is kinds.code]
            found = [each for each in inside if each.co_name == part]
            if not found:
                raise _missing("function", where, part, [each.co_name for each in inside])
            # The code of a class has its methods in it.
            spot.bound = not code.co_flags & OPTIMIZED and part != "__new__"
            code = found[0]
        where += "." + part
    if not code.co_flags & OPTIMIZED:
        raise Refusal("is-class", target=target)
    spot.nested = code
    return spot


def _module_names(name):
    modules = guest.sys.modules
    module = guest.entry(modules, name) if kinds.flags_of(type(modules)) & kinds.DICT else None
    if module is None:
        raise Refusal("no-such-module", module=name, candidates=candidates(name, loaded()))
    if not is_module(module):
        raise Refusal("not-a-module", module=name, type=names.name_of(type(module)))
    return namespace_of(module)


def _missing(kind, owner, name, known):
    near = candidates(name, known)
    return Refusal("no-such-target", kind=kind, owner=owner, name=name, candidates=near)


def _in_module(spot, module_name, inside, attribute):
    found = guest.entry(inside, attribute, MISSING)
    if found is MISSING:
        raise _missing("module", module_name, attribute, list(inside))
    spot.place, spot.attribute, spot.raw = inside, attribute, found
    _settle(spot, found)


def _class_at(module_name, inside, parts):
    """The class that all ``parts`` but the last one lead to."""
    found = guest.entry(inside, parts[0], MISSING)
    where = module_name
    for place, part in enumerate(parts[:-1]):
        if place:
            found = names.in_mro(found, part, MISSING)
        if found is MISSING:
            raise _missing("", where, part, list(inside))
        where += (":" if not place else ".") + part
        if not kinds.flags_of(type(found)) & kinds.TYPE:
            # What is inside a function has another name.
            nested = ".".join([where, _LOCALS, *parts[place + 1 :]])
            raise Refusal("not-a-class", name=where, type=names.name_of(type(found)), nested=nested)
        inside = names.dict_of(found)
    return found


def _in_class(spot, owner, attribute):
    found = names.in_mro(owner, attribute, MISSING)
    if found is MISSING:
        everything = [name for base in names.mro_of(owner) for name in names.dict_of(base)]
        raise _missing("class", names.name_of(owner), attribute, everything)
    spot.place = spot.owner = owner
    spot.attribute, spot.raw = attribute, found
    spot.inherited = attribute not in names.dict_of(owner)
    if type(found) is staticmethod or type(found) is classmethod:
        spot.bound = type(found) is classmethod
        _settle(spot, found.__func__)
    else:
        # __new__ is a static method without a decorator; two other special methods are class methods.
        spot.bound = attribute != "__new__"
        _settle(spot, found)


def _settle(spot, found):
    """Make ``found`` the function of ``spot``, or the function inside of it."""
    for _ in range(20):
        if type(found) is kinds.function:
            spot.function = found
            return
        inner = _inside(found)
        if inner is MISSING:
            raise _no_function(spot.target, found)
        if not spot.inside:
            spot.inside = True
            kind = names.name_of(type(found))
            spot.notes.append(reason("inside", target=spot.target, type=kind))
        found = inner
    raise Refusal("too-deep", target=spot.target)


def _inside(found):
    """The ``__wrapped__`` that functools and its like leave on what they return."""
    if kinds.flags_of(type(found)) & kinds.TYPE:
        return MISSING
    try:
        return attribute(found, "__wrapped__")
    except ReadError:
        return MISSING


def _no_function(target, found):
    kind = type(found)
    if kinds.flags_of(kind) & kinds.TYPE:
        return Refusal("is-class", target=target)
    if kind is kinds.builtin or kind in _C_METHODS:
        return Refusal("in-c", target=target)
    if kind is property:
        return Refusal("is-property", target=target)
    if kind is kinds.method and type(found.__func__) is kinds.function:
        return Refusal("bound-method", target=target, function=found.__func__.__qualname__)
    return Refusal("no-function", target=target, type=names.name_of(kind))


_C_METHODS = frozenset(
    map(type, (list.append, list.__len__, [].__len__, dict.__dict__["fromkeys"], kinds.flags_of))
)


def class_test(spot):
    """A function of the first argument of a call: whether the class that was named is its class, or a base of it.

    An inherited method is called on instances of other classes too.
    """
    owner, mro_of, is_class = spot.owner, names.mro_of, type(spot.raw) is classmethod

    def test(first):
        for base in mro_of(first if is_class else type(first)):  # noqa: SIM110 (any() costs more)
            if base is owner:
                return True
        return False

    return test
