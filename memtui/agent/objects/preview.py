"""A short text of a value: of exact builtin types, and of some of the standard library.

It is bounded before anything is formatted.
"""

from ..entry import guest
from . import kinds, names, suspended, values

#: Characters or bytes of a text that are looked at.
_TEXT = 200
#: Characters of it that are shown: bytes may take four each.
_WIDEST = 240
_ITEMS = 5
_WIDTH = 120
#: A number of more bits is shown by its length: the conversion to text is quadratic.
_BITS = 300


def _cut(text, limit):
    return (text, False) if len(text) <= limit else (text[: limit - 1] + "…", True)


def _text(value):
    # A slice first: ten megabytes are not to be escaped for two hundred characters of them.
    more = len(value) > _TEXT
    text, cut = _cut(repr(value[:_TEXT]), _WIDEST)
    return text + ("…" if more and not cut else ""), more or cut


def _integer(value):
    if value.bit_length() > _BITS:
        return "%s%d bits" % ("−" if value < 0 else "", value.bit_length()), True
    return repr(value), False


def _plain(value):
    return repr(value), False


def _sequence(value):
    return _items(
        list(guest.itertools.islice(value, _ITEMS)), len(value), *_BRACKETS[id(type(value))]
    )


def _mapping(value):
    shown = list(guest.itertools.islice(dict.items(value), _ITEMS))
    texts = ["%s: %s" % (brief(key), brief(item)) for key, item in shown]
    return _joined(texts, len(value), "{", "}")


def _items(shown, length, before, after):
    return _joined([brief(each) for each in shown], length, before, after)


def _joined(texts, length, before, after):
    more = length > len(texts)
    text, cut = _cut(", ".join(texts), _WIDTH)
    return before + text + (", …" if more and not cut else "") + after, more or cut


def _function(value):
    return "%s.%s" % (_word(value.__module__), _word(value.__qualname__)), False


def _builtin(value):
    # Not its __qualname__, which asks the type of what it is bound to.
    return _word(value.__name__), False


def _method(value):
    found = value.__func__
    return _function(found) if type(found) is kinds.function else (_shape(found), False)


def _module(value):
    return _word(guest.entry(value.__dict__, "__name__")), False


def _code(value):
    return "%s, %s:%d" % (value.co_name, value.co_filename, value.co_firstlineno), False


def _running(value):
    return suspended.place_of(value), False


def _cell(value):
    try:
        return "cell of " + _shape(value.cell_contents), False
    except ValueError:
        return "empty cell", False


def _word(value):
    return (names.text_of(value) or "?")[:_TEXT]


def _shape(value):
    """A value by its type and, where it has one, its length."""
    kind = type(value)
    name = names.name_of(kind).rpartition(".")[2]
    return "%s[%d]" % (name, len(value)) if id(kind) in _SIZED else name


_BRACKETS = {
    id(list): ("[", "]"),
    id(tuple): ("(", ")"),
    id(set): ("{", "}"),
    id(frozenset): ("frozenset({", "})"),
    id(guest.deque): ("deque([", "])"),
}
_ATOMS = {
    id(str): _text,
    id(bytes): _text,
    id(bytearray): _text,
    id(int): _integer,
    id(bool): _plain,
    id(float): _plain,
    id(complex): _plain,
    id(type(None)): _plain,
    id(type(...)): _plain,
    id(type(NotImplemented)): _plain,
}
_SHAPES = {
    id(list): _sequence,
    id(tuple): _sequence,
    id(set): _sequence,
    id(frozenset): _sequence,
    id(guest.deque): _sequence,
    id(dict): _mapping,
    id(kinds.function): _function,
    id(kinds.builtin): _builtin,
    id(kinds.method): _method,
    id(kinds.module): _module,
    id(kinds.code): _code,
    id(kinds.generator): _running,
    id(kinds.coroutine): _running,
    id(kinds.async_generator): _running,
    id(kinds.cell): _cell,
}
_SIZED = {id(str), id(bytes), id(bytearray), id(dict), *_BRACKETS}


def of(value):
    """(text, truncated): what ``value`` looks like; of other types it is the name of the type."""
    kind = type(value)
    show = _ATOMS.get(id(kind)) or _SHAPES.get(id(kind))
    try:
        if show is not None:
            return show(value)
        if names.is_type(value):
            return names.name_of(value), False
        inner = suspended.runs(value)
        if inner is not None:
            return of(inner)
        text = _known(value)
        if text is not None:
            return text, False
    except Exception:
        # A container that changed meanwhile, a function without a name: its shape says enough.
        pass
    return _shape(value), False


def brief(value):
    """The same within another preview: short, and containers by their shape."""
    show = _ATOMS.get(id(type(value)))
    if show is None:
        return _cut(_known(value) or _shape(value), 40)[0]
    if show is _text:
        value = value[:32] if len(value) > 32 else value
    return _cut(show(value)[0], 40)[0]


def _known(value):
    try:
        return values.text_of(value)
    except Exception:
        return None


def is_atom(value):
    """Whether ``value`` is of an exact builtin type that refers to nothing."""
    return id(type(value)) in _ATOMS


def length_of(value):
    """The number of items of an exact builtin container or text, else None."""
    return len(value) if id(type(value)) in _SIZED else None
