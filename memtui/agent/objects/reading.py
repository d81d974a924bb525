"""Reads single attributes and items of foreign objects without running a line of their code.

Types are compared by identity or by the flags that CPython keeps for its own base types, attributes of
types are looked up in the dicts of their ``__mro__``, and a descriptor is only asked when it is one of
CPython's own that reads memory.  Where an answer would need the application's code (a property, a
``__getattr__``, an ``__eq__`` of a key) there is a :class:`ReadError` that says so.
"""

import sys
from _collections import deque as _deque

from ..entry import boot
from . import names

#: The name of a type as it is shown: ``module.QualName``, builtins without a module.
spelled = names.name_of


class ReadError(Exception):
    """What cannot be read, or not without running code; the text is one line for a person."""


MISSING = ["missing"]

#: Most entries of a container that are looked at one by one, in a thread of the application.
SCAN_LIMIT = 4096

# The bits of tp_flags that CPython keeps up to date for subclasses of its own types.
_HEAP = 1 << 9
LIST, TUPLE, BYTES, TEXT, DICT, ERROR, TYPE = (1 << bit for bit in (25, 26, 27, 28, 29, 30, 31))

# Slots of type itself: a metaclass cannot get between.
flags_of = type.__dict__["__flags__"].__get__
mro_of = type.__dict__["__mro__"].__get__
names_of = type.__dict__["__dict__"].__get__
_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_plain_name_of = type.__dict__["__name__"].__get__

_Member = type(type.__dict__["__flags__"])
_Getset = type(type.__dict__["__name__"])
_function = type(lambda: None)

#: Types whose comparison is C and stays in C.
ATOMS = frozenset(map(id, (int, float, str, bytes, bool, complex, type(None))))
# Entries of these compare with an atom without running code, and with a tuple but for other tuples.
_QUIET = ATOMS | frozenset(
    map(id, (tuple, list, dict, set, frozenset, type, _function, type(len), type(sys)))
)

_object_eq = object.__dict__["__eq__"]

# Where getset descriptors are known to read memory only.
_TRUSTED = ("builtins", "datetime", "numpy")
_DUNDERS = (
    "__name__",
    "__qualname__",
    "__module__",
    "__doc__",
    "__cause__",
    "__context__",
    "__traceback__",
    "__code__",
    "__defaults__",
    "__kwdefaults__",
    "__closure__",
    "__func__",
    "__self__",
)
_WITHHELD = ("f_locals",)  # made anew when asked for


def type_attribute(kind, name):
    """What ``name`` is in ``kind`` or its bases, raw, or MISSING."""
    return names.in_mro(kind, name, MISSING)


def attribute(thing, name):
    """``thing.name``, if that is data; raises ReadError."""
    kind = type(thing)
    if flags_of(kind) & TYPE:
        return _class_attribute(thing, name)
    found = type_attribute(kind, name)
    if found is not MISSING:
        reader = type(found)
        if reader is _Member or (reader is _Getset and _reads_memory(found, name)):
            try:
                return found.__get__(thing, kind)
            except (AttributeError, TypeError):
                raise ReadError("%s of this %s is not set" % (name, spelled(kind))) from None
        if id(reader) not in ATOMS and type_attribute(reader, "__get__") is not MISSING:
            raise ReadError(_why_not(found, kind, name))
    try:
        return object.__getattribute__(thing, name)
    except AttributeError:
        raise ReadError("this %s has no attribute %s" % (spelled(kind), name)) from None


def _class_attribute(cls, name):
    if name == "__name__":
        return _plain_name_of(cls)
    if name == "__qualname__":
        return _qualname_of(cls)
    found = type_attribute(cls, name)
    if found is MISSING:
        raise ReadError("class %s has no attribute %s" % (spelled(cls), name))
    return found


def _reads_memory(descriptor, name):
    owner = descriptor.__objclass__
    if flags_of(owner) & _HEAP or name in _WITHHELD:
        return False
    module = _module_of(owner)
    return module in _TRUSTED and (not name.startswith("__") or name in _DUNDERS)


def _why_not(found, kind, name):
    reader = type(found)
    if reader is _function or reader is classmethod or reader is staticmethod:
        return "%s is a method of %s, not data" % (name, spelled(kind))
    if reader is _Getset:
        return "%s of %s cannot be read without changing or running something" % (
            name,
            spelled(kind),
        )
    return "%s of %s is computed (%s): reading it would run its code" % (
        name,
        spelled(kind),
        spelled(reader),
    )


def length(thing):
    """``len(thing)`` of a builtin container or a subclass of one, by the builtin's own count."""
    base = container(type(thing))
    if base is None:
        raise ReadError(
            "cannot tell the length of %s without running its code" % spelled(type(thing))
        )
    return base.__len__(thing)


def container(kind):
    """The builtin container type that ``kind`` is, or inherits from, or None."""
    flags = flags_of(kind)
    for bit, base in ((TUPLE, tuple), (LIST, list), (DICT, dict), (TEXT, str), (BYTES, bytes)):
        if flags & bit:
            return base
    for base in mro_of(kind):
        for known in (set, frozenset, bytearray, range, _deque):
            if base is known:
                return known
    return None


def item(thing, key):
    """``thing[key]`` through the C slot of the builtin container; raises ReadError."""
    kind = type(thing)
    base = tuple if kind is tuple else container(kind)
    if base is dict:
        _check_keys(thing, dict, key)
        found = boot.entry(thing, key, MISSING)
        if found is MISSING:
            raise ReadError("there is no key %s in this %s" % (_key_text(key), spelled(kind)))
        return found
    if base is None or base is set or base is frozenset:
        raise ReadError("%s cannot be indexed without running its code" % spelled(kind))
    if type(key) is not int and type(key) is not bool:
        raise ReadError("%s is indexed by a number, not by %s" % (spelled(kind), _key_text(key)))
    try:
        return base.__getitem__(thing, key)
    except IndexError:
        many = base.__len__(thing)
        raise ReadError("there is no [%s] in a %s of %d" % (key, spelled(kind), many)) from None


def _key_text(key):
    return repr(key) if id(type(key)) in ATOMS else "this %s" % spelled(type(key))


def contains(thing, wanted):
    """``wanted in thing``; ``wanted`` is an atom or a tuple of atoms; raises ReadError."""
    kind = type(thing)
    base = container(kind)
    if base is str or base is bytes:
        if type(wanted) is not base:
            raise ReadError("%s in %s makes no sense" % (_key_text(wanted), base.__name__))
        return base.__contains__(thing, wanted)
    if base is None or base is bytearray or (base is range and type(wanted) is not int):
        raise ReadError("cannot search a %s without running its code" % spelled(kind))
    if base is not range:
        _check_keys(thing, base, wanted)
    return base.__contains__(thing, wanted)


def _check_keys(thing, base, wanted):
    """ReadError where comparing ``wanted`` with the entries of a container could run code."""
    many = base.__len__(thing)
    if many > SCAN_LIMIT:
        raise ReadError(
            "a %s of %d entries is not searched, %d are the most"
            % (base.__name__, many, SCAN_LIMIT)
        )
    deep = type(wanted) is tuple
    kinds = set(map(id, map(type, base.__iter__(thing))))
    if kinds <= _QUIET and not (deep and id(tuple) in kinds):
        return
    for entry in base.__iter__(thing):
        kind = type(entry)
        if deep and kind is tuple and not flat(entry):
            raise ReadError("a tuple in it cannot be compared without running code")
        if id(kind) not in _QUIET and type_attribute(kind, "__eq__") is not _object_eq:
            raise ReadError("cannot compare %s without running its code" % spelled(kind))


def flat(items):
    """Whether a tuple holds nothing but atoms, or tuples of them, so that comparing it stays in C."""
    for each in items:
        kind = type(each)
        if id(kind) not in ATOMS and not (kind is tuple and len(each) < 9 and flat(each)):
            return False
    return True
