"""How many entries a container can have at most, where its own type says so."""

from ..entry import guest
from . import kinds, names, reading

_plain_name_of = type.__dict__["__name__"].__get__
_maxlen = guest.deque.__dict__["maxlen"].__get__
_MISSING = ["missing"]
#: What the function in an ``lru_cache`` that tells its parameters has in its closure.
_PARAMETERS = ("maxsize", "typed")
#: Queues of the standard library, by module and name, and the attribute that has the limit.
_QUEUES = {("queue", "Queue"): "maxsize", ("asyncio.queues", "Queue"): "_maxsize"}


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
            if _plain_name_of(base) == "Queue":
                limit = _QUEUES.get((names.module_of(base), "Queue"))
                return None if limit is None else _of_queue(value, limit)
    return None


def _of_queue(value, limit):
    """The limit of a queue; 0 and less stand for none."""
    try:
        most = reading.attribute(value, limit)
    except reading.ReadError:
        return None
    return most if type(most) is int and most > 0 else None


def _of_cache(value):
    """The ``maxsize`` of an ``lru_cache``."""
    kind = type(value)
    if names.in_mro(kind, "cache_parameters", _MISSING) is not _MISSING:
        return None  # another class of that name, whose code would run
    try:
        told = object.__getattribute__(value, "cache_parameters")
    except AttributeError:
        return _of_older_cache(value, kind)
    if type(told) is not kinds.function:
        return None
    if tuple(names.variables_of(told.__code__)[-len(_PARAMETERS) :]) != _PARAMETERS:
        return None
    try:
        most = told.__closure__[0].cell_contents
    except ValueError:
        return None
    return most if type(most) is int and most >= 0 else None


def _of_older_cache(value, kind):
    """The same before 3.9, where only ``cache_info`` tells it: C code that makes a named tuple.

    It is asked where that is the named tuple of the standard library, so that no other class's code runs.
    """
    info = names.in_mro(kind, "cache_info", _MISSING)
    if type(info) is not kinds.method_descriptor or kinds.flags_of(kind) & kinds.HEAP_TYPE:
        return None
    module = guest.entry(guest.sys.modules, "functools")
    plain = None if type(module) is not kinds.module else guest.entry(module.__dict__, "_CacheInfo")
    if not names.is_type(plain) or names.module_of(plain) != "functools":
        return None
    if not any(each is plain for each in guest.gc.get_referents(value)):
        return None
    most = tuple.__getitem__(info(value), 2)
    return most if type(most) is int and most >= 0 else None
