"""Shallow sizes, as ``sys.getsizeof`` gives them, without calling a ``__sizeof__`` written in Python."""

from ..entry import boot, guest
from . import kinds, names

getsizeof = guest.sys.getsizeof

_in_c = type(object.__sizeof__)
_object_sizeof = object.__sizeof__
_itemsize = type.__dict__["__itemsize__"].__get__
#: Flags of types whose instances have words in front of the collector's header (3.11 and later).
_MANAGED = 1 << 3 | 1 << 4


class _Bare:
    __slots__ = ("a",)


def _header(sample):
    return getsizeof(sample) - _object_sizeof(sample)


_GC_HEADER = _header(_Bare())
# A class of ours with a ``__dict__`` would outlive us: see classes.py.
_MANAGED_HEADER = _header(boot._importlib["ModuleSpec"]("", None))


def kind_of(kind):
    """How instances of the type ``kind`` are sized: (sizer, fixed).

    ``sizer`` is a callable; ``fixed`` is true where all instances have one size.
    """
    sizer, safe = _find(kind)
    fixed = sizer is _object_sizeof and not _itemsize(kind)
    if safe:
        return getsizeof, fixed
    header = _header_of(kind)
    return lambda each: sizer(each) + header, fixed


def in_c(kind):
    """(sizer, header): the C function that sizes tracked instances of ``kind``, and what to add."""
    return _find(kind)[0], _header_of(kind)


def _find(kind):
    """The first ``__sizeof__`` written in C, and whether it is the very first."""
    safe = True
    for each in names.mro_of(kind):
        found = guest.entry(names.dict_of(each), "__sizeof__")
        if type(found) is _in_c:
            return found, safe
        safe = safe and found is None
    return _object_sizeof, False


def _header_of(kind):
    flags = kinds.flags_of(kind)
    if not flags & kinds.HAS_GC:
        return 0
    return _MANAGED_HEADER if flags & _MANAGED else _GC_HEADER


def size_of(value):
    """The shallow size of ``value`` in bytes; 0 if its C code fails."""
    try:
        return kind_of(type(value))[0](value)
    except Exception:
        return 0
