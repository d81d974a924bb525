"""How many entries a container can have at most, where its own type says so."""

from ..entry import guest
from . import kinds, names

_maxlen = guest.deque.__dict__["maxlen"].__get__
#: What the function in an ``lru_cache`` that tells its parameters has in its closure.
_PARAMETERS = ("maxsize", "typed")


def of(value):
    """The most entries that ``value`` keeps; None if nothing is known to limit it."""
    kind = type(value)
    if any(each is guest.deque for each in names.mro_of(kind)):
        return _maxlen(value)
    if names.name_of(kind) == "functools._lru_cache_wrapper":
        return _of_cache(value)
    return None


def _of_cache(value):
    """The ``maxsize`` of an ``lru_cache``; before 3.9 it cannot be read without running code."""
    if (
        kinds.flags_of(type(value)) & kinds.HEAP_TYPE
        and names.module_of(type(value)) != "functools"
    ):
        return None
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
