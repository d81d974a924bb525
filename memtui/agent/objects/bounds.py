"""How many entries a container can have at most, where its own type says so."""

from ..entry import guest
from . import kinds, names

_plain_name_of = type.__dict__["__name__"].__get__
_maxlen = guest.deque.__dict__["maxlen"].__get__
_MISSING = ["missing"]
#: What the function in an ``lru_cache`` that tells its parameters has in its closure.
_PARAMETERS = ("maxsize", "typed")


def of(value):
    """The most entries that ``value`` keeps; None if nothing is known to limit it."""
    kind = type(value)
    if kind is guest.deque:
        return _maxlen(value)
    if _plain_name_of(kind) == "_lru_cache_wrapper" and names.module_of(kind) == "functools":
        return _of_cache(value)
    # Most objects are of types that derive from nothing of interest.
    if kinds.flags_of(kind) & kinds.HEAP_TYPE:
        for base in names.mro_of(kind):
            if base is guest.deque:
                return _maxlen(value)
    return None


def _of_cache(value):
    """The ``maxsize`` of an ``lru_cache``; before 3.9 it cannot be read without running code."""
    if names.in_mro(type(value), "cache_parameters", _MISSING) is not _MISSING:
        return None  # another class of that name, whose code would run
    try:
        told = object.__getattribute__(value, "cache_parameters")
    except AttributeError:
        return None
    if type(told) is not kinds.function or told.__code__.co_freevars != _PARAMETERS:
        return None
    try:
        most = told.__closure__[0].cell_contents
    except ValueError:
        return None
    return most if type(most) is int and most >= 0 else None
