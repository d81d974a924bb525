"""Values of types of the standard library and of numpy, read from memory: none of their Python code runs.

A type is known by its name, and what is read must be a field or a method written in C.  An application's
class of such a name has none of them, and one that derives from such a type has another name.
"""

from ..entry import guest
from . import kinds, names, sizes
from .reading import MISSING

_IMMUTABLE = 1 << 8
#: A Decimal of more bytes is not converted.
_LARGE = 400
_MODULES = ("datetime", "decimal", "uuid", "pathlib", "pathlib._local", "numpy")
#: Formats of the buffer protocol that a memoryview makes numbers of.
_NUMBERS = "?bBhHiIlLqQnNefd"


def text_of(value):
    """The value as a short text, or None where ``value`` is of another type or cannot be read."""
    kind = type(value)
    module = names.module_of(kind)
    if module not in _MODULES:
        return None
    if module == "numpy":
        return _of_numpy(value, kind)
    show = _SHOWN.get("%s.%s" % (module.partition(".")[0], names.qualname_of(kind)))
    return None if show is None else show(value, kind)


def _in_c(kind):
    flags = kinds.flags_of(kind)
    return not flags & kinds.HEAP_TYPE or bool(flags & _IMMUTABLE)


def _field(value, kind, name):
    """A field that the type's own descriptor reads, else MISSING."""
    found = names.in_mro(kind, name, MISSING)
    if type(found) is kinds.member or (type(found) is kinds.getset and _in_c(kind)):
        try:
            return found.__get__(value, kind)
        except AttributeError:
            pass
    return MISSING


def _fields(value, kind, spelled):
    """The numbers that the fields ``spelled`` hold, or None if one is no number."""
    found = [_field(value, kind, name) for name in spelled.split()]
    return tuple(found) if all(type(each) is int for each in found) else None


def _date(value, kind):
    fields = _fields(value, kind, "year month day")
    return fields and "%04d-%02d-%02d" % fields


def _time(value, kind):
    fields = _fields(value, kind, "hour minute second")
    parts = _fields(value, kind, "microsecond")
    zone = _field(value, kind, "tzinfo")
    if fields is None or parts is None or zone is MISSING:
        return None
    text = "%02d:%02d:%02d" % fields
    if parts[0]:
        text += ".%06d" % parts
    return text + ("" if zone is None else _zone(zone))


def _zone(zone):
    kind = type(zone)
    name = names.name_of(kind)
    if name == "datetime.timezone" and _in_c(kind):
        offset = names.dict_of(kind)["utcoffset"].__get__(zone, kind)(None)
        days, seconds = _fields(offset, type(offset), "days seconds")
        minutes = (days * 86400 + seconds) // 60
        return "%s%02d:%02d" % ("-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60)
    return " " + name.rpartition(".")[2]


def _datetime(value, kind):
    date, time = _date(value, kind), _time(value, kind)
    return None if date is None or time is None else date + " " + time


def _timedelta(value, kind):
    fields = _fields(value, kind, "days seconds microseconds")
    if fields is None:
        return None
    days, seconds, micros = fields
    text = "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    if micros:
        text += ".%06d" % micros
    return ("%d days, " % days if days else "") + text


def _decimal(value, kind):
    module = guest.entry(guest.sys.modules, "decimal")
    if type(module) is not kinds.module or not _in_c(kind) or sizes.size_of(value) > _LARGE:
        return None
    # Given a context that is there: without one the module would make a context for this thread.
    context = guest.entry(module.__dict__, "DefaultContext")
    method = names.dict_of(kind).get("to_eng_string")
    if type(method) is not kinds.method_descriptor or not _in_c(type(context)):
        return None
    return method(value, context)


def _uuid(value, kind):
    fields = _fields(value, kind, "int")
    if fields is None or not 0 <= fields[0] < 1 << 128:
        return None
    text = "%032x" % fields
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _path(value, kind):
    whole = _field(value, kind, "_str")
    if type(whole) is str:
        return whole[:200]
    for name in ("_parts", "_raw_paths"):
        parts = _field(value, kind, name)
        if (
            parts is not MISSING
            and type(parts) is list
            and all(type(each) is str for each in parts[:100])
        ):
            return _joined(parts[:100])
    return None


def _joined(parts):
    for place in range(len(parts) - 1, -1, -1):
        if parts[place].startswith("/"):
            return ("/" + "/".join([each.strip("/") for each in parts[place:]]).strip("/"))[:200]
    return ("/".join(parts) or ".")[:200]


def _of_numpy(value, kind):
    if not _in_c(kind):
        return None
    bases = [names.name_of(each) for each in names.mro_of(kind)]
    if "numpy.generic" not in bases:
        return None
    for base in (float, complex, str, bytes):
        if any(each is base for each in names.mro_of(kind)):
            return base.__repr__(value[:200] if base in (str, bytes) else value)
    try:
        with memoryview(value) as view:
            if view.shape == () and view.format in _NUMBERS:
                return repr(view.tolist())
    except (TypeError, ValueError, NotImplementedError):
        pass
    return None


_SHOWN = {
    "datetime.date": _date,
    "datetime.time": _time,
    "datetime.datetime": _datetime,
    "datetime.timedelta": _timedelta,
    "decimal.Decimal": _decimal,
    "uuid.UUID": _uuid,
    "pathlib.PosixPath": _path,
    "pathlib.PurePosixPath": _path,
}
