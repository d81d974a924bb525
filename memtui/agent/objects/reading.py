"""Reads single attributes and items of foreign objects without running a line of their code.

Types are compared by identity or by the flags that CPython keeps for its own base types, attributes of
types are looked up in the dicts of their ``__mro__``, and a descriptor is only asked when it is one of
CPython's own that reads memory.  Where an answer would need the application's code (a property, a
``__getattr__``, an ``__eq__`` of a key) there is a :class:`ReadError` that says so.
"""

from ..entry import guest
from . import kinds, names
from .kinds import BYTES, DICT, HEAP_TYPE, LIST, TEXT, TUPLE, TYPE, flags_of
from .refusal import reason


class ReadError(Exception):
    """What cannot be read, or not without running code; ``reason`` says why."""

    __slots__ = ("reason",)

    def __init__(self, code, **facts):
        Exception.__init__(self, code)
        self.reason = reason(code, **facts)


MISSING = ["missing"]

#: Most entries of a container that are looked at one by one, in a thread of the application.
SCAN_LIMIT = 4096

_plain_name_of = type.__dict__["__name__"].__get__

#: Types whose comparison is C and stays in C.
ATOMS = frozenset(map(id, (int, float, str, bytes, bool, complex, type(None))))
# Entries of these compare with an atom without running code, and with a tuple but for other tuples.
_QUIET = ATOMS | frozenset(
    map(id, (tuple, list, dict, set, frozenset, type, kinds.function, kinds.builtin, kinds.module))
)

#: What the fields of named tuples are.
_tuple_field = getattr(guest._collections, "_tuplegetter", kinds.member)
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


def attribute(thing, name):
    """``thing.name``, if that is data; raises ReadError."""
    kind = type(thing)
    if flags_of(kind) & TYPE:
        return _class_attribute(thing, name)
    found = names.in_mro(kind, name, MISSING)
    if found is not MISSING:
        reader = type(found)
        is_field = reader is kinds.member or reader is _tuple_field
        if is_field or (reader is kinds.getset and _reads_memory(found, name)):
            try:
                return found.__get__(thing, kind)
            except (AttributeError, TypeError):
                raise ReadError("unset", type=names.name_of(kind), name=name) from None
        if id(reader) not in ATOMS and names.in_mro(reader, "__get__", MISSING) is not MISSING:
            raise _unread(found, kind, name)
    try:
        return object.__getattribute__(thing, name)
    except AttributeError:
        raise ReadError("no-attribute", type=names.name_of(kind), name=name) from None


def _class_attribute(cls, name):
    if name == "__name__":
        return _plain_name_of(cls)
    if name == "__qualname__":
        return names.qualname_of(cls)
    found = names.in_mro(cls, name, MISSING)
    if found is MISSING:
        raise ReadError("no-class-attribute", type=names.name_of(cls), name=name)
    return found


def _reads_memory(descriptor, name):
    owner = descriptor.__objclass__
    if flags_of(owner) & HEAP_TYPE or name in _WITHHELD:
        return False
    module = names.module_of(owner)
    return module in _TRUSTED and (not name.startswith("__") or name in _DUNDERS)


def _unread(found, kind, name):
    reader = type(found)
    facts = {"name": name, "type": names.name_of(kind)}
    if reader is kinds.function or reader is classmethod or reader is staticmethod:
        return ReadError("method", **facts)
    if reader is kinds.getset:
        return ReadError("not-read", **facts)
    return ReadError("computed", by=names.name_of(reader), **facts)


def length(thing):
    """``len(thing)`` of a builtin container or a subclass of one, by the builtin's own count."""
    base = container(type(thing))
    if base is None:
        raise ReadError("no-length", type=names.name_of(type(thing)))
    return base.__len__(thing)


def container(kind):
    """The builtin container type that ``kind`` is, or inherits from, or None."""
    flags = flags_of(kind)
    for bit, base in ((TUPLE, tuple), (LIST, list), (DICT, dict), (TEXT, str), (BYTES, bytes)):
        if flags & bit:
            return base
    for base in names.mro_of(kind):
        for known in (set, frozenset, bytearray, range, guest.deque):
            if base is known:
                return known
    return None


def item(thing, key):
    """``thing[key]`` through the C slot of the builtin container; raises ReadError."""
    kind = type(thing)
    base = tuple if kind is tuple else container(kind)
    if base is dict:
        _check_keys(thing, dict, key)
        found = guest.entry(thing, key, MISSING)
        if found is MISSING:
            raise ReadError("no-key", type=names.name_of(kind), **_key(key))
        return found
    if base is None or base is set or base is frozenset:
        raise ReadError("not-indexed", type=names.name_of(kind))
    if type(key) is not int and type(key) is not bool:
        raise ReadError("number-needed", type=names.name_of(kind), **_key(key))
    try:
        return base.__getitem__(thing, key)
    except IndexError:
        many = base.__len__(thing)
        raise ReadError("no-item", type=names.name_of(kind), length=many, **_key(key)) from None


def _key(key):
    """The facts of a key: what it looks like, if it is an atom, or its type."""
    if id(type(key)) in ATOMS:
        return {"key": repr(key)}
    return {"key_type": names.name_of(type(key))}


def contains(thing, wanted):
    """``wanted in thing``; ``wanted`` is an atom or a tuple of atoms; raises ReadError."""
    kind = type(thing)
    base = container(kind)
    if base is str or base is bytes:
        if type(wanted) is not base:
            raise ReadError("no-sense", type=base.__name__, **_key(wanted))
        return base.__contains__(thing, wanted)
    if base is None or base is bytearray or (base is range and type(wanted) is not int):
        raise ReadError("not-searched", type=names.name_of(kind))
    if base is not range:
        _check_keys(thing, base, wanted)
    return base.__contains__(thing, wanted)


def _check_keys(thing, base, wanted):
    """ReadError where comparing ``wanted`` with the entries of a container could run code."""
    many = base.__len__(thing)
    if many > SCAN_LIMIT:
        raise ReadError("too-long", type=base.__name__, length=many, most=SCAN_LIMIT)
    deep = type(wanted) is tuple
    kinds = set(map(id, map(type, base.__iter__(thing))))
    if kinds <= _QUIET and not (deep and id(tuple) in kinds):
        return
    for entry in base.__iter__(thing):
        kind = type(entry)
        if deep and kind is tuple and not flat(entry):
            raise ReadError("not-compared", type="tuple")
        if id(kind) not in _QUIET and names.in_mro(kind, "__eq__", MISSING) is not _object_eq:
            raise ReadError("not-compared", type=names.name_of(kind))


def flat(items):
    """Whether a tuple holds nothing but atoms, or tuples of them, so that comparing it stays in C."""
    for each in items:
        kind = type(each)
        if id(kind) not in ATOMS and not (kind is tuple and len(each) < 9 and flat(each)):
            return False
    return True
