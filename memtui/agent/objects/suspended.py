"""The local variables of generators and coroutines that wait, by name.

From 3.13 on the interpreter shows them without a copy: it makes a frame object for the generator, which the
collector does not track and which ends with the generator.  An earlier one would keep a dict of all locals
beside the generator.  There only the arguments are named: they come first in what the collector traverses.
"""

from ..entry import guest
from . import kinds, names
from .reading import MISSING

_FIELDS = {id(kinds.generator): "gi_", id(kinds.coroutine): "cr_", id(kinds.async_generator): "ag_"}
_VARARGS, _VARKEYWORDS = 0x4, 0x8
_IMMUTABLE = 1 << 8
#: The instruction, up to 3.12, that takes an argument away.
_DELETE_FAST = 126
_frame = type(guest.sys._getframe())
_FRAMES_HOLD = guest.sys.version_info < (3, 11)
_SHOWN_LIVE = guest.sys.version_info >= (3, 13)


def variables(value, referents):
    """[(name, child)] of ``value``, if it waits or is the frame of a generator; else an empty list.

    ``referents`` is what the collector traverses.  A variable that an inner function uses lies in a cell.
    """
    kind = type(value)
    if kind is _frame and _FRAMES_HOLD:
        return _in_frame(value, referents)
    if id(kind) not in _FIELDS or not guest.has_gil:
        return []
    frame = _field(value, "frame")
    if frame is None or _field(value, "running"):
        return []
    if _FRAMES_HOLD:
        return [("gi_frame", frame)]
    if _SHOWN_LIVE:
        return _in_cells(list(frame.f_locals.items()), referents)
    return _arguments(frame.f_code, _after_code(frame.f_code, referents))


def own_names(value):
    """[(name, text)] of what a generator or coroutine is called, [] for other objects."""
    if id(type(value)) not in _FIELDS:
        return []
    return [("__name__", value.__name__), ("__qualname__", value.__qualname__)]


def place_of(value):
    """The function of a generator or coroutine, by its qualified name, and the line where it waits."""
    name = (names.text_of(value.__qualname__) or "?")[:200]
    frame = _field(value, "frame") if guest.has_gil else None
    if frame is None:
        return name
    path = (names.text_of(frame.f_code.co_filename) or "?").rpartition("/")[2]
    if _field(value, "running"):
        return "%s, %s" % (name, path[:100])
    return "%s, %s:%d" % (name, path[:100], frame.f_lineno or frame.f_code.co_firstlineno)


def runs(value):
    """What a task or thread runs: the coroutine of an exact ``_asyncio.Task``, a thread's target, or None."""
    kind = type(value)
    name = names.name_of(kind)
    field = {"_asyncio.Task": "_coro", "threading.Thread": "_target"}.get(name)
    if field is None:
        return None
    found = names.in_mro(kind, field, MISSING)
    try:
        if type(found) is kinds.member or (type(found) is kinds.getset and not _is_python(kind)):
            return found.__get__(value, kind)
        # A thread forgets its target when it ends.
        return object.__getattribute__(value, field) if found is MISSING else None
    except AttributeError:
        return None


def _is_python(kind):
    flags = kinds.flags_of(kind)
    return bool(flags & kinds.HEAP_TYPE) and not flags & _IMMUTABLE


def is_shell(child):
    """Whether ``child`` is a frame that only shows its generator, made because somebody looked."""
    return type(child) is _frame and not _FRAMES_HOLD


def _field(value, name):
    kind = type(value)
    found = names.dict_of(kind)[_FIELDS[id(kind)] + name]
    return found.__get__(value, kind)


def _in_cells(pairs, referents):
    direct = set(map(id, referents))
    cells = [each for each in referents if type(each) is kinds.cell]
    found = []
    for name, child in pairs:
        inside = [each for each in cells if id(child) not in direct and _content(each) is child]
        found.append((name, inside[0] if inside else child))
    return found


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _after_code(code, referents):
    for place in range(1, len(referents)):
        if referents[place] is code and type(referents[place - 1]) is kinds.function:
            return referents[place + 1 :]
    return []


def _in_frame(frame, referents):
    ours = [place for place, each in enumerate(referents) if each is frame.f_globals]
    if not ours or frame.f_trace is not None:
        return []
    values = referents[ours[-1] + 1 :]
    if values and type(values[0]) is dict:
        # The dict of the locals, perhaps: somebody has asked for it.
        return []
    return _arguments(frame.f_code, values)


def _arguments(code, values):
    """The arguments among ``values``, the variables of a frame in their order."""
    flags = code.co_flags
    many = code.co_argcount + code.co_kwonlyargcount
    many += bool(flags & _VARARGS) + bool(flags & _VARKEYWORDS)
    wanted = names.variables_of(code)[:many]
    taken = zip(code.co_code[::2], code.co_code[1::2])
    if any(each == _DELETE_FAST and place < many for each, place in taken):
        return []
    if _FRAMES_HOLD:
        # Those that an inner function uses lie behind all variables.
        wanted = [name for name in wanted if name not in code.co_cellvars]
    return list(zip(wanted, values))
